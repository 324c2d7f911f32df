"""Capacitated lot sizing with set-up times (Trigeiro, Thomas and McClain 1989): relax-and-fix, fix-and-optimise, bound.

Facility-location form: z[i, s, t] is the share of item i's demand in t that is made in s, y[i, s] a set-up.
Its relaxation is tight, so the bound that is reported means something.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed, plan_cost
from .shapes import TOLERANCE, Array, Flags, Ints
from .smoothing import first_plan
from .solver import Model, Rows, Solution, Solver

_WINDOW = 12  # set-ups decided together by relax-and-fix
_WINDOW_SECONDS = 0.5  # a window without an answer ends it, so no window gets less
_LEAST_FREED = 36  # set-ups freed together in the first rounds
_LEAST_SECONDS = 0.2  # less is not worth asking the solver


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


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Where the variables stand: z rows (item, made in, needed in), y by (bucket, item), overtime by bucket."""

    item: Ints
    made: Ints
    needed: Ints
    setup: Ints
    overtime: Ints
    count: int


def solve_clsp(problem: CapacitatedLots, *, seconds: float) -> CapacitatedPlan:
    """Best plan found within `seconds`, with its bound; always complete, overtime only where nothing else is found.

    Smoothing gives a plan and a bound before any solver runs. Then two processes go on side by side: one has the
    whole model and raises the bound, the other finds better plans by relax-and-fix and by fix-and-optimise.
    """
    end = monotonic() + seconds
    model, columns = _model(problem)
    with Solver(model) as proving, Solver(model) as searching, ThreadPoolExecutor(1) as beside:
        smooth = first_plan(problem)
        first = _as_solution(problem, model, columns, smooth.quantity)
        proof = beside.submit(proving.solve, seconds=max(end - monotonic(), 0.2), start=first.x, gap=1e-5)
        # overtime is priced far above any set-up, so whatever avoids it wins
        decided = _relax_and_fix(searching, columns, until=monotonic() + 0.5 * (end - monotonic()))
        start = _cheapest(first, decided)
        found = _fix_and_optimise(
            searching, columns, start, until=end, shape=problem.demand.shape, proof=proof
        )
        whole = proof.result()
    return _as_plan(problem, columns, _cheapest(found, whole), max(whole.bound, smooth.bound))


def _cheapest(known: Solution, other: Solution) -> Solution:
    return other if other.x is not None and other.objective < known.objective else known


def _model(problem: CapacitatedLots) -> tuple[Model, _Columns]:
    buckets, count = problem.demand.shape
    needed, item = np.nonzero(problem.demand > TOLERANCE)
    made = np.concatenate([np.arange(t + 1) for t in needed]) if len(needed) else np.zeros(0, np.int64)
    repeats = needed + 1
    item, needed = np.repeat(item, repeats), np.repeat(needed, repeats)
    size = len(item)
    setup = size + np.arange(buckets * count).reshape(buckets, count)
    overtime = size + buckets * count + np.arange(buckets)
    columns = _Columns(
        item=item,
        made=made,
        needed=needed,
        setup=setup,
        overtime=overtime,
        count=size + buckets * count + buckets,
    )
    units = problem.demand[needed, item]
    rows = Rows()
    of_demand = np.repeat(np.arange(len(repeats)), repeats)
    ones = np.ones(len(repeats))
    rows.add(ones, ones, (of_demand, np.arange(size), np.ones(size)))
    each = np.arange(size)
    rows.add(
        np.full(size, -np.inf),
        np.zeros(size),
        (each, each, np.ones(size)),
        (each, setup[made, item], -np.ones(size)),
    )
    rows.add(
        np.full(buckets, -np.inf),
        problem.capacity,
        (made, each, units * problem.unit_time[item]),
        (np.repeat(np.arange(buckets), count), setup.ravel(), np.tile(problem.setup_time, buckets)),
        (np.arange(buckets), overtime, -np.ones(buckets)),
    )
    penalty = 100.0 * max(
        float(problem.setup_cost.max()), float((problem.holding * problem.demand).sum(axis=1).max())
    )
    cost = np.concatenate(
        [
            problem.holding[item] * (needed - made) * units,
            np.tile(problem.setup_cost, buckets),
            np.full(buckets, penalty),
        ]
    )
    upper = np.concatenate([np.ones(size), np.ones(buckets * count), np.full(buckets, np.inf)])
    integer = np.zeros(columns.count, bool)
    integer[setup.ravel()] = True
    return rows.model(cost=cost, lower=np.zeros(columns.count), upper=upper, integer=integer), columns


def _as_solution(problem: CapacitatedLots, model: Model, columns: _Columns, quantity: Array) -> Solution:
    """Lots (T, N) as a point of the model: what is made first serves the demand that comes first."""
    nothing = np.zeros((1, quantity.shape[1]))
    made = np.cumsum(np.vstack([nothing, quantity]), axis=0)
    due = np.cumsum(np.vstack([nothing, problem.demand]), axis=0)
    item, s, t = columns.item, columns.made, columns.needed
    served = np.minimum(made[s + 1, item], due[t + 1, item]) - np.maximum(made[s, item], due[t, item])
    x = np.zeros(columns.count)
    x[: len(item)] = np.maximum(served, 0.0) / problem.demand[t, item]
    x[columns.setup] = quantity > TOLERANCE
    x[columns.overtime] = overtime_needed(problem, quantity)
    return Solution(x=x, objective=float(model.cost @ x), bound=-np.inf, optimal=False)


def _relax_and_fix(solver: Solver, columns: _Columns, *, until: float) -> Solution:
    """Decide set-ups window by window with one window of foresight, the rest relaxed.

    Windows are narrow: each takes some hundredths of a second, and the relaxation of what follows looks ahead.
    """
    model = solver.model
    buckets, count = columns.setup.shape
    lower, upper = model.lower.copy(), model.upper.copy()
    width = max(1, round(_WINDOW / count))
    for first in range(0, buckets, width):
        relaxed = model.integer.copy()
        relaxed[columns.setup[first : first + 2 * width].ravel()] = False
        share = (until - monotonic()) * width / (buckets - first)
        answer = solver.solve(
            seconds=max(2 * share, _WINDOW_SECONDS), gap=1e-2, lower=lower, upper=upper, relaxed=relaxed
        )
        if answer.x is None:
            break
        fixed = columns.setup[first : first + width].ravel()
        lower[fixed] = upper[fixed] = np.rint(answer.x[fixed])
    return answer


def _fix_and_optimise(
    solver: Solver,
    columns: _Columns,
    best: Solution,
    *,
    until: float,
    shape: tuple[int, int],
    proof: Future[Solution],
) -> Solution:
    """Free the set-ups of one cluster at a time and keep the others, until time is out or `proof` is done.

    A round that brings nothing is followed by one of larger clusters.
    """
    size = _LEAST_FREED
    while not proof.done():
        before = best.objective
        for free in _clusters(shape, size):
            left = until - monotonic()
            if left < _LEAST_SECONDS or proof.done() or best.x is None:
                return best
            lower, upper = solver.model.lower.copy(), solver.model.upper.copy()
            kept = columns.setup[~free]
            lower[kept] = upper[kept] = np.rint(best.x[kept])
            answer = solver.solve(seconds=min(left, 3.0), gap=1e-4, lower=lower, upper=upper, start=best.x)
            if answer.x is not None and answer.objective < best.objective - 1e-6 * abs(best.objective):
                best = answer
        if best.objective >= before:
            size = round(1.5 * size)
    return best


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


def _as_plan(problem: CapacitatedLots, columns: _Columns, best: Solution, bound: float) -> CapacitatedPlan:
    shape = problem.demand.shape
    quantity = np.zeros(shape)
    if best.x is None:
        quantity = problem.demand.copy()
    else:
        share = np.where(best.x[: len(columns.item)] < 1e-9, 0.0, best.x[: len(columns.item)])
        np.add.at(
            quantity, (columns.made, columns.item), share * problem.demand[columns.needed, columns.item]
        )
    overtime = float(overtime_needed(problem, quantity).sum())
    fits = overtime <= 1e-4 * float(problem.capacity.sum()) / shape[0]
    return CapacitatedPlan(
        quantity=quantity,
        cost=plan_cost(problem, quantity),
        bound=bound if fits else 0.0,
        overtime=0.0 if fits else overtime,
    )
