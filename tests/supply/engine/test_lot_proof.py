"""Proof by rising aims: the bound meets the best plan, is never above it, and claims nothing where no plan fits."""

from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from supply.engine.capacitated import CapacitatedLots, overtime_needed, plan_cost
from supply.engine.lot_model import lot_model
from supply.engine.lot_proof import Known, prove
from supply.engine.solver import Solver


def five_buckets() -> CapacitatedLots:
    rng = np.random.default_rng(7)
    return CapacitatedLots(
        demand=rng.integers(20, 120, (5, 3)).astype(float), capacity=np.full(5, 335.0), unit_time=np.ones(3),
        setup_time=np.array([10.0, 20, 15]), setup_cost=np.array([300.0, 500, 200]), holding=np.array([1.0, 2, 3]),
    )  # fmt: skip


def proven(problem: CapacitatedLots, known: Known) -> np.ndarray | None:
    whole = lot_model(problem)
    with Solver(whole.model) as solver:
        return prove(solver, whole, known, until=monotonic() + 20)


@pytest.fixture(scope="module")
def least() -> float:
    """The cost of the best plan, looked for without aims."""
    with Solver(lot_model(five_buckets()).model) as solver:
        answer = solver.solve(seconds=20, gap=0.0)
    assert answer.optimal
    return answer.objective


def test_the_best_plan_is_proven_to_be_the_best(least: float) -> None:
    known = Known(bound=0.5 * least, cost=least)
    proven(five_buckets(), known)
    assert known.closed
    assert known.bound == pytest.approx(least, rel=1e-4)
    assert known.bound <= least * (1 + 1e-6)


def test_from_a_poor_plan_the_best_is_met_on_the_way(least: float) -> None:
    problem, known = five_buckets(), Known(bound=0.5 * least, cost=1.2 * least)
    met = proven(problem, known)
    assert known.closed
    assert met is not None
    assert plan_cost(problem, met) == pytest.approx(known.cost) == pytest.approx(least, rel=1e-4)
    assert overtime_needed(problem, met).max() < 1e-3


def test_where_no_plan_is_known_one_is_looked_for(least: float) -> None:
    known = Known(bound=0.0, cost=np.inf)
    assert proven(five_buckets(), known) is not None
    assert known.cost == pytest.approx(least, rel=1e-4)


def test_where_no_plan_fits_nothing_is_closed() -> None:
    known = Known(bound=0.0, cost=np.inf)
    assert proven(replace(five_buckets(), capacity=np.full(5, 60.0)), known) is None
    assert not known.closed
