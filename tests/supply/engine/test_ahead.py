"""80, 150 and 60 on a line of 100 a month: 20 of February's are made in January, and 30 wait for March. Long runs."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from supply_networks import bom, lanes, months, problem, random_network

from supply.engine import Capacities, Kind, PlanInputs, plan_supply
from supply.engine.ahead import begun_early_for, made_ahead
from supply.engine.checker import check_plan
from supply.engine.orders import parts_of_runs
from supply.engine.shapes import Cause
from supply.engine.sourcing import plan_costs


@pytest.mark.parametrize("kind", [Kind.MAKE, Kind.BUY])
def test_what_is_made_before_its_month_is_ordered_by_then_and_told_by_month_and_by_order(kind: Kind) -> None:
    """The 20 take a line or a supplier the last seven of January's 31 days: who makes ahead must have the order by then."""
    inputs = problem(
        np.array([[80.0], [150.0], [60.0]]),
        calendar=months(3),
        lanes=lanes({"item": 0, "kind": int(kind)}),
        capacities=Capacities(
            available=np.full((3, 1), 100.0),
            lane=np.array([0]),
            capacity=np.array([0]),
            per_unit=np.array([1.0]),
        ),
    )
    plan = plan_supply(inputs)
    assert plan.orders.quantity.tolist() == [80, 120, 90]
    assert plan.load.ravel().tolist() == [100, 100, 90]
    assert made_ahead(inputs, plan).ravel().tolist() == [20, 0, 0]
    assert begun_early_for(inputs, plan).tolist() == [-1, 0, -1]
    assert date.fromordinal(int(plan.orders.order_by[1])) == date(2026, 1, 25)


def run_of_three_months(**more: Any) -> PlanInputs:
    """Lots of 250 on a line of 100 a month, 150 in stock: 50 a month lasts to the end of March."""
    return problem(
        np.array([[50.0, 0.0]] * 6),
        calendar=months(6),
        on_hand=np.array([150.0, 500.0]),
        lanes=lanes({"item": 0, "kind": int(Kind.MAKE), "moq": 250, **more}, {"item": 1}),
        bom=bom((0, 1, 2.0)),
        capacities=Capacities(
            available=np.full((6, 1), 100.0),
            lane=np.array([0]),
            capacity=np.array([0]),
            per_unit=np.array([1.0]),
        ),
    )


@pytest.mark.parametrize(("lead_time_days", "release"), [(0, date(2026, 2, 15)), (10, date(2026, 2, 5))])
def test_a_run_longer_than_a_month_begins_when_its_first_units_must_be_made(
    lead_time_days: int, release: date
) -> None:
    """Received in April: 100 made in April, 100 in March, 50 in the last 14 of the 28 days of February."""
    inputs = run_of_three_months(lead_time_days=lead_time_days)
    plan = plan_supply(inputs)
    run = plan.orders.item == 0
    assert plan.orders.quantity[run].tolist() == [250]
    assert plan.load.ravel().tolist() == [0, 50, 100, 100, 0, 0]
    assert plan.orders.order_by[run].tolist() == [release.toordinal()]
    assert plan.dependent.day.tolist() == [release.toordinal()]  # its 500 parts are there when it begins
    assert check_plan(inputs, plan) == []


def test_a_run_that_travels_after_it_is_made_begins_that_much_sooner() -> None:
    """Received by 30 April, 40 days on the way: 100 made in March, 100 in February, 50 in the last 16 days of January."""
    inputs = run_of_three_months(lead_time_days=50, transit_days=40)
    plan = plan_supply(inputs)
    run = plan.orders.item == 0
    assert plan.load.ravel().tolist() == [50, 100, 100, 0, 0, 0]
    assert plan.orders.order_by[run].tolist() == [date(2026, 1, 6).toordinal()]  # ten days before the 16th
    assert check_plan(inputs, plan) == []


def test_the_checker_finds_a_run_that_begins_with_its_last_month() -> None:
    """From 1 March on the line makes 100 and, in April, 100 more: 200 of 250."""
    inputs = run_of_three_months()
    plan = plan_supply(inputs)
    march = np.where(plan.orders.item == 0, date(2026, 3, 1).toordinal(), plan.orders.order_by)
    late = replace(plan, orders=replace(plan.orders, order_by=march))
    found = [violation for violation in check_plan(inputs, late) if violation.rule == "run begun too late"]
    assert [(violation.found, violation.allowed) for violation in found] == [(250, 200)]


def run_in_parts(stock: float = 0.0) -> PlanInputs:
    """The same line with so little in stock that the run is needed before all of it can be made; parts for two runs."""
    return replace(run_of_three_months(), on_hand=np.array([stock, 1000.0]))


@pytest.mark.parametrize(
    ("stock", "received", "loaded"),
    [
        (0.0, [100, 100, 50], [100, 100, 50]),
        (50.0, [0, 200, 50], [100, 100, 50]),  # all that the line can have made by the month of the need
        (100.0, [0, 0, 250], [50, 100, 100]),  # there is time for all of it
    ],
)
def test_a_run_that_is_needed_before_all_of_it_is_made_is_received_as_it_is_made(
    stock: float, received: list[float], loaded: list[float]
) -> None:
    """Lots of 250 on a line of 100 a month, 50 sold a month: nobody waits for the last unit of the run."""
    inputs = run_in_parts(stock)
    plan = plan_supply(inputs)
    assert plan.projection.planned_receipts[:3, 0].tolist() == received
    assert plan.load.ravel()[:3].tolist() == loaded
    assert not plan.projection.shortage.any()
    assert check_plan(inputs, plan) == []


def test_parts_of_a_run_know_each_other_and_each_takes_its_own_components_when_it_begins() -> None:
    inputs = run_in_parts()
    plan = plan_supply(inputs)
    part, parts, units = parts_of_runs(plan.orders)
    assert plan.orders.run[:3].tolist() == [0, 0, 0]
    assert [part[:3].tolist(), parts[:3].tolist(), units[:3].tolist()] == [
        [1, 2, 3],
        [3, 3, 3],
        [250, 250, 250],
    ]
    assert plan.dependent.quantity[:3].tolist() == [200, 200, 100]
    assert plan.dependent.day[:3].tolist() == plan.orders.order_by[:3].tolist()


def test_a_run_in_parts_is_set_up_once() -> None:
    once = replace(run_in_parts().lanes, order_cost=np.array([40.0, 0.0]))
    inputs = replace(run_in_parts(), lanes=once)
    plan = plan_supply(inputs)
    assert plan.orders.item.tolist() == [0, 0, 0, 0]
    assert plan_costs(inputs, plan).ordering.tolist() == [80, 0]  # this run and the next


def test_who_must_receive_whole_batches_says_so_by_the_multiple() -> None:
    """Batches of 250: what the line has made of one by February is not handed over before March."""
    lot = run_in_parts().lanes
    inputs = replace(run_in_parts(), lanes=replace(lot, multiple=np.array([250.0, 0.0])))
    plan = plan_supply(inputs)
    assert plan.projection.planned_receipts[:3, 0].tolist() == [0, 0, 250]
    assert plan.orders.cause[0] == Cause.CAPACITY
    assert plan.load.ravel()[:3].tolist() == [50, 100, 100]


def test_what_is_bought_is_shipped_whole() -> None:
    bought = replace(run_in_parts().lanes, kind=np.array([int(Kind.BUY), int(Kind.BUY)]))
    plan = plan_supply(replace(run_in_parts(), lanes=bought))
    assert plan.projection.planned_receipts[:3, 0].tolist() == [0, 0, 250]


def test_a_run_that_the_horizon_cannot_make_is_not_begun() -> None:
    inputs = run_in_parts()
    short = replace(inputs.capacities, available=np.full((6, 1), 40.0))  # 240 of 250
    assert plan_supply(replace(inputs, capacities=short)).orders.count == 0


def test_a_run_meets_its_minimum_and_no_more_where_the_need_falls_away() -> None:
    """50 are needed in January alone: the line, once set up, makes its 250."""
    once = np.zeros((6, 2))
    once[0, 0] = 50
    plan = plan_supply(replace(run_in_parts(), demand=once))
    assert plan.projection.planned_receipts[:, 0].tolist() == [100, 100, 50, 0, 0, 0]


def test_the_last_part_of_a_run_takes_along_what_is_short() -> None:
    """90 sold a month: of the third month's 100, 50 are the rest of the minimum and 20 more are short."""
    demand = np.array([[90.0, 0.0]] * 6)
    plan = plan_supply(replace(run_in_parts(), demand=demand))
    assert plan.projection.planned_receipts[:3, 0].tolist() == [100, 100, 70]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"quantity": [100.0, 100.0, 40.0]}, "minimum order quantity"),
        ({"run": [-1, -1, -1]}, "minimum order quantity"),
        ({"lane": [0, 1, 0]}, "run over several lanes"),
    ],
)
def test_the_checker_finds_parts_that_make_no_whole_run(change: dict[str, list[float]], rule: str) -> None:
    inputs = run_in_parts()
    plan = plan_supply(inputs)
    ((name, values),) = change.items()
    column = getattr(plan.orders, name).copy()
    column[:3] = values
    broken = replace(plan, orders=replace(plan.orders, **{name: column}))
    assert rule in {violation.rule for violation in check_plan(inputs, broken)}


def test_the_checker_finds_a_run_that_pauses_while_the_line_is_free() -> None:
    """30 of January's 100 are left, and the rest of the run still comes later."""
    inputs = run_in_parts()
    plan = plan_supply(inputs)
    idle = plan.load.copy()
    idle[0] = 70
    (found,) = [v for v in check_plan(inputs, replace(plan, load=idle)) if v.rule == "run interrupted"]
    assert (found.found, found.allowed) == (30, 0)


def test_random_plans_on_tight_lines_begin_their_runs_in_time() -> None:
    for seed in range(40):
        inputs = random_network(seed)
        tight = replace(inputs.capacities, available=inputs.capacities.available / 3)
        inputs = replace(inputs, capacities=tight)
        assert check_plan(inputs, plan_supply(inputs)) == []
