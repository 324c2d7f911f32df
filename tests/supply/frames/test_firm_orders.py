"""Orders that people fixed, from plan to plan: one that is past due is due at once until it goes out or is let go."""

from copy import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chain import demand_rows, plan_now
from factories import somebody

from forecasting.selectors.demand_cube import forget_all
from siop.catalog.models import Location
from siop.gather.services import load_tables
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from supply.enums import ExceptionKind, OrderStatus
from supply.errors import SupplyError
from supply.frames import gone_out
from supply.models import PlanException, PlanLine, PlannedOrder, SourcingLane
from supply.services.orders import firm_order, let_go, release_orders

JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)


@pytest.fixture(scope="module")
def firmed_once(kept_rows: None) -> PlannedOrder:
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
        person=somebody("sam", "supply_planner"),
        order_id=order.pk,
        version=order.version,
        quantity=Decimal(130),
        reason="Promised",
    )


@pytest.fixture
def firmed(firmed_once: PlannedOrder, sam: Any) -> PlannedOrder:
    forget_all()
    return PlannedOrder.objects.get(pk=firmed_once.pk)


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


@pytest.fixture
def twice(firmed: PlannedOrder) -> tuple[PlannedOrder, PlannedOrder]:
    """The firm order of the cycle's plan, and its copy in the live plan."""
    copied = PlannedOrder.objects.get(plan=plan_now(as_of=JANUARY), status=OrderStatus.FIRM)
    PlanVersion.objects.filter(pk=firmed.plan_id).update(kind=PlanKind.CYCLE, status=PlanStatus.DRAFT)
    return firmed, copied


@pytest.mark.parametrize("released", [0, 1], ids=["from the cycle's plan", "from the live plan"])
def test_a_firm_order_that_went_out_from_one_plan_has_gone_out_from_the_other(
    twice: tuple[PlannedOrder, PlannedOrder], released: int
) -> None:
    """Both plans show it as released, it goes out once, and the next plan takes over the 130 as an open order alone."""
    release_orders(person=None, orders=[twice[released]])
    for order in twice:
        order.refresh_from_db()
        assert order.status == OrderStatus.RELEASED
    with pytest.raises(SupplyError, match="goes out once"):
        release_orders(person=None, orders=[twice[1 - released]])
    plan = plan_now(as_of=JANUARY)
    assert not PlannedOrder.objects.filter(plan=plan, status=OrderStatus.FIRM).exists()
    assert receipts(plan) == ([0, 70], [130, 0])


def test_a_firm_order_is_not_taken_for_another_of_its_source_and_day_that_went_out(
    twice: tuple[PlannedOrder, PlannedOrder],
) -> None:
    """A second order of the same day and lane was released from the live plan: the firm one still waits in both."""
    cycle, live = twice
    other = copy(live)
    other.pk, other.number, other.status = None, "P-other", OrderStatus.PLANNED
    other.save(force_insert=True)
    release_orders(person=None, orders=[other])
    assert not gone_out(PlannedOrder.objects.filter(pk__in=[cycle.pk, live.pk]))
    release_orders(person=None, orders=[cycle])


def test_a_copy_made_while_the_order_went_out_is_not_planned_again(
    twice: tuple[PlannedOrder, PlannedOrder],
) -> None:
    cycle, live = twice
    release_orders(person=None, orders=[cycle])
    PlannedOrder.objects.filter(pk=live.pk).update(status=OrderStatus.FIRM)
    plan = plan_now(as_of=JANUARY)
    assert not PlannedOrder.objects.filter(plan=plan, status=OrderStatus.FIRM).exists()
    assert receipts(plan) == ([0, 70], [130, 0])


def test_a_firm_order_whose_source_is_gone_is_kept_named_and_not_counted_on(
    firmed: PlannedOrder, sam: Any
) -> None:
    SourcingLane.objects.all().delete()
    plan = plan_now(as_of=JANUARY)
    kept = PlannedOrder.objects.get(plan=plan)
    assert (kept.number, kept.status, kept.quantity, kept.lane) == (
        firmed.number,
        OrderStatus.FIRM,
        130,
        None,
    )
    assert receipts(plan) == ([0, 0], [0, 0])
    found = PlanException.objects.get(plan=plan, order=firmed.number)
    assert found.title == "Firm order without a source: 130 of CAP at NJ"
    assert found.root_cause == "No source delivers it"
    with pytest.raises(SupplyError, match="no source any more"):
        release_orders(person=None, orders=[kept])
    let_go(person=sam, order_id=kept.pk, version=kept.version)
    assert not PlanException.objects.filter(plan=plan, order=firmed.number).exists()


def test_a_firm_order_at_a_place_that_has_nothing_else_is_kept_and_named(firmed: PlannedOrder) -> None:
    """130 caps are fixed for a depot without demand, stock, policy or source: nobody but the order speaks of it."""
    depot = Location.objects.create(code="DEPOT")
    PlannedOrder.objects.filter(pk=firmed.pk).update(location=depot, lane=None, number="P-DEPOT-1")
    plan = plan_now(as_of=JANUARY)
    kept = PlannedOrder.objects.get(plan=plan, status=OrderStatus.FIRM)
    assert (kept.number, kept.location, kept.quantity) == ("P-DEPOT-1", depot, 130)
    found = PlanException.objects.get(plan=plan, order=kept.number)
    assert found.title == "Firm order without a source: 130 of CAP at DEPOT"
