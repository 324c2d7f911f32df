from typing import Any

from django.core.management.base import CommandParser

from meetings.enums import StageKind
from meetings.selectors.status import status
from meetings.services import cycles
from siop.accounts.models import Person

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Close the stage the cycle stands in and start the next; open gates refuse it unless forced."

    def add_more(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="past open gates; needs --reason")
        parser.add_argument("--reason", default="")

    def act(self, person: Person, options: dict[str, Any]) -> dict[str, Any]:
        cycle = cycles.advance(person=person, force=options["force"], reason=options["reason"])
        label = StageKind(cycle.stage).label.lower()
        return {"text": f"{cycle.name} stands in {label} now.", **status(cycle)}
