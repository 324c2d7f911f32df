"""Lots of many items improved without a solver: one lot leaves, another comes, wherever that saves and still fits."""

from collections.abc import Callable

import numpy as np

from .shapes import TOLERANCE, Array, IntArray
from .sourcing import SourcingProblem, overload

_LEAST_SAVING = 1e-6  # as a share of what the item costs: less is not worth another move
_COVERED = (1, 3)  # buckets that a lot may be meant for, besides all: more choices bring nothing
_CELLS = 1_000_000  # of one table of moves and the stock after them


def moved_lots(problem: SourcingProblem, quantity: Array, *, go_on: Callable[[], bool]) -> Array:
    """Lots by slot (S,) that cost no more than those given, and fit as these do; asked `go_on()` before each move.

    Item by item the move that saves most is made while there is one: a lot is dropped, added or changed in size, or
    another slot takes its place. What one item leaves may serve another, so rounds follow until none finds a move.
    """
    lots = quantity.copy()
    waiting = [_Item(problem, slots) for slots in _slots_by_item(problem)]
    while waiting and go_on():
        waiting = [item for item in waiting if _improve(problem, lots, item, go_on)]
    return lots


def _slots_by_item(problem: SourcingProblem) -> list[IntArray]:
    order = np.argsort(problem.item, kind="stable")
    return [run for run in np.split(order, np.flatnonzero(np.diff(problem.item[order])) + 1) if len(run)]


def _improve(problem: SourcingProblem, lots: Array, item: "_Item", go_on: Callable[[], bool]) -> bool:
    """Make the best moves of one item in `lots` (S,) until none saves; False where there was none."""
    own = lots[item.slots]
    spare = item.use(own[None])[0] - overload(problem, lots).reshape(problem.capacity.shape)
    cost, moved = np.inf, False
    while go_on():
        after, found = item.best_move(own, spare)
        if found >= cost * (1 - _LEAST_SAVING) or np.array_equal(after, own):
            break
        lots[item.slots], own, cost, moved = after, after, found, True
    return moved


class _Item:
    """One item: slots K in buckets T, what lots in them cost, and the capacity (T, C) that they use."""

    def __init__(self, problem: SourcingProblem, slots: IntArray) -> None:
        n = problem.item[slots[0]]
        self.slots, self.shape = slots, problem.capacity.shape
        self.given = problem.opening[n] + np.cumsum(problem.received[:, n] - problem.demand[:, n])
        self.target, self.below, self.short = problem.target[:, n], problem.below[:, n], problem.short[:, n]
        self.kept = problem.holding[:, n] + self.short
        self.landed, self.order_cost = problem.cost[slots], problem.order_cost[slots]
        self.moq, self.multiple, self.most = problem.moq[slots], problem.multiple[slots], problem.most[slots]
        self.bucket = problem.bucket[slots]
        buckets = np.arange(len(self.given))
        self.held = (buckets >= self.bucket[:, None]).astype(np.float64)
        self.ahead = np.minimum(buckets[:, None] + buckets, len(buckets))
        self.covered = [min(k, len(buckets)) - 1 for k in (*_COVERED, len(buckets))]
        place = np.full(len(problem.item), -1, np.int64)
        place[slots] = np.arange(len(slots))
        mine = np.flatnonzero(place[problem.use_slot] >= 0)
        self.user, self.row = place[problem.use_slot[mine]], problem.use_row[mine]
        self.per = np.maximum(problem.use_per[mine], TOLERANCE)

    def use(self, lots: Array) -> Array:
        """Capacity (L, T, C) that each of L sets of lots (L, K) has used by the end of each bucket."""
        size = self.shape[0] * self.shape[1]
        cell = np.arange(len(lots))[:, None] * size + self.row
        load = np.bincount(
            cell.ravel(), weights=(lots[:, self.user] * self.per).ravel(), minlength=len(lots) * size
        )
        return np.cumsum(load.reshape(len(lots), *self.shape), axis=1)

    def best_move(self, lots: Array, spare: Array) -> tuple[Array, float]:
        """(lots (K,) after the best move, their cost), the item using at most `spare` (T, C) by the end of each bucket."""
        used = np.flatnonzero(lots > TOLERANCE)
        rest = np.tile(lots, (len(used) + 1, 1))  # none leaves, or one of those in use
        rest[1 + np.arange(len(used)), used] = 0.0
        together = max(1, _CELLS // (self.held.size * (len(_COVERED) + 2)))
        parts = (rest[first : first + together] for first in range(0, len(rest), together))
        return min((self._with_one_more(part, spare) for part in parts), key=lambda found: found[1])

    def _with_one_more(self, rest: Array, spare: Array) -> tuple[Array, float]:
        """(the best of lots (L, K) with one more of some size W in any slot, or none, their cost)."""
        net = self.given + rest @ self.held
        sizes = self._sizes(net, self._room(spare - self.use(rest)))
        ways = np.where(rest[:, :, None] > TOLERANCE, 0.0, sizes)
        cost = self._stock_cost(net[:, None, None, :] + ways[..., None] * self.held[:, None, :])
        cost += ways * self.landed[:, None] + (ways > 0.0) * self.order_cost[:, None]
        cost += (rest @ self.landed + (rest > TOLERANCE) @ self.order_cost)[:, None, None]
        left, slot, way = np.unravel_index(cost.argmin(), cost.shape)
        after = rest[left].copy()
        after[slot] += ways[left, slot, way]
        return after, float(cost[left, slot, way])

    def _stock_cost(self, net: Array) -> Array:
        """Holding, shortage and safety stock of net stock (..., T)."""
        stock = np.maximum(net, 0.0) @ self.kept - net @ self.short
        return np.asarray(stock + np.maximum(self.target - net, 0.0) @ self.below)

    def _room(self, spare: Array) -> Array:
        """The largest lot of each slot (L, K) that sells in its life, within what is spare by each bucket's end (L, T, C)."""
        room = np.tile(self.most[:, None], (1, len(spare)))
        least = np.minimum.accumulate(spare[:, ::-1], axis=1)[:, ::-1].reshape(len(spare), -1)
        np.minimum.at(room, self.user, (least[:, self.row] / self.per).T)
        return room.T

    def _sizes(self, net: Array, room: Array) -> Array:
        """Lots worth trying (L, K, W): what covers some buckets, all, or just the demand; 0 where none fits."""
        gap = np.maximum(self.target - net, 0.0)
        gaps = np.concatenate([gap, np.zeros((len(net), 1))], axis=1)[:, self.ahead]
        most = np.maximum.accumulate(gaps, axis=2)[:, :, self.covered]
        short = np.maximum.accumulate(np.maximum(-net, 0.0)[:, ::-1], axis=1)[:, ::-1]
        wanted = np.concatenate([most, short[:, :, None]], axis=2)[:, self.bucket]
        return self._whole(np.maximum(wanted, self.moq[:, None]), room[:, :, None])

    def _whole(self, wanted: Array, room: Array) -> Array:
        """Lots in whole multiples within `room`, 0 where these are less than the MOQ."""
        moq, multiple = self.moq[:, None], self.multiple[:, None]
        step = np.where(multiple > 0, multiple, 1.0)
        up = np.where(multiple > 0, np.ceil(wanted / step - TOLERANCE) * step, wanted)
        down = np.where(multiple > 0, np.floor(room / step + TOLERANCE) * step, room)
        lot = np.minimum(up, down)
        return np.where(lot + TOLERANCE >= np.maximum(moq, 2 * TOLERANCE), lot, 0.0)
