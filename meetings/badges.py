"""Counts beside the rail's pages, in short queries: they stand on every page."""

from datetime import timedelta

from django.db.models import Count, Q

from siop.accounts.models import Person
from siop.reading import once

from .enums import ActionStatus
from .models import ActionItem
from .selectors.cycles import today

SOON = timedelta(days=7)


def waiting(person: Person) -> int:
    """Own actions that are late or due within a week."""
    return _counts(person)["own"]


def late_actions(person: Person) -> int:
    return _counts(person)["late"]


def _counts(person: Person) -> dict[str, int]:
    return once(
        ("actions", person.pk),
        lambda: ActionItem.objects.exclude(status=ActionStatus.DONE).aggregate(
            own=Count("pk", filter=Q(owner=person, due__lte=today() + SOON)),
            late=Count("pk", filter=Q(due__lt=today())),
        ),
    )
