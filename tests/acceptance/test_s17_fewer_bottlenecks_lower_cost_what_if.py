"""S17: +1,000 capacity, 800 short at 18 margin: worth 14,400. As a what-if: nothing of the plan changes."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now

from siop.gather.services import load_tables
from siop.plans import hashing
from siop.web.exports import Scope
from supply.models import PlanLine
from supply.selectors.scenarios import compare
from supply.services import scenarios

AS_OF = date(2026, 1, 1)


def company(*, demand: int, capacity: int, price: str = "30", cost: str = "12") -> Any:
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": cost, "unit_price": price, "service_policy": "cycle_service"}],
            "locations": [{"location": "NJ"}],
            "resources": [{"resource": "FILL", "location": "NJ", "capacity_per_month": capacity}],
            "routings": [{"item": "CAP", "resource": "FILL", "usage_per_unit": 1}],
            "sourcing": [{"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}],
            "demand": demand_rows("CAP", "NJ", AS_OF, [demand]),
        }
    )  # fmt: skip
    return plan_now(as_of=AS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("demand", "capacity", "more", "price", "worth"),
    [
        (10_800, 10_000, 1000, "30", 14_400),
        (10_800, 10_000, 500, "30", 9_000),
        (9_000, 8_000, 1000, "17", 5_000),
    ],
)
def test_a_what_if_says_what_more_capacity_is_worth(
    sam: Any, demand: int, capacity: int, more: int, price: str, worth: float
) -> None:
    plan = company(demand=demand, capacity=capacity, price=price)
    before = hashing.content(plan).content_hash, list(PlanLine.objects.order_by("pk").values())
    change = {"kind": "capacity", "target": {"load": "resource", "code": "FILL"}, "after": {"units": more}}
    scenario = scenarios.create(person=sam, name="A second shift", changes=[change])

    found = compare(plan, [scenario], scope=Scope(), periods=12)
    (column,) = found.columns
    assert column.values["margin"] - found.base["margin"] == pytest.approx(worth)
    assert found.base["late"] - column.values["late"] == min(more, demand - capacity)
    assert column.values["served"] + column.values["late"] == demand
    assert (hashing.content(plan).content_hash, list(PlanLine.objects.order_by("pk").values())) == before
