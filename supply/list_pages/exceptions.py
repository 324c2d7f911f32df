"""Exceptions as a list: each by itself, also where the page shows one line a root cause."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web.list_pages import Addend, ListPage, Total, register
from siop.web.lists import ListColumn, choice
from siop.web.plan_choice import looking_day

from ..enums import ExceptionKind, ExceptionStatus
from ..models import PlanException
from ..selectors.pages import exceptions as selectors
from ..selectors.pages.exceptions import ExceptionTotals

STATES = ("open", "snoozed", "resolved")
WHAT = ("Rank", "Kind", "Exception", "Root cause", "Suggestion", "Item", "Location", "Month", "Order")
COLUMNS = [
    ListColumn(label="Exception", key="what", kept=True, sheet=WHAT),
    ListColumn(
        label="Loss, {currency}",
        key="loss",
        number=True,
        says="Loss if nothing is done; its sum is weighted by chance",
    ),
    ListColumn(label="Chance", key="chance", number=True),
    ListColumn(label="Action, {currency}", key="action", number=True, says="What acting costs"),
    ListColumn(label="Avoidable, {currency}", key="avoidable", number=True),
    ListColumn(label="Act by", key="act_by", sheet=("Act by", "Status")),
]

WORTH: dict[
    str, Callable[[PlanException], float]
] = {  # columns that can be added, as ExceptionTotals adds them
    "loss": lambda one: float(one.money_at_risk) * one.probability,
    "action": lambda one: float(one.action_cost),
    "avoidable": lambda one: max(float(one.avoidable_loss), 0.0),
}


def state_in(given: QueryDict) -> str:
    return choice(given, "state", STATES, "open")


def found(person: Person, plan: PlanVersion, given: QueryDict) -> tuple[QuerySet[PlanException], str | None]:
    """Exceptions of the state, kind, words and root cause in the address; the cause where it is one of those."""
    rows = narrowed(person, plan, given, state=state_in(given))
    cause = given.get("cause")
    if cause and rows.filter(root_cause=cause).exists():
        return rows.filter(root_cause=cause), cause
    return rows, None


def narrowed(person: Person, plan: PlanVersion, given: QueryDict, *, state: str) -> QuerySet[PlanException]:
    """Exceptions of a state, of the kind and with the words in the address."""
    rows = _in_state(person, plan, state)
    kind = choice(given, "kind", ExceptionKind.values)
    if kind:
        rows = rows.filter(kind=kind)
    text = given.get("q", "").strip()[:80]
    return rows.filter(Q(title__icontains=text) | Q(root_cause__icontains=text)) if text else rows


def _in_state(person: Person, plan: PlanVersion, state: str) -> QuerySet[PlanException]:
    if state == "resolved":
        return selectors.exceptions_of(person, plan).filter(status=ExceptionStatus.RESOLVED)
    of_state = {"open": selectors.open_exceptions, "snoozed": selectors.snoozed_exceptions}[state]
    return of_state(person, plan, day=looking_day(plan))


def totals(sums: ExceptionTotals) -> dict[str, Sequence[Total]]:
    return {
        "loss": [Total(value=sums.expected_loss)],
        "action": [Total(value=float(sums.action_cost))],
        "avoidable": [Total(value=float(sums.avoidable_loss))],
    }


def _sheet(person: Person, plan: PlanVersion, given: QueryDict) -> Iterator[dict[str, Any]]:
    for one in found(person, plan, given)[0].iterator(chunk_size=2000):
        yield {
            "Rank": one.rank,
            "Kind": one.get_kind_display(),
            "Exception": one.title,
            "Root cause": one.root_cause,
            "Suggestion": one.suggestion,
            "Item": one.item.code if one.item else "",
            "Location": one.location.code if one.location else "",
            "Month": one.month,
            "Order": one.order,
            "Loss, {currency}": one.money_at_risk,
            "Chance": one.probability,
            "Action, {currency}": one.action_cost,
            "Avoidable, {currency}": one.avoidable_loss,
            "Act by": one.last_responsible_date,
            "Status": one.get_status_display(),
        }


def _addends(person: Person, plan: PlanVersion, given: QueryDict, column: str, unit: str) -> list[Addend]:
    address = reverse("supply:exceptions")
    rows, _ = found(person, plan, given)
    valued = ((one.title, WORTH[column](one), f"{address}?exception={one.pk}") for one in rows)
    return [addend for addend in valued if addend[1]]


LIST = register(
    ListPage(
        name="exceptions",
        label="Exceptions",
        url_name="supply:exceptions",
        noun="exception",
        columns=COLUMNS,
        filters=("state", "kind", "q", "cause"),
        looks=("each",),
        summed=tuple(WORTH),
        rows=_sheet,
        addends=_addends,
    )
)
