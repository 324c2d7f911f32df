"""Ask the workers for a new plan after what people changed in supply."""

from siop.accounts.models import Person
from siop.jobs.services import raise_data_version, request_recomputation


def plan_again(*, person: Person | None) -> None:
    """Inside the transaction of the edit, so that neither is lost without the other."""
    raise_data_version()
    request_recomputation(person=person)
