"""Where the cycle stands."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from siop.accounts.access import may
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.reading import once
from siop.statements import answer, rows_of
from siop.web.context import CycleBar

from ..enums import StageKind
from ..errors import CycleError
from ..models import Cycle, Stage

ORDER = list(StageKind)
APPROVE = "approve"  # key of the agenda item on the plan itself
PLANNING = ORDER[: ORDER.index(StageKind.IMPLEMENTATION)]
SHORT_LABELS = {StageKind.EXECUTIVE_MEETING: "Meeting"}
# The stage that decides a part, and the one whose start makes it read-only.
DECIDED_IN = {
    PlanPart.DEMAND: StageKind.DEMAND_REVIEW,
    PlanPart.INVENTORY: StageKind.SUPPLY_REVIEW,
    PlanPart.SUPPLY: StageKind.SUPPLY_REVIEW,
}
PLANNING_STAGE = """
SELECT c.stage, c.name, p.published FROM meetings_cycle c LEFT JOIN plans_planversion p ON p.id = c.plan_id
WHERE c.closed IS NULL AND c.stage = ANY(%s) ORDER BY c.period DESC LIMIT 1
"""
REVIEWED_PARTS = {
    StageKind.DEMAND_REVIEW: [PlanPart.DEMAND],
    StageKind.SUPPLY_REVIEW: [PlanPart.INVENTORY, PlanPart.SUPPLY],
}


def open_cycle() -> Cycle | None:
    """The cycle that is planning: from gather to the executive meeting."""
    return once("open_cycle", lambda: _newest("t.closed IS NULL AND t.stage = ANY(%s)", [PLANNING]))


def _newest(which: str, parameters: Sequence[Any] = ()) -> Cycle | None:
    """The newest cycle of those, with its plan and that of the cycle before it."""
    rest = f"WHERE {which} ORDER BY t.period DESC LIMIT 1"
    return next(iter(rows_of(Cycle, rest, parameters, joined=("plan", "previous", "previous__plan"))), None)


def current_cycle() -> Cycle | None:
    """The one that pages show: the open one, else the newest there is."""
    return once("current_cycle", _current_cycle)


def _current_cycle() -> Cycle | None:
    return open_cycle() or _newest("TRUE")


def under_way(person: Person) -> list[Stage]:
    """Stages that a person owns in which a cycle stands that is not closed."""
    return rows_of(
        Stage,
        "WHERE t.owner_id = %s AND cycle.closed IS NULL AND t.kind = cycle.stage ORDER BY t.due",
        [person.pk],
        joined=("cycle", "cycle__plan", "cycle__previous", "cycle__previous__plan"),
    )


def all_cycles() -> dict[int, Cycle]:
    """Every cycle by id, the newest first: a dozen a year, so that walks from one to the next need no further query."""
    return once("all_cycles", lambda: {cycle.pk: cycle for cycle in rows_of(Cycle, "ORDER BY t.period DESC")})


def before(cycle: Cycle) -> Cycle | None:
    """The cycle before it, for walks back through many."""
    return all_cycles().get(cycle.previous_id or 0)


def required_cycle() -> Cycle:
    """The open cycle, or the reason why nothing can be done."""
    cycle = open_cycle()
    if cycle is None:
        raise CycleError("No cycle is open. Open one first (open_cycle, or Cycle in the rail).")
    return cycle


def required_shown() -> Cycle:
    """The cycle that pages show, or the reason why there is none."""
    cycle = current_cycle()
    if cycle is None:
        raise CycleError("No cycle has been opened yet. Open the first on the page Cycle.")
    return cycle


def running_or_none() -> Cycle | None:
    """The open cycle, else the newest that is being implemented."""
    return (
        open_cycle()
        or Cycle.objects.filter(closed__isnull=True).select_related("plan").order_by("-period").first()
    )


def running_cycle() -> Cycle:
    """The cycle that a stage can be started in."""
    cycle = running_or_none()
    if cycle is None:
        raise CycleError("No cycle is open. Open one first (open_cycle, or Cycle in the rail).")
    return cycle


def stages_of(cycle: Cycle) -> list[Stage]:
    return once(("stages", cycle.pk), lambda: _stages_of(cycle))


def _stages_of(cycle: Cycle) -> list[Stage]:
    rest = "WHERE t.cycle_id = %s ORDER BY t.position"
    rows = rows_of(Stage, rest, [cycle.pk], joined=("owner",))
    for row in rows:
        row.cycle = cycle
    return rows


def current_stage(cycle: Cycle) -> Stage:
    return next(row for row in stages_of(cycle) if row.kind == cycle.stage)


def next_stage(cycle: Cycle) -> Stage | None:
    now = current_stage(cycle)
    return next((row for row in stages_of(cycle) if row.position > now.position), None)


def may_close(person: Person, stage: Stage) -> bool:
    """Its owner, and whoever runs the cycle."""
    return stage.owner_id == person.pk or may(person, Permission.RUN_CYCLE)


def reached(cycle: Cycle, kind: StageKind) -> bool:
    """Whether the cycle stands at a stage or behind it."""
    return ORDER.index(StageKind(cycle.stage)) >= ORDER.index(kind)


def undecided(cycle: Cycle) -> int:
    """Agenda items that wait; the plan itself is approved by signatures, not decided."""
    waiting = cycle.agenda.filter(done=False, dropped=False).exclude(key=APPROVE)
    return once(("undecided", cycle.pk), waiting.count)


def is_published(cycle: Cycle) -> bool:
    return cycle.plan is not None and cycle.plan.published is not None


def closed_because(part: PlanPart) -> str:
    """Why a part of the plan is read-only; nothing while it may be edited."""
    found = once("planning_stage", lambda: answer(PLANNING_STAGE, [PLANNING]))
    if found is None:
        return ""
    stage, name, published = found
    decided = DECIDED_IN[part]
    if published is not None or ORDER.index(StageKind(stage)) <= ORDER.index(decided):
        return ""
    return (
        f"{StageKind(stage).label} of {name} has started, so {part.label.lower()} "
        f"{'are' if part == PlanPart.INVENTORY else 'is'} read-only. "
        f"Reopen the {decided.label.lower()} to change anything."
    )


def planning_start() -> date | None:
    cycle = open_cycle()
    return cycle.period if cycle else None


def newest_start() -> date | None:
    return max((cycle.period for cycle in all_cycles().values()), default=None)


def previous_plan(cycle: Cycle | None) -> PlanVersion | None:
    """The plan of the last cycle: what was published then, else what was last frozen."""
    return once(("previous_plan", cycle.pk if cycle else None), lambda: _previous_plan(cycle))


def _previous_plan(cycle: Cycle | None) -> PlanVersion | None:
    at = cycle.previous if cycle else None
    while at is not None:
        if at.plan is not None:
            return at.plan
        at = at.previous
    return None


def shown_plan(cycle: Cycle | None) -> PlanVersion | None:
    """The plan that a cycle's pages show: its own, else the live one."""
    if cycle is not None and cycle.plan is not None:
        return cycle.plan
    return current_live_plan()


def top_bar() -> CycleBar | None:
    """Label and steps for the bar on every page."""
    cycle = current_cycle()
    if cycle is None:
        return None
    now = ORDER.index(StageKind(cycle.stage))
    kinds = [StageKind(stage.kind) for stage in stages_of(cycle)]
    steps = tuple(
        (
            SHORT_LABELS.get(kind, kind.label),
            "done" if ORDER.index(kind) < now else "now" if ORDER.index(kind) == now else "next",
        )
        for kind in kinds
        if kind != StageKind.CLOSED
    )
    return CycleBar(f"{cycle.name} cycle", steps)


def signing_begins(cycle: Cycle) -> date | None:
    """The day from which departments are asked for their word; None where no such stage is scheduled."""
    return next((row.start for row in stages_of(cycle) if row.kind == StageKind.RECONCILIATION), None)


def today() -> date:
    return timezone.localdate()


def meeting_day(cycle: Cycle) -> date | None:
    stage = cycle.stages.filter(kind=StageKind.EXECUTIVE_MEETING).first()
    return stage.due if stage else None
