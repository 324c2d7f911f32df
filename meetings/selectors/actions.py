"""Action items as the board, the list, the pack and the agenda show them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Q, QuerySet, Value, When

from siop.accounts.models import Person

from ..enums import ActionKind, ActionStatus
from ..models import ActionItem, Cycle
from .cycles import today

CYCLES_RUNNING = 3


def action_items() -> QuerySet[ActionItem]:
    """Overdue first, then by due date; what is done comes last."""
    late = Case(
        When(Q(due__lt=today()) & ~Q(status=ActionStatus.DONE), then=Value(0)),
        When(status=ActionStatus.DONE, then=Value(2)),
        default=Value(1),
    )
    return ActionItem.objects.select_related("owner", "cycle", "decision").order_by(late, "due", "id")


def of_cycle(cycle: Cycle) -> QuerySet[ActionItem]:
    """What the cycle carries: open ones of any age, and those closed in it."""
    return action_items().filter(Q(cycle=cycle) | ~Q(status=ActionStatus.DONE))


def overdue(*, day: date | None = None) -> list[ActionItem]:
    return list(action_items().filter(due__lt=day or today()).exclude(status=ActionStatus.DONE))


def mine(person: Person) -> QuerySet[ActionItem]:
    return action_items().filter(owner=person).exclude(status=ActionStatus.DONE)


def days_late(item: ActionItem, *, day: date | None = None) -> int:
    return 0 if item.status == ActionStatus.DONE else max(0, ((day or today()) - item.due).days)


def cycles_with_cause(root_cause: str, cycle: Cycle) -> list[str]:
    """Names of the unbroken run of cycles up to `cycle` in which a root cause raised an action or an exception."""
    if not root_cause:
        return []
    found: list[str] = []
    at: Cycle | None = cycle
    while at is not None and _has_cause(root_cause, at):
        found.append(at.name)
        at = at.previous
    return found


def _has_cause(root_cause: str, cycle: Cycle) -> bool:
    if ActionItem.objects.filter(_raised_in(cycle), root_cause__iexact=root_cause).exists():
        return True
    plan = cycle.plan
    return plan is not None and plan.exceptions.filter(root_cause__iexact=root_cause).exists()


def _raised_in(cycle: Cycle) -> Q:
    """Actions of a cycle, and those raised between its opening and that of the next one, wherever they are now."""
    raised = Q(created__gte=cycle.opened)
    following = Cycle.objects.filter(previous=cycle).order_by("opened").first()
    if following is not None:
        raised &= Q(created__lt=following.opened)
    return raised | Q(cycle=cycle)


@dataclass(frozen=True)
class RootCause:
    cause: str
    cycles: int
    systemic: bool


def returning_causes(cycle: Cycle) -> list[RootCause]:
    """Root causes of open actions that came back three cycles running."""
    found = []
    for cause in sorted({item.root_cause for item in of_cycle(cycle) if item.root_cause}):
        running = cycles_with_cause(cause, cycle)
        if len(running) >= CYCLES_RUNNING:
            systemic = ActionItem.objects.filter(root_cause__iexact=cause, kind=ActionKind.SYSTEMIC).exists()
            found.append(RootCause(cause, len(running), systemic))
    return found
