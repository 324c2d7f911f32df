"""The solver's process: one that does not answer is replaced, and what is asked next is answered."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from supply.engine import solver as solver_module
from supply.engine.solver import Model, Rows, Solver


def cheapest_of_two() -> Model:
    """x + y >= 3 at 2 and 5 each: 6."""
    rows = Rows()
    rows.add(np.array([3.0]), np.array([np.inf]), (np.zeros(2), np.arange(2), np.ones(2)))
    return rows.model(
        cost=np.array([2.0, 5.0]), lower=np.zeros(2), upper=np.full(2, 10.0), integer=np.zeros(2, bool)
    )


def test_a_process_that_does_not_answer_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "_GRACE_SECONDS", 0.2)
    with Solver(cheapest_of_two()) as solver:
        os.kill(solver._process.pid, signal.SIGSTOP)
        silent = solver.solve(seconds=0.1)
        assert silent.x is None
        assert silent.bound == -np.inf
        monkeypatch.setattr(solver_module, "_GRACE_SECONDS", 30.0)
        assert solver.solve(seconds=5.0).objective == pytest.approx(6.0)


def test_what_costs_as_much_as_given_is_not_looked_for_and_the_bound_goes_that_far() -> None:
    model = replace(cheapest_of_two(), integer=np.ones(2, bool))
    with Solver(model) as solver:
        nothing = solver.solve(seconds=5.0, below=5.5)
        assert nothing.x is None
        assert nothing.bound == 5.5
        assert solver.solve(seconds=5.0, below=6.5).objective == pytest.approx(6.0)
        assert solver.solve(seconds=5.0).objective == pytest.approx(6.0)


def knapsack() -> Model:
    """Sixty things under three limits: points come at once, the proof takes long."""
    rng = np.random.default_rng(3)
    weight = rng.integers(20, 90, (3, 60)).astype(float)
    row, column = np.indices(weight.shape)
    rows = Rows()
    rows.add(np.full(3, -np.inf), weight.sum(axis=1) / 2, (row.ravel(), column.ravel(), weight.ravel()))
    return rows.model(
        cost=-weight.mean(axis=0).round() - 1,
        lower=np.zeros(60),
        upper=np.ones(60),
        integer=np.ones(60, bool),
    )


@pytest.mark.slow
def test_what_was_told_before_a_process_is_ended_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "_GRACE_SECONDS", -58.0)
    model = knapsack()
    with Solver(model) as solver:
        answer = solver.solve(seconds=60.0, gap=0.0)
    assert not answer.optimal
    assert answer.x is not None
    assert answer.objective == pytest.approx(model.cost @ answer.x)
    assert -np.inf < answer.bound <= answer.objective
