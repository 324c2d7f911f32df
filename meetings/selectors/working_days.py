"""Working days of the company: weekdays but for its closures."""

from datetime import date, timedelta

from siop.catalog import parameters
from siop.catalog.models import Closure

COMPANY = "company"


def closures() -> set[date]:
    """Days on which the company does not work, besides weekends: closures of the calendar `company`."""
    return set(
        Closure.objects.filter(calendar__iexact=parameters.text("company_calendar", COMPANY)).values_list(
            "date", flat=True
        )
    )


def works(day: date, closed: set[date]) -> bool:
    return day.weekday() < 5 and day not in closed


def first_working_day(day: date, closed: set[date]) -> date:
    while not works(day, closed):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int, closed: set[date]) -> date:
    """The working day `count` after a working day; before it where `count` is below zero."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not works(day, closed):
            day += step
    return day


def working_days_between(first: date, last: date, closed: set[date]) -> int:
    """Working days from `first` to `last`, both counted."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(works(day, closed) for day in days)
