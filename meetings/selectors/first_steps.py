"""What a company does first, from nothing to its first cycle; each step knows whether it is done."""

from dataclasses import dataclass

from forecasting.models import ExternalDemand, SalesLine
from inventory.models import StockOnHand
from siop.accounts.access import permissions_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Item, Location
from siop.plans.selectors import current_live_plan
from supply.models import SourcingLane

from ..addresses import address
from . import cycles


@dataclass(frozen=True)
class Step:
    """`url` is empty for a person who may not take the step, and for what comes by itself."""

    label: str
    text: str
    done: bool
    url: str = ""
    by_itself: bool = False


def first_steps(person: Person) -> list[Step]:
    """All of them in their order; none any more once the first cycle is open and has a plan to work on."""
    opened, planned = bool(cycles.all_cycles()), current_live_plan() is not None
    if opened and planned:
        return []
    may = permissions_of(person)
    data = address("gather:index") if Permission.IMPORT_DATA in may else ""
    people = address("accounts:people") if Permission.MANAGE_PEOPLE in may else ""
    cycle = address("meetings:cycle") if Permission.RUN_CYCLE in may else ""
    return [
        Step(
            "Invite the people",
            "Planners, department heads and an executive, each with a role.",
            Person.objects.filter(is_active=True).count() > 1,
            people,
        ),
        Step(
            "Import items and locations",
            "One workbook with a sheet for each table does all of it at once.",
            Item.objects.exists() and Location.objects.exists(),
            data,
        ),
        Step(
            "Import sales",
            "Twelve months give a forecast, three years a season of its own.",
            SalesLine.objects.exists() or ExternalDemand.objects.exists(),
            data,
        ),
        Step(
            "Import stock and sourcing",
            "What is on hand, who supplies it, how long it takes and in which lots.",
            StockOnHand.objects.exists() and SourcingLane.objects.exists(),
            data,
        ),
        Step(
            "The first plan",
            "Forecast, targets and orders compute themselves after each import.",
            planned,
            by_itself=True,
        ),
        Step(
            "Open the first cycle",
            "It has dates and owners; from then on the next one opens by itself.",
            opened,
            cycle,
        ),
    ]


def next_step(steps: list[Step]) -> dict[str, str] | None:
    """The first that this person can take and nobody has; a cycle is opened once there is a plan."""
    if not steps:
        return None
    *before, planned, _ = steps
    waiting = [step for step in (steps if planned.done else before) if step.url and not step.done]
    return {"label": waiting[0].label, "url": waiting[0].url} if waiting else None
