"""The planning date where nobody names one: the open cycle's first day, else from the newest data."""

from collections.abc import Callable
from datetime import date

from siop.catalog.calendar import PlanningCalendar
from siop.catalog.calendar import planning_date as rule

from . import cycles

_latest_sale: list[Callable[[], date | None]] = []


def latest_sale_from(source: Callable[[], date | None]) -> None:
    """`source()` gives the day of the latest sale; the room that holds the sales fills this in."""
    _latest_sale[:] = [source]


def planning_date(calendar: PlanningCalendar, *, as_of: date | None = None) -> date:
    """`as_of`, else the open cycle's first day, else the first day of the period of the latest sale."""
    latest = _latest_sale[0]() if _latest_sale else None
    return rule(
        calendar, as_of=as_of, cycle_start=cycles.planning_start() or _not_before(latest), latest_sale=latest
    )


def _not_before(latest: date | None) -> date | None:
    """The newest cycle's first day while no sale has come since: once its plan is published the live plan goes on
    from there, and not back to the month before, whose sales are the last ones known."""
    start = cycles.newest_start()
    return start if start and (latest is None or latest < start) else None
