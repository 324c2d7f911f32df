"""The clocks of the machines: the database's is the one that all share."""

import socket
from datetime import datetime, timedelta

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from siop.accounts.access import holders
from siop.accounts.enums import Permission

from .services import notify

TOLERATED = timedelta(minutes=1)


def ahead() -> timedelta:
    """By how much this machine's clock is ahead of the database's; negative where it is behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchall()[0][0]
    return timezone.now() - there


def is_right() -> bool:
    return abs(ahead()) <= TOLERATED


def tell_of_wrong_clock() -> None:
    """Work and edits go by the database's clock; what is due today goes by the machine's, so people have to set it."""
    off = ahead()
    if abs(off) <= TOLERATED:
        return
    minutes, side = round(abs(off) / timedelta(minutes=1)), "ahead of" if off > timedelta() else "behind"
    for person in holders(Permission.MANAGE_PEOPLE):
        notify(
            person=person,
            key=f"wrong-clock:{socket.gethostname()}:{side}:{minutes // 60}",
            text=f"The clock of {socket.gethostname()} is {minutes:,} minutes {side} the database's. Set one of them right: "
            "what is due today and the times of edits go by them.",
            url=reverse("gather:index"),
        )
