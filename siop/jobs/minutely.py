"""What is done each minute: reminders, seals, checks of the calendar. Each app registers its own."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)
_functions: list[Callable[[], object]] = []


def minutely(function: Callable[[], object]) -> Callable[[], object]:
    """Register something that is done each minute."""
    _functions.append(function)
    return function


def run_each() -> None:
    """Run all that is registered; one that fails is told in the log and holds up none of the others."""
    for function in _functions:
        try:
            function()
        except (OperationalError, InterfaceError):
            raise  # the database is away: the next minute comes
        except Exception:
            log.exception("%s failed", function.__qualname__)
