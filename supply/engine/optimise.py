"""Lanes and lots by money: LP over all items, then item by item exactly, with a proven bound.

What a person can break is soft, with ordered penalties: shortage by priority, then safety stock, then cost.
The bound is Lagrangian: capacity is priced by the LP's duals, and each item's own problem is solved exactly
under those prices; it is far above the LP's own bound because set-ups and MOQs stay whole.
Source: Fisher 1981, Management Science 27(1); fix-and-optimise after Helber and Sahling 2010.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, repeat
from time import monotonic

import numpy as np

from .feasibility import plan_supply
from .lot_moves import moved_lots
from .shapes import TOLERANCE, Array, FirmOrders, IntArray, LotRule, PlanInputs, SupplyPlan
from .solver import Model, Rows, Solution, Solver
from .sourcing import SourcingProblem, lots_cost, overload, slots_of, sourcing_problem, within_capacity

_ROOT_SECONDS = 3.0
_SHORT_SECONDS = 2.0  # too short for the exact problem of every item, and so for the Lagrangian bound
_ITEM_GAPS = (1e-2, 1e-3)  # how exactly an item is solved in the first round, and in later ones


@dataclass(frozen=True, kw_only=True)
class Optimised:
    """Lots as `chosen` orders for `plan_supply`; their cost, that of the plan given, and a proven lower bound."""

    chosen: FirmOrders
    cost: float
    cost_before: float
    bound: float

    @property
    def gap(self) -> float:
        """Share by which the cost may exceed the best possible; infinite where the bound says nothing."""
        return (self.cost - self.bound) / self.bound if self.bound > 0 else float("inf")


def optimise_sourcing(inputs: PlanInputs, plan: SupplyPlan, *, items: IntArray, seconds: float) -> Optimised:
    """Improve the plan's lots for `items` until time is out; never worse than what the plan has.

    Pass `replace(inputs, chosen=answer.chosen)` to `plan_supply` to see it as a plan.
    """
    problem = sourcing_problem(inputs, plan, items=items)
    before = slots_of(problem, plan)
    larger = slots_of(problem, plan_supply(_economic_periods(inputs, plan, items)))
    start = _better(problem, before, larger, _swap_in(problem, before, larger))
    quantity, bound = improve_lots(problem, start, seconds=seconds)
    return Optimised(
        chosen=chosen_lots(problem, quantity),
        cost=lots_cost(problem, quantity),
        cost_before=lots_cost(problem, before),
        bound=bound,
    )


def chosen_lots(problem: SourcingProblem, quantity: Array) -> FirmOrders:
    """Lots by slot (S,) as orders for `PlanInputs.chosen`."""
    used = np.flatnonzero(quantity > TOLERANCE)
    return FirmOrders(lane=problem.lane[used], quantity=quantity[used], due_day=problem.due_day[used])


def sourcing_bound(inputs: PlanInputs, plan: SupplyPlan, *, items: IntArray) -> float:
    """What orders for `items` must cost at least, by the relaxation alone: lower than that of `optimise_sourcing`."""
    problem = sourcing_problem(inputs, plan, items=items)
    model, _ = joint_model(problem)
    with Solver(model) as solver:
        root = solver.solve(seconds=_ROOT_SECONDS, relaxed=np.ones(len(model.cost), bool))
    return root.objective if root.optimal else plain_bound(problem)


def _economic_periods(inputs: PlanInputs, plan: SupplyPlan, items: IntArray) -> PlanInputs:
    """The same problem with each item ordering for as many buckets as its order cost is worth (EOQ over demand)."""
    demand = (inputs.demand + plan.projection.dependent_demand)[:, items].mean(axis=0)
    lanes = inputs.lanes
    order_cost = np.zeros(inputs.count)
    np.maximum.at(order_cost, lanes.item[lanes.term_lane], lanes.order_cost)
    bucket_rate = max(inputs.capital_rate, 1e-4) * float(inputs.calendar.days.mean()) / 365.0
    carrying = np.maximum(inputs.unit_cost[items] * bucket_rate * demand, 1e-9)
    life = np.maximum(np.floor(inputs.shelf_life_days[items] / inputs.calendar.days.mean()), 1)
    longest = np.minimum(life, inputs.calendar.buckets)
    periods = np.clip(np.rint(np.sqrt(2 * order_cost[items] / carrying)), 1, longest)
    rule, parameter = inputs.lot_rule.copy(), inputs.lot_parameter.copy()
    free = items[inputs.lot_rule[items] == LotRule.LOT_FOR_LOT]
    rule[free] = LotRule.PERIOD_ORDER_QUANTITY
    parameter[free] = periods[inputs.lot_rule[items] == LotRule.LOT_FOR_LOT]
    return replace(inputs, lot_rule=rule, lot_parameter=parameter)


def improve_lots(problem: SourcingProblem, quantity: Array, *, seconds: float) -> tuple[Array, float]:
    """(best lots, proven bound) within `seconds`, from lots that are feasible."""
    model, size = joint_model(problem)
    with Solver(model) as solver, ThreadPoolExecutor(1) as beside:
        solver.ready()
        end = monotonic() + seconds  # starting Python is not solving
        # without the relaxation there is neither a bound nor a price, so it may overrun a short limit
        relaxed = np.ones(len(model.cost), bool)
        relaxation = beside.submit(solver.solve, seconds=max(seconds, _ROOT_SECONDS), relaxed=relaxed)
        moved = moved_lots(problem, quantity, go_on=lambda: monotonic() < end - 0.5 * seconds)
        root = relaxation.result()
        if not root.optimal or root.x is None:
            return moved, plain_bound(problem)
        bound = root.objective
        prices = _prices(problem, root)
        best = _better(problem, moved, _lots_fixed(problem, solver, model, size, moved, end), moved)
        floor = _relaxed_costs(problem, model, root.x)
        if seconds <= _SHORT_SECONDS:
            return _one_item_at_a_time(problem, solver, best, floor, until=end), bound
        lots, lagrangian = _item_by_item(
            problem, solver, best, prices, until=monotonic() + 0.5 * (end - monotonic())
        )
        best = _swap_in(problem, best, lots)
        solver.load(model)
        best = _better(problem, best, _lots_fixed(problem, solver, model, size, best, end), best)
        best = _one_item_at_a_time(problem, solver, best, floor, until=end)
    return best, max(bound, lagrangian)


def plain_bound(problem: SourcingProblem) -> float:
    """A bound without any solver: each unit still needed is bought at its cheapest or is short for a bucket."""
    cheapest = problem.short.min(axis=0).astype(np.float64)
    np.minimum.at(cheapest, problem.item, problem.cost)
    needed = (problem.demand - problem.received).sum(axis=0) - problem.opening
    return float((np.maximum(needed, 0.0) * cheapest).sum())


def _better(problem: SourcingProblem, current: Array, candidate: Array | None, fallback: Array) -> Array:
    if candidate is None or not within_capacity(problem, candidate):
        return fallback
    return candidate if lots_cost(problem, candidate) < lots_cost(problem, current) else fallback


def joint_model(problem: SourcingProblem) -> tuple[Model, int]:
    """q, y by slot; stock, backlog, below by (T, N); capacity left over by (T, C). Its LP relaxation is solved."""
    slots = len(problem.item)
    rows = Rows()
    _item_rows(rows, problem, np.arange(slots), np.arange(problem.demand.shape[1]), slots)
    if problem.capacity.size:
        _capacity_rows(rows, problem, 2 * slots + 3 * problem.demand.size)
    return _finish(rows, problem, np.arange(slots), np.arange(problem.demand.shape[1]), problem.cost), slots


def _item_rows(rows: Rows, problem: SourcingProblem, slot: IntArray, items: IntArray, slots: int) -> None:
    """Balance, safety stock and lot rows of some items over their slots (positions 0..slots-1 of q, then y)."""
    buckets, count = len(problem.demand), len(items)
    cells = buckets * count
    each = np.arange(cells)
    stock, back, below = (2 * slots + k * cells + each for k in range(3))
    place = np.full(problem.demand.shape[1], -1, np.int64)
    place[items] = np.arange(count)
    cell = problem.bucket[slot] * count + place[problem.item[slot]]
    need = (problem.demand - problem.received)[:, items]
    need = np.vstack([need[:1] - problem.opening[items], need[1:]]).ravel()
    one = np.ones(cells)
    rows.add(
        need,
        need,
        (cell, np.arange(slots), np.ones(slots)),
        (each, stock, -one),
        (each, back, one),
        (each[count:], stock[:-count], one[count:]),
        (each[count:], back[:-count], -one[count:]),
    )
    target = problem.target[:, items].ravel()
    rows.add(target, np.full(cells, np.inf), (each, stock, one), (each, back, -one), (each, below, one))
    largest = _largest(problem)[slot]
    inf = np.full(slots, np.inf)
    q, y = np.arange(slots), slots + np.arange(slots)
    rows.add(-inf, np.zeros(slots), (q, q, np.ones(slots)), (q, y, -largest))
    small = np.flatnonzero(problem.moq[slot] > 0)
    rows.add(
        np.zeros(len(small)),
        np.full(len(small), np.inf),
        (np.arange(len(small)), small, np.ones(len(small))),
        (np.arange(len(small)), slots + small, -problem.moq[slot][small]),
    )


def _largest(problem: SourcingProblem) -> Array:
    """No lot need exceed what is still to come: demand and the highest target from its bucket on, or its MOQ."""
    ahead = np.cumsum(np.maximum(problem.demand, 0.0)[::-1], axis=0)[::-1]
    everything = np.cumsum(np.maximum(problem.demand, 0.0), axis=0)[-1]
    open_need = np.minimum(ahead + np.maximum(everything - ahead - problem.opening, 0.0), everything)
    goal = np.maximum.accumulate(problem.target[::-1], axis=0)[::-1]
    limit = (open_need + goal)[problem.bucket, problem.item]
    return np.asarray(np.minimum(np.maximum(limit, problem.moq) + problem.multiple, problem.most))


def _capacity_rows(rows: Rows, problem: SourcingProblem, first: int) -> None:
    """Capacity used in a bucket comes from it or from what earlier ones left over (columns from `first` on)."""
    buckets, columns = problem.capacity.shape
    each = np.arange(buckets * columns)
    left = first + each
    one = np.ones(len(each))
    limit = problem.capacity.ravel()
    rows.add(
        np.full(len(each), -np.inf),
        limit,
        (problem.use_row, problem.use_slot, problem.use_per),
        (each, left, one),
        (each[columns:], left[:-columns], -one[columns:]),
    )


def _finish(rows: Rows, problem: SourcingProblem, slot: IntArray, items: IntArray, price: Array) -> Model:
    slots, cells = len(slot), len(problem.demand) * len(items)
    cost = np.concatenate(
        [
            price[slot],
            problem.order_cost[slot],
            problem.holding[:, items].ravel(),
            problem.short[:, items].ravel(),
            problem.below[:, items].ravel(),
        ]
    )
    spare = problem.capacity.size if len(items) == problem.demand.shape[1] else 0
    cost = np.concatenate([cost, np.zeros(spare)])
    upper = np.concatenate([_largest(problem)[slot], np.ones(slots), np.full(3 * cells + spare, np.inf)])
    integer = np.zeros(len(cost), bool)
    integer[slots : 2 * slots] = True
    return rows.model(cost=cost, lower=np.zeros(len(cost)), upper=upper, integer=integer)


def _prices(problem: SourcingProblem, root: Solution) -> Array:
    """Price of a unit of capacity by bucket (T * C,): what carries over is never worth more later than sooner."""
    if not problem.capacity.size or root.dual is None:
        return np.zeros(0)
    price = np.maximum(-root.dual[-problem.capacity.size :], 0.0).reshape(problem.capacity.shape)
    return np.maximum.accumulate(price[::-1], axis=0)[::-1].ravel()


def _lots_fixed(
    problem: SourcingProblem, solver: Solver, model: Model, size: int, quantity: Array, end: float
) -> Array | None:
    """The LP with the set-ups of given lots fixed: quantities move, MOQ and capacity hold; then whole multiples."""
    lower, upper = model.lower.copy(), model.upper.copy()
    used = (quantity > TOLERANCE).astype(np.float64)
    lower[size : 2 * size] = upper[size : 2 * size] = used
    upper[:size] = np.where(used > 0, np.maximum(model.upper[:size], quantity), 0.0)
    answer = solver.solve(
        seconds=max(end - monotonic(), 0.2), lower=lower, upper=upper, relaxed=np.ones(len(model.cost), bool)
    )
    return None if answer.x is None else fitted(problem, answer.x[:size])


def _whole_lots(problem: SourcingProblem, quantity: Array) -> Array:
    """Round lots to multiples so that the running total of each item never falls behind: up first, down later."""
    whole = np.where(quantity > TOLERANCE, np.maximum(quantity, problem.moq), 0.0)
    step = problem.multiple
    order = np.lexsort((problem.bucket, problem.item))
    ahead = np.zeros(problem.demand.shape[1])
    for s in order[(whole[order] > 0) & (step[order] > 0)].tolist():
        n = problem.item[s]
        wanted = max(whole[s] - ahead[n], problem.moq[s], TOLERANCE)
        rounded = np.ceil(wanted / step[s] - TOLERANCE) * step[s]
        ahead[n] += rounded - whole[s]
        whole[s] = rounded
    return np.asarray(whole)


def _item_by_item(
    problem: SourcingProblem, solver: Solver, quantity: Array, prices: Array, *, until: float
) -> tuple[Array, float]:
    """Each item solved exactly under capacity prices: (lots that may overload capacity a little, bound)."""
    slot_price = problem.cost.copy()
    if len(prices):
        np.add.at(slot_price, problem.use_slot, prices[problem.use_row] * problem.use_per)
    total = -float((problem.capacity.ravel() * prices).sum()) if len(prices) else 0.0
    lots = quantity.copy()
    count = problem.demand.shape[1]
    for n in range(count):
        slot = np.flatnonzero(problem.item == n)
        solver.load(_item_model(problem, slot, n, slot_price))
        left = max((until - monotonic()) / (count - n), 0.02)
        answer = solver.solve(seconds=2 * left, gap=1e-3, start=_point(problem, slot, n, quantity))
        bound = answer.bound
        if not np.isfinite(bound):
            bound = solver.solve(seconds=5.0, relaxed=np.ones(len(solver.model.cost), bool)).bound
        total += bound
        if answer.x is not None:
            lots[slot] = answer.x[: len(slot)]
    return lots, total


def _swap_in(problem: SourcingProblem, best: Array, lots: Array) -> Array:
    """Take over each item's own best lots where capacity lets them, the largest gains first."""
    gain = _item_costs(problem, best) - _item_costs(problem, lots)
    for n in np.argsort(-gain, kind="stable").tolist():
        trial = np.where(problem.item == n, lots, best)
        best = _better(problem, best, fitted(problem, trial), best)
    return best


def _item_model(problem: SourcingProblem, slot: IntArray, n: int, price: Array) -> Model:
    rows = Rows()
    _item_rows(rows, problem, slot, np.array([n]), len(slot))
    return _finish(rows, problem, slot, np.array([n]), price)


def _point(problem: SourcingProblem, slot: IntArray, n: int, quantity: Array) -> Array:
    """Known lots of one item as a point of its model, so that a search cut short never comes back with less."""
    lots = quantity[slot]
    received = np.bincount(problem.bucket[slot], weights=lots, minlength=len(problem.demand))
    net = problem.opening[n] + np.cumsum(problem.received[:, n] + received - problem.demand[:, n])
    below = np.maximum(problem.target[:, n] - net, 0.0)
    started = (lots > TOLERANCE).astype(np.float64)
    return np.concatenate([lots, started, np.maximum(net, 0.0), np.maximum(-net, 0.0), below])


def _relaxed_costs(problem: SourcingProblem, model: Model, x: Array) -> Array:
    """What each item costs in the relaxation, (N,): what it costs above that is what may be gained."""
    slots, count = len(problem.item), problem.demand.shape[1]
    spent = model.cost * x
    by_cell = spent[2 * slots : 2 * slots + 3 * problem.demand.size].reshape(-1, count).sum(axis=0)
    ordering = spent[:slots] + spent[slots : 2 * slots]
    return np.asarray(by_cell + np.bincount(problem.item, weights=ordering, minlength=count))


def _one_item_at_a_time(
    problem: SourcingProblem, solver: Solver, quantity: Array, floor: Array, *, until: float
) -> Array:
    """Fix-and-optimise: one item is free within the capacity that the others leave, until time is out.

    The items that cost most above their `floor` (N,) come first.
    """
    best = quantity.copy()
    for gap in chain(_ITEM_GAPS, repeat(_ITEM_GAPS[-1])):
        before = lots_cost(problem, best)
        for n in np.argsort(floor - _item_costs(problem, best), kind="stable").tolist():
            if monotonic() >= until:
                return best
            slot = np.flatnonzero(problem.item == n)
            solver.load(_item_in_what_is_left(problem, slot, n, problem.cost, best))
            point = _point(problem, slot, n, best)
            answer = solver.solve(seconds=min(1.0, max(until - monotonic(), 0.05)), gap=gap, start=point)
            if answer.x is None:
                continue
            trial = best.copy()
            trial[slot] = answer.x[: len(slot)]
            best = _better(problem, best, fitted(problem, trial), best)
        if gap == _ITEM_GAPS[-1] and lots_cost(problem, best) > before * (1 - 1e-5):
            break
    return best


def _item_costs(problem: SourcingProblem, quantity: Array) -> Array:
    """All costs of each item, (N,)."""
    received = np.zeros_like(problem.demand)
    np.add.at(received, (problem.bucket, problem.item), quantity)
    net = problem.opening + np.cumsum(problem.received + received - problem.demand, axis=0)
    cost = (np.maximum(-net, 0) * problem.short + np.maximum(problem.target - net, 0) * problem.below).sum(
        axis=0
    )
    cost += (np.maximum(net, 0) * problem.holding).sum(axis=0)
    ordering = quantity * problem.cost + problem.order_cost * (quantity > TOLERANCE)
    return np.asarray(cost + np.bincount(problem.item, weights=ordering, minlength=len(cost)))


def _item_in_what_is_left(
    problem: SourcingProblem, slot: IntArray, n: int, price: Array, best: Array
) -> Model:
    """The item's own model with its share of capacity by cumulative rows."""
    rows = Rows()
    _item_rows(rows, problem, slot, np.array([n]), len(slot))
    if problem.capacity.size:
        others = best.copy()
        others[slot] = 0.0
        room = np.maximum(-overload(problem, others).reshape(problem.capacity.shape), 0.0)
        room = np.minimum.accumulate(room[::-1], axis=0)[::-1].ravel()
        place = np.full(len(problem.item), -1, np.int64)
        place[slot] = np.arange(len(slot))
        mine = np.flatnonzero(place[problem.use_slot] >= 0)
        buckets, columns = problem.capacity.shape
        used = problem.use_row[mine] // columns
        for t in range(buckets):
            counted = mine[used <= t]
            limit = room[t * columns : (t + 1) * columns]
            rows.add(
                np.full(columns, -np.inf),
                limit,
                (
                    problem.use_row[counted] % columns,
                    place[problem.use_slot[counted]],
                    problem.use_per[counted],
                ),
            )
    return _finish(rows, problem, slot, np.array([n]), price)


def fitted(problem: SourcingProblem, quantity: Array) -> Array:
    """Whole lots, taken back step by step where rounding up has overloaded a capacity."""
    whole = _whole_lots(problem, quantity)
    for _ in range(2000):
        over = overload(problem, whole)
        if not len(over) or (over <= 1e-6 * np.maximum(problem.capacity.ravel(), 1.0)).all():
            return whole
        row = int(np.argmax(over > 1e-6 * np.maximum(problem.capacity.ravel(), 1.0)))
        columns = problem.capacity.shape[1]
        early = (problem.use_row // columns <= row // columns) & (problem.use_row % columns == row % columns)
        slots = np.unique(problem.use_slot[early])
        step = np.where(problem.multiple[slots] > 0, problem.multiple[slots], 1.0)
        spare = whole[slots] - step >= np.maximum(problem.moq[slots], TOLERANCE)
        if not spare.any():
            return whole
        slot = slots[spare][np.argmax(whole[slots][spare])]
        whole[slot] -= step[spare][np.argmax(whole[slots][spare])]
    return whole
