"""Comments at a place and what a person should know."""

from django.db.models import QuerySet

from siop.accounts.models import Person

from .models import Comment, Notification


def comments_at(place: str) -> QuerySet[Comment]:
    """Open ones first, each group in the order written."""
    return Comment.objects.filter(place=place).select_related("person").order_by("resolved", "created")


def notifications_of(person: Person) -> QuerySet[Notification]:
    """Unread first, newest first."""
    return Notification.objects.filter(person=person).order_by("read", "-created")


def unread_count(person: Person) -> int:
    return Notification.objects.filter(person=person, read__isnull=True).count()
