"""Action items as the board, the list, the pack and the agenda show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from siop import bulk
from siop.accounts.models import Person
from siop.statements import rows_of
from siop.web.kept import kept

from ..enums import ActionKind, ActionStatus
from ..models import ActionItem, Cycle
from .cycles import all_cycles, before, meeting_day, today

CYCLES_RUNNING = 3
WEEK = timedelta(days=7)
CAUSES = """
SELECT root_cause FROM meetings_actionitem
WHERE cycle_id = %(cycle)s OR (created >= %(opened)s AND (%(until)s::timestamptz IS NULL OR created < %(until)s))
UNION SELECT root_cause FROM supply_planexception WHERE plan_id = %(plan)s
"""
IN_ORDER = """
ORDER BY CASE WHEN t.status = %(done)s THEN 2 WHEN t.due < %(today)s THEN 0 ELSE 1 END, t.due, t.id
"""
CAUSES_CARRIED = """
SELECT DISTINCT root_cause FROM meetings_actionitem
WHERE root_cause <> '' AND (cycle_id = %(cycle)s OR status <> %(done)s)
"""
OWNERS = "SELECT DISTINCT owner_id FROM meetings_actionitem"
CAUSES_ANSWERED = "SELECT DISTINCT root_cause FROM meetings_actionitem WHERE kind = %s"


def _action_items(which: str, **asked: object) -> list[ActionItem]:
    """Those of a condition on `t`: overdue first, then by due date; what is done comes last."""
    given = asked | {"done": ActionStatus.DONE, "today": today()}
    return rows_of(ActionItem, f"WHERE {which} {IN_ORDER}", given, joined=("owner", "cycle", "decision"))


def action_items() -> list[ActionItem]:
    return _action_items("TRUE")


def open_items() -> list[ActionItem]:
    return _action_items("t.status <> %(done)s")


def against(*, root_cause: str, title: str) -> list[ActionItem]:
    """Open actions about a root cause, or by a title; of neither there is none."""
    return _action_items(
        "t.status <> %(done)s AND (t.root_cause <> '' AND t.root_cause = %(cause)s"
        " OR t.title = NULLIF(%(title)s, ''))",
        cause=root_cause, title=title,
    )  # fmt: skip


def of_cycle(cycle: Cycle) -> list[ActionItem]:
    """What the cycle carries: open ones of any age, and those closed in it."""
    return _action_items("(t.cycle_id = %(cycle)s OR t.status <> %(done)s)", cycle=cycle.pk)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The open actions, overdue first; `soon` are due from today to `until`: the meeting, or a week where it is over."""

    open: list[ActionItem]
    overdue: list[ActionItem]
    soon: list[ActionItem]
    until: date
    is_meeting: bool


def standing(cycle: Cycle | None, rows: Iterable[ActionItem] | None = None) -> Standing:
    """What a cycle's actions wait for; `rows` are all of them where they are at hand."""
    found = rows if rows is not None else of_cycle(cycle) if cycle else action_items()
    waiting = [item for item in found if item.status != ActionStatus.DONE]
    meeting = meeting_day(cycle) if cycle else None
    ahead = meeting is not None and meeting >= today()
    until = meeting if meeting and ahead else today() + WEEK
    return Standing(
        open=waiting,
        overdue=[item for item in waiting if days_late(item)],
        soon=[item for item in waiting if today() <= item.due <= until],
        until=until,
        is_meeting=ahead,
    )


def overdue(*, day: date | None = None) -> list[ActionItem]:
    return [item for item in open_items() if item.due < (day or today())]


def owner(person: Person) -> int | None:
    """The number of a person to whom any action was given; None for all others."""
    owners = kept(
        "owners of actions", lambda: frozenset(bulk.lists_out(OWNERS)[0]), size=lambda found: 64 * len(found)
    )
    return person.pk if person.pk in owners else None


def mine(person: Person) -> list[ActionItem]:
    return _action_items("t.owner_id = %(owner)s AND t.status <> %(done)s", owner=person.pk)


def days_late(item: ActionItem, *, day: date | None = None) -> int:
    return 0 if item.status == ActionStatus.DONE else max(0, ((day or today()) - item.due).days)


def cycles_with_cause(root_cause: str, cycle: Cycle) -> list[str]:
    """Names of the unbroken run of cycles up to `cycle` in which a root cause raised an action or an exception."""
    return _runs({root_cause}, cycle)[root_cause] if root_cause else []


def _runs(causes: set[str], cycle: Cycle) -> dict[str, list[str]]:
    """By cause: names of the unbroken run of cycles that it came up in, from `cycle` backwards."""
    found: dict[str, list[str]] = {cause: [] for cause in causes}
    running = causes
    at: Cycle | None = cycle
    while at is not None and running:
        seen = _causes_in(at)
        running = {cause for cause in running if cause.casefold() in seen}
        for cause in running:
            found[cause].append(at.name)
        at = before(at)
    return found


def _causes_in(cycle: Cycle) -> set[str]:
    """Root causes, case folded, of what a cycle raised: its actions, and the exceptions of its plan.

    Its actions are those it holds, and those raised between its opening and that of the next one, wherever they are now.
    """
    following = [one.opened for one in all_cycles().values() if one.previous_id == cycle.pk]
    asked = {"cycle": cycle.pk, "plan": cycle.plan_id, "opened": cycle.opened}
    (causes,) = bulk.lists_out(CAUSES, asked | {"until": min(following, default=None)})
    return {cause.casefold() for cause in causes}


@dataclass(frozen=True)
class RootCause:
    cause: str
    cycles: int
    systemic: bool


def returning_causes(cycle: Cycle) -> list[RootCause]:
    """Root causes of open actions that came back three cycles running."""
    (carried,) = bulk.lists_out(CAUSES_CARRIED, {"cycle": cycle.pk, "done": ActionStatus.DONE})
    runs = _runs(set(carried), cycle)
    (answered,) = bulk.lists_out(CAUSES_ANSWERED, [ActionKind.SYSTEMIC])
    systemic = {cause.casefold() for cause in answered}
    return [
        RootCause(cause, len(run), cause.casefold() in systemic)
        for cause, run in sorted(runs.items())
        if len(run) >= CYCLES_RUNNING
    ]
