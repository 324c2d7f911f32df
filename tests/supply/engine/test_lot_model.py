"""The model of lots takes a plan in and gives it back, prices it as `plan_cost` does, and knows no overtime until asked."""

from dataclasses import replace

import numpy as np
import pytest

from supply.engine.capacitated import CapacitatedLots, plan_cost
from supply.engine.lot_model import lot_model
from supply.engine.solver import Solver

THREE_MONTHS = CapacitatedLots(
    demand=np.array([[40.0, 0], [30, 50], [60, 20]]), capacity=np.array([110.0, 100, 90]), unit_time=np.ones(2),
    setup_time=np.array([10.0, 5]), setup_cost=np.array([100.0, 80]), holding=np.array([1.0, 2]),
)  # fmt: skip
AHEAD = np.array([[70.0, 0], [0, 70], [60, 0]])


def test_a_plan_is_the_same_lots_and_the_same_cost_in_the_model() -> None:
    whole = lot_model(THREE_MONTHS)
    point = whole.point(AHEAD)
    # 2 x 100 + 80 for set-ups, 30 and 20 units held a month at 1 and 2
    assert whole.model.cost @ point == pytest.approx(plan_cost(THREE_MONTHS, AHEAD)) == 350
    assert whole.lots(point).tolist() == AHEAD.tolist()


def test_a_plan_beyond_capacity_pays_for_overtime_above_any_set_up() -> None:
    tight = replace(THREE_MONTHS, capacity=np.array([79.0, 100, 90]))
    whole = lot_model(tight)
    assert whole.model.cost @ whole.point(AHEAD) - 350 > 10 * tight.setup_cost.max()


def test_no_plan_beyond_capacity_is_known_until_overtime_is_opened() -> None:
    # 200 units and at least two set-ups in 210 of capacity
    short = replace(THREE_MONTHS, capacity=np.full(3, 70.0))
    whole = lot_model(short)
    opened = whole.model.upper.copy()
    opened[whole.overtime] = np.inf
    with Solver(whole.model) as solver:
        assert solver.solve(seconds=10).x is None
        answer = solver.solve(seconds=10, upper=opened)
    assert answer.x is not None
    assert answer.x[whole.overtime].sum() == pytest.approx(
        15
    )  # set-ups of 10, 5 and 10 leave 185 for 200 units


def test_what_is_freed_is_set_ups_and_of_overtime_no_more_than_the_plan_has() -> None:
    tight = replace(THREE_MONTHS, capacity=np.array([79.0, 100, 90]))
    free = np.array([[True, False], [False, False], [False, False]])
    for problem, overtime in ((THREE_MONTHS, 0), (tight, 1)):
        whole = lot_model(problem)
        lower, upper = whole.freed(whole.point(AHEAD), free)
        assert lower[whole.setup].tolist() == [[0, 0], [0, 1], [1, 0]]
        assert upper[whole.setup].tolist() == [[1, 0], [0, 1], [1, 0]]
        assert upper[whole.overtime].tolist() == [overtime] * 3


def test_the_optimum_of_the_model_is_each_items_own_where_capacity_suffices_for_them() -> None:
    # 70 and 60 at 230 rather than three lots at 300; 70 at 120 rather than two lots at 160
    whole = lot_model(THREE_MONTHS)
    with Solver(whole.model) as solver:
        answer = solver.solve(seconds=10)
    assert answer.x is not None
    assert answer.objective == pytest.approx(350)
    assert whole.lots(answer.x) == pytest.approx(AHEAD)
