"""Tells the story through the same services that people use: import, recompute, a whole cycle, half of the next."""

from datetime import date

from meetings.services import cycles
from siop.accounts.models import Person
from siop.gather.services import load_tables
from siop.jobs import services as jobs
from siop.web import audit

from . import catalogue, demand, people, story, supply
from .catalogue import Tables
from .months import Calendar


def seed(*, as_of: date, scale: int) -> None:
    """Fill an empty database; `as_of` names the month whose cycle is in progress."""
    calendar = Calendar(as_of.replace(day=1))
    cast = people.create(calendar)
    finished = cycles.open_cycle(person=cast["Ada"], period=calendar.m(-1))
    _know(calendar, cast["Ada"], scale=scale, until=-1, name="opening data")
    story.finish(finished, calendar, cast)
    current = cycles.open_cycle(person=cast["Ada"], period=calendar.m(0))
    _know(calendar, cast["Ada"], scale=scale, until=0, name="month end")
    story.begin(current, calendar, cast)


def _know(calendar: Calendar, person: Person, *, scale: int, until: int, name: str) -> None:
    """Import what is known at the start of month `until`, and compute everything from it, background work too."""
    tables: Tables = {
        **catalogue.tables(scale=scale),
        **demand.tables(calendar, scale=scale, until=until),
        **supply.tables(calendar, scale=scale, until=until),
    }
    with audit.acting(person.pk, reason=name):
        load_tables(tables, person=person, source_name=name)
    while job := jobs.open_jobs().order_by("id").first():
        jobs.run_now(job.pk)
