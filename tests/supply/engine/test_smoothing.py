"""A first plan without a solver: lots that meet demand, a bound below every plan, and moves that make them fit."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supply.engine.capacitated import CapacitatedLots, plan_cost
from supply.engine.lotsizing import wagner_whitin
from supply.engine.smoothing import first_plan, overload, smoothed


def lots(demand: list[list[float]], *, capacity: float, setup_cost: float = 300.0) -> CapacitatedLots:
    table = np.array(demand)
    return CapacitatedLots(
        demand=table, capacity=np.full(len(table), capacity), unit_time=np.ones(table.shape[1]),
        setup_time=np.full(table.shape[1], 10.0), setup_cost=np.full(table.shape[1], setup_cost),
        holding=np.ones(table.shape[1]),
    )  # fmt: skip


def test_what_does_not_fit_in_march_is_made_in_february() -> None:
    problem = lots([[50.0], [50], [120]], capacity=100)
    assert smoothed(problem, problem.demand, np.zeros(3)).ravel().tolist() == [50, 80, 90]


def test_what_was_made_too_early_goes_back_to_where_it_is_needed() -> None:
    problem = lots([[50.0], [60], [60]], capacity=100)
    made = smoothed(problem, np.array([[170.0], [0], [0]]), np.zeros(3))
    assert overload(problem, made).max() <= 1e-6
    assert np.isfinite(plan_cost(problem, made))


def test_without_a_limit_the_first_plan_is_wagner_whitin_and_proven() -> None:
    problem = lots([[90.0], [120], [80], [70]], capacity=1e6)
    exact = wagner_whitin(demand=problem.demand[:, 0], setup=np.full(4, 300.0), holding=np.ones(4))
    plan = first_plan(problem)
    assert plan_cost(problem, plan.quantity) == pytest.approx(exact.cost) == pytest.approx(plan.bound)


@settings(max_examples=25, deadline=None)
@given(
    demand=st.lists(st.lists(st.integers(0, 60), min_size=2, max_size=2), min_size=2, max_size=4),
    room=st.floats(1.0, 2.0),
)
def test_the_first_plan_meets_demand_and_its_bound_lies_below_every_plan_that_fits(
    demand: list[list[int]], room: float
) -> None:
    problem = lots([[float(units) for units in row] for row in demand], capacity=room * 140)
    plan = first_plan(problem)
    assert np.isfinite(plan_cost(problem, plan.quantity))
    assert (plan.quantity >= 0).all()
    assert plan.bound <= _cheapest_lot_starts(problem) + 1e-6


def _cheapest_lot_starts(problem: CapacitatedLots) -> float:
    """The best plan that fits, by trying every set of buckets that lots start in; infinite if none of them fits."""
    buckets, count = problem.demand.shape
    best = np.inf
    for starts in product(product((False, True), repeat=buckets), repeat=count):
        made = np.zeros(problem.demand.shape)
        for n, row in enumerate(starts):
            for t in range(buckets):
                since = max((s for s in range(t + 1) if row[s]), default=t)
                made[since, n] += problem.demand[t, n]
        if overload(problem, made).max() <= 1e-6:
            best = min(best, plan_cost(problem, made))
    return float(best)


def test_a_first_plan_of_one_round_is_complete_and_its_bound_holds() -> None:
    problem = lots([[50.0], [50], [120]], capacity=130)
    plan = first_plan(problem, go_on=lambda: False)
    assert np.isfinite(plan_cost(problem, plan.quantity))
    assert 0 < plan.bound <= _cheapest_lot_starts(problem)
