"""Suppliers as a list: scorecard, planned purchases and what a failure would cost."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web.list_pages import Addend, ListPage, Total, register
from siop.web.lists import ListColumn, ordering
from siop.web.plan_choice import looking_day

from ..selectors.pages import suppliers as selectors
from ..selectors.scorecard import Scorecard, scorecards

COLUMNS = [
    ListColumn(
        label="Supplier", key="code", order="code", kept=True, sheet=("Supplier", "Description", "Country")
    ),
    ListColumn(label="Orders", key="orders", order="orders", number=True),
    ListColumn(label="OTIF", key="otif", order="otif", number=True, says="On time in full"),
    ListColumn(label="Delay, days", key="delay", order="delay", number=True),
    ListColumn(
        label="Asked, days",
        key="asked",
        order="asked",
        number=True,
        says="From the order to the day asked for",
    ),
    ListColumn(
        label="Actual, days", key="days", order="days", number=True, says="From the order to its receipt"
    ),
    ListColumn(label="Planned, {currency}", key="value", order="value", number=True),
    ListColumn(
        label="Survives, days",
        key="survive",
        order="survive",
        number=True,
        says="How long stock lasts if it fails today",
    ),
    ListColumn(label="Recovers, days", key="recover", order="recover", number=True),
    ListColumn(label="Gap, days", key="gap", order="gap", number=True),
    ListColumn(label="Exposure, {currency}", key="exposure", order="exposure", number=True),
]
FIRST = "-exposure"  # whose failure costs most, then whom most is bought from
NOTHING = Scorecard(
    orders=0, on_time_in_full=0, otif=None, mean_delay_days=None, requested_days=None, actual_days=None
)
SORTED_BY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "code": lambda row: row["supplier"].code,
    "orders": lambda row: row["card"].orders,
    "otif": lambda row: row["card"].otif,
    "delay": lambda row: row["card"].mean_delay_days,
    "asked": lambda row: row["card"].requested_days,
    "days": lambda row: row["card"].actual_days,
    "value": lambda row: row["value"],
    "survive": lambda row: row["risk"] and row["risk"].survive_days,
    "recover": lambda row: row["risk"] and row["risk"].recover_days,
    "gap": lambda row: row["risk"] and row["risk"].gap_days,
    "exposure": lambda row: row["risk"] and row["risk"].exposure,
}

WORTH: dict[str, Callable[[dict[str, Any]], float]] = {  # columns that can be added
    "orders": lambda row: float(row["card"].orders),
    "value": lambda row: float(row["value"]),
}


def found(person: Person, plan: PlanVersion, given: QueryDict) -> list[dict[str, Any]]:
    """What an address finds, in its order: supplier, card, planned value and risk; what is not known stands last."""
    text = given.get("q", "").strip()[:80]
    cards = scorecards(day=looking_day(plan), person=person)
    values, risks = selectors.planned_value(person, plan), selectors.risks(plan)
    rows = [
        {
            "supplier": one,
            "card": cards.get(one.pk, NOTHING),
            "value": values.get(one.code, 0),
            "risk": risks.get(one.pk),
        }
        for one in selectors.searched(selectors.suppliers(), text)
    ]
    rows.sort(key=SORTED_BY["value"], reverse=True)
    sort, _ = ordering(given, COLUMNS, default=FIRST)
    key = SORTED_BY[sort.removeprefix("-")]
    known = sorted((row for row in rows if key(row) is not None), key=key, reverse=sort.startswith("-"))
    return known + [row for row in rows if key(row) is None]


def totals(rows: list[dict[str, Any]]) -> dict[str, list[Total]]:
    """Orders and planned purchases; losses of failures do not add, as not all fail at once."""
    return {key: [Total(value=sum(map(worth, rows)))] for key, worth in WORTH.items()}


def _sheet(person: Person, plan: PlanVersion, given: QueryDict) -> Iterator[dict[str, Any]]:
    for row in found(person, plan, given):
        supplier, card, risk = row["supplier"], row["card"], row["risk"]
        yield {
            "Supplier": supplier.code,
            "Description": supplier.description,
            "Country": supplier.country,
            "Orders": card.orders,
            "OTIF": card.otif,
            "Delay, days": card.mean_delay_days,
            "Asked, days": card.requested_days,
            "Actual, days": card.actual_days,
            "Planned, {currency}": row["value"],
            "Survives, days": risk and risk.survive_days,
            "Recovers, days": risk and risk.recover_days,
            "Gap, days": risk and risk.gap_days,
            "Exposure, {currency}": risk and risk.exposure,
        }


def _addends(person: Person, plan: PlanVersion, given: QueryDict, column: str, unit: str) -> list[Addend]:
    address = reverse("supply:suppliers")
    valued = (
        (str(row["supplier"]), WORTH[column](row), f"{address}?supplier={row['supplier'].pk}")
        for row in found(person, plan, given)
    )
    return [addend for addend in valued if addend[1]]


LIST = register(
    ListPage(
        name="suppliers",
        label="Suppliers",
        url_name="supply:suppliers",
        noun="supplier",
        columns=COLUMNS,
        filters=("q",),
        summed=tuple(WORTH),
        rows=_sheet,
        addends=_addends,
    )
)
