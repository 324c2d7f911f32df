"""Why the counts above the actions are what they are: the actions themselves, the most pressing named."""

from collections.abc import Callable, Iterable

from django.http import Http404

from siop.accounts.models import Person
from siop.web.explanations import Explanation, Part, Source, explains, named, runs
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import day, percent
from supply.explanations.counts import Counted, explained

from ..addresses import address
from ..models import ActionItem, Cycle
from ..selectors import actions, cycles, kpis


@explains("actions")
def counted(person: Person, name: str) -> Explanation:
    """One count of the strip above the board; `name` is one of COUNTS. Everybody reads all actions."""
    if name not in COUNTS:
        raise Http404(f"There is no count {name!r}.")
    return explained(COUNTS[name](cycles.current_cycle()))


def _open(cycle: Cycle | None) -> Counted:
    return _of("Open actions", actions.standing(cycle).open)


def _overdue(cycle: Cycle | None) -> Counted:
    return _of("Overdue", actions.standing(cycle).overdue, show="overdue")


def _soon(cycle: Cycle | None) -> Counted:
    found = actions.standing(cycle)
    return _of(f"Due by {day(found.until)}", found.soon)


def _returning(cycle: Cycle | None) -> Counted:
    found = actions.returning_causes(cycle) if cycle else []
    rows = [
        (f"{one.cause}, {one.cycles} cycles running", address("meetings:actions", q=one.cause))
        for one in found
    ]
    return Counted(label="Same cause three cycles running", rows=rows, page=_board())


COUNTS: dict[str, Callable[[Cycle | None], Counted]] = {
    "open": _open,
    "overdue": _overdue,
    "soon": _soon,
    "returning": _returning,
}


@explains("actions_on_time")
def on_time(person: Person, plan: str) -> Explanation:
    """All actions due lately are 100 %; each that was not done by its day takes its share away."""
    version = readable_plan(plan)
    due = list(kpis.actions_due(kpis.moment(version)))
    if not due:
        raise Http404("No action was due lately.")
    late = [item for item in due if not vars(item)["met"]]
    share = 1 - len(late) / len(due)
    shown = percent(share)
    lost = [(label, -1 / len(due), url) for label, url in _rows(late)]
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(f"Of {len(due)} actions due in the last three periods ", shown, " were done by their day."),
        parts=[Part(label="All that were due", value=1.0, note=f"{len(due)} actions"), *named(lost, others="others")],
        total=share,
        total_label="Done on time",
        places=1,
        as_percent=True,
        formula="done by the due date ÷ due",
        sources=[_board()],
        computed=plan_label(version),
    )  # fmt: skip


def _of(label: str, found: Iterable[ActionItem], **query: str) -> Counted:
    return Counted(label=label, rows=_rows(found), page=_board(**query))


def _rows(found: Iterable[ActionItem]) -> list[tuple[str, str]]:
    return [
        (f"{item.code} {item.title}, {item.owner}, {day(item.due)}", address("meetings:action", item.pk))
        for item in found
    ]


def _board(**query: str) -> Source:
    return Source(label="Board and list", url=address("meetings:actions", **query))
