"""80, 150 and 60 on a line of 100 a month: 20 of February's are made in January, and 30 wait for March."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from supply_networks import bom, lanes, months, problem, random_network

from supply.engine import Capacities, Kind, PlanInputs, plan_supply
from supply.engine.ahead import begun_early_for, made_ahead
from supply.engine.checker import check_plan
from supply.engine.shapes import Cause


@pytest.mark.parametrize(("kind", "early"), [(Kind.MAKE, [-1, 0, -1]), (Kind.BUY, [-1, -1, -1])])
def test_what_is_made_before_its_month_is_told_by_month_and_by_order(kind: Kind, early: list[int]) -> None:
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
    assert begun_early_for(inputs, plan).tolist() == early


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


def test_a_run_that_is_needed_at_once_comes_as_soon_as_the_line_can_have_made_it() -> None:
    """Nothing in stock: 250 are made by March, and 100 of January's and February's demand come late."""
    inputs = replace(run_of_three_months(), on_hand=np.array([0.0, 500.0]))
    plan = plan_supply(inputs)
    run = np.flatnonzero(plan.orders.item == 0)[0]
    assert (plan.orders.bucket[run], plan.orders.cause[run]) == (2, Cause.CAPACITY)
    assert plan.load.ravel()[:3].tolist() == [50, 100, 100]
    assert plan.orders.order_by[run] == date(2026, 1, 16).toordinal()
    assert check_plan(inputs, plan) == []


def test_random_plans_on_tight_lines_begin_their_runs_in_time() -> None:
    for seed in range(40):
        inputs = random_network(seed)
        tight = replace(inputs.capacities, available=inputs.capacities.available / 3)
        inputs = replace(inputs, capacities=tight)
        assert check_plan(inputs, plan_supply(inputs)) == []
