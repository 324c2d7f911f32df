"""Supply follows demand: what an edit of the demand plan moves is planned again with it."""

from forecasting.services import consensus
from siop import bulk
from siop.accounts.models import Person
from siop.jobs import services as jobs
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan

from . import planning

KIND = "follow_edit"
AT_ONCE = 500  # items; more are left to the workers, so that the person need not wait


def follow_edit(plans: list[PlanVersion], person: Person) -> None:
    """Plan the items again whose consensus this transaction has written; called at the end of an edit.

    In the plan that people look at few items are planned at once, so that stock and exceptions are there with
    the answer. Many items, and the other plan that follows the same overrides, are left to the workers.
    """
    shown = working_plan()
    for plan in plans:
        items = edited_items(plan)
        if not items:
            continue
        if plan == shown and len(items) <= AT_ONCE:
            planning.recompute_items(plan=plan, item_ids=items)
        else:
            jobs.request(
                kind=KIND,
                version=plan.data_version,
                plan_id=plan.pk,
                person=person,
                parameters={"items": items},
            )


def catch_up(plan: PlanVersion) -> int:
    """Take in overrides written since the plan's consensus was derived; returns the number of items that moved."""
    items = consensus.catch_up(plan=plan)
    if items:
        planning.recompute_items(plan=plan, item_ids=items)
    return len(items)


def edited_items(plan: PlanVersion) -> list[int]:
    """Items whose consensus lines were written by the current transaction."""
    return bulk.lists_out(
        "SELECT DISTINCT s.item_id FROM forecasting_consensusline c JOIN forecasting_demandseries s "
        "ON s.id = c.series_id WHERE c.plan_id = %s AND c.touched = pg_current_xact_id()::text::bigint",
        [plan.pk],
    )[0]
