"""Orders that people fixed, from plan to plan: one that is past due is due at once until it goes out or is let go."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chain import demand_rows, plan_now

from siop.gather.services import load_tables
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from supply.enums import ExceptionKind, OrderStatus
from supply.models import PlanException, PlanLine, PlannedOrder
from supply.services.orders import firm_order, let_go, release_orders

JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)


@pytest.fixture
def firmed(db: None, sam: Any) -> PlannedOrder:
    """100 caps a month, bought in 10 days; the order for January is firmed at 130."""
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MAKER"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "MAKER", "kind": "buy", "lead_time_days": 10}
            ],
            "policies": [
                {"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}
            ],
            "demand": demand_rows("CAP", "NJ", JANUARY, [100] * 6),
        }
    )
    order = PlannedOrder.objects.filter(plan=plan_now(as_of=JANUARY)).order_by("due_date", "pk").first()
    assert order is not None
    return firm_order(
        person=sam, order_id=order.pk, version=order.version, quantity=Decimal(130), reason="Promised"
    )


def receipts(plan: PlanVersion) -> tuple[list[float], list[float]]:
    line = PlanLine.objects.get(plan=plan)
    return line.planned_receipts[:2], line.scheduled_receipts[:2]


def test_a_firm_order_past_due_is_due_at_once_and_keeps_the_day_it_was_fixed_for(
    firmed: PlannedOrder,
) -> None:
    """130 that were due in January cover March's 100 and 30 of April's."""
    plan = plan_now(as_of=MARCH)
    kept = PlannedOrder.objects.get(plan=plan, status=OrderStatus.FIRM)
    assert (kept.number, kept.quantity, kept.due_date) == (firmed.number, 130, firmed.due_date)
    assert kept.due_date < MARCH
    assert receipts(plan) == ([130, 70], [0, 0])


def test_a_firm_order_past_due_is_named_by_an_exception(firmed: PlannedOrder) -> None:
    plan = plan_now(as_of=MARCH)
    found = PlanException.objects.get(plan=plan, kind=ExceptionKind.ORDER_LATE)
    assert (found.order, found.quantity) == (firmed.number, 130)


def test_a_firm_order_past_due_is_let_go_like_any_other(firmed: PlannedOrder, sam: Any) -> None:
    kept = PlannedOrder.objects.get(plan=plan_now(as_of=MARCH), status=OrderStatus.FIRM)
    let_go(person=sam, order_id=kept.pk, version=kept.version)
    plan = plan_now(as_of=MARCH)
    assert not PlannedOrder.objects.filter(plan=plan, status=OrderStatus.FIRM).exists()
    assert receipts(plan) == ([100, 100], [0, 0])


def test_a_firm_order_that_went_out_from_the_cycle_plan_is_not_planned_again_from_its_copy(
    firmed: PlannedOrder,
) -> None:
    """The live plan has a copy that is firm still; the next one takes over the 130 as an open order alone."""
    copied = plan_now(as_of=JANUARY)
    PlanVersion.objects.filter(pk=firmed.plan_id).update(kind=PlanKind.CYCLE, status=PlanStatus.DRAFT)
    release_orders(person=None, orders=[firmed])
    assert PlannedOrder.objects.get(plan=copied, status=OrderStatus.FIRM).number == firmed.number
    plan = plan_now(as_of=JANUARY)
    assert not PlannedOrder.objects.filter(plan=plan, status=OrderStatus.FIRM).exists()
    assert receipts(plan) == ([0, 70], [130, 0])
