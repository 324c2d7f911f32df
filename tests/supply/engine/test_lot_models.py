"""Two models of the same lots: each takes a plan in and gives it back, prices it as `plan_cost` does, and both agree."""

from dataclasses import replace

import numpy as np
import pytest

from supply.engine.capacitated import CapacitatedLots, plan_cost
from supply.engine.lot_models import shares_model, stocks_model
from supply.engine.solver import Solver

THREE_MONTHS = CapacitatedLots(
    demand=np.array([[40.0, 0], [30, 50], [60, 20]]), capacity=np.array([110.0, 100, 90]), unit_time=np.ones(2),
    setup_time=np.array([10.0, 5]), setup_cost=np.array([100.0, 80]), holding=np.array([1.0, 2]),
)  # fmt: skip
AHEAD = np.array([[70.0, 0], [0, 70], [60, 0]])
MODELS = [shares_model, stocks_model]


@pytest.mark.parametrize("build", MODELS)
def test_a_plan_is_the_same_lots_and_the_same_cost_in_either_model(build) -> None:
    formed = build(THREE_MONTHS)
    point = formed.point(AHEAD)
    # 2 x 100 + 80 for set-ups, 30 and 20 units held a month at 1 and 2
    assert formed.model.cost @ point == pytest.approx(plan_cost(THREE_MONTHS, AHEAD)) == 350
    assert formed.lots(point).tolist() == AHEAD.tolist()


def test_a_plan_beyond_capacity_pays_for_overtime_above_any_set_up() -> None:
    tight = replace(THREE_MONTHS, capacity=np.array([79.0, 100, 90]))
    formed = shares_model(tight)
    assert formed.model.cost @ formed.point(AHEAD) - 350 > 10 * tight.setup_cost.max()


def test_the_model_for_proof_knows_no_plan_beyond_capacity() -> None:
    # 200 units and at least two set-ups in 210 of capacity
    short = replace(THREE_MONTHS, capacity=np.full(3, 70.0))
    with Solver(stocks_model(short).model) as solver:
        assert solver.solve(seconds=10).x is None


def test_both_models_have_the_same_optimum() -> None:
    answers = []
    for build in MODELS:
        with Solver(build(THREE_MONTHS).model) as solver:
            answers.append(solver.solve(seconds=10))
    first, second = answers
    assert first.optimal
    assert second.optimal
    assert first.objective == pytest.approx(second.objective, rel=1e-6)
    assert first.objective <= 350
