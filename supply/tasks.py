"""Steps of the chain that this room does: inventory targets, supply plan, exceptions; then the plan is whole.

Targets need lead times and what items above ask for, so they are computed from here with inventory's services.
"""

from siop.jobs import services as jobs
from siop.jobs.minutely import minutely
from siop.jobs.models import Chunk, Job
from siop.jobs.registry import Payload, job_kind
from siop.plans import locks
from siop.plans import services as plans
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion
from supply.models import SupplierRisk
from supply.services import (
    capacity,
    class_lessons,
    following,
    improving,
    planning,
    reminders,
    shifts,
    space,
    threats,
    totals,
    worth,
)

EDITABLE = (PlanStatus.CURRENT, PlanStatus.DRAFT)


def only_with_plan(job: Job) -> list[Payload]:
    return [{}] if job.plan else []


def open_targets(job: Job) -> list[Payload]:
    if not job.plan and job.parameters.get("only"):
        job.plan = planning.derive_with_consensus(data_version=job.version)
    return [{"items": items} for items in planning.open_targets(plan=job.plan)] if job.plan else []


@job_kind("inventory_targets", label="Inventory targets", after="consensus", split=open_targets)
def targets_chunk(chunk: Chunk) -> None:
    planning.compute_targets(plan=_plan(chunk), item_ids=chunk.payload["items"])


def open_space(job: Job) -> list[Payload]:
    return [{"items": items} for items in planning.price_space(plan=job.plan)] if job.plan else []


@job_kind("storage_fit", label="Targets within the space", after="inventory_targets", split=open_space)
def space_chunk(chunk: Chunk) -> None:
    planning.compute_targets(plan=_plan(chunk), item_ids=chunk.payload["items"])


def open_supply_plan(job: Job) -> list[Payload]:
    if not job.plan and job.parameters.get("only"):
        job.plan = planning.derive_with_targets(data_version=job.version)
    return _items_of_plan(job)


def _items_of_plan(job: Job) -> list[Payload]:
    return [{"items": items} for items in planning.item_chunks(plan=job.plan)] if job.plan else []


@job_kind("supply_plan", label="Supply plan", after="storage_fit", split=open_supply_plan)
def supply_chunk(chunk: Chunk) -> None:
    planning.plan_items(plan=_plan(chunk), item_ids=chunk.payload["items"])


def close_exceptions(job: Job) -> None:
    """Edits made while the plan was computed went to the plan before it: they are caught up, none can slip in.

    Catching up takes seconds, for which people need not wait: only the demand of what they typed meanwhile is taken in
    while the gate is shut, and what follows from it is left to the workers.
    """
    if job.plan:
        following.catch_up(job.plan)
        locks.hold_all_edits()
        following.catch_up_demand(job.plan)
        plans.finish_live_plan(plan=job.plan)
        shifts.tell(plan=job.plan)


@job_kind(
    "exceptions", label="Exceptions", after="supply_plan", split=only_with_plan, finish=close_exceptions
)
def exceptions_chunk(chunk: Chunk) -> None:
    plan = _plan(chunk)
    space.follow(plan=plan)
    shifts.store(plan=plan)
    threats.rank(plan=plan)
    totals.store(plan=plan)


def open_stress(job: Job) -> list[Payload]:
    SupplierRisk.objects.filter(plan=job.plan).delete()
    return _items_of_plan(job)


@job_kind(
    "supplier_stress", label="Supplier stress test", after="exceptions", split=open_stress, background=True
)
def stress_chunk(chunk: Chunk) -> None:
    planning.stress_suppliers(plan=_plan(chunk), item_ids=chunk.payload["items"])


def open_calibration(job: Job) -> list[Payload]:
    return [{}] if job.plan and not class_lessons.calibrated(job.plan) else []


def close_calibration(job: Job) -> None:
    """Targets that knew of no replay are computed once more with it, while their plan is the current one."""
    if not job.plan or job.plan.status != PlanStatus.CURRENT or not class_lessons.taught_anew(job.plan):
        return
    plan = planning.derive_with_consensus(data_version=job.version)
    if plan:
        jobs.request(
            kind="inventory_targets", version=job.version, plan_id=plan.pk, parameters=job.parameters
        )


@job_kind(
    "fill_calibration",
    label="Fill rates replayed",
    after="exceptions",
    split=open_calibration,
    finish=close_calibration,
    background=True,
)
def calibration_chunk(chunk: Chunk) -> None:
    class_lessons.calibrate_fill(_plan(chunk))


def open_improvement(job: Job) -> list[Payload]:
    """Chunks share the time; where none is given for improving the plan, it is measured."""
    if not job.plan or job.plan.status not in EDITABLE:
        return []
    chunks, seconds = _items_of_plan(job), improving.seconds_for(job)
    work = "improve" if seconds else "measure"
    share = (seconds or improving.MEASURE_SECONDS) / max(len(chunks), 1)
    return [chunk | {"seconds": share, "work": work} for chunk in chunks]


def close_improvement(job: Job) -> None:
    if job.plan:
        found = [chunk.payload["found"] for chunk in job.chunks.all() if chunk.payload.get("found")]
        improving.note(plan=job.plan, found=found)


@job_kind(
    improving.KIND,
    label="Plan against its least cost",
    after="exceptions",
    split=open_improvement,
    finish=close_improvement,
    background=True,
)
def improvement_chunk(chunk: Chunk) -> None:
    """Computes for seconds without holding any lock; the plan is locked only while what was found is stored."""
    payload = chunk.payload
    work = {"improve": improving.improve_items, "measure": improving.measure_items}[payload["work"]]
    payload["found"] = work(
        plan=_plan(chunk),
        item_ids=payload["items"],
        seconds=payload["seconds"],
        go_on=lambda: improving.wanted(chunk.job_id),
    )
    chunk.save(update_fields=["payload"])


def open_follow(job: Job) -> list[Payload]:
    return [{"items": job.parameters["items"]}] if job.plan and job.plan.status in EDITABLE else []


@job_kind(following.KIND, label="Supply follows demand", split=open_follow, chained=False)
def follow_chunk(chunk: Chunk) -> None:
    """Runs beside the chain: a plan that newer data replaced meanwhile was computed with the edit in it."""
    planning.recompute_items(plan=_plan(chunk), item_ids=chunk.payload["items"])


def open_worth(job: Job) -> list[Payload]:
    return [] if capacity.answered_elsewhere(job) else open_follow(job)


@job_kind(
    capacity.KIND,
    label="Worth of more capacity",
    split=open_worth,
    chained=False,
    background=True,
    waits=capacity.waits,
)
def worth_chunk(chunk: Chunk) -> None:
    worth.price(plan=_plan(chunk), item_ids=chunk.payload["items"])


@minutely
def remind_of_orders() -> None:
    reminders.remind()


@minutely
def raise_overdue_orders() -> None:
    reminders.raise_overdue()


def _plan(chunk: Chunk) -> PlanVersion:
    if chunk.job.plan is None:
        raise PlanVersion.DoesNotExist(f"The plan of job {chunk.job_id} is gone: newer data overtook it.")
    return chunk.job.plan
