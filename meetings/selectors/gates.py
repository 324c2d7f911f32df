"""The checklist of each stage, computed from the data; a stage is closed when every gate is met."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from forecasting.models import Assumption, SalesLine
from inventory.models import InventoryTarget
from siop.catalog import calendar, parameters
from siop.jobs import registry
from siop.jobs.enums import JobState
from siop.jobs.models import Job
from siop.jobs.services import current_data_version, open_jobs
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.reading import once
from siop.statements import answers
from siop.web.templatetags.siop import day, many, percent
from supply.enums import ExceptionStatus, OrderStatus
from supply.models import PlanException, PlannedOrder

from ..addresses import address
from ..enums import ActionStatus, StageKind
from ..models import ActionItem, Cycle
from . import approvals, comparisons
from .cycles import previous_plan, today, undecided
from .reviews import family_reviews

GAP_LIMIT = 0.02
HARD_POLICY = "never_run_out"


@dataclass(frozen=True)
class Gate:
    label: str
    met: bool
    detail: str
    url: str = ""
    required: bool = True  # else it is said, but does not hold up the stage

    @property
    def says(self) -> str:
        label = self.label[:1].lower() + self.label[1:]
        return f"{label}: {self.detail}" if self.detail else label


def gates(cycle: Cycle, stage: StageKind) -> list[Gate]:
    """What has to hold before `stage` is closed, and what should."""
    return once(("gates", cycle.pk, stage), lambda: _gates(cycle, stage))


def _gates(cycle: Cycle, stage: StageKind) -> list[Gate]:
    checked = [check(cycle) for check in CHECKLISTS.get(stage, [])]
    objections = _objections(cycle) if stage in OBJECTED_TO else None
    return [*checked, objections] if objections else checked


def open_gates(cycle: Cycle, stage: StageKind) -> list[Gate]:
    """What keeps `stage` from being closed."""
    return [gate for gate in gates(cycle, stage) if gate.required and not gate.met]


# Gather


def _sales_are_in(cycle: Cycle) -> Gate:
    start = calendar.load().shift(cycle.period, -1)
    met = SalesLine.objects.filter(date__gte=start).exists() or not SalesLine.objects.exists()
    latest = SalesLine.objects.order_by("-date").values_list("date", flat=True).first()
    detail = f"latest {day(latest)}" if latest else "none are imported; demand comes from files or overrides"
    return Gate(f"Sales reach {start:%B %Y}", met, detail, address("gather:index"))


def _live_plan_is_computed(cycle: Cycle) -> Gate:
    live = current_live_plan()
    if live is None:
        return Gate(
            "The live plan is computed",
            False,
            "there is none yet; import data first",
            address("gather:index"),
        )
    starts = live.as_of == cycle.period
    newest = live.data_version >= current_data_version()
    detail = f"{live}, data version {live.data_version}"
    if not starts:
        detail = f"{live} starts on {day(live.as_of)}, the cycle on {day(cycle.period)}; recompute it"
    elif not newest:
        detail = f"{live} is of data version {live.data_version}, the newest is {current_data_version()}"
    return Gate(
        "The live plan is computed on the newest data", starts and newest, detail, address("gather:index")
    )


def _nothing_is_computed_now(cycle: Cycle) -> Gate:
    kinds = [kind.name for kind in registry.all_kinds() if not kind.background]
    waiting = open_jobs().filter(version=current_data_version(), kind__in=kinds)
    failed = Job.objects.filter(state=JobState.FAILED, version=current_data_version()).count()
    detail = (
        f"{failed} failed"
        if failed
        else f"{waiting.count()} under way"
        if waiting.exists()
        else "all published"
    )
    return Gate(
        "No computation is under way or failed",
        not waiting.exists() and not failed,
        detail,
        address("gather:index"),
    )


# Demand review


def _families_are_reviewed(stage: StageKind) -> Callable[[Cycle], Gate]:
    def check(cycle: Cycle) -> Gate:
        found = family_reviews(cycle, stage)
        missing = [review.family for review in found if not review.current]
        named = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        detail = f"{len(found) - len(missing)} of {len(found)}" + (f", open: {named}" if missing else "")
        if missing:
            detail = f"{len(missing)} of {len(found)} families unreviewed ({named})"
        return Gate("Every family is reviewed", not missing, detail, address("meetings:cycle"))

    return check


UNEXPLAINED = """
SELECT count(*) FROM forecasting_override
WHERE revoked IS NULL AND reason = '' AND (expires IS NULL OR expires > %s)
"""


def _overrides_have_reasons(cycle: Cycle) -> Gate:
    ((count,),) = answers(UNEXPLAINED, [today()])
    return Gate(
        "Every override has a reason",
        not count,
        f"{count} without" if count else "",
        address("forecasting:demand_plan"),
    )


# Supply review

UNCOVERED = """
SELECT count(*) FROM supply_planline x WHERE x.plan_id = %s AND NOT EXISTS (
    SELECT 1 FROM inventory_inventorytarget t
    WHERE t.plan_id = x.plan_id AND t.item_id = x.item_id AND t.location_id = x.location_id)
"""


def uncovered_lines(plan: PlanVersion) -> int:
    """Item-locations that are planned without an inventory target."""
    with connection.cursor() as cursor:
        cursor.execute(UNCOVERED, [plan.pk])
        return int(cursor.fetchone()[0])


def _targets_cover_the_plan(cycle: Cycle) -> Gate:
    if cycle.plan is None:
        return Gate("Every planned item-location has an inventory target", False, "no plan is frozen")
    missing = uncovered_lines(cycle.plan)
    held = InventoryTarget.objects.filter(plan=cycle.plan).count()
    detail = f"{missing} without" if missing else f"{held} targets"
    return Gate(
        "Every planned item-location has an inventory target",
        held > 0 and not missing,
        detail,
        address("supply:inventory"),
    )


def hard_policy_breaches(plan: PlanVersion) -> list[InventoryTarget]:
    """Never-run-out targets whose simulated risk is above what their policy allows (S34)."""
    rows = InventoryTarget.objects.filter(
        plan=plan, service_policy="never_run_out", simulated_risk__isnull=False
    ).select_related("item", "location")
    return [row for row in rows if (row.simulated_risk or 0.0) > _allowed_risk(row.service_target) + 1e-12]


def place_of(row: InventoryTarget) -> str:
    return f"{row.item} at {row.location}"


def accepted_breaches(cycle: Cycle) -> set[str]:
    """Item-locations whose risk an executive accepted by name: the figures of the option that was chosen last."""
    decided = cycle.decisions.filter(
        agenda_item__key=HARD_POLICY, approver__isnull=False, chosen__isnull=False
    )
    last = decided.order_by("-id").first()
    if last is None:
        return set()
    return {figure[0] for figure in last.options[last.chosen or 0].get("figures", [])}


def signing_held_up(cycle: Cycle) -> str:
    """Why no department can sign the plan now: a never-run-out policy that does not hold, accepted by no executive."""
    broken = hard_policy_breaches(cycle.plan) if cycle.plan else []
    accepted = accepted_breaches(cycle) if broken else set()
    open_ones = [row for row in broken if place_of(row) not in accepted]
    if not open_ones:
        return ""
    named = ", ".join(f"{place_of(row)} ({percent(row.simulated_risk, 2)})" for row in open_ones[:3])
    count = many(len(open_ones), "never-run-out target does", "never-run-out targets do")
    return (
        f"{count} not hold: {named}. Bring stock forward in the supply review, "
        "or let an executive accept the exception in the meeting."
    )


def _allowed_risk(target: float) -> float:
    """A never-run-out target is typed as service (0.999) or as risk (0.001)."""
    return 1 - target if target > 0.5 else target


def _nothing_is_overdue(cycle: Cycle) -> Gate:
    overdue = PlanException.objects.filter(
        plan=cycle.plan,
        status=ExceptionStatus.OPEN,
        avoidable_loss__gt=0,
        last_responsible_date__lt=max(cycle.period, timezone.localdate(cycle.opened)),
    ).count()
    detail = f"{overdue} past their last responsible day" if overdue else ""
    return Gate(
        "Losses that can be avoided are acted on in time",
        not overdue,
        detail,
        address("supply:exceptions"),
        required=False,
    )


# After a rejection


def _objections(cycle: Cycle) -> Gate | None:
    """What departments said against the plan, until they sign it; nothing where none objects."""
    said = [
        f"{row.department.name}: {row.note}"
        for row in approvals.signatures(cycle)
        if row.state == approvals.REJECTED
    ]
    if not said:
        return None
    return Gate(
        "Objections are answered", False, "; ".join(said), address("meetings:meeting"), required=False
    )


# Reconciliation


def gap_limit() -> float:
    return parameters.number("budget_gap_limit_pct", 100 * GAP_LIMIT) / 100


def _gap_is_explained(cycle: Cycle) -> Gate:
    if cycle.plan is None:
        return Gate(
            "The gap to budget is explained", False, "no plan is frozen", address("meetings:reconciliation")
        )
    share = comparisons.compare(cycle.plan, last_cycle=previous_plan(cycle)).gap_share(comparisons.BUDGET)
    if share is None:
        return Gate(
            "The gap to budget is explained",
            True,
            "no budget is imported",
            address("meetings:reconciliation"),
        )
    noted = Assumption.objects.filter(closed__isnull=True, created__gte=cycle.opened).exists()
    met = abs(share) <= gap_limit() or noted or cycle.decisions.exists()
    detail = f"{100 * share:+.1f} %, limit {100 * gap_limit():.1f} %" + (
        "" if met else "; record an assumption, risk or option"
    )
    return Gate("The gap to budget is explained", met, detail, address("meetings:reconciliation"))


def _agenda_is_built(cycle: Cycle) -> Gate:
    count = cycle.agenda.filter(dropped=False).count()
    return Gate(
        "The agenda is built",
        count > 0,
        f"{count} items" if count else "open the meeting page",
        address("meetings:meeting"),
    )


# Executive meeting


def _agenda_is_done(cycle: Cycle) -> Gate:
    waiting = undecided(cycle)
    return Gate(
        "Every agenda item is done",
        not waiting,
        f"{waiting} open" if waiting else "",
        address("meetings:meeting"),
        required=False,
    )


def _departments_signed(cycle: Cycle) -> Gate:
    given = approvals.signatures(cycle)
    missing = [signature.department.name for signature in given if not signature.complete]
    detail = f"missing: {', '.join(missing)}" if missing else f"{len(given)} of {len(given)}"
    return Gate(
        "Every department has approved", bool(given) and not missing, detail, address("meetings:meeting")
    )


def _plan_is_published(cycle: Cycle) -> Gate:
    met = cycle.plan is not None and cycle.plan.published is not None
    return Gate(
        "The plan is published",
        met,
        str(cycle.plan) if met else "an executive publishes it",
        address("meetings:meeting"),
    )


def before_publishing(cycle: Cycle) -> list[Gate]:
    """What the executive looks at before publishing."""
    return [_agenda_is_done(cycle), _departments_signed(cycle)]


# Implementation


def _due_orders_are_released(cycle: Cycle) -> Gate:
    """Of a plan that counts still: once a later cycle has published its own, that one's orders are to be released."""
    label = "Orders that are due are released"
    later = (
        Cycle.objects.filter(period__gt=cycle.period, plan__published__isnull=False)
        .order_by("period")
        .first()
    )
    if later is not None:
        return Gate(label, True, f"the plan of {later.name} counts now", required=False)
    due = PlannedOrder.objects.filter(plan=cycle.plan, order_by__lte=min(today(), _end(cycle))).exclude(
        status=OrderStatus.RELEASED
    )
    count = due.count()
    return Gate(
        label,
        not count,
        f"{count} wait" if count else "",
        address("supply:plan"),
        required=False,
    )


def _end(cycle: Cycle) -> date:
    return calendar.load().end_of(cycle.period)


def _no_action_is_overdue(cycle: Cycle) -> Gate:
    late = ActionItem.objects.filter(cycle=cycle, due__lt=today()).exclude(status=ActionStatus.DONE).count()
    detail = f"{late} overdue; they go on into the next cycle" if late else ""
    return Gate("No action is overdue", not late, detail, address("meetings:actions"), required=False)


OBJECTED_TO = (StageKind.DEMAND_REVIEW, StageKind.SUPPLY_REVIEW, StageKind.RECONCILIATION)
CHECKLISTS: dict[StageKind, list[Callable[[Cycle], Gate]]] = {
    StageKind.GATHER: [_sales_are_in, _live_plan_is_computed, _nothing_is_computed_now],
    StageKind.DEMAND_REVIEW: [_families_are_reviewed(StageKind.DEMAND_REVIEW), _overrides_have_reasons],
    StageKind.SUPPLY_REVIEW: [
        _families_are_reviewed(StageKind.SUPPLY_REVIEW),
        _targets_cover_the_plan,
        _nothing_is_overdue,
    ],
    StageKind.RECONCILIATION: [_gap_is_explained, _agenda_is_built],
    StageKind.EXECUTIVE_MEETING: [_agenda_is_done, _departments_signed, _plan_is_published],
    StageKind.IMPLEMENTATION: [_due_orders_are_released, _no_action_is_overdue],
}
