"""The independent checker finds each kind of broken plan; a checker that cannot fail would prove nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from supply_networks import bom, day, lanes, line, months, problem, random_network

from supply.engine import Kind, PlanInputs, SupplyPlan, plan_supply
from supply.engine.checker import check_plan

Breakage = Callable[[PlanInputs, SupplyPlan], SupplyPlan]


def _orders(plan: SupplyPlan, **columns: np.ndarray) -> SupplyPlan:
    return replace(plan, orders=replace(plan.orders, **columns))


BREAKAGES: dict[str, Breakage] = {
    "balance": lambda i, p: replace(p, projection=replace(p.projection, closing=p.projection.closing + 1)),
    "stock beside backorders": lambda i, p: replace(
        p,
        projection=replace(
            p.projection, closing=p.projection.closing + 5, shortage=p.projection.shortage + 5
        ),
    ),
    "negative stock": lambda i, p: replace(
        p,
        projection=replace(
            p.projection, closing=p.projection.closing - 1e6, shortage=p.projection.shortage - 1e6
        ),
    ),
    "lead time": lambda i, p: _orders(p, order_by=p.orders.due_day.copy()),
    "order in the past": lambda i, p: _orders(p, order_by=p.orders.order_by - 400),
    "order of nothing": lambda i, p: _orders(p, quantity=np.zeros_like(p.orders.quantity)),
    "minimum order quantity": lambda i, p: _orders(p, quantity=p.orders.quantity * 0 + 1),
    "order multiple": lambda i, p: _orders(p, quantity=p.orders.quantity + 0.37),
    "delivered more than capacity could make": lambda i, p: _orders(p, quantity=p.orders.quantity * 50),
    "capacity": lambda i, p: replace(p, load=p.load + 10_000),
    "requirement": lambda i, p: replace(p, dependent=replace(p.dependent, quantity=p.dependent.quantity * 2)),
    "landed cost": lambda i, p: _orders(p, unit_landed_cost=p.orders.unit_landed_cost + 0.01),
    "component used before it is there": lambda i, p: replace(
        p, projection=replace(p.projection, dependent_demand=p.projection.dependent_demand * 3 + 1)
    ),
}


@pytest.mark.parametrize("rule", sorted(BREAKAGES))
def test_a_broken_plan_is_found(rule: str) -> None:
    inputs = random_network(3)
    plan = plan_supply(inputs)
    found = {violation.rule for violation in check_plan(inputs, BREAKAGES[rule](inputs, plan))}
    assert rule in found


def test_load_in_a_month_in_which_nothing_is_made_is_found_and_so_is_work_that_nothing_is_loaded_for() -> (
    None
):
    inputs = problem(
        [[0.0], [0.0], [80.0]],
        calendar=months(3),
        lanes=lanes({}),
        capacities=line(np.full(3, 100.0), (0, 1.0)),
    )
    plan = plan_supply(inputs)
    assert (plan.load.ravel().tolist(), check_plan(inputs, plan)) == ([0, 0, 80], [])
    sooner = replace(plan, load=plan.load[::-1].copy())  # ordered in March, loaded in January
    assert {violation.rule for violation in check_plan(inputs, sooner)} == {"work without load"}
    twice = replace(plan, load=plan.load + np.array([[80.0], [0.0], [0.0]]))
    assert {violation.rule for violation in check_plan(inputs, twice)} == {"load without work"}


def test_a_lost_firm_order_is_found() -> None:
    inputs = problem([[10], [10]], calendar=months(2), lanes=lanes({}))
    plan = plan_supply(inputs)
    firm = replace(inputs.firm, lane=np.array([0]), quantity=np.array([99.0]), due_day=np.array([5]))
    assert [v.rule for v in check_plan(replace(inputs, firm=firm), plan)] == ["firm order changed"]


def test_a_receipt_before_the_certificate_date_is_found() -> None:
    inputs = problem([[10], [10]], calendar=months(2), lanes=lanes({}))
    plan = plan_supply(inputs)
    blocked = replace(inputs, blocked_until=inputs.calendar.edges[-1:])
    assert "before the certificate date" in {v.rule for v in check_plan(blocked, plan)}


def test_a_joint_moq_that_is_missed_is_found() -> None:
    both = lanes({"item": 0, "group": 0}, {"item": 1, "group": 0}, group_moq=(100.0,))
    inputs = problem([[10, 10]], calendar=months(1), lanes=both)
    plan = plan_supply(inputs)
    assert check_plan(inputs, plan) == []
    dearer = replace(inputs, lanes=replace(both, group_moq=np.array([500.0])))
    assert "joint minimum order quantity" in {v.rule for v in check_plan(dearer, plan)}


def test_the_checker_shares_no_function_with_the_planner() -> None:
    import ast
    import inspect

    from supply.engine import checker

    names = {
        alias.name
        for node in ast.walk(ast.parse(inspect.getsource(checker)))
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert names == {"PlanInputs", "SupplyPlan"}
    assert line(np.array([1.0])).count == 1


def _waiting_over_a_change_of_its_bill() -> tuple[PlanInputs, SupplyPlan]:
    """Caps for January wait until the 26th for their shells; from the 16th on a cap has a liner as well."""
    inputs = problem(
        [[100, 0, 0], [0, 0, 0]], calendar=months(2),
        lanes=lanes({"kind": Kind.MAKE}, {"item": 1, "lead_time_days": 25}, {"item": 2}),
        bom=replace(bom((0, 1, 1.0), (0, 2, 1.0)), valid_from=np.array([0, day(15)])),
    )  # fmt: skip
    return inputs, plan_supply(inputs)


def test_what_waits_over_a_change_of_its_bill_keeps_the_bill_by_which_its_parts_were_planned() -> None:
    inputs, plan = _waiting_over_a_change_of_its_bill()
    (cap,) = np.flatnonzero(plan.orders.item == 0)
    assert plan.orders.order_by[cap] == day(25)
    assert plan.dependent.item.tolist() == [1]
    assert check_plan(inputs, plan) == []


def test_what_waits_is_held_to_a_bill_that_was_in_force_before_it_begins() -> None:
    inputs, plan = _waiting_over_a_change_of_its_bill()
    twice = replace(plan, dependent=replace(plan.dependent, quantity=plan.dependent.quantity * 2))
    other = replace(plan, dependent=replace(plan.dependent, item=np.array([2])))
    for broken in (twice, other):
        assert "requirement" in {violation.rule for violation in check_plan(inputs, broken)}
