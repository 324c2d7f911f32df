"""Excess, obsolete and expiring stock of a computed plan, each unit once; one definition for page and key figure."""

from datetime import date

import pytest
from chain import demand_rows, plan_now
from django.urls import reverse

from meetings.selectors import kpis
from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan
from supply.models import PlanLine

AS_OF = date(2026, 1, 1)


@pytest.fixture
def stocked(db) -> None:
    """100 a month of each but DEAD; cover horizon 180 days: 590 units are no excess."""

    def on_hand(item: str, quantity: float, expires: str = "") -> dict[str, object]:
        return {"date": AS_OF, "item": item, "location": "NJ", "quantity": quantity, "expiry_date": expires}

    load_tables(
        {
            "items": [
                {"item": item, "unit_cost": 2, "unit_price": 5} for item in ("FRESH", "MUCH", "DEAD", "OLD")
            ]
            + [{"item": "ENDS", "unit_cost": 2, "unit_price": 5, "end_date": "2026-03-01"}],
            "locations": [{"location": "NJ"}],
            "on_hand": [
                on_hand("FRESH", 300),
                on_hand("MUCH", 1000),
                on_hand("DEAD", 50),
                on_hand("ENDS", 500),
                on_hand("OLD", 400, "2026-01-31"),
                on_hand("OLD", 30, "2025-12-31"),
            ],
            "demand": [
                row
                for item in ("FRESH", "MUCH", "OLD", "ENDS")
                for row in demand_rows(item, "NJ", AS_OF, [100] * 18)
            ],
        }
    )
    plan_now(as_of=AS_OF)


def fate(item: str) -> tuple[float, float, float]:
    line = PlanLine.objects.get(plan=current_live_plan(), item__code=item)
    return round(line.excess), round(line.obsolete), round(line.expiring)


def test_each_unit_is_counted_once(stocked) -> None:
    assert fate("FRESH") == (0, 0, 0)
    assert fate("MUCH") == (1000 - 597, 0, 0)  # 180 days reach the 30th of June
    assert fate("DEAD") == (0, 50, 0)
    assert fate("ENDS")[1] == 300  # two months are left to sell 200
    assert fate("OLD") == (0, 0, 430 - 99)  # 30 days at 3.29 a day are sold, the 30 have expired


def test_page_and_key_figure_say_the_same(stocked, client, sam) -> None:
    client.force_login(sam)
    response = client.get(reverse("supply:inventory"))
    fates = {row["label"]: row["value"] for row in response.context["fates"]}
    value = kpis.measure("excess_value", kpis.moment(current_live_plan()))
    assert fates["Excess"] == pytest.approx(value)
    assert fates["Obsolete"] == pytest.approx(2 * (50 + 300))
    assert fates["Expiring"] == pytest.approx(2 * 331, abs=1)


@pytest.mark.parametrize(("show", "item"), [("excess", "MUCH"), ("obsolete", "DEAD"), ("expiring", "OLD")])
def test_the_list_shows_each_kind(stocked, client, sam, show, item) -> None:
    client.force_login(sam)
    page = client.get(reverse("supply:inventory"), {"show": show}).content.decode()
    assert item in page
    assert "FRESH" not in page
