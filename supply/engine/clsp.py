"""Capacitated lot sizing with set-up times (Trigeiro, Thomas and McClain 1989): relax-and-fix, fix-and-optimise, bound.

Facility-location form: z[i, s, t] is the share of item i's demand in t that is made in s, y[i, s] a set-up.
Its relaxation is tight, so the bound that is reported means something.
"""

from dataclasses import dataclass
from time import monotonic

import numpy as np

from .shapes import TOLERANCE, Array, Flags, Ints
from .solver import Model, Rows, Solution, Solver


@dataclass(frozen=True, kw_only=True)
class CapacitatedLots:
    """One machine: `demand` (T, N), capacity (T,), and per item (N,) unit time, set-up time and cost, holding cost."""

    demand: Array
    capacity: Array
    unit_time: Array
    setup_time: Array
    setup_cost: Array
    holding: Array


@dataclass(frozen=True, kw_only=True)
class CapacitatedPlan:
    """Lots (T, N), their cost, a proven lower bound, and overtime that even the best plan found needs (0: feasible)."""

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


def plan_cost(problem: CapacitatedLots, quantity: Array) -> float:
    """Set-up and holding cost of lots (T, N); infinite where demand is not met in time."""
    stock = np.cumsum(quantity - problem.demand, axis=0)
    if (stock < -TOLERANCE * max(1.0, float(problem.demand.sum()))).any():
        return float("inf")
    made = quantity > TOLERANCE
    return float((made * problem.setup_cost).sum() + (np.maximum(stock, 0.0) * problem.holding).sum())


def overtime_needed(problem: CapacitatedLots, quantity: Array) -> Array:
    """Time above capacity in each bucket, (T,)."""
    made = quantity > TOLERANCE
    used = (quantity * problem.unit_time + made * problem.setup_time).sum(axis=1)
    return np.asarray(np.maximum(used - problem.capacity, 0.0))


def solve_clsp(problem: CapacitatedLots, *, seconds: float) -> CapacitatedPlan:
    """Best plan found within `seconds`, with its bound; always complete, overtime only where nothing else is found.

    Relax-and-fix over windows of buckets gives the first plan, the whole model improves it from there, and
    fix-and-optimise over items and windows uses what time is left.
    """
    end = monotonic() + seconds
    model, columns = _model(problem)
    with Solver(model) as solver:
        # overtime is priced far above any set-up, so whatever avoids it wins
        first = _relax_and_fix(solver, problem, columns, until=min(end, monotonic() + 0.4 * seconds))
        left = max(end - monotonic(), 0.2)
        whole = solver.solve(seconds=0.6 * left, start=first.x, gap=1e-5)
        best = whole if whole.x is not None and whole.objective <= first.objective else first
        if not whole.optimal and best.x is not None:
            best = _fix_and_optimise(solver, columns, best, until=end, shape=problem.demand.shape)
    bound = max(whole.bound, first.bound)
    return _as_plan(problem, columns, best, bound)


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


def _relax_and_fix(solver: Solver, problem: CapacitatedLots, columns: _Columns, *, until: float) -> Solution:
    """Decide set-ups window by window, the later ones relaxed; the first relaxation is the bound."""
    buckets, count = problem.demand.shape
    model = solver.model
    everything = np.ones(columns.count, bool)
    root = solver.solve(seconds=max(until - monotonic(), 0.2), relaxed=everything)
    bound = root.objective if root.optimal else -np.inf
    lower, upper = model.lower.copy(), model.upper.copy()
    width = max(1, min(buckets, round(120 / count)))
    answer = root
    for first in range(0, buckets, width):
        window = np.arange(first, min(first + width + 1, buckets))
        relaxed = model.integer.copy()
        relaxed[columns.setup[window].ravel()] = False
        left = (until - monotonic()) / max((buckets - first) / width, 1.0)
        answer = solver.solve(seconds=max(left, 0.1), gap=2e-3, lower=lower, upper=upper, relaxed=relaxed)
        if answer.x is None:
            break
        fixed = columns.setup[first : first + width].ravel()
        lower[fixed] = upper[fixed] = np.rint(answer.x[fixed])
    if answer.x is None or first + width < buckets:
        return _lot_for_lot(problem, columns, model, bound)
    return Solution(x=answer.x, objective=answer.objective, bound=bound, optimal=False)


def _lot_for_lot(problem: CapacitatedLots, columns: _Columns, model: Model, bound: float) -> Solution:
    """Make everything when it is needed, with the overtime that takes: a start, never a stop."""
    x = np.zeros(columns.count)
    x[: len(columns.item)] = columns.made == columns.needed
    x[columns.setup] = problem.demand > TOLERANCE
    x[columns.overtime] = overtime_needed(problem, problem.demand)
    return Solution(x=x, objective=float(model.cost @ x), bound=bound, optimal=False)


def _fix_and_optimise(
    solver: Solver, columns: _Columns, best: Solution, *, until: float, shape: tuple[int, int]
) -> Solution:
    """Free the set-ups of one cluster at a time, keep the others, until a full round brings nothing or time is out."""
    while monotonic() < until - 0.1 and best.x is not None:
        improved = False
        for free in _clusters(columns, shape):
            left = until - monotonic()
            if left < 0.1 or best.x is None:
                return best
            lower, upper = solver.model.lower.copy(), solver.model.upper.copy()
            kept = columns.setup[~free]
            lower[kept] = upper[kept] = np.rint(best.x[kept])
            answer = solver.solve(seconds=min(left, 3.0), gap=1e-4, lower=lower, upper=upper, start=best.x)
            if answer.x is not None and answer.objective < best.objective - 1e-6 * abs(best.objective):
                best = Solution(x=answer.x, objective=answer.objective, bound=best.bound, optimal=False)
                improved = True
        if not improved:
            return best
    return best


def _clusters(columns: _Columns, shape: tuple[int, int]) -> list[Flags]:
    """Sets of set-ups that are freed together, (T, N) masks: windows of buckets, then groups of items."""
    buckets, count = shape
    masks = []
    width = max(2, min(buckets, round(90 / count)))
    for first in range(0, buckets, max(1, width // 2)):
        mask = np.zeros(shape, bool)
        mask[first : first + width] = True
        masks.append(mask)
    group = max(2, round(90 / buckets))
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
    return CapacitatedPlan(
        quantity=quantity,
        cost=plan_cost(problem, quantity),
        bound=bound,
        overtime=overtime if overtime > 1e-4 * float(problem.capacity.sum()) / shape[0] else 0.0,
    )
