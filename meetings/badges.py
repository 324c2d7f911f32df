"""Counts beside the rail's pages, one short query each: they stand on every page."""

from datetime import timedelta
from typing import Any

from .enums import ActionStatus
from .models import ActionItem
from .selectors.cycles import today

SOON = timedelta(days=7)


def waiting(person: Any) -> int:
    """Own actions that are late or due within a week."""
    return (
        ActionItem.objects.filter(owner=person, due__lte=today() + SOON)
        .exclude(status=ActionStatus.DONE)
        .count()
    )


def late_actions(person: Any) -> int:
    return ActionItem.objects.filter(due__lt=today()).exclude(status=ActionStatus.DONE).count()
