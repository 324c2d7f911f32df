from typing import Any

from meetings.errors import CycleError
from meetings.selectors.cycles import current_cycle
from meetings.selectors.status import status, told
from siop.accounts.models import Person

from ._acting import ActingCommand


class Command(ActingCommand):
    help = "Where the cycle stands: stages, gates, reviews, approvals, plan version and hash."
    acts = False

    def act(self, person: Person | None, options: dict[str, Any]) -> dict[str, Any]:
        cycle = current_cycle()
        if cycle is None:
            raise CycleError("No cycle has been opened yet; open_cycle opens the first.")
        return {"text": told(cycle), **status(cycle)}
