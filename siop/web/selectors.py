"""Comments at a place and what a person should know."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from siop.accounts.models import Person
from siop.gather.enums import BatchState
from siop.statements import answer

from .models import Comment, Notification

FRAME = """
SELECT (SELECT max(applied) FROM gather_importbatch WHERE state = %s),
       (SELECT count(*) FROM web_notification WHERE person_id = %s AND read IS NULL)
"""


def comments_at(place: str) -> QuerySet[Comment]:
    """Open ones first, each group in the order written."""
    return Comment.objects.filter(place=place).select_related("person").order_by("resolved", "created")


def places_talked_of(places: Iterable[str]) -> set[str]:
    """Those of the places at which a comment is open."""
    return set(Comment.objects.filter(place__in=list(places), resolved=None).values_list("place", flat=True))


def notifications_of(person: Person) -> QuerySet[Notification]:
    """Unread first, newest first."""
    return Notification.objects.filter(person=person).order_by("read", "-created")


def page_frame(person: Person) -> tuple[datetime | None, int]:
    """What every page says: when data came in last, and how much this person has not read yet."""
    data_as_of, unread = answer(FRAME, [BatchState.APPLIED, person.pk]) or (None, 0)
    return data_as_of, unread
