"""Comments and notifications: what people say to each other, and what the system says to them once."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person

from .models import Comment, Notification


def add_comment(*, person: Person, place: str, text: str, month: date | None = None) -> Comment:
    require(person, Permission.COMMENT)
    return Comment.objects.create(person=person, place=place, text=text.strip(), month=month)


def resolve_comment(*, person: Person, comment: Comment) -> None:
    """Mark a comment as dealt with; whoever may comment may do it, the trail keeps who did."""
    require(person, Permission.COMMENT)
    Comment.objects.filter(pk=comment.pk, resolved=None).update(
        resolved=timezone.now(), version=comment.version + 1
    )


def mark_read(*, person: Person, notification_id: int | None = None) -> int:
    """One notification of this person, or all of them; returns how many were new."""
    own = Notification.objects.filter(person=person, read=None)
    if notification_id is not None:
        own = own.filter(pk=notification_id)
    return own.update(read=timezone.now())


def notify(*, person: Person, key: str, text: str, url: str = "") -> Notification:
    """Tell a person once: the same key is not sent again."""
    with transaction.atomic():
        found, _ = Notification.objects.get_or_create(
            person=person, key=key, defaults={"text": text, "url": url}
        )
    return found
