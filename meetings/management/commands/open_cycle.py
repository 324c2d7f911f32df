from argparse import ArgumentParser
from datetime import date
from typing import Any

from meetings.selectors.status import status
from meetings.services import cycles

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Open the next cycle, or that of a period; open actions are carried over."

    def add_more(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", type=date.fromisoformat, help="a day of its first planned period")

    def act(self, person: Any, options: dict[str, Any]) -> dict[str, Any]:
        cycle = cycles.open_cycle(person=person, period=options["period"])
        return {"text": f"Opened the {cycle.name} cycle.", **status(cycle)}
