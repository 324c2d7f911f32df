"""Closures by hand: added and taken away in runs of days, as people think of them; the plan follows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from siop.accounts.models import Person
from siop.jobs.services import raise_data_version, request_recomputation
from siop.web.seen import sealed

from .models import Closure, Location

COMPANY = "company"
Reasons = dict[str, str | None]


class ChangedSince(Exception):
    """What was to be taken back is not as it was left."""


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

    @property
    def as_read(self) -> dict[str, str]:
        return {"From": str(self.first), "To": str(self.last), "Why": self.note}

    @property
    def seen(self) -> str:
        """What a form that takes it away was made on."""
        return sealed(self.as_read)


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
    days = _days(first, last)
    Closure.objects.bulk_create(
        [Closure(calendar=calendar, date=day, note=note) for day in days],
        update_conflicts=True,
        unique_fields=["calendar", "date"],
        update_fields=["note"],
    )
    _plan_follows(person)
    return len(days)


def span_from(first: Closure) -> Span:
    """The run of days that a closure begins."""
    return next(span for span in spans(since=first.date) if span.pk == first.pk)


@transaction.atomic
def open_again(*, person: Person, span: Span) -> int:
    """Take away a run of days; returns the days."""
    rows = Closure.objects.filter(calendar=span.calendar, date__range=(span.first, span.last))
    count, _ = rows.delete()
    _plan_follows(person)
    return count


def otherwise_closed(*, calendar: str, first: date, last: date, note: str) -> dict[str, str]:
    """Days from one to another that are closed already for another reason: the reason by days, as people read them."""
    return {
        f"{span.first} to {min(span.last, last)}": span.note or "no reason"
        for span in spans(since=first)
        if span.calendar == calendar and span.first <= last and span.note != note
    }


def reasons(*, calendar: str, first: date, last: date) -> Reasons:
    """Why each day from one to another is closed, by ISO date; None where it is open."""
    rows = Closure.objects.filter(calendar=calendar, date__range=(first, last))
    closed = dict(rows.values_list("date", "note"))
    return {str(day): closed.get(day) for day in _days(first, last)}


@transaction.atomic
def restore(*, person: Person, calendar: str, before: Reasons, after: Reasons) -> None:
    """Days as they were before a change, while nobody changed them since; raises ChangedSince."""
    days = [date.fromisoformat(day) for day in before]
    if reasons(calendar=calendar, first=min(days), last=max(days)) != after:
        raise ChangedSince(f"Somebody changed these days of {calendar} since; look at them again.")
    Closure.objects.filter(calendar=calendar, date__in=days).delete()
    Closure.objects.bulk_create(
        [
            Closure(calendar=calendar, date=date.fromisoformat(day), note=note)
            for day, note in before.items()
            if note is not None
        ]
    )
    _plan_follows(person)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _plan_follows(person: Person) -> None:
    raise_data_version()
    request_recomputation(person=person)
