"""What people are told: one notification a person and key, shown in My work and mailed once."""

import logging
from collections.abc import Iterable
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from siop.accounts.models import Person
from siop.web.models import Notification
from siop.web.services import notify

from ..models import Stage

log = logging.getLogger(__name__)
MAILS_AT_ONCE = 50


def tell(people: Iterable[Person], *, key: str, text: str, url: str = "") -> int:
    """Tell each person once for a key; returns how many heard it for the first time."""
    new = 0
    for person in people:
        if not Notification.objects.filter(person=person, key=key).exists():
            notify(person=person, key=key, text=text, url=url)
            new += 1
    return new


def tell_owner(stage: Stage, *, key: str, text: str) -> None:
    """Tell who owns a stage of the cycle, where somebody does."""
    if stage.owner is not None:
        tell([stage.owner], key=key, text=text, url="/cycle/")


def mail_notifications() -> int:
    """Mail what has not been mailed; a refused mail is tried again with the next run."""
    sent = 0
    with transaction.atomic():
        waiting = (
            Notification.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(mailed__isnull=True, read__isnull=True, person__is_active=True)
            .select_related("person")
            .order_by("created")[:MAILS_AT_ONCE]
        )
        for notification in waiting:
            try:
                send_mail(
                    f"SIOP: {_subject(notification.text)}",
                    _body(notification),
                    None,
                    [notification.person.email],
                )
            except (SMTPException, OSError) as error:
                log.warning("mail to %s waits: %s", notification.person.email, error)
                continue
            Notification.objects.filter(pk=notification.pk).update(mailed=timezone.now())
            sent += 1
    return sent


def _subject(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else line[:89] + "…"


def _body(notification: Notification) -> str:
    """The text, and a link that opens its page from the mail."""
    if not notification.url:
        return f"{notification.text}\n"
    return f"{notification.text}\n\n{settings.SITE_URL}{notification.url}\n"
