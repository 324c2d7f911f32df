"""Tells the story through the same services that people use: import, recompute, a whole cycle, half of the next."""

from meetings.models import Cycle
from meetings.services import cycles, decisions, schedule
from siop.gather.services import load_tables
from siop.jobs import services as jobs
from siop.plans.selectors import current_live_plan

from . import begun, catalogue, demand, finished, past, people, supply
from .catalogue import Tables
from .months import Calendar
from .telling import Teller


def seed(*, calendar: Calendar, scale: int) -> None:
    """Fill an empty database with everything up to the day on which the story stops."""
    teller = Teller(people.create(calendar), calendar)
    past.open_and_close(calendar)
    last = _open(teller, -1)
    _know(teller, last, scale=scale, until=-1)
    finished.decide_earlier(teller)
    finished.finish(last, teller)
    current = _open(teller, 0)
    _know(teller, current, scale=scale, until=0)
    live = current_live_plan()
    if live is not None:
        past.remember_forecasts(calendar)
        past.remember_figures(calendar, live)
    begun.begin(current, teller)
    decisions.measure_outcomes(today=calendar.today)
    _compute()


def _open(teller: Teller, month: int) -> Cycle:
    """The cycle of a month, opened on its first working day, as it was moved in this story."""
    opened, period = teller.calendar.begins(month), teller.calendar.m(month)
    with teller.by("Ada", opened, "08:00", reason="the month-end calendar of finance") as ada:
        cycle = cycles.open_cycle(person=ada, period=period, today=period)
        schedule.move(cycle, by=teller.calendar.moved)
    return cycle


def _know(teller: Teller, cycle: Cycle, *, scale: int, until: int) -> None:
    """Import what is known at the start of month `until`, and compute everything from it, background work too."""
    calendar = teller.calendar
    tables: Tables = {
        **catalogue.tables(calendar, scale=scale),
        **demand.tables(calendar, scale=scale, until=until),
        **supply.tables(calendar, scale=scale, until=until),
    }
    name = f"month end {calendar.m(until - 1):%B %Y}"
    with teller.by("Ada", calendar.begins(until), "08:20", reason=name) as ada:
        load_tables(tables, person=ada, source_name=name)
        _compute()


def _compute() -> None:
    while job := jobs.open_jobs().order_by("id").first():
        jobs.run_now(job.pk)
