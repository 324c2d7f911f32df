"""What waits for a person: actions, the stage they own, families, approvals, exceptions, orders, decisions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from siop.accounts.access import may
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import parameters
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from siop.web.plan_choice import looking_day
from siop.web.templatetags.siop import first_clause
from supply.enums import ExceptionStatus, OrderStatus
from supply.models import PlanException, PlannedOrder

from ..addresses import address
from ..enums import StageKind
from ..models import ActionItem, Cycle, Stage
from ..words import many, money, symbol
from . import actions, approvals, cycles, gates
from .reviews import family_reviews

EXCEPTIONS_SHOWN = 5


@dataclass(frozen=True)
class Task:
    kind: str
    title: str
    detail: str
    url: str
    due: date | None
    late: bool = False
    action: ActionItem | None = None


def my_work(person: Person) -> list[Task]:
    """Everything that waits for a person, by date; what has none comes last."""
    cycle, plan = cycles.current_cycle(), working_plan()
    found = [*_actions(person)]
    found += _stages(person)
    if cycle is not None:
        found += [
            *_families(person, cycle),
            *_approval(person, cycle),
            *_decisions(person, cycle),
        ]
    if plan is not None:
        found += [*_orders(person, plan), *_exceptions(person, plan)]
    return sorted(found, key=lambda task: (task.due is None, task.due or date.max))


def _actions(person: Person) -> Iterator[Task]:
    for item in actions.mine(person):
        late = actions.days_late(item)
        detail = f"{item.code}, {item.get_status_display().lower()}" + (
            f", {many(late, 'day')} late" if late else ""
        )
        url = address("meetings:action", item.pk)
        yield Task("Action", item.title, detail, url, item.due, bool(late), item)


def _stages(person: Person) -> Iterator[Task]:
    """Stages under way that this person owns, of the cycle that is planned and of older ones being implemented."""
    for stage in cycles.under_way(person):
        waiting = [gate for gate in gates.gates(stage.cycle, StageKind(stage.kind)) if not gate.met]
        yield Task(
            "Stage",
            f"Close the {stage.get_kind_display().lower()} of {stage.cycle.name}",
            "; ".join(gate.says for gate in waiting) or "every gate is met",
            address("meetings:cycle", cycle=stage.cycle.pk),
            stage.due,
            _past(stage),
        )


def _families(person: Person, cycle: Cycle) -> Iterator[Task]:
    """Families that name this person as their reviewer."""
    stage = cycles.current_stage(cycle)
    for row in family_reviews(cycle, StageKind(stage.kind)):
        if not row.current and person.email.lower() in row.reviewers:
            detail = "changed since the last review" if row.review else stage.get_kind_display()
            yield Task(
                "Review", f"Review {row.family}", detail, address("meetings:cycle"), stage.due, _past(stage)
            )


def _approval(person: Person, cycle: Cycle) -> Iterator[Task]:
    if cycle.stage not in (StageKind.RECONCILIATION, StageKind.EXECUTIVE_MEETING) or cycles.is_published(
        cycle
    ):
        return
    own = {department.pk for department in approvals.departments_of(person)}
    waiting = [row for row in approvals.signatures(cycle) if row.department.pk in own and not row.complete]
    if waiting and cycle.plan:
        names = ", ".join(row.department.name for row in waiting)
        detail = f"for {names}" + (f"; {waiting[0].note}" if waiting[0].note else "")
        stage = cycle.stages.filter(kind=StageKind.EXECUTIVE_MEETING).first()
        yield Task(
            "Approval",
            f"Approve plan v{cycle.plan.pk}",
            detail,
            address("meetings:meeting"),
            stage.due if stage else None,
        )


def _decisions(person: Person, cycle: Cycle) -> Iterator[Task]:
    if cycle.stage != StageKind.EXECUTIVE_MEETING or not may(person, Permission.DECIDE):
        return
    waiting = cycles.undecided(cycle)
    stage = cycles.current_stage(cycle)
    if waiting:
        yield Task(
            "Meeting",
            f"Decide {many(waiting, 'agenda item')}",
            cycle.name,
            address("meetings:meeting"),
            stage.due,
            _past(stage),
        )
    elif not cycles.is_published(cycle):
        yield Task(
            "Meeting",
            f"Publish the plan of {cycle.name}",
            "the agenda is done",
            address("meetings:meeting"),
            stage.due,
            _past(stage),
        )


def _orders(person: Person, plan: PlanVersion) -> Iterator[Task]:
    """Orders to be released within the days of reminder."""
    if not may(person, Permission.RELEASE_ORDERS):
        return
    day = looking_day(plan)
    until = day + timedelta(days=parameters.load().reminder_days)
    rows = visible(PlannedOrder.objects.filter(plan=plan, order_by__lte=until), person).exclude(
        status=OrderStatus.RELEASED
    )
    count, first = rows.count(), rows.order_by("order_by").first()
    if first is not None:
        yield Task(
            "Orders",
            f"Release {many(count, 'order')}",
            f"order by {until.day} {until:%b}; first {first.item} at {first.location}",
            address("supply:plan"),
            first.order_by,
            first.order_by < day,
        )


def _exceptions(person: Person, plan: PlanVersion) -> Iterator[Task]:
    if not may(person, Permission.EDIT_SUPPLY):
        return
    rows = visible(
        PlanException.objects.filter(plan=plan, status=ExceptionStatus.OPEN, avoidable_loss__gt=0), person
    ).order_by("-avoidable_loss")[:EXCEPTIONS_SHOWN]
    sign, day = symbol(), looking_day(plan)
    for row in rows:
        by = row.last_responsible_date
        yield Task(
            "Exception",
            row.title,
            f"{first_clause(row.suggestion)}; {money(row.avoidable_loss, sign)} avoidable",
            address("supply:exceptions", exception=row.pk),
            by,
            by is not None and by < day,
        )


def _past(stage: Stage) -> bool:
    return stage.due < cycles.today()
