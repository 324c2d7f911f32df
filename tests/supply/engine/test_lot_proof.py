"""Proof by rising aims: the bound meets the best plan, is never above it, and claims nothing where no plan fits."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from supply.bench.instances import trigeiro_like
from supply.engine.capacitated import CapacitatedLots, overtime_needed, plan_cost
from supply.engine.lot_model import lot_model
from supply.engine.lot_proof import Known, next_aim, prove
from supply.engine.solver import Solver

FIVE_BUCKETS = trigeiro_like(items=3, buckets=5, seed=7)


def proven(problem: CapacitatedLots, known: Known) -> np.ndarray | None:
    whole = lot_model(problem)
    with Solver(whole.model) as solver:
        return prove(solver, whole, known, until=monotonic() + 20)


@pytest.fixture(scope="module")
def least() -> float:
    """The cost of the best plan, looked for without aims."""
    with Solver(lot_model(FIVE_BUCKETS).model) as solver:
        answer = solver.solve(seconds=20, gap=0.0)
    assert answer.optimal
    return answer.objective


def test_the_best_plan_is_proven_to_be_the_best(least: float) -> None:
    known = Known(bound=0.5 * least, cost=least)
    proven(FIVE_BUCKETS, known)
    assert known.closed
    assert known.bound == pytest.approx(least, rel=1e-4)
    assert known.bound <= least * (1 + 1e-6)


def test_from_a_poor_plan_the_best_is_met_on_the_way(least: float) -> None:
    problem, known = FIVE_BUCKETS, Known(bound=0.5 * least, cost=1.2 * least)
    met = proven(problem, known)
    assert known.closed
    assert met is not None
    assert plan_cost(problem, met) == pytest.approx(known.cost) == pytest.approx(least, rel=1e-4)
    assert overtime_needed(problem, met).max() < 1e-3


def test_two_proofs_side_by_side_prove_no_more_than_is_true(least: float) -> None:
    known = Known(bound=0.5 * least, cost=1.2 * least)
    with ThreadPoolExecutor(2) as two:
        list(two.map(lambda _: proven(FIVE_BUCKETS, known), range(2)))
    assert known.closed
    assert known.cost == pytest.approx(least, rel=1e-4)
    assert known.bound <= least * (1 + 1e-6)
    assert not known.aims


@pytest.mark.parametrize("within", [20.0, 50.0, 90.0])
def test_two_proofs_never_show_the_same(within: float) -> None:
    first = next_aim(900.0, 1000.0, within=within)
    second = next_aim(900.0, 1000.0, within=within, others=[first])
    assert 900.0 < second <= 1000.0
    assert second != pytest.approx(first)


def test_where_no_plan_is_known_one_is_looked_for(least: float) -> None:
    known = Known(bound=0.0, cost=np.inf)
    assert proven(FIVE_BUCKETS, known) is not None
    assert known.cost == pytest.approx(least, rel=1e-4)


def test_where_no_plan_fits_nothing_is_closed() -> None:
    known = Known(bound=0.0, cost=np.inf)
    assert proven(replace(FIVE_BUCKETS, capacity=np.full(5, 60.0)), known) is None
    assert not known.closed
