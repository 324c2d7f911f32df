"""Dates of the story, counted in months from the first planned one."""

from dataclasses import dataclass
from datetime import date, timedelta

from ..selectors.working_days import add_working_days, first_working_day, working_days_between

# The open cycle is seen on its sixth working day: gather took three, the demand review is half done.
SEEN_AFTER = 5
# From this day of a month on, companies prepare the plan that starts with the next one.
NEXT_FROM = 21


def shift(month: date, by: int) -> date:
    """First day of the month `by` months later."""
    index = month.year * 12 + month.month - 1 + by
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True)
class Calendar:
    """`m(0)` is the first planned month; the story stops on `today`, in the demand review of its cycle."""

    first: date
    today: date

    @classmethod
    def of_month(cls, day: date) -> "Calendar":
        """The cycle of the month of `day`, seen when the template puts its demand review."""
        first = day.replace(day=1)
        return cls(first, _usual(first))

    @classmethod
    def around(cls, today: date) -> "Calendar":
        """The cycle that a company would be in the middle of today."""
        first = today.replace(day=1)
        return cls(shift(first, 1) if today.day >= NEXT_FROM else first, today)

    @property
    def moved(self) -> int:
        """Working days by which both cycles run later than the template says; below zero: earlier."""
        usual, today = _usual(self.first), first_working_day(self.today, set())
        if today >= usual:
            return working_days_between(usual, today, set()) - 1
        return 1 - working_days_between(today, usual, set())

    @property
    def books_close(self) -> int:
        """Last day of each month with entries in the books: earlier where the cycle starts before its month."""
        return max(8, min(28, 28 - (self.first - self.begins(0)).days))

    def begins(self, by: int) -> date:
        """First working day of the cycle of a month."""
        return add_working_days(first_working_day(self.m(by), set()), self.moved, set())

    def m(self, by: int) -> date:
        return shift(self.first, by)

    def day(self, by: int, day_of_month: int) -> date:
        return self.m(by) + timedelta(days=day_of_month - 1)

    def booked(self, by: int, day_of_month: int) -> date:
        """A day of a month that is behind us, as far as its books were open."""
        return self.day(by, min(day_of_month, self.books_close))

    def counted(self, until: int) -> date:
        """Day of the stock count that the cycle of month `until` starts from."""
        last = self.m(until) - timedelta(days=1)
        return last if self.books_close == 28 else self.booked(until - 1, 28)

    def last_day(self, by: int) -> date:
        return self.m(by + 1) - timedelta(days=1)

    def ahead(self, days: int) -> date:
        """A weekday about `days` after the day on which the story stops."""
        return first_working_day(self.today + timedelta(days=days), set())

    def ago(self, working_days: int) -> date:
        """The day that many working days before the day on which the story stops."""
        return add_working_days(self.today, -working_days, set())


def _usual(first: date) -> date:
    return add_working_days(first_working_day(first, set()), SEEN_AFTER, set())
