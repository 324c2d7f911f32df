"""What item-locations expect to be asked for before any order is planned: own demand and what is passed down to them."""

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


def expected_requirements(
    demand: Array, variance: Array, *, lanes: Lanes, bom: Bom, edges: IntArray
) -> tuple[Array, Array]:
    """Demand (T, N) and its variance (N,) with what first lanes pass down bills of material and transfers.

    In the bucket of the demand itself: lots and lead times come with the plan. A line of a bill counts by the
    share of the days of each bucket, `edges` (T+1,), on which it is valid. Raises SupplyCycleError.
    """
    count = demand.shape[1]
    first = first_lanes(lanes, count, day=int(edges[0]))
    moved = np.flatnonzero((lanes.kind == Kind.TRANSFER) & (first[lanes.item] == np.arange(lanes.count)))
    made = _made(lanes, bom, first)
    above = np.concatenate([bom.parent[made], lanes.item[moved]])
    below = np.concatenate([bom.component[made], lanes.source[moved]])
    per_unit = np.concatenate([bom.gross_per[made], np.ones(len(moved))])
    if not len(above):
        return demand, variance
    begins = np.concatenate([bom.valid_from[made], np.zeros(len(moved), np.int64)])
    ends = np.concatenate([bom.valid_to[made], np.full(len(moved), NEVER)])
    levels = low_level_codes(count, above=above, below=below)
    demand, variance = demand.copy(), variance.copy()
    for level in range(int(levels.max()) + 1):
        rows = np.flatnonzero(levels[above] == level)
        valid = _shares_of_days(edges, begins[rows], ends[rows])
        np.add.at(demand.T, below[rows], (demand[:, above[rows]] * per_unit[rows] * valid).T)
        np.add.at(variance, below[rows], variance[above[rows]] * per_unit[rows] ** 2 * valid.mean(axis=0))
    return demand, variance


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
