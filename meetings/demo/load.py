"""Tells the story through the same services that people use: import, recompute, a whole cycle, half of the next."""

from datetime import date

from django.db import transaction

from siop.accounts.models import Person
from siop.gather.services import load_tables
from siop.jobs import services as jobs

from . import catalogue, demand, people, story, supply
from .catalogue import Tables
from .months import Calendar


def seed(*, as_of: date, scale: int) -> None:
    """Fill an empty database; `as_of` names the month whose cycle is in progress."""
    calendar = Calendar(as_of.replace(day=1))
    cast = people.create(calendar)
    _know(calendar, cast["Ada"], scale=scale, until=-1, name="opening data")
    finished = story.finished_cycle(calendar, cast)
    _know(calendar, cast["Ada"], scale=scale, until=0, name="month end")
    story.cycle_in_progress(calendar, cast, previous=finished)


def _know(calendar: Calendar, person: Person, *, scale: int, until: int, name: str) -> None:
    """Import what is known at the start of month `until`, then compute everything from it."""
    tables: Tables = {
        **catalogue.tables(scale=scale),
        **demand.tables(calendar, scale=scale, until=until),
        **supply.tables(calendar, scale=scale, until=until),
    }
    with transaction.atomic():
        load_tables(tables, person=person, source_name=name)
        job = jobs.request_recomputation(person=person, as_of=calendar.m(until).isoformat())
    jobs.run_now(job.pk)
