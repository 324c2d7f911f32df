"""What follows an edit of supply: the plan it was made in at once, the live plan by the workers."""

from collections.abc import Iterable

from siop.accounts.models import Person
from siop.jobs.services import raise_data_version, request_recomputation
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan

from . import planning

STEPS = {"inventory": "inventory_targets", "supply": "supply_plan"}


def plan_at_once(*, plan: PlanVersion | None = None, item_ids: Iterable[int]) -> None:
    """Plan items and all that are linked to them anew in the plan that people look at."""
    shown = plan or working_plan()
    if shown is not None:
        planning.recompute_items(plan=shown, item_ids=item_ids)


def plan_again(*, person: Person | None, only: str) -> None:
    """Ask the workers for a new live plan from `only` (one of STEPS) on, in the transaction of the edit."""
    raise_data_version()
    request_recomputation(person=person, first=STEPS[only], only=only)
