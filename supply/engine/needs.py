"""The day on which stock first falls below its target, with demand even over the bucket's days, and what moves it."""

from dataclasses import dataclass, field

import numpy as np

from .records import tally
from .shapes import TOLERANCE, Array, BoolArray, Calendar, IntArray
from .sorting import stable_order


@dataclass
class Events:
    """Quantities that come or go on one day: scheduled receipts positive, dependent demand negative."""

    item: list[IntArray] = field(default_factory=list)
    day: list[IntArray] = field(default_factory=list)
    quantity: list[Array] = field(default_factory=list)

    def add(self, *, item: IntArray, day: IntArray, quantity: Array) -> None:
        if len(item):
            self.item.append(item)
            self.day.append(day)
            self.quantity.append(quantity)

    def sorted_by_key(self, calendar: Calendar, wanted: BoolArray) -> tuple[IntArray, IntArray, Array]:
        """(key, day, quantity) with key = item * T + bucket, sorted, of the `wanted` items (N,) within the horizon."""
        if not self.item:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        kept = [wanted[item] for item in self.item]
        item = np.concatenate([part[k] for part, k in zip(self.item, kept, strict=True)])
        day = np.concatenate([part[k] for part, k in zip(self.day, kept, strict=True)])
        quantity = np.concatenate([part[k] for part, k in zip(self.quantity, kept, strict=True)])
        bucket = calendar.bucket_of(day)
        inside = bucket < calendar.buckets
        key = (item * calendar.buckets + bucket)[inside]
        order = stable_order(key)
        return key[order], np.maximum(day[inside][order], calendar.as_of), quantity[inside][order]


def first_days_below(
    *,
    opening: Array,
    even_demand: Array,
    target: Array,
    bucket: IntArray,
    item: IntArray,
    events: tuple[IntArray, IntArray, Array],
    calendar: Calendar,
) -> IntArray:
    """First day of the bucket at whose end stock is below the target, (K,); its last day where none is.

    `opening` is net stock at the start of the bucket, `even_demand` what the bucket consumes evenly.

    >>> calendar = Calendar(edges=np.array([0, 31, 59, 90]))
    >>> first_days_below(opening=np.array([3100.0]), even_demand=np.array([3100.0]), target=np.array([1500.0]),
    ...     bucket=np.array([2]), item=np.array([0]), events=Events().sorted_by_key(calendar, np.ones(1, bool)),
    ...     calendar=calendar).tolist()
    [75]
    """
    start, days = calendar.edges[bucket], calendar.days[bucket]
    rate = even_demand / days
    slack = opening - target
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.floor(
            np.where(rate > 0, slack / rate, np.where(slack < -TOLERANCE, 0.0, days)) + TOLERANCE
        )
    offset = np.clip(whole, 0, days - 1).astype(np.int64)
    key = item * calendar.buckets + bucket
    low, high = np.searchsorted(events[0], key), np.searchsorted(events[0], key, side="right")
    stepped = np.flatnonzero(high > low)
    if len(stepped):
        offset[stepped] = _day_by_day(
            slack[stepped], rate[stepped], days[stepped], start[stepped], low[stepped], high[stepped], events
        )
    return np.asarray(start + offset)


def joint_need_days(need_day: IntArray, *, group: IntArray, bucket: IntArray, calendar: Calendar) -> IntArray:
    """Days (K,) for which lots are ordered: those of one `group` in one bucket are one order, for its first need.

    `group` -1 stands alone. None is ordered for later than its own need, nor for a day before its bucket.

    >>> calendar = Calendar(edges=np.array([0, 31, 59]))
    >>> joint_need_days(np.array([50, 40, 45, 20]), group=np.array([0, 0, -1, 0]), bucket=np.array([1, 1, 1, 0]),
    ...     calendar=calendar).tolist()
    [40, 40, 45, 20]
    """
    joint = np.flatnonzero(group >= 0)
    if not len(joint):
        return need_day
    _, order = np.unique(group[joint] * calendar.buckets + bucket[joint], return_inverse=True)
    first = np.full(len(joint), np.iinfo(np.int64).max)
    np.minimum.at(first, order, need_day[joint])
    wanted = need_day.copy()
    wanted[joint] = np.minimum(need_day[joint], np.maximum(first[order], calendar.edges[bucket[joint]]))
    return wanted


def taken_before(
    day: IntArray, *, items: IntArray, count: int, events: tuple[IntArray, IntArray, Array]
) -> Array:
    """Units (T, n) that parents take of `items` (n,), of `count` in all, in each bucket before its `day` (T, n)."""
    key, on, quantity = events
    item, bucket = np.divmod(key, len(day))
    column = np.full(count, -1, np.int64)
    column[items] = np.arange(len(items))
    taken = np.flatnonzero((column[item] >= 0) & (quantity < 0))
    bucket, place = bucket[taken], column[item[taken]]
    early = on[taken] < day[bucket, place]
    return tally(bucket[early], place[early], -quantity[taken][early], shape=day.shape)


def _day_by_day(
    slack: Array,
    rate: Array,
    days: IntArray,
    start: IntArray,
    low: IntArray,
    high: IntArray,
    events: tuple[IntArray, IntArray, Array],
) -> IntArray:
    """The same for buckets in which something comes or goes on one day."""
    width = int(days.max())
    path = slack[:, None] - rate[:, None] * np.arange(1, width + 1)
    rows = np.repeat(np.arange(len(slack)), high - low)
    position = np.repeat(low - np.concatenate([[0], np.cumsum(high - low)[:-1]]), high - low) + np.arange(
        len(rows)
    )
    moves = np.zeros_like(path)
    np.add.at(moves, (rows, events[1][position] - start[rows]), events[2][position])
    path += np.cumsum(moves, axis=1)
    below = (path < -TOLERANCE) & (np.arange(width) < days[:, None])
    return np.where(below.any(axis=1), below.argmax(axis=1), days - 1)
