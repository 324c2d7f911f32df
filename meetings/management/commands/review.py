from typing import Any

from django.core.management.base import CommandParser

from meetings.services import reviews
from siop.accounts.models import Person

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Agree to a family in demand or supply review; `all` agrees to every family."

    def add_more(self, parser: CommandParser) -> None:
        parser.add_argument("family")
        parser.add_argument("--note", default="")

    def act(self, person: Person, options: dict[str, Any]) -> dict[str, Any]:
        made = reviews.review(person=person, family=options["family"], note=options["note"])
        families = sorted({row.family for row in made})
        return {
            "text": f"Reviewed {', '.join(families)}.",
            "families": families,
            "reviews": [{"family": row.family, "part": row.part, "digest": row.digest} for row in made],
        }
