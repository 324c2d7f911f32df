"""Two plans of one problem beside each other: what was combined, begun earlier, sent another way."""

import numpy as np
from supply_networks import day, lanes, months, problem

from supply.engine import FirmOrders, Kind, PlanInputs, plan_supply
from supply.engine.replanning import OrderChanges, order_changes

SOON = day(31)


def monthly(**more: object) -> PlanInputs:
    """100 in each of three months, from near by or from far away 40 days earlier."""
    return problem(
        [[100], [100], [100]], calendar=months(3),
        lanes=lanes({"kind": Kind.BUY, "multiple": 1}, {"lead_time_days": 40, "priority": 2, "multiple": 1}), **more,
    )  # fmt: skip


def changes(after: PlanInputs) -> OrderChanges:
    before = plan_supply(monthly()).orders
    return order_changes(before, plan_supply(after).orders, items=np.array([0]), soon_day=SOON)


def test_the_same_plan_changes_nothing() -> None:
    assert changes(monthly()) == OrderChanges(
        orders_before=3, orders_after=3, soon_before=2, soon_after=2, earlier=0, other_way=0
    )


def test_lots_combined_arrive_earlier_and_wait_for_release_at_once() -> None:
    lot = FirmOrders(lane=np.array([0]), quantity=np.array([300.0]), due_day=np.array([day(0)]))
    assert changes(monthly(chosen=lot)) == OrderChanges(
        orders_before=3, orders_after=1, soon_before=2, soon_after=1, earlier=1, other_way=0
    )


def test_what_goes_another_way_is_ordered_sooner() -> None:
    lot = FirmOrders(lane=np.array([1]), quantity=np.array([100.0]), due_day=np.array([day(59)]))
    found = changes(monthly(chosen=lot))
    assert (found.orders_after, found.soon_after, found.other_way, found.earlier) == (3, 3, 1, 0)
