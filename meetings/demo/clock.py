"""The story happens on its days: what services stamp while it is told carries the day of the story."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time

from django.utils import timezone


@contextmanager
def told_on(day: date, at: str = "09:00") -> Iterator[None]:
    """Inside the block it is `day`, `at` o'clock, and time goes on from there.

    Only the process that seeds is affected, and only Python: the audit trail is stamped by the database.
    """
    now = timezone.now
    moment = timezone.make_aware(datetime.combine(day, time.fromisoformat(at)))
    began = now()
    timezone.now = lambda: moment + (now() - began)
    try:
        yield
    finally:
        timezone.now = now
