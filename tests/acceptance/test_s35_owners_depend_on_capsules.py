"""S35: 20,000 active x 1.5 = 30,000 a month; 5,000 more bottles sold: +7,500 from next month."""

from datetime import date
from typing import Any

import pytest
from chain import exported, plan_now

from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

PLACE = {"location": "NJ", "segment": "WEB"}


def company(*, active: int, rate: float, as_of: date, **tables: Any) -> None:
    load_tables(
        {
            "items": [{"item": "BTL"}, {"item": "CPS"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "installed_base": [
                PLACE
                | {"durable": "BTL", "consumable": "CPS", "active_units": active, "as_of": as_of}
                | {"units_per_active_month": rate}
            ],
            **tables,
        }
    )


def capsules() -> list[float]:
    return [row["statistical"] for row in exported("forecast") if row["item"] == "CPS" and row["method"]]


@pytest.mark.parametrize(
    ("active", "rate", "sold", "before", "more"),
    [(20_000, 1.5, 5_000, 30_000, 7_500), (800, 2, 50, 1_600, 100), (1_000, 2, -100, 2_000, -200)],
)
def test_bottles_sold_raise_the_demand_of_capsules_from_next_month(
    active: int, rate: float, sold: int, before: float, more: float
) -> None:
    company(
        active=active, rate=rate, as_of=date(2025, 12, 31),
        demand=[{"item": "BTL", "location": "NJ", "date": date(2026, m, 1), "quantity": 0} for m in (1, 2)],
    )  # fmt: skip
    plan_now(as_of=date(2026, 1, 1))
    assert capsules()[:2] == [before, before]

    load_tables(
        {"sales": [PLACE | {"item": "BTL", "date": date(2026, 1, 20), "order": "1", "quantity": sold}]}
    )
    plan_now(as_of=date(2026, 2, 1))
    assert capsules()[0] == before + more


def test_bottles_planned_raise_it_as_well() -> None:
    """5,000 bottles planned for the first month: capsules follow in the second."""
    company(
        active=20_000, rate=1.5, as_of=date(2026, 1, 1),
        sales=[PLACE | {"item": "BTL", "date": date(2025, 12, 4), "order": "1", "quantity": 10}],
        demand=[
            {"item": "BTL", "location": "NJ", "date": date(2026, m, 1), "quantity": 5_000 if m == 1 else 0}
            for m in range(1, 7)
        ],
    )  # fmt: skip
    plan_now(as_of=date(2026, 1, 1))
    assert capsules()[:3] == [30_000, 37_500, 37_500]
    methods = {row["method"] for row in exported("forecast") if row["item"] == "CPS" and row["method"]}
    assert methods == {"Owners of BTL"}
