"""A stored plan improved by cost in the background, and what it costs beside the least that it could.

Solving takes seconds and holds no lock. What was found is stored only if the plan is still the one it was found
for: what people typed meanwhile stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

import numpy as np

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.jobs import services as jobs
from siop.jobs.enums import JobState
from siop.jobs.models import Job
from siop.plans import locks
from siop.plans.enums import PlanKind, PlanPart, PlanStatus
from siop.plans.models import PlanVersion
from supply import engine
from supply.engine import FirmOrders, PlanInputs
from supply.engine.improving import Improvement, improve_plan, measure_plan
from supply.engine.replanning import order_changes
from supply.engine.sourcing import plan_costs
from supply.errors import SupplyError
from supply.frames import Problem, read_chosen, read_problem

from ..selectors.money import COST_PARTS
from ..selectors.pages.orders import RELEASE_WINDOW
from . import capacity, planning, space, threats, totals

KIND = "plan_improvement"
ASKED_SECONDS = 30  # where somebody asks for it and no parameter says how long
MEASURE_SECONDS = 20  # for the bound of a whole plan
EDITABLE = (PlanStatus.CURRENT, PlanStatus.DRAFT)
Found = dict[str, Any]


def ask(*, person: Person, plan: PlanVersion) -> Job:
    """Improve a plan that may still be edited, now; raises SupplyError or PartLocked where it may not."""
    require(person, Permission.EDIT_SUPPLY)
    locks.require_open(PlanPart.SUPPLY)
    if plan.status not in EDITABLE:
        raise SupplyError(
            f"{plan} is {plan.get_status_display().lower()}; only a plan that is worked on is improved."
        )
    seconds = int(plan.parameters.get("plan_improvement_seconds", 0)) or ASKED_SECONDS
    return jobs.request(
        kind=KIND, version=plan.data_version, plan_id=plan.pk, person=person, parameters={"seconds": seconds}
    )


def stop(*, person: Person, plan: PlanVersion) -> None:
    """End the improvement under way; the plan stays as it is stored."""
    require(person, Permission.EDIT_SUPPLY)
    running = running_job(plan)
    if running is None or not jobs.cancel(running.pk, reason="stopped"):
        raise SupplyError("The improvement has ended already.")


def running_job(plan: PlanVersion) -> Job | None:
    """The search that somebody asked for; measuring alone is nothing to wait for."""
    asked = jobs.open_jobs().filter(kind=KIND, plan=plan, parameters__has_key="seconds")
    return asked.order_by("-id").first()


def seconds_for(job: Job) -> float:
    """As asked for; after a recomputation as the parameter says, and never for a plan that people work on."""
    if "seconds" in job.parameters or job.plan is None:
        return float(job.parameters.get("seconds", 0))
    return float(job.plan.parameters.get("plan_improvement_seconds", 0))


def wanted(job_id: int) -> bool:
    return Job.objects.filter(pk=job_id, state=JobState.RUNNING).exists()


def measure_items(
    *, plan: PlanVersion, item_ids: list[int], seconds: float, go_on: Callable[[], bool]
) -> Found | None:
    """What the plan of linked items costs beside its bound; None where nothing is planned."""
    problem, inputs = read(plan, item_ids)
    if not problem.places.count or not go_on():
        return None
    return _costs(inputs, measure_plan(inputs, engine.plan_supply(inputs), seconds=seconds))


def improve_items(
    *, plan: PlanVersion, item_ids: list[int], seconds: float, go_on: Callable[[], bool]
) -> Found | None:
    """Improve the plan of linked items for `seconds`; what it costs now, None where nothing is planned."""
    problem, inputs = read(plan, item_ids)
    if not problem.places.count or not go_on():
        return None
    start = engine.plan_supply(inputs)
    found = improve_plan(inputs, start, seconds=seconds, go_on=go_on)
    if found.cost < found.cost_before and not _store(plan, inputs, found, item_ids, go_on):
        found = replace(found, after=found.before, plan=start)
    return _costs(inputs, found)


def read(plan: PlanVersion, item_ids: list[int]) -> tuple[Problem, PlanInputs]:
    """Linked items as they are stored, with the lots that were chosen by cost."""
    problem = read_problem(plan, items=item_ids)
    return problem, replace(problem.inputs(planning.stored_targets(problem)), chosen=read_chosen(problem))


def _store(
    plan: PlanVersion, solved: PlanInputs, found: Improvement, item_ids: list[int], go_on: Callable[[], bool]
) -> bool:
    """Store what was found; False where it is no longer wanted, or the plan moved on."""
    problem = hold_unchanged(plan, solved, item_ids=item_ids)
    if problem is None or not go_on():
        return False
    planned = planning.store(problem, replace(solved, chosen=found.chosen), None, item_ids=item_ids)
    capacity.store_and_ask(problem, planned, item_ids=item_ids)
    space.follow(plan=plan)
    threats.rank(plan=plan)
    return True


def hold_unchanged(plan: PlanVersion, inputs: PlanInputs, *, item_ids: list[int]) -> Problem | None:
    """The problem of linked items, if it is still the one of `inputs` and the plan may change; None otherwise.

    Until the transaction ends nobody plans the plan anew, and no stage starts. Edits go on: what follows from them
    waits, and finds what was stored.
    """
    locks.hold_stages()
    locks.hold_plan(plan.pk)
    plan.refresh_from_db()
    if not may_change(plan):
        return None
    problem, now = read(plan, item_ids)
    return problem if same(now, inputs) else None


def may_change(plan: PlanVersion) -> bool:
    """Is the plan still worked on, and its supply part not decided?"""
    decided = plan.kind == PlanKind.CYCLE and not locks.is_open(PlanPart.SUPPLY)
    return plan.status in EDITABLE and not decided


def same(one: Any, other: Any) -> bool:
    """Do two records hold the same values in all their arrays?"""
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return bool(np.array_equal(one, other))


def _costs(inputs: PlanInputs, found: Improvement) -> Found:
    """Beside it what the plan costs, and how it orders, without any lot chosen by cost, now or earlier."""
    plain = replace(inputs, chosen=FirmOrders())
    first = engine.plan_supply(plain)
    before = plan_costs(plain, first)
    soon_day = inputs.calendar.as_of + RELEASE_WINDOW.days
    changes = order_changes(first.orders, found.plan.orders, items=found.items, soon_day=soon_day)
    return {
        **{name: float(getattr(found.after, name)[found.items].sum()) for name in COST_PARTS},
        **{f"before_{name}": float(getattr(before, name)[found.items].sum()) for name in COST_PARTS},
        **asdict(changes),
        "before": float(before.total[found.items].sum()),
        "bound": found.bound,
        "items": len(found.items),
        "looked_at": found.looked_at,
    }


def note(*, plan: PlanVersion, found: Sequence[Found]) -> None:
    """Write what the whole plan costs beside its bound on the plan, in place of what stood there."""
    if not found:
        return
    plan.refresh_from_db()
    if plan.status in EDITABLE:
        plan.totals = plan.totals | {"cost": {name: sum(part[name] for part in found) for name in found[0]}}
        plan.save(update_fields=["totals"])
        totals.store(plan=plan)
