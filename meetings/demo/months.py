"""Dates of the story, counted in months from the first planned one."""

from dataclasses import dataclass
from datetime import date, timedelta


def shift(month: date, by: int) -> date:
    """First day of the month `by` months later."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True)
class Calendar:
    """`m(0)` is the first planned month; history ends the day before it."""

    first: date

    def m(self, by: int) -> date:
        return shift(self.first, by)

    def day(self, by: int, day_of_month: int) -> date:
        return self.m(by) + timedelta(days=day_of_month - 1)

    def last_day(self, by: int) -> date:
        return self.m(by + 1) - timedelta(days=1)
