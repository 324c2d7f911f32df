"""Finite capacity and scarce components: how much each lane may still deliver, and what deliveries use up.

Capacity of an earlier bucket may be used for a later receipt (build ahead); components once received stay
available. So both bound the *cumulative* receipts of a lane, and lots are never cut below their MOQ.
"""

from dataclasses import dataclass

import numpy as np

from .explosion import spread_rows
from .open_orders import OpenWork
from .shapes import TOLERANCE, Array, BoolArray, Calendar, Capacities, IntArray, Lanes
from .sorting import run_starts


@dataclass(frozen=True, kw_only=True)
class Material:
    """Components whose supply is taken as given: cumulative units available (T, M) and their use per lane unit."""

    component: IntArray  # (M,) item-location
    available: Array  # (T, M) cumulative
    lane: IntArray  # (W,)
    column: IntArray  # (W,) into component
    per_unit: Array  # (W,)


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """Cumulative receipts a lane may have by each bucket (T, m), and what binds there: capacity c, or C + column."""

    quantity: Array
    binding: IntArray


class _Usage:
    """Rows (lane, column, per unit), grouped by lane."""

    def __init__(self, *, lane: IntArray, column: IntArray, per_unit: Array, lanes: int) -> None:
        used = per_unit > 0
        lane, column, per_unit = lane[used], column[used], per_unit[used]
        order = np.argsort(lane, kind="stable")
        self.column, self.per_unit = column[order], per_unit[order]
        self.starts = np.searchsorted(lane[order], np.arange(lanes + 1))

    def counts(self, lane: IntArray) -> IntArray:
        return np.asarray(self.starts[lane + 1] - self.starts[lane])

    def rows(self, lane: IntArray) -> tuple[IntArray, IntArray]:
        """(position in `lane`, row) of every usage of the given lanes."""
        owner, place = spread_rows(self.counts(lane))
        return owner, self.starts[lane][owner] + place

    def tightest(self, lane: IntArray, room: Array) -> tuple[Array, IntArray]:
        """Smallest room / per_unit over each lane's rows, (T, m), and the column it comes from (-1: none)."""
        best = np.full((len(room), len(lane)), np.inf)
        which = np.full(best.shape, -1, np.int64)
        counts = self.counts(lane)
        for k in range(int(counts.max(initial=0))):
            has = np.flatnonzero(counts > k)
            row = self.starts[lane[has]] + k
            units = room[:, self.column[row]] / self.per_unit[row]
            lower = units < best[:, has]
            best[:, has] = np.where(lower, units, best[:, has])
            which[:, has] = np.where(lower, self.column[row], which[:, has])
        return best, which


class Limits:
    """What is left of every capacity and scarce component while items are planned in order of priority."""

    def __init__(
        self, *, calendar: Calendar, lanes: Lanes, capacities: Capacities, material: Material | None
    ) -> None:
        self.calendar = calendar
        self.lanes = lanes
        buckets = calendar.buckets
        available = capacities.available if capacities.count else np.zeros((buckets, 0))
        self.remaining = available.astype(np.float64, copy=True)
        self.load = np.zeros_like(self.remaining)
        self.usage = _Usage(
            lane=capacities.lane, column=capacities.capacity, per_unit=capacities.per_unit, lanes=lanes.count
        )
        none = np.zeros(0, np.int64)
        self.material = material or Material(
            component=none, available=np.zeros((buckets, 0)), lane=none, column=none, per_unit=np.zeros(0)
        )
        self.unused = self.material.available.astype(np.float64, copy=True)
        self.material_usage = _Usage(
            lane=self.material.lane,
            column=self.material.column,
            per_unit=self.material.per_unit,
            lanes=lanes.count,
        )

    def constrained(self, lane: IntArray) -> BoolArray:
        """True for lanes that use a capacity or a scarce component."""
        return np.asarray((self.usage.counts(lane) + self.material_usage.counts(lane)) > 0)

    def constraints_of(self, lanes: IntArray) -> list[set[int]]:
        """What the lanes (L, n) of each item use, -1 for none: capacity c, or C + column of a scarce component."""
        rank, item = np.nonzero(lanes >= 0)
        used: list[set[int]] = [set() for _ in range(lanes.shape[1])]
        for usage, offset in ((self.usage, 0), (self.material_usage, self.remaining.shape[1])):
            owner, row = usage.rows(lanes[rank, item])
            for n, column in zip(item[owner].tolist(), usage.column[row].tolist(), strict=True):
                used[n].add(offset + column)
        return used

    def held(self) -> Array:
        """Cumulative units of each scarce component that may still be taken by each bucket, (T, M)."""
        return np.asarray(np.minimum.accumulate(np.maximum(self.unused, 0.0)[::-1], axis=0)[::-1])

    def ceilings(self, lane: IntArray, *, term: IntArray, share: Array) -> Ceiling:
        """Cumulative receipts that each lane (m,) may have by each bucket; `share` (m,) of what is left is theirs."""
        ends = self.calendar.edges[1:, None] - 1
        shipped = self.calendar.bucket_of(ends - self.lanes.transit_days[term])
        released = self.calendar.bucket_of(ends - self.lanes.lead_time_days[term])
        per_bucket, capacity = self.usage.tightest(lane, np.maximum(self.remaining, 0.0))
        room, column = self.material_usage.tightest(lane, self.held())
        columns = np.arange(len(lane))
        produced = _shared(np.cumsum(per_bucket, axis=0)[shipped, columns], share)
        supplied = _shared(room[released, columns], share)
        quantity = np.empty_like(produced)
        built = np.zeros(len(lane))
        before = np.zeros(len(lane))
        by_material = np.zeros(quantity.shape, bool)
        for t in range(len(quantity)):
            step = np.where(
                np.isinf(produced[t]), np.inf, produced[t] - np.where(np.isinf(before), 0.0, before)
            )
            by_material[t] = np.isfinite(supplied[t]) & (supplied[t] <= built + step)
            built = np.minimum(supplied[t], built + step)
            before = produced[t]
            quantity[t] = built
        offset = self.remaining.shape[1]
        binding = np.where(by_material, offset + column[released, columns], capacity[shipped, columns])
        return Ceiling(quantity=quantity, binding=binding)

    def book(
        self, lane: IntArray, *, term: IntArray, bucket: IntArray, quantity: Array
    ) -> tuple[IntArray, Array]:
        """Use up capacity as late as it allows, and components from the release on; rows (k,) of receipts.

        Returns the last day on which work on each may begin, in an earlier bucket where it is built ahead, and how
        many of its units are. What is received beyond the horizon (bucket T) uses up nothing.
        """
        owner, row = self._usage_inside(self.material_usage, lane, bucket)
        if len(row):
            issued = self.calendar.last_days(bucket) - self.lanes.lead_time_days[term]
            used = np.zeros_like(self.unused)
            np.add.at(
                used,
                (self.calendar.bucket_of(issued)[owner], self.material_usage.column[row]),
                quantity[owner] * self.material_usage.per_unit[row],
            )
            self.unused -= np.cumsum(used, axis=0)
        begun = self.calendar.last_days(bucket) - self.lanes.transit_days[term]
        ahead = np.zeros(len(lane))
        owner, row = self._usage_inside(self.usage, lane, bucket)
        if len(row):
            per_unit = self.usage.per_unit[row]
            made = self.calendar.bucket_of(begun[owner])
            day, early = self._book_late(made, self.usage.column[row], quantity[owner] * per_unit)
            np.minimum.at(begun, owner, day)
            np.maximum.at(ahead, owner, early / per_unit)
        return np.asarray(begun), ahead

    def book_open_orders(self, work: OpenWork) -> None:
        """Use up the capacity that open orders take: as late as it allows, and what today's is too small for next."""
        owner, row = self._usage_inside(self.usage, work.lane, work.bucket)
        if not len(row):
            return
        end = self.calendar.last_days(work.bucket) - self.lanes.transit_days[work.term]
        touched, place = np.unique(self.usage.column[row], return_inverse=True)
        wanted = np.zeros((len(self.remaining), len(touched)))
        np.add.at(
            wanted,
            (self.calendar.bucket_of(end[owner]), place),
            work.quantity[owner] * self.usage.per_unit[row],
        )
        done, left = _made_late(wanted, self.remaining[:, touched])
        for room, made in zip(self.remaining[:, touched] - done, done, strict=True):
            later = np.minimum(left, np.maximum(room, 0.0))
            made += later
            left = left - later
        self._use(touched, done)

    def _usage_inside(self, usage: _Usage, lane: IntArray, bucket: IntArray) -> tuple[IntArray, IntArray]:
        """(receipt (k,), row of usage) of all that is received within the horizon."""
        inside = np.flatnonzero(bucket < self.calendar.buckets)
        place, row = usage.rows(lane[inside])
        return inside[place], row

    def _use(self, column: IntArray, amount: Array) -> None:
        self.remaining[:, column] -= amount
        self.load[:, column] += amount

    def _book_late(self, bucket: IntArray, column: IntArray, amount: Array) -> tuple[IntArray, Array]:
        """(last day on which each row (k,) may begin, what of it is made before its bucket)."""
        touched, place = np.unique(column, return_inverse=True)
        wanted = np.zeros((len(self.remaining), len(touched)))
        np.add.at(wanted, (bucket, place), amount)
        done, left = _made_late(wanted, self.remaining[:, touched])
        done[0] += left
        self._use(touched, done)
        total, before = np.cumsum(done, axis=0), _made_before(bucket, place, amount)
        slack = TOLERANCE * np.maximum(1.0, before)
        first = np.minimum((total[:, place] <= before + slack).sum(axis=0), bucket)
        pace = (self.remaining + self.load)[first, column]  # what the whole bucket can make
        share = np.divide(total[first, place] - before, pace, out=np.ones(len(pace)), where=pace > 0)
        low, high = self.calendar.edges[first], self.calendar.edges[first + 1]
        days = np.ceil((high - low) * np.minimum(share, 1.0) - TOLERANCE).astype(np.int64)
        sooner = np.where(bucket > 0, total[np.maximum(bucket - 1, 0), place], 0.0)
        return np.asarray(high - np.maximum(days, 1)), np.clip(sooner - before, 0.0, amount)


def _made_late(wanted: Array, room: Array) -> tuple[Array, Array]:
    """(what is made in each bucket (T, C) of what is `wanted` by its end, as late as `room` allows; what does not fit).

    >>> made, left = _made_late(np.array([[0.0], [50.0], [130.0]]), np.full((3, 1), 70.0))
    >>> made.ravel().tolist(), left.tolist()
    ([40.0, 70.0, 70.0], [0.0])
    """
    made, carried = np.zeros_like(wanted), np.zeros(wanted.shape[1])
    for t in range(len(wanted) - 1, -1, -1):
        carried = carried + wanted[t]
        made[t] = np.minimum(carried, np.maximum(room[t], 0.0))
        carried = carried - made[t]
    return made, carried


def _shared(limit: Array, share: Array) -> Array:
    """Their `share` (m,) of a limit (T, m); where nothing limits, nothing does, whatever the share.

    >>> _shared(np.array([[80.0, np.inf]]), np.array([0.25, 0.0])).tolist()
    [[20.0, inf]]
    """
    shared: Array = np.full(limit.shape, np.inf)
    np.multiply(limit, share, out=shared, where=np.isfinite(limit))
    return shared


def _made_before(bucket: IntArray, place: IntArray, amount: Array) -> Array:
    """What a capacity makes before each row (k,), first due first made.

    >>> _made_before(np.array([1, 0, 0]), np.array([0, 0, 1]), np.array([5.0, 7.0, 9.0])).tolist()
    [7.0, 0.0, 0.0]
    """
    order = np.lexsort((bucket, place))
    total = np.cumsum(amount[order])
    first = run_starts(place[order])
    before = np.empty(len(amount))
    before[order] = total - amount[order] - np.where(first > 0, total[first - 1], 0.0)
    return before
