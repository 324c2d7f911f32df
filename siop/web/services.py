"""Comments and notifications: what people say to each other, and what the system says to them once."""

from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from siop.accounts.access import holders, require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.jobs.enums import JobState
from siop.jobs.models import Job

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


def tell_of_parked_work() -> None:
    """Work that failed three times stands still until somebody knows: who asked for it, and the administrators."""
    since = timezone.now() - timedelta(days=1)
    for job in Job.objects.filter(state=JobState.FAILED, finished__gte=since).select_related("person"):
        people = {one.pk: one for one in [job.person, *holders(Permission.MANAGE_PEOPLE)] if one is not None}
        for person in people.values():
            notify(
                person=person,
                key=f"job-failed:{job.pk}:{job.finished:%Y-%m-%dT%H:%M:%S}",
                text=f"The work {job.kind.replace('_', ' ')} stopped after three attempts: {job.message}. The plan stays as "
                "it was before. Mend what the message names, then import again or run `recompute`.",
                url=reverse("gather:index"),
            )
