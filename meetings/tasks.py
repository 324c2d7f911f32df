"""What beat asks of the meetings each minute: quick, and harmless when asked twice."""

from collections.abc import Callable

from django.db import connection, transaction

from siop.jobs.minutely import minutely

from .errors import CycleError
from .services import actions, cadence, decisions, telling

ALONE = 7_340_010


def _one_at_a_time(number: int, work: Callable[[], object]) -> None:
    """Runs unless another worker is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ALONE + number])
        if cursor.fetchone()[0]:
            work()


@minutely
def keep_cadence() -> None:
    try:
        _one_at_a_time(0, cadence.keep)
    except CycleError:
        # A wrong parameter or no plan yet: the pages say so; beat goes on.
        return


@minutely
def remind_owners() -> None:
    _one_at_a_time(1, actions.remind)


@minutely
def measure_outcomes() -> None:
    _one_at_a_time(2, decisions.measure_outcomes)


@minutely
def mail_notifications() -> None:
    _one_at_a_time(3, telling.mail_notifications)
