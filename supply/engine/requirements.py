"""What item-locations expect to be asked for before any order is planned: own demand and what is passed down to them."""

from dataclasses import dataclass

import numpy as np

from .basics import NEVER
from .lanes import smallest_lot_price, tariff_on, terms_in_force
from .levels import low_level_codes
from .shapes import Array, Bom, IntArray, Kind, Lanes


def first_lanes(lanes: Lanes, count: int, *, day: int) -> IntArray:
    """The lane of each item-location (N,) that comes first on a `day`; -1 without one."""
    last_first = lanes_by_preference(lanes, day=day)[::-1]
    first = np.full(count, -1, np.int64)
    first[lanes.item[last_first]] = last_first
    return first


def lanes_by_preference(lanes: Lanes, *, day: int) -> IntArray:
    """All lanes (L,), those that come first by priority, then by landed cost, before the others.

    Under the terms of a `day`, without the capital that is tied up on the way.
    """
    term, lane = terms_in_force(lanes, day), np.arange(lanes.count)
    duty = 1 + tariff_on(lanes, lane=lane, day=np.array(day)) / 100
    cost = smallest_lot_price(lanes, term=term) * duty + lanes.freight_cost[term]
    return np.lexsort((lane, cost, lanes.priority))


@dataclass(frozen=True, kw_only=True)
class PassedDown:
    """What first lanes ask of the item-locations below them, (E,) lines by level: `per_unit` of `above`, and the share
    of the days of each bucket (T, E) on which it is `valid`.
    """

    above: IntArray
    below: IntArray
    per_unit: Array
    valid: Array
    levels: list[IntArray]

    def demand(self, own: Array) -> Array:
        """Units (T, N) with what is passed down, in the bucket of the demand itself."""
        return self._summed(own, self.per_unit * self.valid)

    def misses(self, own: Array) -> Array:
        """Errors (..., N), which go down with their sign: what errs together adds up, by the lines of the first bucket."""
        rows = own.reshape(int(np.prod(own.shape[:-1])), own.shape[-1])
        return self._summed(rows, self.per_unit * self.valid[:1]).reshape(own.shape)

    def variance(self, own: Array) -> Array:
        """Variances (P, N), taken as independent of each other."""
        return self._summed(own, self.per_unit**2 * self.valid.mean(axis=0, keepdims=True))

    def _summed(self, own: Array, per_unit: Array) -> Array:
        total = own.copy()
        for lines in self.levels:
            per_line = np.broadcast_to(per_unit, (len(per_unit), len(self.above)))[:, lines]
            np.add.at(total.T, self.below[lines], (total[:, self.above[lines]] * per_line).T)
        return total


def passed_down(lanes: Lanes, bom: Bom, *, count: int, edges: IntArray) -> PassedDown:
    """Bills of material and transfers of first lanes on `edges[0]`, of `count` item-locations; lots and lead times
    come with the plan. Raises SupplyCycleError.
    """
    first = first_lanes(lanes, count, day=int(edges[0]))
    moved = np.flatnonzero((lanes.kind == Kind.TRANSFER) & (first[lanes.item] == np.arange(lanes.count)))
    made = _made(lanes, bom, first)
    above = np.concatenate([bom.parent[made], lanes.item[moved]])
    below = np.concatenate([bom.component[made], lanes.source[moved]])
    begins = np.concatenate([bom.valid_from[made], np.zeros(len(moved), np.int64)])
    ends = np.concatenate([bom.valid_to[made], np.full(len(moved), NEVER)])
    level = low_level_codes(count, above=above, below=below)
    return PassedDown(
        above=above,
        below=below,
        per_unit=np.concatenate([bom.gross_per[made], np.ones(len(moved))]),
        valid=_shares_of_days(edges, begins, ends),
        levels=[np.flatnonzero(level[above] == k) for k in range(int(level.max(initial=0)) + 1)],
    )


def assembly_lines(lanes: Lanes, bom: Bom, count: int, *, day: int) -> IntArray:
    """Lines of bills of material (R,) in force on a `day`, of what its first lane makes."""
    made = _made(lanes, bom, first_lanes(lanes, count, day=day))
    return made[(bom.valid_from[made] <= day) & (bom.valid_to[made] >= day)]


def _made(lanes: Lanes, bom: Bom, first: IntArray) -> IntArray:
    """Lines of bills of material (R,) of what its `first` lane (N,) makes."""
    if not len(bom.parent) or not lanes.count:
        return np.zeros(0, np.int64)
    makes = (first >= 0) & (lanes.kind[np.maximum(first, 0)] == Kind.MAKE)
    return np.flatnonzero(makes[bom.parent])


def _shares_of_days(edges: IntArray, begins: IntArray, ends: IntArray) -> Array:
    """Share of the days of each bucket on which each line is valid, (T, E); (1, E) where all always are."""
    if (begins <= edges[0]).all() and (ends >= edges[-1] - 1).all():
        return np.ones((1, len(begins)))
    low, high = edges[:-1, None], edges[1:, None]
    days = np.minimum(high, ends + 1) - np.maximum(low, begins)
    return np.asarray(np.maximum(days, 0) / (high - low))
