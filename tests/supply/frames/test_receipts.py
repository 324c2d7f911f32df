"""Open orders in the plan: what they still take from below them, and what came in after the stock was counted."""

from datetime import date, timedelta
from typing import Any

import pytest
from chain import demand_rows, plan_now

from siop.gather.services import load_tables
from siop.plans.models import PlanVersion
from supply.models import PlanLine, PlannedOrder
from supply.services.orders import release_orders

AS_OF = date(2026, 1, 1)
EVE = AS_OF - timedelta(days=1)


@pytest.fixture
def caps(db: None) -> dict[str, Any]:
    """A cap of two parts, made in New Jersey and sent to Penang; parts are bought."""
    return {
        "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}, {"item": "PART", "unit_cost": 1}],
        "locations": [{"location": "NJ"}, {"location": "PG"}],
        "suppliers": [{"supplier": "MAKER"}],
        "bom": [{"parent": "CAP", "component": "PART", "quantity_per": 2}],
        "sourcing": [
            {"item": "PART", "location": "NJ", "source": "MAKER", "kind": "buy", "lead_time_days": 5},
            {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 3},
            {"item": "CAP", "location": "PG", "source": "NJ", "kind": "transfer", "lead_time_days": 3},
        ],
        "policies": [
            {"item": item, "location": place, "service_policy": "fixed_quantity", "service_target": 0}
            for item, place in (("PART", "NJ"), ("CAP", "NJ"), ("CAP", "PG"))
        ],
    }  # fmt: skip


def line(plan: PlanVersion, item: str, location: str = "NJ") -> PlanLine:
    return PlanLine.objects.get(plan=plan, item__code=item, location__code=location)


def test_a_released_order_still_takes_its_components_from_the_stock_that_was_counted_before_it(
    caps: dict[str, Any],
) -> None:
    """100 caps in January and February: 200 parts each; that January's order is out brings none of its parts back."""
    load_tables(caps | {"demand": demand_rows("CAP", "NJ", AS_OF, [100, 100])})
    before = plan_now(as_of=AS_OF)
    first = PlannedOrder.objects.filter(plan=before, item__code="CAP").order_by("order_by").first()
    assert first is not None
    assert line(before, "PART").dependent_demand[:3] == [400, 0, 0]
    release_orders(person=None, orders=[first])
    after = plan_now(as_of=AS_OF)
    assert line(after, "CAP").scheduled_receipts[0] == 100
    assert line(after, "PART").dependent_demand[:3] == line(before, "PART").dependent_demand[:3]


def test_a_released_transfer_still_leaves_its_sender(caps: dict[str, Any]) -> None:
    counted = [{"item": "CAP", "location": "NJ", "date": EVE, "quantity": 150}]
    load_tables(caps | {"demand": demand_rows("CAP", "PG", AS_OF, [60, 60]), "on_hand": counted})
    before = plan_now(as_of=AS_OF)
    release_orders(
        person=None, orders=list(PlannedOrder.objects.filter(plan=before, location__code="PG").order_by("order_by")[:1])
    )  # fmt: skip
    after = plan_now(as_of=AS_OF)
    assert line(after, "CAP", "PG").scheduled_receipts[0] == 60
    assert sum(line(after, "CAP").dependent_demand) == sum(line(before, "CAP").dependent_demand) == 120


def order(number: str, item: str, quantity: float, **dates: object) -> dict[str, Any]:
    due = {"due_date": AS_OF + timedelta(days=20), "status": "confirmed"}
    return {"order": number, "line": "1", "item": item, "location": "NJ", "quantity": quantity} | due | dates


@pytest.mark.parametrize(
    ("begun", "taken"), [(EVE, 0), (AS_OF, 80)], ids=["before the count", "after the count"]
)
def test_what_went_to_the_line_before_the_count_has_taken_its_components(
    caps: dict[str, Any], begun: date, taken: float
) -> None:
    rows = [order("WO-1", "CAP", 40, order_date=begun)]
    load_tables(caps | {"demand": demand_rows("CAP", "NJ", AS_OF, [40]), "scheduled_receipts": rows})
    plan = plan_now(as_of=AS_OF)
    assert line(plan, "CAP").scheduled_receipts[0] == 40
    assert sum(line(plan, "PART").dependent_demand) == taken


RECEIVED = {"status": "received", "received_quantity": 50}
TENTH = AS_OF + timedelta(days=9)


@pytest.mark.parametrize(
    ("counted", "came", "more", "coming"),
    [
        (EVE, TENTH, RECEIVED, 50),
        (EVE, EVE, RECEIVED, 0),
        (TENTH, TENTH, RECEIVED, 0),
        (EVE, TENTH, {"status": "confirmed", "received_quantity": 20}, 50),
        (EVE, EVE, {"status": "confirmed", "received_quantity": 20}, 30),
        (EVE, TENTH, {"status": "cancelled", "received_quantity": 0}, 0),
    ],
    ids=["after the count", "in the count", "in a first count that is later", "in part, after the count",
         "in part, in the count", "cancelled"],
)  # fmt: skip
def test_what_came_in_after_the_count_is_neither_lost_nor_counted_twice(
    caps: dict[str, Any], counted: date, came: date, more: dict[str, Any], coming: float
) -> None:
    """A list of orders of the fifteenth beside a plan and a count of the first."""
    load_tables(
        caps
        | {
            "demand": demand_rows("CAP", "NJ", AS_OF, [40]),
            "on_hand": [{"item": "PART", "location": "NJ", "date": counted, "quantity": 10}],
            "scheduled_receipts": [order("PO-1", "PART", 50, supplier="MAKER", received_date=came, **more)],
        }
    )
    plan = plan_now(as_of=AS_OF)
    assert sum(line(plan, "PART").scheduled_receipts) == coming
    assert line(plan, "PART").on_hand == 10
