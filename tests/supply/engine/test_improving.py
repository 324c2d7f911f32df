"""A whole plan improved by cost: never dearer, nobody shorter, people's orders untouched, a bound below it."""

from dataclasses import replace

import numpy as np
import pytest
from supply_networks import lanes, problem

from supply.bench.instances import sourcing_network
from supply.engine import Calendar, Cause, FirmOrders, LotRule, PlanInputs, Reason, Status, plan_supply
from supply.engine.checker import check_plan
from supply.engine.improving import clusters, improvable, improve_plan, kept_lots, measure_plan


@pytest.fixture
def inputs() -> PlanInputs:
    return sourcing_network(items=6, buckets=9, seed=1)


def test_the_improved_plan_costs_less_and_nobody_is_served_worse(inputs: PlanInputs) -> None:
    plan = plan_supply(inputs)
    found = improve_plan(inputs, plan, seconds=1.5)
    assert found.bound <= found.cost < found.cost_before
    assert (found.after.short <= found.before.short + 1e-6).all()
    assert check_plan(replace(inputs, chosen=found.chosen), found.plan) == []
    assert (found.plan.orders.reason == Reason.COST).any()


@pytest.mark.parametrize(("life", "lots"), [(np.inf, [1_200]), (75.0, [200] * 6), (20.0, [100] * 12)])
def test_lots_by_cost_are_sold_before_they_expire(life: float, lots: list[float]) -> None:
    """100 a month, 500 an order, next to nothing to hold: a year's lot, or what a lot's life lets sell."""
    year = problem(
        np.full((12, 1), 100.0),
        calendar=Calendar(edges=740_000 + 30 * np.arange(13)),
        lanes=lanes({"order_cost": 500.0, "multiple": 100.0}),
        unit_cost=np.ones(1), margin=np.full(1, 50.0), capital_rate=0.01, shelf_life_days=np.full(1, life),
    )  # fmt: skip
    found = improve_plan(year, plan_supply(year), seconds=2.0)
    assert found.plan.orders.quantity.tolist() == lots
    assert found.plan.projection.shortage.max() == 0
    assert found.bound <= found.cost <= found.cost_before


def test_an_item_with_a_firm_order_or_a_lot_rule_is_left_to_people(inputs: PlanInputs) -> None:
    plan = plan_supply(inputs)
    rule = inputs.lot_rule.copy()
    rule[1] = LotRule.FIXED_ORDER_QUANTITY
    due = np.array([inputs.calendar.edges[4]])
    firm = FirmOrders(lane=np.array([0]), quantity=np.array([500.0]), due_day=due)
    decided = replace(inputs, firm=firm, lot_rule=rule)
    assert improvable(decided, plan).tolist() == [2, 3, 4, 5]
    found = improve_plan(decided, plan_supply(decided), seconds=1.5)
    kept = found.plan.orders.status == Status.FIRM
    assert found.plan.orders.quantity[kept].tolist() == [500.0]


def test_what_waits_for_capacity_keeps_its_orders_and_their_cause() -> None:
    scarce = sourcing_network(items=6, buckets=9, seed=7)
    plan = plan_supply(scarce)
    waits = np.unique(plan.orders.item[plan.orders.cause == Cause.CAPACITY])
    assert waits.tolist() == [1]
    found = improve_plan(scarce, plan, seconds=1.5)
    mine = found.plan.orders.item == 1
    assert (found.plan.orders.reason[mine] != Reason.COST).all()


def test_a_search_that_is_stopped_changes_nothing(inputs: PlanInputs) -> None:
    plan = plan_supply(inputs)
    found = improve_plan(inputs, plan, seconds=5.0, go_on=lambda: False)
    assert found.plan is plan
    assert (found.looked_at, found.cost, found.bound) == (0, found.cost_before, found.cost_before)


def test_measuring_gives_a_bound_and_leaves_the_plan(inputs: PlanInputs) -> None:
    plan = plan_supply(inputs)
    found = measure_plan(inputs, plan, seconds=5.0)
    assert found.plan is plan
    assert 0 < found.bound < found.cost == found.cost_before
    assert found.looked_at == inputs.count


def test_items_that_share_capacity_stand_in_one_cluster_the_free_ones_in_another(inputs: PlanInputs) -> None:
    used = inputs.lanes.item[inputs.capacities.lane] < 3
    capacities = replace(
        inputs.capacities,
        lane=inputs.capacities.lane[used],
        capacity=inputs.capacities.capacity[used],
        per_unit=inputs.capacities.per_unit[used],
    )
    partly = replace(inputs, capacities=capacities)
    found = clusters(partly, plan_supply(partly), np.arange(6))
    assert sorted(sorted(cluster.tolist()) for cluster in found) == [[0, 1, 2], [3, 4, 5]]


def test_an_edited_item_loses_its_chosen_lots_the_others_keep_theirs(inputs: PlanInputs) -> None:
    lots = FirmOrders(
        lane=np.array([0, 6]), quantity=np.array([10.0, 20.0]), due_day=inputs.calendar.edges[[5, 5]]
    )
    kept = kept_lots(replace(inputs, chosen=lots), touched=np.array([0]))
    assert kept.chosen.quantity.tolist() == [20.0]
