"""Capacitated lots improved without a solver: set-ups are searched, and the lots under them follow in one pass.

Some sixty neighbours of a plan are priced at once, bucket by bucket backwards, so that a search is under way while a
solver has not yet started.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .capacitated import CapacitatedLots
from .shapes import TOLERANCE, Array, BoolArray, IntArray
from .smoothing import rank

_SEED = 1
_TOGETHER = 64  # neighbours priced at once: fewer leave NumPy waiting, more are better spent on the next plan
_PATIENCE = 12  # batches without a better plan before another place is tried
_KICKS = 3  # changes that lead to another place
_SLACK = 0.003  # a plan this much dearer, as a share, is still good enough to go on from
_STEPS = np.array([-3, -2, -1, 1, 2, 3])  # buckets between two set-ups that are changed together


def improved(
    problem: CapacitatedLots,
    quantity: Array,
    *,
    go_on: Callable[[], bool],
    told: Callable[[Array], None] = lambda lots: None,
) -> Array:
    """Lots (T, N) with no more overtime than those given, nor dearer at the same.

    Asked `go_on()` before each batch; the first plan and each better one are `told` at once.
    """
    pricing, rng = _Pricing(problem), np.random.default_rng(_SEED)
    best = kept = current = pricing.best_of(quantity[None] > TOLERANCE)
    idle = 0
    told(best.lots)
    while go_on():
        found = pricing.best_of(_neighbours(current.setups, rng))
        if found.cost < current.cost - TOLERANCE:
            current, idle = found, 0
        elif (idle := idle + 1) > _PATIENCE:
            kept = current if current.cost <= kept.cost * (1 + _SLACK) else kept
            current, idle = pricing.best_of(_elsewhere(kept.setups, rng)), 0
        if current.cost < best.cost:
            best = current
            told(best.lots)
    return min((quantity, best.lots), key=lambda lots: rank(problem, lots))


@dataclass(frozen=True, kw_only=True)
class _Priced:
    """Lots (T, N) and what they cost, overtime above everything else."""

    lots: Array
    cost: float

    @property
    def setups(self) -> BoolArray:
        return self.lots > TOLERANCE


class _Pricing:
    """Lots under given set-ups: as late as possible, and where time is short those that wait most cheaply go earlier."""

    def __init__(self, problem: CapacitatedLots) -> None:
        self.problem = problem
        self.rate = problem.holding / np.maximum(problem.unit_time, TOLERANCE)
        dearest = float((problem.holding * problem.demand).sum(axis=1).max())
        self.overtime = 100.0 * max(float(problem.setup_cost.max()), dearest)

    def best_of(self, setups: BoolArray) -> _Priced:
        """The cheapest plan under one of B sets of set-ups (B, T, N)."""
        lots = self._lots(setups)
        stock = np.cumsum(lots - self.problem.demand, axis=1)
        made = lots > TOLERANCE
        used = lots @ self.problem.unit_time + made @ self.problem.setup_time
        over = np.maximum(used - self.problem.capacity, 0.0).sum(axis=1)
        cost = made @ self.problem.setup_cost + stock @ self.problem.holding
        total = cost.sum(axis=1) + self.overtime * over
        cheapest = int(total.argmin())
        return _Priced(lots=lots[cheapest], cost=float(total[cheapest]))

    def _lots(self, setups: BoolArray) -> Array:
        """Lots (B, T, N); what no set-up is early enough for, or no time is left for, is made in the first bucket."""
        buckets = setups.shape[1]
        room = np.maximum(self.problem.capacity - setups @ self.problem.setup_time, 0.0)
        before = _setup_before(setups)
        lots = np.zeros(setups.shape)
        waiting = np.zeros((len(setups), setups.shape[2]))
        for t in range(buckets - 1, -1, -1):
            waiting = waiting + self.problem.demand[t]
            made = waiting * setups[:, t]
            tight = np.flatnonzero(made @ self.problem.unit_time > room[:, t])
            if len(tight):
                made[tight] = self._most_urgent(made[tight], room[tight, t], t - before[tight, t])
            lots[:, t] = made
            waiting = waiting - made
        lots[:, 0] += waiting
        return lots

    def _most_urgent(self, wanted: Array, room: Array, wait: IntArray) -> Array:
        """What of the lots (B, N) `wanted` fits in `room` (B,): those first that would `wait` (B, N) at most cost."""
        order = np.argsort(-self.rate * wait, axis=1)
        row = np.arange(len(wanted))[:, None]
        time = (wanted * self.problem.unit_time)[row, order]
        earlier = np.cumsum(time, axis=1) - time
        share = np.clip((room[:, None] - earlier) / np.maximum(time, TOLERANCE), 0.0, 1.0)
        made = np.empty_like(wanted)
        made[row, order] = share
        return wanted * made


def _setup_before(setups: BoolArray) -> IntArray:
    """The bucket of the last set-up before each bucket (B, T, N), one far away where there is none."""
    buckets = setups.shape[1]
    latest = np.maximum.accumulate(np.where(setups, np.arange(buckets)[:, None], -buckets * buckets), axis=1)
    return np.concatenate([np.full_like(latest[:, :1], -buckets * buckets), latest[:, :-1]], axis=1)


def _neighbours(setups: BoolArray, rng: np.random.Generator, count: int = _TOGETHER) -> BoolArray:
    """`count` sets (B, T, N) that differ in one or two set-ups, of one item or two, in one bucket or near it."""
    buckets, items = setups.shape
    row = np.arange(count)
    t, item = rng.integers(0, buckets, count), rng.integers(0, items, count)
    near = np.clip(t + rng.choice(_STEPS, count) * rng.integers(0, 2, count), 0, buckets - 1)
    other = np.where(rng.integers(0, 2, count) == 1, rng.integers(0, items, count), item)
    changed = np.repeat(setups[None], count, axis=0)
    changed[row, t, item] ^= True
    two = (near != t) | (other != item)
    changed[row[two], near[two], other[two]] ^= True
    return changed


def _elsewhere(setups: BoolArray, rng: np.random.Generator) -> BoolArray:
    """One set (1, T, N) some changes away."""
    changed = setups
    for _ in range(_KICKS):
        changed = _neighbours(changed, rng, 1)[0]
    return changed[None]
