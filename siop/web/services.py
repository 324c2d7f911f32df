"""Comments and notifications: what people say to each other, and what the system says to them once."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from siop.accounts.access import holders, require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.jobs.enums import JobState
from siop.jobs.models import Job

from .models import Comment, Notification
from .places import described
from .templatetags.siop import shortened

HEARD = 140  # signs of a comment that a notification repeats
WATCHED = timedelta(days=1)  # how long parked work is looked at; who is told once is not told again


@transaction.atomic
def add_comment(*, person: Person, place: str, text: str, month: date | None = None) -> Comment:
    """A remark at a place; who plans it, and who spoke there before, hears of it."""
    require(person, Permission.COMMENT)
    comment = Comment.objects.create(person=person, place=place, text=text.strip(), month=month)
    _tell_of_comment(comment)
    return comment


def _tell_of_comment(comment: Comment) -> None:
    place = described(comment.place)
    if place is None:
        return
    spoke = Person.objects.filter(comment__place=comment.place, is_active=True).distinct()
    about = f"{place.name} in {comment.month:%B %Y}" if comment.month else place.name
    text = f"{comment.person} on {about}: “{shortened(comment.text, HEARD)}”"
    for person in {one.pk: one for one in (*place.planners(), *spoke)}.values():
        if person.pk != comment.person_id:
            notify(person=person, key=f"comment:{comment.pk}", text=text, url=place.url)


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
    failed = Job.objects.filter(state=JobState.FAILED, finished__gte=Now() - WATCHED)
    for job in failed.select_related("person"):
        people = {one.pk: one for one in [job.person, *holders(Permission.MANAGE_PEOPLE)] if one is not None}
        for person in people.values():
            notify(
                person=person,
                key=f"job-failed:{job.pk}:{job.finished:%Y-%m-%dT%H:%M:%S}",
                text=f"The work {job.kind.replace('_', ' ')} stopped after three attempts: {job.message}. The plan stays as "
                "it was before. Mend what the message names, then import again or run `recompute`.",
                url=reverse("gather:index"),
            )
