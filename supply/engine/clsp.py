"""Capacitated lot sizing with set-up times (Trigeiro, Thomas and McClain 1989): relax-and-fix, fix-and-optimise, bound."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed, plan_cost
from .lot_models import SharesModel, shares_model, stocks_model
from .lot_proof import Known, prove
from .setups import improved
from .shapes import TOLERANCE, Array, Flags
from .smoothing import first_plan, rank
from .solver import Solution, Solver

_WINDOW = 12  # set-ups decided together by relax-and-fix
_WINDOW_SECONDS = 0.5  # a window without an answer ends it, so no window gets less
_DECIDING = 0.6  # share of the time that relax-and-fix may take
_LEAST_FREED = 24  # set-ups freed together in the first rounds
_LEAST_SECONDS = 0.2  # less is not worth asking the solver
_GRACE_SECONDS = 0.3  # after the end, for the last answer to arrive
_SMOOTHING = 0.3  # share of the time for the first plan, which needs that much on a busy machine only
_ALONE = 0.1  # share of the time for a search without the solver, which finds most where it finds anything


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

    Smoothing gives a plan and a bound before any solver runs, and a search over set-ups betters that plan while two
    processes start. These then go on side by side: one has the small model whole and raises the bound towards the
    best plan known, the other has the tight one and finds better plans by relax-and-fix and by fix-and-optimise. A
    process that has not started by the end, on a busy machine, is done without.
    """
    begin = monotonic()
    end = begin + seconds
    tight, small = shares_model(problem), stocks_model(problem)
    with (
        Solver(small.model, until=end + _GRACE_SECONDS) as proving,
        Solver(tight.model, until=end + _GRACE_SECONDS) as searching,
        ThreadPoolExecutor(2) as beside,
    ):
        starting = [beside.submit(solver.ready) for solver in (proving, searching)]
        smooth = first_plan(problem, go_on=lambda: monotonic() < begin + _SMOOTHING * seconds)
        enough = monotonic() + _ALONE * seconds

        def go_on() -> bool:
            started = all(start.done() for start in starting)
            return monotonic() < (enough if started else end)

        lots = improved(problem, smooth.quantity, go_on=go_on)
        if not all(start.done() for start in starting):
            return _as_plan(problem, lots, smooth.bound)
        known = Known(bound=smooth.bound, cost=_fitting_cost(problem, lots))
        proof = beside.submit(prove, proving, small, known, until=end)
        found = _search(searching, tight, lots, known, until=end)
        plans = [lots, *(plan for plan in (found, proof.result()) if plan is not None)]
    best = min((_complete(problem, plan) for plan in plans), key=lambda plan: rank(problem, plan))
    return _as_plan(problem, best, known.bound)


def _search(
    solver: Solver, tight: SharesModel, quantity: Array, known: Known, *, until: float
) -> Array | None:
    """The best plan found from lots (T, N) on, until time is out or the plan known is proven to be the best."""
    x = tight.point(quantity)
    first = Solution(x=x, objective=float(tight.model.cost @ x), bound=-np.inf, optimal=False)
    decided = _relax_and_fix(solver, tight, until=monotonic() + _DECIDING * (until - monotonic()))
    known.tell(bound=decided.bound)
    best = min((first, decided), key=lambda plan: plan.objective)
    found = _fix_and_optimise(solver, tight, best, known, until=until)
    return None if found.x is None else tight.lots(found.x)


def _relax_and_fix(solver: Solver, tight: SharesModel, *, until: float) -> Solution:
    """Decide set-ups window by window with one window of foresight, the rest relaxed; bounded by the first window.

    Windows are narrow: each takes some hundredths of a second, and the relaxation of what follows looks ahead. In
    the first nothing is decided yet, so that what it proves holds for every plan. A window takes less time the less
    is left to decide: where those to come would not be through in time, nothing is decided.
    """
    model, begin = solver.model, monotonic()
    buckets, count = tight.setup.shape
    lower, upper = model.lower.copy(), model.upper.copy()
    width = max(1, round(_WINDOW / count))
    bound = -np.inf
    for first in range(0, buckets, width):
        relaxed = model.integer.copy()
        relaxed[tight.setup[first : first + 2 * width].ravel()] = False
        share = (until - monotonic()) * width / (buckets - first)
        answer = solver.solve(
            seconds=max(2 * share, _WINDOW_SECONDS),
            gap=1e-2,
            lower=lower,
            upper=upper,
            relaxed=relaxed,
        )
        bound = bound if first else answer.bound
        left = max(buckets - first - width, 0)
        to_come = (monotonic() - begin) / (buckets - left) * left**2 / (2 * buckets)
        if answer.x is None or monotonic() + to_come > until:
            return Solution(x=None, objective=np.inf, bound=bound, optimal=False)
        fixed = tight.setup[first : first + width].ravel()
        lower[fixed] = upper[fixed] = np.rint(answer.x[fixed])
    return replace(answer, bound=bound)


def _fix_and_optimise(
    solver: Solver, tight: SharesModel, best: Solution, known: Known, *, until: float
) -> Solution:
    """Free the set-ups of one cluster at a time and keep the others, until time is out or nothing is left to find.

    A round that brings nothing is followed by one of larger clusters.
    """
    size = _LEAST_FREED
    _tell(known, tight, best)
    while not known.closed:
        before = best.objective
        for free in _clusters(tight.setup.shape, size):
            left = until - monotonic()
            if left < _LEAST_SECONDS or known.closed or best.x is None:
                return best
            lower, upper = solver.model.lower.copy(), solver.model.upper.copy()
            kept = tight.setup[~free]
            lower[kept] = upper[kept] = np.rint(best.x[kept])
            less = best.objective - 1e-6 * abs(best.objective)
            answer = solver.solve(seconds=min(left, 3.0), gap=1e-4, lower=lower, upper=upper, below=less)
            if answer.x is not None and answer.objective < less:
                best = answer
                _tell(known, tight, best)
        if best.objective >= before:
            size = round(1.5 * size)
    return best


def _tell(known: Known, tight: SharesModel, best: Solution) -> None:
    if best.x is not None:
        known.tell(cost=_fitting_cost(tight.problem, tight.lots(best.x)))


def _clusters(shape: tuple[int, int], size: int) -> list[Flags]:
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
