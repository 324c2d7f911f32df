from typing import Any

from meetings.services import approvals
from siop.accounts.models import Person

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Publish the cycle plan that every department has approved."

    def act(self, person: Person, options: dict[str, Any]) -> dict[str, Any]:
        plan = approvals.publish(person=person)
        return {
            "text": f"Published {plan}, content {plan.content_hash}.",
            "version": plan.pk,
            "content_hash": plan.content_hash,
        }
