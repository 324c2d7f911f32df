"""What lower rooms may know of cycles: on which day their plans start. `meetings` fills this in."""

from collections.abc import Callable
from datetime import date

Start = Callable[[], date | None]
_starts: list[Start] = []


def register(planning_start: Start, newest_start: Start) -> None:
    _starts[:] = [planning_start, newest_start]


def planning_start() -> date | None:
    """First day of the open cycle, None where no cycle is open."""
    return _starts[0]() if _starts else None


def newest_start() -> date | None:
    """First day of the newest cycle, whatever became of it; None before the first."""
    return _starts[1]() if _starts else None
