"""What the plan asks of each capacity, and what more of it is worth.

The worth is found by planning again, which is dearer than the plan itself: a recomputation does it at once, an edit
stores what waits and leaves the worth to the workers.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from forecasting.services import following
from siop import bulk
from siop.jobs import services as jobs
from siop.jobs.models import Job
from siop.plans.enums import PlanKind
from siop.plans.selectors import newer_live_plan_is_computed
from supply.engine import Pegs, PlanInputs, SupplyPlan
from supply.engine.ahead import made_ahead
from supply.engine.value import CapacityValues, values_of_capacity, waiting_for_capacity
from supply.frames import Problem
from supply.models import CapacityLoad

KIND = "capacity_worth"
PATIENCE = timedelta(minutes=10)
PLANNED_AGAIN = 12_000  # item-locations planned anew to price capacity: as many as go side by side at once


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What was planned, from what, and what it is pegged to."""

    inputs: PlanInputs
    plan: SupplyPlan
    pegs: Pegs


def priced(problem: Problem, planned: Planned) -> CapacityValues:
    return values_of_capacity(
        planned.inputs, planned.plan, planned.pegs, margin=problem.margin, most=PLANNED_AGAIN
    )


def store_and_ask(problem: Problem, planned: Planned, *, item_ids: list[int]) -> None:
    """Store what waits for each capacity, and ask the workers what more of it is worth where anything does."""
    waiting = waiting_for_capacity(planned.inputs, planned.plan, planned.pegs)
    store(problem, planned, waiting)
    if waiting.missing.any():
        jobs.request_after(kind=KIND, plan=problem.plan, parameters={"items": item_ids})


def waits(job: Job) -> bool:
    """While people type, the plan that is priced is not the one that they will look at; not so for ever."""
    return timezone.now() - job.created < PATIENCE and following.any_unfollowed()


def answered_elsewhere(job: Job) -> bool:
    """Is a new live plan under way, whose capacities are priced as it is made?"""
    plan = job.plan
    return plan is not None and plan.kind == PlanKind.LIVE and newer_live_plan_is_computed(than=plan)


def store(problem: Problem, planned: Planned, values: CapacityValues) -> None:
    """Replace the loads of the capacities that the planned items share."""
    names = problem.network.loads
    bulk.execute(
        "DELETE FROM supply_capacityload l USING unnest(%s::text[], %s::text[]) AS n (kind, code) "
        "WHERE l.plan_id = %s AND l.kind = n.kind AND l.code = n.code",
        [[kind.value for kind, _, _ in names], [code for _, code, _ in names], problem.plan.pk],
    )
    if names:
        bulk.copy_in(
            CapacityLoad,
            {
                "plan_id": problem.plan.pk,
                "kind": [kind.value for kind, _, _ in names],
                "code": [code for _, code, _ in names],
                "unit": [unit for _, _, unit in names],
                "required": planned.plan.load.T,
                "available": problem.network.capacities.available.T,
                "made_ahead": made_ahead(planned.inputs, planned.plan).T,
                "value_of_one_more": values.value.T,
                "missing": values.missing.T,
                "tried": values.tried.T,
                "worth_of_missing": values.worth_of_missing.T,
            },
        )
