"""Dates of a file as whole periods, and the dates with which each series goes on."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from forecasting.engine import BoolArray, IntArray

DAY = 86_400
USUAL_GAP = 30  # days between the periods of a file in which no series has two
MONTHS_OF_GAP = {1: (28, 31), 3: (89, 92), 6: (181, 184), 12: (365, 366)}


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
    """The period length that a file shows by the usual gap within its series.

    ``instants`` (R,) in seconds, sorted by series and time; ``begin`` (N + 1,) cuts them into series.
    """
    gaps = np.diff(instants)
    gaps = np.delete(gaps, begin[1:-1] - 1)
    usual = int(np.median(gaps)) if len(gaps) else USUAL_GAP * DAY
    return Calendar(
        months=_months_of(usual, gaps),
        seconds=max(usual, 1),
        last=instants[begin[1:] - 1],
        month_end=np.asarray(np.logical_and.reduceat(_is_month_end(instants), begin[:-1])),
    )


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
