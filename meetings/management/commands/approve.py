from typing import Any

from django.core.management.base import CommandParser

from meetings.services import approvals
from siop.accounts.models import Person
from siop.plans.enums import PlanPart

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Sign the cycle plan for the departments that the person heads."

    def add_more(self, parser: CommandParser) -> None:
        parser.add_argument("--department", default="", help="one of them only")
        parser.add_argument(
            "--part", default="", choices=["", *PlanPart.values], help="one part of the plan only"
        )

        parser.add_argument(
            "--reservation",
            default="",
            help="what you dissent from though the plan may stand; kept with the word",
        )

    def act(self, person: Person, options: dict[str, Any]) -> dict[str, Any]:
        given = approvals.approve(
            person=person,
            department=options["department"],
            part=options["part"],
            reservation=options["reservation"],
        )
        departments = [row.department.code for row in given]
        return {
            "text": f"Approved for {', '.join(departments)}: content {given[0].content_hash[:8]}.",
            "departments": departments,
            "part": options["part"],
            "content_hash": given[0].content_hash,
            "reservation": given[0].reason,
            "self_approval": given[0].self_approval,
        }
