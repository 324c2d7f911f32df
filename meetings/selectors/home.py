"""What the home page shows to a person: where the cycle stands, five figures, five risks, their tasks."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from siop.accounts.access import may, rights_of, roles_of
from siop.accounts.enums import Permission, Role
from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans import hashing
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.web.headlines import Headline
from siop.web.kept import kept
from supply.enums import ExceptionKind, ExceptionStatus
from supply.models import PlanException

from ..addresses import address
from ..enums import StageKind
from ..models import AgendaItem, Cycle, Stage
from ..words import day, long_day, many, money, share, signed_money, span
from . import approvals, comparisons, gates, trends
from .cycles import ORDER, is_published, signing_begins, stages_of, today
from .options import options_of
from .working_days import closures, working_days_between

RISKS, OPTIONS = 5, 3
EXCEPTION_BYTES = 5_000
FIGURES: dict[str, list[str]] = {
    Role.DEMAND_PLANNER: ["wape", "bias", "value_added", "avoidable_loss"],
    Role.SUPPLY_PLANNER: ["wape", "fill_rate", "inventory_value", "avoidable_loss"],
    Role.DEPARTMENT_HEAD: ["budget_gap", "fill_rate", "inventory_value", "avoidable_loss"],
    Role.EXECUTIVE: ["wape", "fill_rate", "inventory_value", "avoidable_loss"],
    Role.ADMINISTRATOR: ["wape", "fill_rate", "inventory_value", "avoidable_loss"],
}
EVERYBODY = ["wape", "fill_rate", "inventory_value", "avoidable_loss"]


def track(cycle: Cycle) -> list[dict[str, Any]]:
    """Stages for the track: when, who, and how many gates of the current one are met."""
    now = ORDER.index(StageKind(cycle.stage))
    rows = []
    for stage in stages_of(cycle):
        at = ORDER.index(StageKind(stage.kind))
        done = at < now or cycle.closed is not None
        row: dict[str, Any] = {
            "label": stage.get_kind_display(),
            "state": "done" if done else "now" if at == now else "next",
            "when": span(stage.start, stage.due),
            "who": str(stage.owner) if stage.owner else "nobody yet",
        }
        if row["state"] == "now":
            found = gates.gates(cycle, StageKind(stage.kind))
            row |= {"url": address("meetings:cycle")}
            if found:
                row["mark"] = f"{sum(gate.met for gate in found)}/{len(found)}"
        rows.append(row)
    return rows


def headline(cycle: Cycle) -> tuple[str, str]:
    """Where the cycle stands in a sentence, and the day in the cycle."""
    stage = next(row for row in stages_of(cycle) if row.kind == cycle.stage)
    label = stage.get_kind_display()
    if cycle.closed is not None:
        return f"{cycle.name} is closed", long_day(today())
    found = gates.gates(cycle, StageKind(stage.kind))
    met = f"with {sum(gate.met for gate in found)} of {len(found)} gates met" if found else ""
    return f"{label} {_closes(stage)} {met}".strip(), f"{long_day(today())}, {_working_day(cycle)}"


def _closes(stage: Stage) -> str:
    left = (stage.due - today()).days
    if left < 0:
        return f"was due on {day(stage.due)}, {many(-left, 'day')} ago,"
    return {0: "closes today", 1: "closes tomorrow"}.get(left, f"closes on {day(stage.due)}")


def _working_day(cycle: Cycle) -> str:
    stages = [row for row in stages_of(cycle) if row.kind not in (StageKind.IMPLEMENTATION, StageKind.CLOSED)]
    closed = closures()
    total = working_days_between(stages[0].start, stages[-1].due, closed)
    passed = working_days_between(stages[0].start, min(today(), stages[-1].due), closed)
    return f"working day {max(passed, 0)} of {total}"


def shifts(person: Person) -> list[PlanException]:
    """Mid-cycle alerts: demand outside its range, seen by the newest import, in the live plan."""
    live = current_live_plan()
    if live is None:
        return []
    rows = PlanException.objects.filter(
        plan=live, kind=ExceptionKind.FORECAST_SHIFT, status=ExceptionStatus.OPEN
    )
    return kept(
        ("shifts", live.pk, rights_of(person)),
        lambda: list(visible(rows, person).order_by("rank")),
        size=lambda found: EXCEPTION_BYTES * len(found),
    )


def figures(
    person: Person, cycle: Cycle | None, plan: PlanVersion, last: PlanVersion | None, sign: str
) -> list[Headline]:
    """The demand plan against budget, and four figures of the person's role."""
    roles = [grant.role for grant in roles_of(person)]
    names = next((FIGURES[role] for role in roles if role in FIGURES), EVERYBODY)
    first = trends.headline("demand_plan", cycle, plan, last_cycle=last)
    found = comparisons.compare(plan, last_cycle=last)
    gap = found.gap(comparisons.BUDGET)
    if gap is not None:
        first = replace(
            first,
            label="Demand plan against budget",
            delta=f"{signed_money(gap, sign)} ({share(found.gap_share(comparisons.BUDGET))})",
            tone="bad" if gap < 0 else "good",
            base="to budget",
        )
    return [first, *[trends.headline(name, cycle, plan, last_cycle=last) for name in names]]


def risks(person: Person, plan: PlanVersion) -> tuple[list[PlanException], int]:
    """The five exceptions with the greatest avoidable loss that a person may see, and how many there are."""
    return kept(
        ("risks", plan.pk, rights_of(person)),
        lambda: _risks(person, plan),
        size=lambda found: EXCEPTION_BYTES * len(found[0]),
    )


def _risks(person: Person, plan: PlanVersion) -> tuple[list[PlanException], int]:
    rows = visible(PlanException.objects.filter(plan=plan, status=ExceptionStatus.OPEN), person)
    return list(rows.filter(avoidable_loss__gt=0).order_by("-avoidable_loss", "rank")[:RISKS]), rows.count()


@dataclass(frozen=True)
class Asked:
    """The decision that waits first, with its options as they stand, and how many wait."""

    item: AgendaItem
    count: int
    options: list[dict[str, Any]]


def decision_asked(person: Person, cycle: Cycle | None) -> Asked | None:
    """What an executive is asked to decide; nothing for others."""
    if cycle is None or is_published(cycle) or not may(person, Permission.DECIDE):
        return None
    waiting = [item for item in cycle.agenda.filter(done=False, dropped=False) if item.facts.get("options")]
    return Asked(waiting[0], len(waiting), options_of(waiting[0])[:OPTIONS]) if waiting else None


@dataclass(frozen=True)
class Word:
    """What a department head is asked to say about the plan, and from which day on."""

    signatures: list[approvals.Signature]
    content_hash: str
    open: bool
    since: date | None
    held_up: str

    @property
    def given(self) -> bool:
        return all(signature.complete for signature in self.signatures)


def word_asked(person: Person, cycle: Cycle | None) -> Word | None:
    own = {department.pk for department in approvals.departments_of(person)}
    if cycle is None or cycle.plan is None or is_published(cycle) or not own:
        return None
    return Word(
        signatures=[row for row in approvals.signatures(cycle) if row.department.pk in own],
        content_hash=hashing.current(cycle.plan).content_hash,
        open=cycle.stage in approvals.SIGNED_IN,
        since=signing_begins(cycle),
        held_up=gates.signing_held_up(cycle) if cycle.stage in approvals.SIGNED_IN else "",
    )


def bridge(found: comparisons.Comparison, cycle: Cycle | None, sign: str) -> dict[str, Any] | None:
    """From last cycle's plan to this one's, by family, in money."""
    if not found.has(comparisons.LAST_CYCLE) or cycle is None or cycle.previous is None:
        return None
    before, after = found.total(comparisons.LAST_CYCLE) or 0.0, found.total(comparisons.PLAN) or 0.0
    by_family = (found.money[comparisons.PLAN] - found.money[comparisons.LAST_CYCLE]).sum(axis=1)
    order = sorted(range(len(found.families)), key=lambda at: -abs(by_family[at]))
    shown = [at for at in order[:5] if abs(by_family[at]) >= 0.5]
    rest = float(sum(by_family[at] for at in order if at not in shown))
    steps = [(found.families[at], float(by_family[at])) for at in shown]
    if abs(rest) >= 0.5:
        steps.append(("All others", rest))
    values = [before, *[value for _, value in steps], after]
    start = _axis_start(before, steps, after)
    return {
        "title": _bridge_title(steps, after - before, cycle, sign),
        "spec": {
            "x": [f"{cycle.previous.period:%B}", *[name for name, _ in steps], f"{cycle.period:%B}"],
            "places": 0,
            "y_min": start,
            "foot": f"Axis starts at {money(start, sign)}." if start is not None else "",
            "series": [
                {
                    "name": "Demand plan",
                    "kind": "bridge",
                    "values": [round(value, 2) for value in values],
                    "totals": [0, len(values) - 1],
                    "labels": [
                        money(before, sign),
                        *[signed_money(value, sign) for _, value in steps],
                        money(after, sign),
                    ],
                }
            ],
        },
    }


def _bridge_title(steps: list[tuple[str, float]], change: float, cycle: Cycle, sign: str) -> str:
    since = f"since {cycle.previous.period:%B}" if cycle.previous else ""
    if not steps:
        return f"The demand plan is what it was {since}"
    name, value = steps[0]
    return f"{signed_money(value, sign)} from {name}; the change {since} is {signed_money(change, sign)}"


def _axis_start(before: float, steps: list[tuple[str, float]], after: float) -> float | None:
    """Cut the axis where the changes would otherwise be invisible; the chart says so."""
    level, low, high = before, min(before, after), max(before, after)
    for _, value in steps:
        level += value
        low, high = min(low, level), max(high, level)
    room = high - low
    if room <= 0 or low <= 4 * room:
        return None
    digits = 10 ** (len(str(int(room))) - 1)
    return float(int((low - room / 2) / digits) * digits)


def primary(person_may: set[str], cycle: Cycle | None) -> dict[str, str] | None:
    """The one button of the page: the next step of the cycle for this person."""
    if cycle is None:
        return None
    stage = StageKind(cycle.stage)
    label = stage.label.lower()
    if stage == StageKind.EXECUTIVE_MEETING and not is_published(cycle):
        return {"label": "Go to the meeting", "url": address("meetings:meeting")}
    if stage == StageKind.RECONCILIATION:
        return {"label": "Continue reconciliation", "url": address("meetings:reconciliation")}
    pages = {
        StageKind.GATHER: ("import_data", "gather:index"),
        StageKind.DEMAND_REVIEW: ("edit_demand", "forecasting:demand_plan"),
        StageKind.SUPPLY_REVIEW: ("edit_supply", "supply:plan"),
    }
    if stage in pages and pages[stage][0] in person_may:
        url = address(pages[stage][1])
        return {"label": f"Continue {label}", "url": url} if url else None
    if stage in (StageKind.IMPLEMENTATION, StageKind.CLOSED):
        return {"label": "See the actions", "url": address("meetings:actions")}
    return {"label": "See the cycle", "url": address("meetings:cycle")}
