"""Dates of a file as whole periods, and the dates with which each series goes on."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from forecasting.engine import BoolArray, IntArray

DAY = 86_400
USUAL_GAP = 30  # days between the periods of a file in which no series has two
MONTHS_OF_GAP = {1: (28, 31), 3: (89, 92), 6: (181, 184), 12: (365, 366)}
MONTH = 365.25 / 12 * DAY
SHORTER = ((1, 30 * DAY), (0, 7 * DAY), (0, DAY), (0, 3600), (0, 60))  # (months, seconds)
MOST_MISSING = 12  # rows missing between two for which a period is still believed
OFF = 0.2  # of a period by which a gap may miss a whole number of them
WHOLE_GAPS = 0.75  # share of the gaps that do not miss it


@dataclass(frozen=True)
class Calendar:
    """Periods of ``months`` calendar months, or where that is 0 of ``seconds``.

    ``last`` (N,) is each series' last instant in seconds of 1970; ``month_end`` (N,) is true where all its
    dates are the last of their month.
    """

    months: int
    seconds: int
    last: IntArray
    month_end: BoolArray

    @property
    def step(self) -> str:
        """How long a period is, in words."""
        if self.months:
            return f"{self.months} month{'s' * (self.months > 1)}"
        amount, unit = (self.seconds / DAY, "day") if self.seconds >= DAY else (self.seconds, "second")
        return f"{amount:g} {unit}{'s' * (amount != 1)}"

    def periods(self, instants: IntArray) -> IntArray:
        """Running number of the period in which each instant lies."""
        if not self.months:
            return np.asarray(instants // self.seconds)
        return np.asarray(_month(instants) // self.months)

    def following(self, chosen: IntArray, *, horizon: int) -> pa.Array:
        """The next ``horizon`` dates of each chosen series, one series after the other."""
        ahead = np.arange(1, horizon + 1)
        last = self.last[chosen][:, None]
        if not self.months:
            instants = last + ahead * self.seconds
        else:
            month = _month(last) + ahead * self.months
            final = _instant(month + 1) - DAY
            same_day = _instant(month) + last - _instant(_month(last))
            instants = np.where(self.month_end[chosen][:, None], final, np.minimum(same_day, final))
        return self._written(instants.ravel())

    def _written(self, instants: IntArray) -> pa.Array:
        whole_days = not (self.last % DAY).any() and (self.months or self.seconds % DAY == 0)
        found = instants.astype("datetime64[s]")
        return pa.array(found.astype("datetime64[D]") if whole_days else found)


def calendar_of(instants: IntArray, begin: IntArray) -> Calendar:
    """The period length that a file shows: the usual gap within its series, or a shorter one where rows are missing.

    ``instants`` (R,) in seconds, sorted by series and time; ``begin`` (N + 1,) cuts them into series. Where no
    length fits, the usual gap stands and some periods hold two rows.
    """
    gaps = np.delete(np.diff(instants), begin[1:-1] - 1)
    usual = int(np.median(gaps)) if len(gaps) else USUAL_GAP * DAY
    found = [
        Calendar(
            months=months,
            seconds=max(seconds, 1),
            last=instants[begin[1:] - 1],
            month_end=np.asarray(np.logical_and.reduceat(_is_month_end(instants), begin[:-1])),
        )
        for months, seconds in _lengths(usual, gaps)
    ]
    return next((calendar for calendar in found if _fits(calendar, instants, begin)), found[0])


def _lengths(usual: int, gaps: IntArray) -> list[tuple[int, int]]:
    """Lengths to try, (months, seconds): the usual gap first; it is too long where every other row is missing."""
    shorter = [(m, seconds) for m, seconds in SHORTER if usual / MOST_MISSING <= seconds < usual]
    return [(_months_of(usual, gaps), usual), (0, usual), *shorter]


def _fits(calendar: Calendar, instants: IntArray, begin: IntArray) -> bool:
    """Whether no period holds two different instants of a series, and most gaps are whole numbers of periods."""
    gaps, steps = (
        np.delete(np.diff(values), begin[1:-1] - 1) for values in (instants, calendar.periods(instants))
    )
    gaps, steps = gaps[gaps > 0], steps[gaps > 0]
    if not len(gaps):
        return True
    return bool((steps > 0).all() and _whole(calendar, gaps).mean() >= WHOLE_GAPS)


def _whole(calendar: Calendar, gaps: IntArray) -> BoolArray:
    """Which gaps are a whole number of periods, as near as months differ."""
    count = gaps / (calendar.months * MONTH or calendar.seconds)
    return np.asarray(np.abs(count - np.rint(count)) <= OFF)


def off_step(calendar: Calendar, instants: IntArray, begin: IntArray) -> IntArray:
    """Series, by number, most of whose gaps are no whole number of the periods of the file."""
    whole = np.append(_whole(calendar, np.diff(instants)), True)
    whole[begin[1:] - 1] = True  # from the last row of a series to the first of the next is no gap
    missed = np.add.reduceat(~whole, begin[:-1])
    return np.flatnonzero(2 * missed > np.diff(begin) - 1)


def _months_of(usual: int, gaps: IntArray) -> int:
    """Calendar months in the usual gap; 0 for days, weeks and periods of exactly four weeks."""
    four_weeks = len(gaps) > 2 and not (gaps % (28 * DAY)).any()
    if four_weeks:
        return 0
    return next((n for n, (low, high) in MONTHS_OF_GAP.items() if low * DAY <= usual <= high * DAY), 0)


def _is_month_end(instants: IntArray) -> BoolArray:
    return np.asarray(_month(instants + DAY) != _month(instants))


def _month(instants: IntArray) -> IntArray:
    return instants.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _instant(months: IntArray) -> IntArray:
    return months.astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
