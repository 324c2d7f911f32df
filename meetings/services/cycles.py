"""The cycle: opened, moved from stage to stage, reopened, refreshed, closed."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import DateTimeField, F, Func
from django.db.models.functions import Least
from django.utils import timezone

from forecasting.services import consensus
from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import calendar, parameters
from siop.jobs.services import request_recomputation
from siop.plans import freezing, hashing, locks
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.web import audit

from ..enums import ActionStatus, StageKind, Verdict
from ..errors import CycleError, GateClosed
from ..models import ActionItem, Approval, Cycle, Minute, Stage
from ..selectors import approvals, cycles, gates
from ..selectors.differences import Difference, differences
from ..words import day
from . import agenda, kpis, templates
from .telling import tell, tell_owner

CADENCES = {"weekly": 1, "monthly": 1, "quarterly": 3}


def step_of_cadence() -> int:
    """Periods from one cycle to the next."""
    cadence = parameters.load().cadence.strip().lower()
    if cadence not in CADENCES:
        raise CycleError(f"Parameter cadence is {cadence!r}; enter one of {', '.join(CADENCES)}.")
    return CADENCES[cadence]


def next_period() -> date:
    """First day of the cycle that comes next: after the last one, else where the live plan begins."""
    last = next(iter(cycles.all_cycles().values()), None)
    if last is not None:
        return calendar.load().shift(last.period, step_of_cadence())
    live = current_live_plan()
    if live is None:
        raise CycleError("There is no plan yet: import data first, or name the period.")
    return live.as_of


@transaction.atomic
def open_cycle(*, person: Person | None, period: date | None = None, today: date | None = None) -> Cycle:
    """Open a cycle with its stages, due dates and owners; what is open in the last one is carried over.

    `person` is None where the cadence opens it. Its days count from its period's first, or from `today`, the day
    on which it is opened, where that is later: nobody is late on the day they are asked.
    """
    if person is not None:
        require(person, Permission.RUN_CYCLE)
    locks.hold_all_edits()
    running = cycles.open_cycle()
    if running is not None:
        raise CycleError(
            f"{running.name} is still in {StageKind(running.stage).label.lower()}; publish or close it first."
        )
    start = calendar.load().start_of(period or next_period())
    if Cycle.objects.filter(period=start).exists():
        raise CycleError(f"The cycle of {start:%B %Y} exists already; name another period.")
    previous = Cycle.objects.filter(period__lt=start).order_by("-period").first()
    cycle = Cycle.objects.create(period=start, name=f"{start:%B %Y}", previous=previous)
    _opened_by_the_clock_of_the_audit(cycle)
    first = max(start, today or cycles.today())
    for position, (kind, begins, due) in enumerate(templates.schedule(first)):
        Stage.objects.create(
            cycle=cycle, kind=kind, position=position, start=begins, due=due, owner=templates.owner_of(kind)
        )
    cycle.stages.filter(kind=StageKind.GATHER).update(started=timezone.now())
    _carry_over(cycle)
    live = current_live_plan()
    if live is None or live.as_of != start:
        request_recomputation(person=person)
    _tell_owner(cycle)
    return cycle


def _opened_by_the_clock_of_the_audit(cycle: Cycle) -> None:
    """Who edited since then is asked of the audit trail, whose clock is the database's; one of ours that is ahead
    of it would overlook the first edits, and who made them could sign alone."""
    now = Func(function="clock_timestamp", output_field=DateTimeField())
    Cycle.objects.filter(pk=cycle.pk).update(opened=Least("opened", now))


def _carry_over(cycle: Cycle) -> None:
    """Actions that are open move to the new cycle and remember how often they moved."""
    ActionItem.objects.exclude(status=ActionStatus.DONE).update(
        cycle=cycle, carried_over=F("carried_over") + 1, version=F("version") + 1
    )


def advance(*, person: Person, force: bool = False, reason: str = "", of_cycle: Cycle | None = None) -> Cycle:
    """Close the stage the cycle stands in and start the next; open gates stop it unless forced with a reason.

    `of_cycle` is another than the running one: an older cycle that is still being implemented.
    """
    if force and not reason.strip():
        raise CycleError("Say why: forcing a stage needs a reason, which is logged.")
    with transaction.atomic():
        locks.hold_all_edits()
        cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=(of_cycle or cycles.running_cycle()).pk)
        stage, following = cycles.current_stage(cycle), cycles.next_stage(cycle)
        _require_may_close(person, stage, force=force)
        if following is None:
            raise CycleError(f"{cycle.name} is closed. Open the next cycle.")
        _require_met(cycle, stage, force=force, reason=reason)
        _finish(cycle, stage, forced_reason=reason if force else "")
        _start(cycle, following, person=person)
    return cycle


def _require_may_close(person: Person, stage: Stage, *, force: bool) -> None:
    """Who owns a stage closes it, whatever the role; past open gates only those who run the cycle."""
    if force or not cycles.may_close(person, stage):
        require(person, Permission.RUN_CYCLE)


def _require_met(cycle: Cycle, stage: Stage, *, force: bool, reason: str) -> None:
    if stage.kind == StageKind.EXECUTIVE_MEETING and not cycles.is_published(cycle):
        raise CycleError(
            "The plan is not published. An executive publishes it, once every department has approved."
        )
    if force:
        audit.because(f"forced past {stage.get_kind_display().lower()}: {reason}")
        return
    waiting = gates.open_gates(cycle, StageKind(stage.kind))
    if waiting:
        raise GateClosed(stage.get_kind_display(), [gate.says for gate in waiting])


def _finish(cycle: Cycle, stage: Stage, *, forced_reason: str) -> None:
    stage.finished, stage.forced_reason = timezone.now(), forced_reason
    stage.save(update_fields=["finished", "forced_reason"])
    if stage.kind == StageKind.GATHER:
        _freeze(cycle)
    elif cycle.plan is not None and not cycles.is_published(cycle):
        if stage.kind == StageKind.DEMAND_REVIEW:
            consensus.keep_reviewed(plan=cycle.plan)
        hashing.store(cycle.plan, hashing.content(cycle.plan))


def _freeze(cycle: Cycle) -> None:
    """The cycle plan stands on the data version at which gather closed."""
    live = current_live_plan()
    if live is None:
        raise CycleError("There is no plan to freeze: import data and wait until it is computed.")
    if cycle.plan is None:
        cycle.plan = freezing.freeze(live, name=f"{cycle.name} cycle")
        cycle.save(update_fields=["plan"])
    hashing.store(cycle.plan, hashing.content(cycle.plan))
    kpis.record(cycle)


def _start(cycle: Cycle, stage: Stage, *, person: Person) -> None:
    owner = stage.owner or templates.owner_of(StageKind(stage.kind))  # roles may have come since
    Stage.objects.filter(pk=stage.pk).update(started=timezone.now(), owner=owner)
    cycle.stage = stage.kind
    if stage.kind == StageKind.CLOSED:
        cycle.closed = timezone.now()
        Stage.objects.filter(pk=stage.pk).update(finished=timezone.now())
        kpis.record(cycle)
    cycle.version += 1
    cycle.save(update_fields=["stage", "closed", "version"])
    if stage.kind in (StageKind.RECONCILIATION, StageKind.EXECUTIVE_MEETING):
        agenda.build(cycle)
    _tell_owner(cycle)
    if stage.kind == StageKind.EXECUTIVE_MEETING:
        Minute.objects.create(
            cycle=cycle, person=person, text="The meeting is opened; overdue actions come first."
        )


def _tell_owner(cycle: Cycle) -> None:
    stage = cycles.current_stage(cycle)
    yours = f"{stage.get_kind_display()} of {cycle.name} is yours, due {day(stage.due)}."
    tell_owner(
        stage,
        key=f"stage:{cycle.pk}:{stage.kind}:{stage.started or ''}",
        text=f"{cycle.name} is closed." if stage.kind == StageKind.CLOSED else yours,
    )


@transaction.atomic
def reopen(*, person: Person, kind: StageKind, reason: str) -> list[str]:
    """Go back to a stage: what it decided may be edited again, and every approval behind it is voided.

    Returns the departments whose approval was voided.
    """
    require(person, Permission.RUN_CYCLE)
    cycle = cycles.required_cycle()
    if not reason.strip():
        raise CycleError("Say why: reopening a stage voids approvals, and the reason is logged.")
    return go_back(cycle, kind=kind, person=person, reason=reason)


def go_back(cycle: Cycle, *, kind: StageKind, person: Person, reason: str) -> list[str]:
    """The work of `reopen`, for a rejection too; inside the caller's transaction."""
    locks.hold_all_edits()
    if cycles.is_published(cycle):
        raise CycleError(f"{cycle.plan} is published; changes go to the next cycle.")
    target = cycle.stages.filter(kind=kind).first()
    if target is None or target.position > cycles.current_stage(cycle).position:
        raise CycleError(
            f"{cycle.name} stands in {StageKind(cycle.stage).label.lower()}; only a stage it has started is reopened."
        )
    audit.because(f"reopened {target.get_kind_display().lower()}: {reason}")
    cycle.stages.filter(position__gte=target.position).update(finished=None, forced_reason="")
    cycle.stages.filter(position__gt=target.position).update(started=None)
    cycle.stage = target.kind
    cycle.version += 1
    cycle.save(update_fields=["stage", "version"])
    _tell_reopened(cycle, target, reason)
    return void_approvals(cycle, person=person, reason=f"{target.get_kind_display()} was reopened: {reason}")


def _tell_reopened(cycle: Cycle, stage: Stage, reason: str) -> None:
    tell_owner(
        stage,
        key=f"reopened:{cycle.pk}:{cycle.version}",
        text=f"{stage.get_kind_display()} of {cycle.name} is yours again, due {day(stage.due)}. {reason}",
    )


def void_approvals(cycle: Cycle, *, person: Person, reason: str) -> list[str]:
    """Take back every approval that holds, tell who had signed, and say whose it was."""
    voided = []
    for signature in approvals.signatures(cycle):
        if signature.approval is None or signature.approval.verdict != Verdict.APPROVED:
            continue
        row = Approval.objects.create(
            cycle=cycle,
            plan=signature.approval.plan,
            department=signature.department,
            content_hash=signature.approval.content_hash,
            verdict=Verdict.VOIDED,
            reason=reason,
            person=person,
        )
        tell(
            [signature.approval.person],
            key=f"voided:{row.pk}",
            text=f"Your approval of {cycle.name} for {signature.department} is voided. {reason}",
            url="/meeting/",
        )
        voided.append(signature.department.name)
    return voided


@dataclass(frozen=True)
class Refreshed:
    differences: list[Difference]
    voided: list[str]


@transaction.atomic
def refresh(*, person: Person) -> Refreshed:
    """Take the live plan of today into the cycle: lists what differs and voids the approvals."""
    require(person, Permission.RUN_CYCLE)
    locks.hold_all_edits()
    cycle = cycles.required_cycle()
    plan, live = refreshable(cycle)
    found = differences(plan, live)
    freezing.refresh(plan, live)
    hashing.store(plan, hashing.content(plan))
    cycle.plan = plan
    reason = f"The cycle plan was refreshed to data version {live.data_version}: {len(found)} differences."
    return Refreshed(found, void_approvals(cycle, person=person, reason=reason))


def refreshable(cycle: Cycle) -> tuple[PlanVersion, PlanVersion]:
    """The cycle plan and the newer live plan that may replace its content."""
    live = current_live_plan()
    if cycle.plan is None:
        raise CycleError("The cycle plan is not frozen yet; it takes the newest data when gather closes.")
    if cycles.is_published(cycle):
        raise CycleError(f"{cycle.plan} is published; newer data goes into the next cycle.")
    if live is None:
        raise CycleError("There is no live plan to take data from; wait until it is computed.")
    if live.as_of != cycle.plan.as_of:
        raise CycleError(
            f"{live} starts on {day(live.as_of)}, the cycle on {day(cycle.plan.as_of)}: recompute it first."
        )
    return PlanVersion.objects.get(pk=cycle.plan.pk), live
