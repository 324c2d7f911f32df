"""Closures by hand: added and taken away in runs of days, as people think of them; the plan follows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from siop.accounts.models import Person
from siop.jobs.services import raise_data_version, request_recomputation

from .models import Closure, Location

COMPANY = "company"
_more: list[Callable[[], list[tuple[str, str]]]] = []


def calendars() -> list[tuple[str, str]]:
    """Who may be closed: the company as a whole, a location, a supplier."""
    places = [(place.code, f"Location {place.code}") for place in Location.objects.all()]
    return [(COMPANY, "The whole company"), *places, *(pair for more in _more for pair in more())]


def register(more: Callable[[], list[tuple[str, str]]]) -> None:
    """`supply` tells which suppliers have a calendar."""
    _more[:] = [more]


@dataclass(frozen=True)
class Span:
    """Days in a row on which one calendar is closed for the same reason; `pk` is the first of them."""

    pk: int
    calendar: str
    first: date
    last: date
    note: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def spans(*, since: date) -> list[Span]:
    """Closures from a day on, by date."""
    return sorted(_runs(since), key=lambda span: (span.first, span.calendar))


def _runs(since: date) -> Iterator[Span]:
    run: Span | None = None
    for row in Closure.objects.filter(date__gte=since).order_by("calendar", "note", "date"):
        follows = run is not None and (run.calendar, run.note) == (row.calendar, row.note)
        if run is not None and follows and row.date == run.last + timedelta(days=1):
            run = Span(run.pk, run.calendar, run.first, row.date, run.note)
            continue
        if run is not None:
            yield run
        run = Span(row.pk, row.calendar, row.date, row.date, row.note)
    if run is not None:
        yield run


@transaction.atomic
def close(*, person: Person, calendar: str, first: date, last: date, note: str) -> int:
    """Close a calendar from one day to another, both included; returns the days."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    Closure.objects.bulk_create(
        [Closure(calendar=calendar, date=day, note=note) for day in days],
        update_conflicts=True,
        unique_fields=["calendar", "date"],
        update_fields=["note"],
    )
    _plan_follows(person)
    return len(days)


@transaction.atomic
def open_again(*, person: Person, first: Closure) -> int:
    """Take away the run of days that a closure begins; returns the days."""
    run = next(span for span in spans(since=first.date) if span.pk == first.pk)
    rows = Closure.objects.filter(calendar=run.calendar, date__range=(run.first, run.last))
    count, _ = rows.delete()
    _plan_follows(person)
    return count


def _plan_follows(person: Person) -> None:
    raise_data_version()
    request_recomputation(person=person)
