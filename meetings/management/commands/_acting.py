"""What the commands of the cycle share: who acts, machine output, and 1 with the reason when refused."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from meetings.errors import CycleError
from siop.accounts.models import Person
from siop.catalog.calendar import CalendarError
from siop.commands import MachineCommand
from siop.plans.freezing import FreezingError
from siop.plans.hashing import HashingError
from siop.web import audit

REFUSALS = (CycleError, PermissionDenied, FreezingError, HashingError, CalendarError)


class ActingCommand(MachineCommand):
    """`act(person, **options)` returns {"text", ...}; `text` is for people, all of it for `--json`."""

    acts = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as", dest="email", metavar="EMAIL", default="", help="who acts, with their rights"
        )
        super().add_arguments(parser)
        self.add_more(parser)

    def add_more(self, parser: CommandParser) -> None:
        """Arguments of the one command."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self._act(options)
        except REFUSALS as error:
            raise CommandError(str(error)) from None
        text = answer.pop("text")
        self.stdout.write(
            json.dumps({"ok": True, **answer}, cls=DjangoJSONEncoder) if options["json"] else text
        )

    def _act(self, options: dict[str, Any]) -> dict[str, Any]:
        person = _person(options["email"]) if self.acts or options["email"] else None
        if person is None:
            return self.act(None, options)
        with audit.acting(person.pk, reason=options.get("reason") or ""):
            return self.act(person, options)

    def act(self, person: Any, options: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


def _person(email: str) -> Person:
    if not email:
        raise CommandError("Say who acts: --as EMAIL.")
    person = Person.objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody with the address {email} may sign in; create_person makes people.")
    return person
