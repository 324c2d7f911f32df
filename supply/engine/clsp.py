"""Capacitated lot sizing with set-up times (Trigeiro, Thomas and McClain 1989): smoothing, search, fix-and-optimise, bound."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed, plan_cost
from .lot_models import SharesModel, shares_model, stocks_model
from .lot_proof import Known, prove
from .setups import improved
from .shapes import TOLERANCE, Array, BoolArray
from .smoothing import first_plan, rank
from .solver import Solver

_LEAST_FREED = 24  # set-ups freed together in the first rounds
_CLUSTER_SECONDS = 3.0  # the longest that one cluster is worth
_LEAST_SAVING = 1e-6
_LEAST_SECONDS = 0.2  # less is not worth asking the solver
_GRACE_SECONDS = 0.3  # after the end, for the last answer to arrive
_SMOOTHING = 0.3  # share of the time for the first plan, which needs that much on a busy machine only
_ALONE = 0.3  # share of the time for a search without the solver, which finds most where it finds anything


@dataclass(frozen=True, kw_only=True)
class CapacitatedPlan:
    """Lots (T, N), their cost, a proven lower bound, and overtime that even the best plan found needs (0: feasible).

    Cost is without overtime, so where overtime is needed nothing bounds it: the bound is 0 and the gap infinite.
    """

    quantity: Array
    cost: float
    bound: float
    overtime: float

    @property
    def gap(self) -> float:
        return (self.cost - self.bound) / self.bound if self.bound > 0 else float("inf")


def solve_clsp(problem: CapacitatedLots, *, seconds: float) -> CapacitatedPlan:
    """Best plan found within `seconds`, with its bound; always complete, overtime only where nothing else is found.

    Smoothing gives a plan and a bound before any solver runs. Then one process has the small model whole and raises
    the bound towards the best plan known. Beside it a search over set-ups betters that plan while the other process
    starts, which has the tight model and goes on by fix-and-optimise. A process that has not started by the end, on
    a busy machine, is done without.
    """
    begin = monotonic()
    end = begin + seconds
    tight, small = shares_model(problem), stocks_model(problem)
    with (
        Solver(small.model, until=end + _GRACE_SECONDS) as proving,
        Solver(tight.model, until=end + _GRACE_SECONDS) as searching,
        ThreadPoolExecutor(2) as beside,
    ):
        known = Known(bound=0.0, cost=np.inf)
        started = beside.submit(_bound_by_relaxation, searching, known, until=end)
        smooth = first_plan(problem, go_on=lambda: monotonic() < begin + _SMOOTHING * seconds)
        known.tell(bound=smooth.bound, cost=_fitting_cost(problem, smooth.quantity))
        proof = beside.submit(prove, proving, small, known, until=end)
        enough = monotonic() + _ALONE * seconds
        lots = improved(
            problem,
            smooth.quantity,
            go_on=lambda: monotonic() < (enough if started.done() else end),
            told=lambda better: known.tell(cost=_fitting_cost(problem, better)),
        )
        found = _search(searching, tight, lots, known, until=end) if started.done() else None
        plans = [lots, *(plan for plan in (found, proof.result()) if plan is not None)]
    best = min((_complete(problem, plan) for plan in plans), key=lambda plan: rank(problem, plan))
    return _as_plan(problem, best, known.bound)


def _bound_by_relaxation(solver: Solver, known: Known, *, until: float) -> None:
    """The first bound of the solver, as soon as its process has started: it comes even on a busy machine."""
    every = np.ones(len(solver.model.cost), bool)
    answer = solver.solve(seconds=max(until - monotonic(), _LEAST_SECONDS), relaxed=every)
    known.tell(bound=answer.bound)


def _search(solver: Solver, tight: SharesModel, quantity: Array, known: Known, *, until: float) -> Array:
    """The best lots found from (T, N) on by fix-and-optimise, until time is out or nothing is left to find.

    The set-ups of one cluster at a time are free and the others kept, and only what costs less is looked for. A
    round that brings nothing is followed by one of larger clusters.
    """
    x, size = tight.point(quantity), _LEAST_FREED
    cost = float(tight.model.cost @ x)
    while not known.closed:
        before = cost
        for free in _clusters(tight.setup.shape, size):
            left = until - monotonic()
            if left < _LEAST_SECONDS or known.closed:
                return tight.lots(x)
            lower, upper = solver.model.lower.copy(), solver.model.upper.copy()
            kept = tight.setup[~free]
            lower[kept] = upper[kept] = np.rint(x[kept])
            less = (1 - _LEAST_SAVING) * cost
            answer = solver.solve(
                seconds=min(left, _CLUSTER_SECONDS), gap=1e-4, lower=lower, upper=upper, below=less
            )
            if answer.x is not None and answer.objective < less:
                x, cost = answer.x, answer.objective
                known.tell(cost=_fitting_cost(tight.problem, tight.lots(x)))
        if cost >= before:
            size = round(1.5 * size)
    return tight.lots(x)


def _clusters(shape: tuple[int, int], size: int) -> list[BoolArray]:
    """Sets of some `size` set-ups that are freed together, (T, N) masks: windows of buckets, then groups of items."""
    buckets, count = shape
    masks = []
    width = max(2, min(buckets, round(size / count)))
    for first in range(0, buckets, max(1, width // 2)):
        mask = np.zeros(shape, bool)
        mask[first : first + width] = True
        masks.append(mask)
    group = max(2, round(size / buckets))
    for start in range(0, count, max(1, group // 2)):
        mask = np.zeros(shape, bool)
        mask[:, start : start + group] = True
        masks.append(mask)
    return masks


def _complete(problem: CapacitatedLots, quantity: Array) -> Array:
    """What the solver's tolerance left short (T, N) is made with the last lot before it."""
    buckets, count = quantity.shape
    behind = np.maximum.accumulate(np.maximum(np.cumsum(problem.demand - quantity, axis=0), 0.0), axis=0)
    bucket = np.arange(buckets)[:, None]
    lot = np.maximum.accumulate(np.where(quantity > TOLERANCE, bucket, 0), axis=0)
    whole = quantity.copy()
    np.add.at(whole, (lot, np.arange(count)), np.diff(behind, axis=0, prepend=0.0))
    return whole


def _fits(problem: CapacitatedLots, quantity: Array) -> bool:
    return float(overtime_needed(problem, quantity).sum()) <= 1e-4 * float(problem.capacity.mean())


def _fitting_cost(problem: CapacitatedLots, quantity: Array) -> float:
    """The cost of lots (T, N) that fit, else infinite."""
    return plan_cost(problem, quantity) if _fits(problem, quantity) else float("inf")


def _as_plan(problem: CapacitatedLots, quantity: Array, bound: float) -> CapacitatedPlan:
    fits, cost = _fits(problem, quantity), plan_cost(problem, quantity)
    return CapacitatedPlan(
        quantity=quantity,
        cost=cost,
        bound=min(bound, cost) if fits else 0.0,
        overtime=0.0 if fits else float(overtime_needed(problem, quantity).sum()),
    )
