"""Supply follows demand: what an edit of the demand plan moves is planned again with it."""

from forecasting.services import consensus
from siop.accounts.models import Person
from siop.jobs import services as jobs
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan

from . import planning

KIND = "follow_edit"
AT_ONCE = 500  # items; more are left to the workers, so that the person need not wait


def follow_edit(person: Person, moved: dict[int, list[int]]) -> None:
    """Plan the items again whose consensus an edit has moved, by plan id.

    In the plan that people look at few items are planned at once, so that stock and exceptions are there right
    behind the number. Many items, and the other plan that follows the same overrides, are left to the workers.
    """
    shown = working_plan()
    for plan in PlanVersion.objects.filter(pk__in=moved):
        items = moved[plan.pk]
        if plan == shown and len(items) <= AT_ONCE:
            planning.recompute_items(plan=plan, item_ids=items)
        else:
            _leave_to_workers(plan, items, person=person)


def catch_up(plan: PlanVersion) -> int:
    """Take in overrides written since the plan's consensus was derived; returns the number of items that moved."""
    items = consensus.catch_up(plan=plan)
    if items:
        planning.recompute_items(plan=plan, item_ids=items)
    return len(items)


def catch_up_demand(plan: PlanVersion) -> int:
    """The same for demand alone; supply follows when the workers come to it."""
    items = consensus.catch_up(plan=plan)
    if items:
        _leave_to_workers(plan, items)
    return len(items)


def _leave_to_workers(plan: PlanVersion, items: list[int], *, person: Person | None = None) -> None:
    jobs.request_after(kind=KIND, plan=plan, person=person, parameters={"items": items})
