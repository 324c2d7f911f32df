"""A first plan for capacitated lots without any solver: prices on capacity, exact lots under them, then smoothing.

Source: Trigeiro, Thomas and McClain 1989, Management Science 35(3): Lagrangian prices by subgradient, Wagner-Whitin
for every item at once, and production moved earlier or later until no bucket is overloaded.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed, plan_cost
from .shapes import TOLERANCE, Array, IntArray

_ROUNDS = 120
_SMOOTHED_EVERY = 8
_PASSES = 6  # backwards and forwards in turn; what does not fit by then will not
_PATIENCE = 8  # rounds without a better bound before steps shrink


@dataclass(frozen=True, kw_only=True)
class FirstPlan:
    """Lots (T, N) with the least overtime found, then the least cost; and a proven lower bound of any plan's cost."""

    quantity: Array
    bound: float


def first_plan(problem: CapacitatedLots, *, go_on: Callable[[], bool] = lambda: True) -> FirstPlan:
    """Lots that fit where smoothing finds any, and the Lagrangian bound, in some tenths of a second.

    `go_on()` is asked after each round of prices: a busy machine gets the best of fewer.
    """
    exact = _PricedLots(problem)
    price = top_price = np.zeros(len(problem.demand))
    best = smoothed(problem, problem.demand, price)
    least = rank(problem, best)
    bound, step, worse = 0.0, 1.0, 0
    for turn in range(_ROUNDS):
        if turn and not go_on():
            break
        made, value = exact.lots(price)
        if turn % _SMOOTHED_EVERY == 0:
            trial = smoothed(problem, made, price)
            if (found := rank(problem, trial)) < least:
                best, least = trial, found
        if value > bound * (1 + 1e-6):
            bound, top_price, worse = value, price, 0
        elif (worse := worse + 1) == _PATIENCE:
            step, worse, price = 0.7 * step, 0, top_price
            continue
        over = overload(problem, made)
        room = max(least[1] - value, 1e-3 * max(value, 1.0))
        price = np.maximum(price + step * room * over / max(float(over @ over), TOLERANCE), 0.0)
    return FirstPlan(quantity=best, bound=bound)


def overload(problem: CapacitatedLots, quantity: Array) -> Array:
    """Time used above capacity in each bucket (T,), negative where some is left."""
    used = quantity @ problem.unit_time + (quantity > TOLERANCE) @ problem.setup_time
    return np.asarray(used - problem.capacity)


def rank(problem: CapacitatedLots, quantity: Array) -> tuple[float, float]:
    """Overtime first (rounding is none), then cost."""
    overtime = float(overtime_needed(problem, quantity).sum())
    return (round(overtime, 4), plan_cost(problem, quantity))


class _PricedLots:
    """Wagner-Whitin of all items at once under prices on capacity."""

    def __init__(self, problem: CapacitatedLots) -> None:
        buckets, count = problem.demand.shape
        self.problem = problem
        # a lot in s for s..e, (s, e, N): what it costs by itself, and the time that it takes
        self.cost = np.full((buckets, buckets, count), np.inf)
        self.time = np.zeros((buckets, buckets, count))
        for s in range(buckets):
            units = np.cumsum(problem.demand[s:], axis=0)
            held = np.cumsum(problem.demand[s:] * np.arange(buckets - s)[:, None], axis=0)
            needed = units > TOLERANCE
            self.cost[s, s:] = held * problem.holding + needed * problem.setup_cost
            self.time[s, s:] = units * problem.unit_time + needed * problem.setup_time

    def lots(self, price: Array) -> tuple[Array, float]:
        """(lots (T, N), Lagrangian value) under a price (T,) on each unit of time."""
        buckets, count = self.problem.demand.shape
        cost = self.cost + price[:, None, None] * self.time
        least = np.zeros((buckets + 1, count))
        since = np.zeros((buckets, count), np.int64)
        item = np.arange(count)
        for end in range(buckets):
            ways = least[: end + 1] + cost[: end + 1, end]
            since[end] = ways.argmin(axis=0)
            least[end + 1] = ways[since[end], item]
        return self._made(since), float(least[-1].sum() - price @ self.problem.capacity)

    def _made(self, since: IntArray) -> Array:
        """Lots, followed from the end: `since` (T, N) is where the best lot that ends in a bucket begins."""
        demand = self.problem.demand
        quantity, item = np.zeros(demand.shape), np.arange(demand.shape[1])
        begin = since[-1]
        for t in range(len(demand) - 1, -1, -1):
            quantity[begin, item] += demand[t]
            begin = np.where(begin == t, since[t - 1], begin)  # the lot before this one ends in t - 1
        return quantity


def smoothed(problem: CapacitatedLots, quantity: Array, price: Array) -> Array:
    """Lots (T, N) moved backwards and forwards in turn until no bucket is overloaded or moves have run out."""
    made = quantity.copy()
    for turn in range(_PASSES):
        if overload(problem, made).max() <= TOLERANCE:
            break
        if turn % 2 == 0:
            _backwards(problem, made, price)
        else:
            _forwards(problem, made, price)
    return made


def _backwards(problem: CapacitatedLots, made: Array, price: Array) -> None:
    """What does not fit is made in the bucket before, or with the lot before."""
    for t in range(len(made) - 1, 0, -1):
        targets = np.full(made.shape[1], t - 1), _latest_before(made, t)
        for _ in range(2 * made.shape[1]):
            over = float(overload(problem, made)[t])
            if over <= TOLERANCE:
                break
            moves = [
                _Move(problem, made, price, t, target, units)
                for target in targets
                for units in (made[t], np.minimum(made[t], _worth(problem, over)))
            ]
            if not _make_best(made, t, moves, over):
                break


def _forwards(problem: CapacitatedLots, made: Array, price: Array) -> None:
    """What does not fit is made in the bucket after, as far as stock bridges the time."""
    for t in range(len(made) - 1):
        target = np.full(made.shape[1], t + 1)
        for _ in range(2 * made.shape[1]):
            over = float(overload(problem, made)[t])
            if over <= TOLERANCE:
                break
            stock = (made - problem.demand)[: t + 1].sum(axis=0)
            free = np.clip(np.minimum(made[t], stock), 0.0, None)
            moves = [
                _Move(problem, made, price, t, target, units)
                for units in (free, np.minimum(free, _worth(problem, over)))
            ]
            if not _make_best(made, t, moves, over):
                break


def _worth(problem: CapacitatedLots, time: float) -> Array:
    """Units of each item that take so much time, (N,)."""
    return np.asarray(time / np.maximum(problem.unit_time, TOLERANCE))


class _Move:
    """`units` (N,) of each item made in `target` (N,) instead of in `t`: the time that it frees in t, and its cost."""

    def __init__(
        self, problem: CapacitatedLots, made: Array, price: Array, t: int, target: IntArray, units: Array
    ) -> None:
        whole = units >= made[t] - TOLERANCE
        opens = made[target, np.arange(len(target))] <= TOLERANCE
        self.target, self.units = target, units
        self.freed = units * problem.unit_time + whole * problem.setup_time
        taken = units * problem.unit_time + opens * problem.setup_time
        setups = (opens.astype(np.float64) - whole) * problem.setup_cost
        held = (t - target) * units * problem.holding
        lacking = np.maximum(taken - np.maximum(-overload(problem, made)[target], 0.0), 0.0)
        self.cost = held + setups + price[target] * taken - price[t] * self.freed + _dear(problem) * lacking

    def rates(self, over: float) -> Array:
        """Cost for each unit of time that helps, (N,); infinite where nothing can be moved."""
        possible = (self.units > TOLERANCE) & (self.target >= 0)
        helps = np.where(possible, np.minimum(self.freed, over), 1.0)
        return np.where(possible, self.cost / helps, np.inf)


def _dear(problem: CapacitatedLots) -> float:
    """What a unit of time is worth where a move would only shift an overload: no saved set-up outweighs it."""
    return float(problem.setup_cost.max() / max(problem.setup_time.mean(), 1.0))


def _make_best(made: Array, t: int, moves: list[_Move], over: float) -> bool:
    """Make the move that costs least for the time that it frees; False if there is none."""
    rates = np.stack([move.rates(over) for move in moves])
    way, item = np.unravel_index(rates.argmin(), rates.shape)
    if not np.isfinite(rates[way, item]):
        return False
    move = moves[int(way)]
    units = float(move.units[item])
    left = made[t, item] - units
    made[t, item] = left if left > TOLERANCE else 0.0
    made[move.target[item], item] += units
    return True


def _latest_before(made: Array, t: int) -> IntArray:
    """The last bucket before t in which each item is made, (N,), -1 without one."""
    before = made[:t] > TOLERANCE
    return np.where(before.any(axis=0), t - 1 - before[::-1].argmax(axis=0), -1)
