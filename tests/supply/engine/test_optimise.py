"""Lanes and lots by money: never worse than the greedy plan, above a proven bound, and a plan the checker passes."""

from dataclasses import replace

import numpy as np
import pytest

from supply.bench.instances import sourcing_network
from supply.engine import plan_supply
from supply.engine.checker import check_plan
from supply.engine.optimise import optimise_sourcing, plain_bound
from supply.engine.sourcing import lots_cost, slots_of, sourcing_problem


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 6.0])
def test_the_optimised_plan_is_cheaper_feasible_and_bounded(seconds: float) -> None:
    inputs = sourcing_network(items=12, buckets=12, seed=4)
    plan = plan_supply(inputs)
    everything = np.arange(inputs.count)
    answer = optimise_sourcing(inputs, plan, items=everything, seconds=seconds)
    assert answer.bound <= answer.cost <= answer.cost_before
    chosen = replace(inputs, chosen=answer.chosen)
    again = plan_supply(chosen)
    assert check_plan(chosen, again) == []
    problem = sourcing_problem(chosen, again, items=everything)
    assert lots_cost(problem, slots_of(problem, again)) == pytest.approx(answer.cost, rel=0.02)


def test_the_bound_that_needs_no_solver_lies_below_the_greedy_plan() -> None:
    inputs = sourcing_network(items=12, buckets=12, seed=4)
    plan = plan_supply(inputs)
    problem = sourcing_problem(inputs, plan, items=np.arange(inputs.count))
    assert 0 < plain_bound(problem) <= lots_cost(problem, slots_of(problem, plan))
