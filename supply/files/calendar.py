"""Buckets for a folder of files: months, fiscal periods or weeks, and the demand that is left of the first one."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from siop.catalog import calendar as fiscal
from supply.engine import Calendar
from supply.engine.basics import LONGEST_DAYS, MEAN_DAYS, Array, IntArray

from .tables import Folder, PlanFilesError

_DEFAULT_HORIZON = {"week": 26, "month": 18}


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """`calendar` starts on the planning date; `starts` (T,) are the full buckets' first days, as exports show them."""

    bucket: str
    calendar: Calendar
    starts: IntArray

    def label(self, t: int) -> str:
        return date.fromordinal(int(self.starts[t])).isoformat()

    @property
    def shares_of_month(self) -> Array:
        """What of a monthly capacity each bucket has: a whole month's for a calendar month, else by days."""
        days = self.calendar.days.astype(np.float64)
        if self.bucket == "week":
            return np.asarray(days / MEAN_DAYS["month"])
        full = np.diff(np.append(self.starts, self.calendar.edges[-1])).astype(np.float64)
        return np.asarray(days / full)


def build_buckets(folder: Folder, *, as_of: date, bucket: str, horizon: int) -> Buckets:
    """Buckets from the one that holds `as_of`; without a horizon, to the last demand and at least 18 (26 weeks)."""
    days = folder["demand"].days("date")
    last = int(days.max()) if len(days) else as_of.toordinal()
    starts = _weeks(days, as_of) if bucket == "week" else _periods(folder)
    first = int(np.searchsorted(starts, as_of.toordinal(), side="right")) - 1
    needed = int(np.searchsorted(starts, last, side="right")) - first
    count = horizon or max(_DEFAULT_HORIZON[bucket], needed)
    if first < 0 or first + count + 1 > len(starts):
        raise PlanFilesError(
            f"{count} buckets from {as_of} lie outside the calendar; give a shorter --horizon."
        )
    edges = starts[first : first + count + 1].copy()
    full = edges[:-1].copy()
    edges[0] = as_of.toordinal()
    return Buckets(
        bucket=bucket, calendar=Calendar(edges=edges, nominal_days=LONGEST_DAYS[bucket]), starts=full
    )


def _weeks(days: Array, as_of: date) -> IntArray:
    """First days of weeks: the weekday that all demand dates share, Monday where they differ."""
    weekdays = np.unique(days.astype(np.int64) % 7)
    weekday = int(weekdays[0]) if len(weekdays) == 1 else date(2024, 1, 1).toordinal() % 7
    first = as_of.toordinal() - (as_of.toordinal() - weekday) % 7
    return np.asarray(first + 7 * np.arange(2000, dtype=np.int64))


def _periods(folder: Folder) -> IntArray:
    table = folder["periods"]
    given = []
    if len(table):
        starts = np.sort(table.days("start"))
        ends = table.days("end")[np.argsort(table.days("start"))]
        following = np.append(starts[1:] - 1, starts[-1] + 30)
        ends = np.where(np.isnan(ends), following, ends)
        given = [
            (date.fromordinal(int(low)), date.fromordinal(int(high)))
            for low, high in zip(starts, ends, strict=True)
        ]
    try:
        return fiscal.build(bucket="month", given=given).ordinals
    except fiscal.CalendarError as error:
        raise PlanFilesError(f"periods: {error}") from error


def demand_by_bucket(
    buckets: Buckets,
    *,
    column: IntArray,
    day: IntArray,
    quantity: Array,
    count: int,
) -> tuple[Array, int]:
    """Demand (T, N) of rows (column, day, quantity), and how many rows lie before the horizon or beyond it.

    Inside the bucket in progress the remaining days' share counts of what is all of one date; of several dates
    in it, those from the planning date on.
    """
    calendar = buckets.calendar
    demand = np.zeros((calendar.buckets, count))
    within = (day >= buckets.starts[0]) & (day < calendar.edges[-1])
    column, day, quantity = column[within], day[within], quantity[within]
    bucket = calendar.bucket_of(day)
    started = day < calendar.as_of
    if started.any():
        end = int(calendar.edges[1])
        share = (end - calendar.as_of) / (end - int(buckets.starts[0]))
        in_progress = np.unique(np.stack([column, day])[:, bucket == 0], axis=1)
        dates = np.bincount(in_progress[0], minlength=count)
        quantity = np.where(started, np.where(dates[column] > 1, 0.0, quantity * share), quantity)
    np.add.at(demand, (bucket, column), quantity)
    return demand, int((~within).sum())
