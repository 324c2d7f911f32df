"""Lots against published answers, and capacitated lots that are always feasible and never above their bound."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import shared

from supply.bench.lotsizing import capacitated
from supply.engine.capacitated import CapacitatedLots, overtime_needed, plan_cost
from supply.engine.clsp import solve_clsp
from supply.engine.lotsizing import lot_cost, multi_level_lots, silver_meal, wagner_whitin

WAGNER_WHITIN = {
    "demand": np.array([69.0, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56]),
    "setup": np.array([85.0, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114]),
    "holding": np.ones(12),
}


def test_wagner_whitin_1958_costs_864() -> None:
    plan = wagner_whitin(**WAGNER_WHITIN)
    assert plan.cost == pytest.approx(864)
    assert plan.quantity.tolist() == [98, 0, 97, 0, 121, 0, 0, 112, 0, 67, 135, 0]


@settings(max_examples=40, deadline=None)
@given(
    demand=st.lists(st.integers(0, 80), min_size=1, max_size=6),
    setup=st.integers(0, 200),
    holding=st.integers(0, 4),
)
def test_wagner_whitin_is_never_beaten_by_any_set_of_order_buckets(
    demand: list[int], setup: int, holding: int
) -> None:
    units = np.array(demand, float)
    costs = {"setup": np.full(len(demand), float(setup)), "holding": np.full(len(demand), float(holding))}
    best = min(_cost_of(units, mask, costs) for mask in range(1 << len(demand)))
    assert wagner_whitin(demand=units, **costs).cost == pytest.approx(best)
    assert silver_meal(demand=units, **costs).cost >= best - 1e-9


def _cost_of(demand: np.ndarray, mask: int, costs: dict[str, np.ndarray]) -> float:
    quantity, open_lot = np.zeros(len(demand)), -1
    for t, units in enumerate(demand):
        open_lot = t if mask >> t & 1 else open_lot
        if units > 0 and open_lot < 0:
            return float("inf")
        if open_lot >= 0:
            quantity[open_lot] += units
    return lot_cost(quantity, demand=demand, **costs)


@pytest.mark.slow
def test_dellaert_jeunet_ph1in25_costs_501_26() -> None:
    demand = np.zeros((12, 5))
    demand[:, 0] = [80, 100, 125, 100, 50, 50, 100, 125, 125, 100, 50, 100]
    plan = multi_level_lots(
        demand=demand, setup=np.array([1.28, 3.2, 8, 20, 50]), holding=np.array([0.8, 0.4, 0.2, 0.1, 0.05]),
        above=np.arange(4), below=np.arange(1, 5), quantity_per=np.ones(4), seconds=60,
    )  # fmt: skip
    assert plan.cost == pytest.approx(501.26, abs=1e-4)


def small_case() -> CapacitatedLots:
    rng = np.random.default_rng(5)
    return CapacitatedLots(
        demand=rng.integers(20, 120, (8, 3)).astype(float), capacity=np.full(8, 290.0), unit_time=np.ones(3),
        setup_time=np.array([10.0, 20, 15]), setup_cost=np.array([300.0, 500, 200]), holding=np.array([1.0, 2, 3]),
    )  # fmt: skip


@pytest.mark.slow
def test_capacitated_lots_meet_demand_within_capacity_and_above_their_bound() -> None:
    problem = small_case()
    plan = solve_clsp(problem, seconds=5)
    assert overtime_needed(problem, plan.quantity).max() < 1e-3
    assert plan.cost == pytest.approx(plan_cost(problem, plan.quantity))
    assert plan.bound <= plan.cost + 1e-6
    assert plan.gap < 0.05


@pytest.mark.slow
def test_where_no_plan_fits_the_least_overtime_is_named_and_no_gap_is_claimed() -> None:
    problem = replace(small_case(), demand=np.full((3, 3), 100.0), capacity=np.full(3, 290.0))
    plan = solve_clsp(problem, seconds=2)
    assert np.isfinite(plan.cost)
    # February and March need 600 units, of which no set-ups let them make more than 500; January needs 300 and 45
    assert plan.overtime == pytest.approx(345 + 100 - 290)
    assert plan.gap == float("inf")


def test_where_nothing_is_needed_nothing_is_made_and_that_is_the_best() -> None:
    plan = solve_clsp(replace(small_case(), demand=np.zeros((8, 3))), seconds=1)
    assert not plan.quantity.any()
    assert (plan.cost, plan.gap) == (0, 0)


@pytest.mark.slow
def test_trigeiro_f1_is_within_two_percent_of_its_optimum() -> None:
    case = json.loads(shared("planning/clsp_trigeiro.json").read_text())["cases"][0]
    problem = capacitated(case)
    plan = solve_clsp(problem, seconds=8)
    assert overtime_needed(problem, plan.quantity).max() < 1e-3
    assert plan.cost <= 1.02 * case["optimum"]


def test_a_solver_that_does_not_start_in_time_is_done_without() -> None:
    problem = small_case()
    plan = solve_clsp(problem, seconds=0.01)
    assert plan.overtime == 0
    assert plan.cost == pytest.approx(plan_cost(problem, plan.quantity))
    assert 0 < plan.bound <= plan.cost
