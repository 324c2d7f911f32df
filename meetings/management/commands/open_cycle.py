from typing import Any

from django.core.management.base import CommandParser

from meetings.selectors.status import status
from meetings.services import cycles
from siop.accounts.models import Person
from siop.commands import day

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Open the next cycle, or that of a period; open actions are carried over."

    def add_more(self, parser: CommandParser) -> None:
        parser.add_argument("--period", type=day, help="a day of its first planned period")

    def act(self, person: Person, options: dict[str, Any]) -> dict[str, Any]:
        cycle = cycles.open_cycle(person=person, period=options["period"])
        return {"text": f"Opened the {cycle.name} cycle.", **status(cycle)}
