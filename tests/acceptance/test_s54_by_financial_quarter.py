"""S54: a 4-4-5 calendar with 100 a week: 400, 400, 500, and a quarter of 1,300."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from chain import plan_now, work_all
from django.core.management import call_command

from forecasting.models import SalesHistory
from siop.catalog.models import Period
from siop.gather.services import load_tables
from siop.web.explanations import explain

pytestmark = pytest.mark.django_db
FIRST_MONDAY = date(2025, 12, 29)
WEEKS = (4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5)


@pytest.fixture
def calendar(tmp_path: Path) -> list[Path]:
    load_tables(
        {"items": [{"item": "BTL"}], "locations": [{"location": "NJ"}], "segments": [{"segment": "WEB"}]}
    )
    starts = [FIRST_MONDAY + timedelta(weeks=sum(WEEKS[:n])) for n in range(len(WEEKS) + 1)]
    periods = tmp_path / "periods.csv"
    periods.write_text(
        "start,end,quarter,year\n"
        + "".join(
            f"{start},{end - timedelta(days=1)},Q{number // 3 + 1},2026\n"
            for number, (start, end) in enumerate(pairwise(starts))
        )
    )
    sales = tmp_path / "sales.csv"
    sales.write_text(
        "date,item,location,segment,order,quantity\n"
        + "".join(
            f"{FIRST_MONDAY + timedelta(weeks=week, days=3)},BTL,NJ,WEB,W{week},100\n" for week in range(14)
        )
    )
    return [periods, sales]


def test_months_of_four_four_and_five_weeks(calendar: list[Path]) -> None:
    call_command("import_data", *map(str, calendar))
    work_all()
    history = SalesHistory.objects.get()
    assert [quantity for quantity in history.quantity if quantity][:3] == [400, 400, 500]
    quarter = Period.objects.filter(quarter="Q1")
    assert quarter.count() == 3
    assert sum([quantity for quantity in history.quantity if quantity][: quarter.count()]) == 1300


def test_the_quarter_stands_behind_its_months_as_planned_money_and_opens_its_families(
    calendar: list[Path], client: Any, erin: Any
) -> None:
    """100 a week at a price of 1: 400, 400 and 500 in money, 1,300 in the quarter, also where a week ends the plan."""
    call_command("import_data", str(calendar[0]))
    starts = list(Period.objects.values_list("start", flat=True))
    load_tables(
        {
            "categories": [{"category": "Bottles"}],
            "items": [{"item": "BTL", "category": "Bottles", "unit_price": 1}],
            "demand": [
                {"item": "BTL", "location": "NJ", "date": start, "quantity": 100 * weeks}
                for start, weeks in zip(starts, WEEKS, strict=True)
            ],
        }
    )
    plan = plan_now(as_of=FIRST_MONDAY)
    client.force_login(erin)
    columns = client.get("/reconciliation/").context["months"]
    assert [(one["label"], one["plan"]) for one in columns if one["is_sum"]] == [
        (f"Q{number} 2026", 1300) for number in (1, 2, 3, 4)
    ]
    assert [one["plan"] for one in columns[:4]] == [400, 400, 500, 1300]
    found = explain(erin, "reconciled", str(plan.pk), "", "plan", "money", "-", "Q1 2026")
    assert (found.total, [(part.label, part.value) for part in found.parts]) == (1300, [("Bottles", 1300)])
    assert "in Q1 2026" in "".join(text for text, _ in found.sentence)


@pytest.mark.parametrize("quarter", [(5, 4, 4), (4, 5, 4)])
def test_a_year_of_53_weeks_from_sunday_on(quarter: tuple[int, ...]) -> None:
    first, weeks = date(2024, 12, 29), [*quarter * 4]
    weeks[-1] += 1
    starts = [first + timedelta(weeks=sum(weeks[:n])) for n in range(len(weeks) + 1)]
    place = {"item": "BTL", "location": "NJ", "segment": "WEB", "quantity": 100}
    load_tables(
        {
            "items": [{"item": "BTL"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "periods": [
                {"start": start, "end": end - timedelta(days=1), "quarter": f"Q{n // 3 + 1}", "year": 2025}
                for n, (start, end) in enumerate(pairwise(starts))
            ],
            "sales": [
                place | {"date": first + timedelta(weeks=week, days=6), "order": f"W{week}"}
                for week in range(54)
            ],
        }
    )
    work_all()
    assert SalesHistory.objects.get().quantity == [100.0 * count for count in weeks] + [100]
