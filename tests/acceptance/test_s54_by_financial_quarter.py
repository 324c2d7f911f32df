"""S54: a 4-4-5 calendar with 100 a week: 400, 400, 500, and a quarter of 1,300."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from chain import work_all
from django.core.management import call_command

from forecasting.models import SalesHistory
from siop.catalog.models import Period
from siop.gather.services import load_tables

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
