"""Where the planning date comes from when nobody names one.

The open cycle and the sales live in rooms above this one; they say what they know from their apps.py.
"""

from collections.abc import Callable
from datetime import date

from siop.catalog.calendar import PlanningCalendar
from siop.catalog.calendar import planning_date as rule

Source = Callable[[], date | None]
_cycle_start: list[Source] = []
_latest_sale: list[Source] = []


def cycle_start_from(source: Source) -> None:
    """`source()` gives the first day of the open cycle's period, or None."""
    _cycle_start[:] = [source]


def latest_sale_from(source: Source) -> None:
    """`source()` gives the day of the latest sale, or None."""
    _latest_sale[:] = [source]


def planning_date(calendar: PlanningCalendar, *, as_of: date | None = None) -> date:
    """`as_of`, else the open cycle's first day, else the first day of the period of the latest sale."""
    return rule(calendar, as_of=as_of, cycle_start=_ask(_cycle_start), latest_sale=_ask(_latest_sale))


def _ask(sources: list[Source]) -> date | None:
    return sources[0]() if sources else None
