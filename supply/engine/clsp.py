"""Capacitated lot sizing with set-up times (Trigeiro, Thomas and McClain 1989): smoothing, search, fix-and-optimise, bound."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed, plan_cost
from .lot_model import LotModel, lot_model
from .lot_proof import Known, prove
from .setups import improved
from .shapes import TOLERANCE, Array, BoolArray
from .smoothing import first_plan, rank
from .solver import Solver

_SEED = 1
_LEAST_FREED = 32  # set-ups freed together in the first rounds
_CLUSTER_SECONDS = 3.0  # the longest that one cluster is worth
_LEAST_SAVING = 1e-6
_LEAST_SECONDS = 0.2  # less is not worth asking the solver
_PATIENCE = 0.25  # share of the time without a better plan, after which proof is worth more than search
_LEAST_PATIENCE = 10.0  # seconds; in a shorter time a search that seems dry may still find the better plan
_GRACE_SECONDS = 0.3  # after the end, for the last answer to arrive
_SMOOTHING = 0.3  # share of the time for the first plan, which needs that much on a busy machine only
_ALONE_SECONDS = 0.8  # for a search without the solver, which finds most in its first moments


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
        if self.bound > 0:
            return (self.cost - self.bound) / self.bound
        return float("inf") if self.overtime or self.cost > 0 else 0.0


def solve_clsp(problem: CapacitatedLots, *, seconds: float) -> CapacitatedPlan:
    """Best plan found within `seconds`, with its bound; always complete, overtime only where nothing else is found.

    Smoothing gives a plan and a bound before any solver runs. Then one process raises the bound towards the best plan
    known. Beside it a search over set-ups betters that plan while the other process starts, which goes on by
    fix-and-optimise. A process that has not started by the end, on a busy machine, is done without.
    """
    begin = monotonic()
    end = begin + seconds
    whole = lot_model(problem)
    with (
        Solver(whole.model, until=end + _GRACE_SECONDS) as proving,
        Solver(whole.model, until=end + _GRACE_SECONDS) as searching,
        ThreadPoolExecutor(2) as beside,
    ):
        known = Known(bound=0.0, cost=np.inf)
        started = beside.submit(searching.ready)
        smooth = first_plan(problem, go_on=lambda: monotonic() < begin + _SMOOTHING * seconds)
        known.tell(bound=smooth.bound, cost=_fitting_cost(problem, smooth.quantity))
        proof = beside.submit(prove, proving, whole, known, until=end)
        enough = min(monotonic() + _ALONE_SECONDS, end)
        lots = improved(
            problem,
            smooth.quantity,
            go_on=lambda: monotonic() < (enough if started.done() else end),
            told=lambda better: known.tell(cost=_fitting_cost(problem, better)),
        )
        plans: list[Array | None] = [lots]
        if started.done():
            patience = max(_PATIENCE * seconds, _LEAST_PATIENCE)
            plans.append(_search(searching, whole, lots, known, until=end, patience=patience))
            plans.append(prove(searching, whole, known, until=end))
        plans.append(proof.result())
    best = min(
        (_complete(problem, plan) for plan in plans if plan is not None), key=lambda plan: rank(problem, plan)
    )
    return _as_plan(problem, best, known.bound)


def _search(
    solver: Solver, whole: LotModel, quantity: Array, known: Known, *, until: float, patience: float
) -> Array:
    """The best lots found from (T, N) on by fix-and-optimise, until time is out or nothing is left to find.

    It also ends where a plan that fits is known, and `patience` seconds brought no better one.

    The set-ups of one cluster at a time are free and the others kept, and only what costs less is looked for. A
    round that brings nothing is followed by one of larger clusters.
    """
    x, size, rng = whole.point(quantity), _LEAST_FREED, np.random.default_rng(_SEED)
    cost, last = float(whole.model.cost @ x), monotonic()
    while not known.closed:
        before = cost
        for free in _clusters(whole.setup.shape, size, rng):
            left = (until if known.cost == np.inf else min(until, last + patience)) - monotonic()
            if left < _LEAST_SECONDS or known.closed:
                return whole.lots(x)
            less = (1 - _LEAST_SAVING) * cost
            lower, upper = whole.freed(x, free)
            answer = solver.solve(
                seconds=min(left, _CLUSTER_SECONDS), gap=1e-4, lower=lower, upper=upper, below=less
            )
            if answer.x is not None and answer.objective < less:
                x, cost, last = answer.x, answer.objective, monotonic()
                known.tell(cost=_fitting_cost(whole.problem, whole.lots(x)))
        if cost >= before:
            size = round(1.5 * size)
    return whole.lots(x)


def _clusters(shape: tuple[int, int], size: int, rng: np.random.Generator) -> Iterator[BoolArray]:
    """Sets of some `size` set-ups that are freed together, (T, N) masks: all items in few buckets to few in many."""
    buckets, count = shape
    order = rng.permutation(count)
    for group in (count, (count + 1) // 2, min(count, max(2, size // buckets))):
        width = min(buckets, max(2, round(size / group)))
        for bucket in _starts(buckets, width):
            for item in _starts(count, group):
                mask = np.zeros(shape, bool)
                mask[bucket : bucket + width, order[item : item + group]] = True
                yield mask


def _starts(length: int, width: int) -> list[int]:
    """Where windows of `width` begin that cover `length` and overlap by half.

    >>> _starts(15, 5), _starts(6, 6)
    ([0, 2, 4, 6, 8, 10], [0])
    """
    last = length - width
    return sorted({*range(0, last, max(1, width // 2)), last})


def _complete(problem: CapacitatedLots, quantity: Array) -> Array:
    """What the solver's tolerance left short (T, N) is made with the last lot before it."""
    buckets, count = quantity.shape
    behind = np.maximum.accumulate(np.maximum(np.cumsum(problem.demand - quantity, axis=0), 0.0), axis=0)
    bucket = np.arange(buckets)[:, None]
    lot = np.maximum.accumulate(np.where(quantity > TOLERANCE, bucket, 0), axis=0)
    whole = quantity.copy()
    np.add.at(whole, (lot, np.arange(count)), np.diff(behind, axis=0, prepend=0.0))
    return whole


def _overtime(problem: CapacitatedLots, quantity: Array) -> float:
    """Overtime of lots (T, N) in all, 0 where it is but the solver's tolerance."""
    needed = float(overtime_needed(problem, quantity).sum())
    return needed if needed > 1e-4 * float(problem.capacity.mean()) else 0.0


def _fitting_cost(problem: CapacitatedLots, quantity: Array) -> float:
    """The cost of lots (T, N) that fit, else infinite."""
    return float("inf") if _overtime(problem, quantity) else plan_cost(problem, quantity)


def _as_plan(problem: CapacitatedLots, quantity: Array, bound: float) -> CapacitatedPlan:
    overtime, cost = _overtime(problem, quantity), plan_cost(problem, quantity)
    return CapacitatedPlan(
        quantity=quantity, cost=cost, bound=0.0 if overtime else min(bound, cost), overtime=overtime
    )
