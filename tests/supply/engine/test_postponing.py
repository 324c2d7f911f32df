"""What waits for a component takes of a line when it has it: parts of a part come on 25 January, ten days before it does."""

from dataclasses import replace

import numpy as np
import pytest
from supply_networks import bom, day, lanes, line, months, problem, receipts

from supply.engine import Cause, Kind, PlanInputs, plan_supply
from supply.engine.ahead import made_ahead
from supply.engine.checker import check_plan


def late_part(*, other: list[float], room: float = 100.0) -> PlanInputs:
    """Product 0 is made of part 1, which is made of part 2 in ten days: 100 of these come on the 25th day, so part 1 on
    the 35th, in February. 100 products are asked for in January. Product 3 shares their line, of `room` a month.
    """
    return problem(
        np.array([[100.0, 0, 0, other[0]], [0, 0, 0, other[1]], [0, 0, 0, other[2]]]),
        calendar=months(3),
        priority=np.array([1, 1, 1, 2]),
        lanes=lanes(
            {"item": 0, "kind": Kind.MAKE},
            {"item": 1, "kind": Kind.MAKE, "lead_time_days": 10},
            {"item": 3, "kind": Kind.MAKE},
        ),
        bom=bom((0, 1, 1.0), (1, 2, 1.0)),
        receipts=receipts((2, 25, 100.0)),
        capacities=line(np.full(3, room), (0, 1.0), (2, 1.0)),
    )


@pytest.mark.parametrize(
    ("other", "room", "load", "due"),
    [
        ([0.0, 0.0, 0.0], 100.0, [0, 100, 0], 35),
        ([0.0, 60.0, 0.0], 100.0, [0, 60, 100], 59),  # the first day of the month that has room for all of it
        ([0.0, 60.0, 0.0], 160.0, [0, 160, 0], 35),
        ([0.0, 60.0, 60.0], 100.0, [0, 60, 60], 90),
    ],
    ids=["February is free", "full: made in March", "room for both", "full to the end: behind the horizon"],
)
def test_what_waits_is_made_in_the_first_month_from_its_component_on_that_has_room(
    other: list[float], room: float, load: list[float], due: int
) -> None:
    inputs = late_part(other=other, room=room)
    plan = plan_supply(inputs)
    assert plan.load[:, 0].tolist() == load
    assert made_ahead(inputs, plan).sum() == 0  # nothing is told to be made ahead that is made late
    (order,) = plan.orders.of(0).tolist()
    assert plan.orders.due_day[order] - day(0) == due
    assert (plan.orders.cause[order], plan.orders.cause_ref[order]) == (Cause.COMPONENT, 1)
    assert check_plan(inputs, plan) == []


def test_what_it_leaves_in_the_month_in_which_it_was_planned_is_free_for_what_waits_as_well() -> None:
    """Two products wait for one part; the urgent one takes February, the other one March."""
    inputs = late_part(other=[0.0, 0.0, 0.0])
    inputs = replace(
        inputs,
        demand=np.array([[100.0, 0, 0, 100.0], [0, 0, 0, 0], [0, 0, 0, 0]]),
        bom=bom((0, 1, 1.0), (3, 1, 1.0), (1, 2, 1.0)),
        receipts=receipts((2, 25, 200.0)),
        capacities=replace(inputs.capacities, available=np.array([[200.0], [100.0], [100.0]])),
    )
    plan = plan_supply(inputs)
    assert plan.load[:, 0].tolist() == [0, 100, 100]
    assert [int(plan.orders.due_day[k]) - day(0) for n in (0, 3) for k in plan.orders.of(n)] == [35, 59]
    assert check_plan(inputs, plan) == []


def test_a_bought_order_that_a_full_supplier_makes_ahead_is_placed_when_it_must_begin() -> None:
    """150 in March from a supplier of 100 a month: 50 of them take half of February, with or without days on the way."""
    inputs = problem(
        [[0.0], [0.0], [150.0]],
        calendar=months(3),
        lanes=lanes({"item": 0, "kind": Kind.BUY, "lead_time_days": 5}),
        capacities=line(np.full(3, 100.0), (0, 1.0)),
    )
    plan = plan_supply(inputs)
    assert plan.load[:, 0].tolist() == [0, 50, 100]
    # 14 of February's 28 days before March, and five before
    assert (plan.orders.order_by - day(0)).tolist() == [40]
    assert check_plan(inputs, plan) == []
    late = replace(plan, orders=replace(plan.orders, order_by=np.array([day(54)])))
    assert "run begun too late" in {violation.rule for violation in check_plan(inputs, late)}
