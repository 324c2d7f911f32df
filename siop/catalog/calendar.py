"""The planning calendar: fiscal periods where they are given, calendar months or weeks elsewhere.

Dates become positions here and nowhere else; "month" in tables and pages is always the first day of a period.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from siop import bulk
from siop.reading import once

from . import parameters
from .enums import Bucket

FIRST_YEAR, LAST_YEAR = 1950, 2100
ONE_DAY = timedelta(days=1)
LONGEST_YEAR = 366
GIVEN = "SELECT start, \"end\", btrim(quarter || ' ' || year) FROM catalog_period ORDER BY start"


class CalendarError(ValueError):
    """A date that no period holds, or fiscal periods that leave a gap."""


@dataclass(frozen=True)
class PlanningCalendar:
    """Every period from 1950 to 2100 by its first day; the last entry only ends the one before it.

    `named` are the quarters that the periods table gives, by first day; without any, months have those of the year.
    """

    bucket: str
    starts: tuple[date, ...]
    named: tuple[tuple[date, str], ...] = ()

    @cached_property
    def ordinals(self) -> NDArray[np.int64]:
        return np.array([day.toordinal() for day in self.starts], dtype=np.int64)

    def position(self, day: date) -> int:
        """Number of the period that holds a day."""
        found = bisect_right(self.starts, day) - 1
        if not 0 <= found < len(self.starts) - 1:
            raise CalendarError(f"{day} lies outside the calendar ({self.starts[0]} to {self.starts[-1]}).")
        return found

    def start_of(self, day: date) -> date:
        return self.starts[self.position(day)]

    def end_of(self, day: date) -> date:
        """Last day of the period that holds a day."""
        return self.starts[self.position(day) + 1] - ONE_DAY

    def shift(self, day: date, count: int) -> date:
        """First day of the period `count` after (before, where negative) the one that holds a day."""
        target = self.position(day) + count
        if not 0 <= target < len(self.starts):
            raise CalendarError(f"{count} periods from {day} lies outside the calendar.")
        return self.starts[target]

    def between(self, first: date, until: date) -> int:
        """Periods from the one of `first` to the one of `until`."""
        return self.position(until) - self.position(first)

    def periods(self, first: date, count: int) -> list[date]:
        """First days of `count` periods from the one of `first` on."""
        place = self.position(first)
        return list(self.starts[place : place + count])

    def edges(self, first: date, count: int) -> NDArray[np.int64]:
        """The `count` + 1 day ordinals between which `count` periods lie."""
        place = self.position(first)
        return self.ordinals[place : place + count + 1].copy()

    def days(self, first: date, count: int) -> NDArray[np.int64]:
        """Length of each period in days."""
        return np.asarray(np.diff(self.edges(first, count)))

    def quarters(self, months: Sequence[date]) -> dict[str, list[int]]:
        """The financial quarters that some periods make up whole, and the places of their periods.

        >>> year = [date(2026, month, 1) for month in range(2, 9)]
        >>> build(bucket="month").quarters(year)
        {'Q2 2026': [2, 3, 4]}
        """
        if self.bucket == Bucket.WEEK:
            return {}
        places: dict[str, list[int]] = defaultdict(list)
        for place, month in enumerate(months):
            places[self._quarter_of(month)].append(place)
        return {
            name: found
            for name, found in places.items()
            if name and self._is_whole(months[found[0]], months[found[-1]], count=len(found))
        }

    def _quarter_of(self, start: date) -> str:
        if self.named:
            return self._names.get(start, "")
        return f"Q{(start.month + 2) // 3} {start.year}" if self._is_of_months else ""

    def _is_whole(self, first: date, last: date, *, count: int) -> bool:
        """Whether `count` periods from first to last leave none of their quarter out."""
        beside = (self.shift(first, -1), self.shift(last, 1))
        return self.between(first, last) == count - 1 and self._quarter_of(first) not in map(
            self._quarter_of, beside
        )

    @cached_property
    def _is_of_months(self) -> bool:
        return all(start.day == 1 for start in self.starts)

    @cached_property
    def _names(self) -> dict[date, str]:
        return dict(self.named)

    def index(self, days: NDArray[np.int64], *, origin: date) -> NDArray[np.int64]:
        """Periods from `origin` to those that hold the days (ordinals); negative before it."""
        place = np.searchsorted(self.ordinals, days, side="right") - 1
        return np.asarray(place - self.position(origin))


def load() -> PlanningCalendar:
    """The company's calendar, from its fiscal periods and its bucket."""
    return once("calendar", _load)


def _load() -> PlanningCalendar:
    bucket = parameters.load().bucket
    given = tuple(zip(*bulk.lists_out(GIVEN), strict=True))
    return _built(bucket, given)


@lru_cache(maxsize=4)
def _built(bucket: str, given: tuple[tuple[date, date, str], ...]) -> PlanningCalendar:
    """The same periods give the same calendar, and most requests ask several times."""
    built = build(bucket=bucket, given=[(start, end) for start, end, _ in given])
    return replace(built, named=tuple((start, quarter) for start, _, quarter in given if quarter))


def build(*, bucket: str, given: Sequence[tuple[date, date]] = ()) -> PlanningCalendar:
    """Weeks from Monday; or months, with fiscal periods where given.

    Beyond the given periods their last (first) year without a 53rd week repeats by length, so that a 4-4-5 calendar goes on as
    one; where the given periods are calendar months, so is the rest.
    """
    if bucket == Bucket.WEEK:
        return PlanningCalendar(bucket, tuple(_mondays()))
    months = list(_months())
    if not given or _are_calendar_months(given):
        return PlanningCalendar(bucket, tuple(months))
    _refuse_gaps(given)
    lengths = [(end - start).days + 1 for start, end in given]
    starts = [start for start, _ in given]
    before = _backwards(starts[0], _usual_year(lengths))
    after = _onwards(given[-1][1] + ONE_DAY, _usual_year(lengths[::-1])[::-1])
    return PlanningCalendar(bucket, tuple([*before, *starts, *after]))


def _usual_year(lengths: list[int]) -> list[int]:
    """The first twelve periods without a 53rd week: repeated, that one would make all years drift by a week."""
    years = [lengths[at : at + 12] for at in range(0, len(lengths) - 11, 12)] or [lengths]
    return next((year for year in years if sum(year) <= LONGEST_YEAR), years[0])


def planning_date(
    calendar: PlanningCalendar, *, as_of: date | None, cycle_start: date | None, latest_sale: date | None
) -> date:
    """`--as-of`, else the open cycle's first day, else the first day of the period of the latest sale."""
    if named := as_of or cycle_start:
        return named
    if latest_sale is None:
        raise CalendarError("No sales are loaded and no date is given: import sales, or name one by --as-of.")
    return calendar.start_of(latest_sale)


def _mondays() -> list[date]:
    first = date(FIRST_YEAR, 1, 2)
    return [first + timedelta(days=7 * k) for k in range((LAST_YEAR - FIRST_YEAR) * 52 + 180)]


def _months() -> list[date]:
    return [date(year, month, 1) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in range(1, 13)]


def _are_calendar_months(given: Sequence[tuple[date, date]]) -> bool:
    return all(
        start.day == 1 and (end + ONE_DAY).day == 1 and 28 <= (end - start).days + 1 <= 31
        for start, end in given
    )


def _refuse_gaps(given: Sequence[tuple[date, date]]) -> None:
    for (_, end), (start, _) in pairwise(given):
        if start != end + ONE_DAY:
            raise CalendarError(
                f"Fiscal periods must follow without a gap: one ends on {end}, the next starts on {start}."
            )


def _onwards(start: date, lengths: list[int]) -> list[date]:
    out = [start]
    while out[-1].year <= LAST_YEAR - 1:
        out.append(out[-1] + timedelta(days=lengths[(len(out) - 1) % len(lengths)]))
    return out


def _backwards(start: date, lengths: list[int]) -> list[date]:
    out: list[date] = []
    day, k = start, len(lengths)
    while day.year > FIRST_YEAR:
        k = k - 1 if k else len(lengths) - 1
        day = day - timedelta(days=lengths[k])
        out.append(day)
    return out[::-1]
