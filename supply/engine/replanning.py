"""What another plan of the same problem does differently: orders combined, begun earlier, sent another way."""

from dataclasses import dataclass

import numpy as np

from .shapes import Array, IntArray, Orders

_SLACK = 0.5  # of a day or a unit: less is a rounding of lots


@dataclass(frozen=True, kw_only=True)
class OrderChanges:
    """Counts over some item-locations: orders, those to be placed by a day, and item-locations by what changed."""

    orders_before: int
    orders_after: int
    soon_before: int
    soon_after: int
    earlier: int  # item-locations whose units arrive earlier on the mean
    other_way: int  # item-locations that take more over another lane


def order_changes(before: Orders, after: Orders, *, items: IntArray, soon_day: int) -> OrderChanges:
    """Compare the orders of `items` (I,) in two plans over the same lanes; `soon_day` is the last day that is soon."""
    one, other = _of(before, items), _of(after, items)
    count = max(int(items.max(initial=-1)), 0) + 1
    shift = _mean_day(before, one, count) - _mean_day(after, other, count)
    lanes = max(int(before.lane.max(initial=-1)), int(after.lane.max(initial=-1))) + 1
    more = _units(after, other, lanes) - _units(before, one, lanes)
    lane_item = np.zeros(lanes, np.int64)
    lane_item[before.lane], lane_item[after.lane] = before.item, after.item
    fewer = np.unique(lane_item[more < -_SLACK])
    return OrderChanges(
        orders_before=len(one),
        orders_after=len(other),
        soon_before=int((before.order_by[one] <= soon_day).sum()),
        soon_after=int((after.order_by[other] <= soon_day).sum()),
        earlier=int((shift > _SLACK).sum()),
        other_way=len(np.intersect1d(fewer, lane_item[more > _SLACK])),
    )


def _of(orders: Orders, items: IntArray) -> IntArray:
    return np.flatnonzero(np.isin(orders.item, items))


def _units(orders: Orders, rows: IntArray, lanes: int) -> Array:
    return np.asarray(
        np.bincount(orders.lane[rows], weights=orders.quantity[rows], minlength=lanes), np.float64
    )


def _mean_day(orders: Orders, rows: IntArray, count: int) -> Array:
    """Mean day on which a unit of each item-location arrives, (count,); 0 where none does in a plan."""
    item, quantity = orders.item[rows], orders.quantity[rows]
    total = np.bincount(item, weights=quantity, minlength=count)
    days = np.bincount(item, weights=quantity * orders.due_day[rows], minlength=count)
    return np.asarray(days / np.where(total > 0, total, 1.0))
