"""What lower rooms may know of the cycle: on which day its plan starts. `meetings` fills this in."""

from collections.abc import Callable
from datetime import date

_start: list[Callable[[], date | None]] = []


def register(planning_start: Callable[[], date | None]) -> None:
    _start[:] = [planning_start]


def planning_start() -> date | None:
    """First day of the open cycle, None where no cycle is open."""
    return _start[0]() if _start else None
