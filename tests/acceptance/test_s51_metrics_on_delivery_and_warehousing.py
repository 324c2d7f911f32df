"""S51: metrics on delivery and warehousing: 1,000 order lines, 940 on time in full: OTIF 94.0 %; 4,200 picks a day of
5,000: 84 %."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now
from django.urls import reverse
from factories import cycle_in

from meetings.services import kpis
from siop.gather.services import load_tables

AS_OF = date(2026, 2, 1)


def delivered(lines: int, *, late: int, short: int) -> None:
    """`late` of the lines came a day late, `short` ten units short; both miss."""
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": 4, "unit_price": 9}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "Retail"}],
            "demand": demand_rows("BTL", "NJ", AS_OF, [1000] * 12),
            "deliveries": [
                {"order": f"S-{k}", "line": "1", "item": "BTL", "location": "NJ", "segment": "Retail",
                 "promised_date": "2026-01-15", "shipped_date": "2026-01-16" if k < late else "2026-01-15",
                 "ordered_quantity": 20, "shipped_quantity": 10 if late <= k < late + short else 20}
                for k in range(lines)
            ],
            "measures": [
                {"measure": "picks a day", "month": "2025-12-01", "value": 4000, "target": 5000, "source": "WMS"},
                {"measure": "picks a day", "month": "2026-01-01", "value": 4200, "target": 5000, "source": "WMS"},
            ],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize(("lines", "late", "short", "otif"), [(1000, 40, 20, 0.94), (200, 0, 50, 0.75)])
def test_on_time_in_full_of_order_lines(ada, lines, late, short, otif) -> None:
    delivered(lines, late=late, short=short)
    kpis.record(cycle_in("demand_review", ada, period=AS_OF))
    (figure,) = [row for row in exported("kpis") if row["kpi"] == "otif"]
    assert figure["value"] == pytest.approx(otif)


@pytest.mark.django_db
def test_the_page_shows_both(client, erin, ada) -> None:
    delivered(1000, late=60, short=0)
    client.force_login(erin)
    response = client.get(reverse("meetings:accuracy"))
    page = response.content.decode()
    assert "94.0 %" in page
    (picks,) = response.context["measures"]
    assert (picks.value, picks.target, picks.share) == (4200, 5000, 0.84)
    assert "84.0 %" in page


@pytest.mark.django_db
def test_measures_go_out_with_the_key_figures() -> None:
    delivered(10, late=0, short=0)
    rows = [row for row in exported("kpis") if row["kpi"] == "picks a day"]
    assert [(row["cycle"], row["value"], row["target"]) for row in rows] == [
        ("December 2025", 4000, 5000),
        ("January 2026", 4200, 5000),
    ]
