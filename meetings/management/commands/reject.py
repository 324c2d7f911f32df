from typing import Any

from django.core.management.base import CommandParser

from meetings.services import approvals
from siop.accounts.models import Person
from siop.plans.enums import PlanPart

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Refuse the cycle plan with a reason; the stage that decided it reopens."

    def add_more(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", default="")
        parser.add_argument("--department", default="")
        parser.add_argument("--part", default="", choices=["", *PlanPart.values], help="what is wrong")

    def act(self, person: Person, options: dict[str, Any]) -> dict[str, Any]:
        stage = approvals.reject(
            person=person, reason=options["reason"], department=options["department"], part=options["part"]
        )
        return {"text": f"Rejected; {stage.label.lower()} is open again.", "reopened": stage.value}
