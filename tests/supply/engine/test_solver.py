"""The solver's process: one that does not answer is replaced, and what is asked next is answered."""

import os
import signal

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
