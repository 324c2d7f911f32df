"""Inventory as a list: item-locations with their stock, targets and money."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog.enums import ServicePolicy
from siop.plans.models import PlanVersion
from siop.web.list_pages import Addend, ListPage, Total, added, register
from siop.web.lists import ListColumn, choice, ordering

from ..models import PlanLine
from ..selectors.pages import inventory as selectors
from ..selectors.pages.inventory import InventoryFilters

COLUMNS = [
    ListColumn(label="Item", key="item", order="item__code", kept=True, sheet=("Item", "Description")),
    ListColumn(label="Location", key="location", order="location__code"),
    ListColumn(label="Class", key="class", order="klass"),
    ListColumn(label="Policy", key="policy", order="policy"),
    ListColumn(label="On hand", key="on_hand", order="on_hand", number=True, sheet=("On hand", "Unit")),
    ListColumn(label="Safety stock", key="safety", order="safety", number=True),
    ListColumn(label="Target", key="target", order="target", number=True),
    ListColumn(label="Days of supply", key="days", order="days", number=True),
    ListColumn(label="Value, {currency}", key="value", order="value", number=True),
    ListColumn(label="Excess, {currency}", key="excess", order="excess_value", number=True),
    ListColumn(label="Space, m³", key="space", order="space", number=True),
]
CLASSES = {
    "A": "A, the dearest 80 %", "B": "B, the next 15 %", "C": "C, the last 5 %", "X": "X, steady demand",
    "Y": "Y, uneven demand", "Z": "Z, erratic demand",
}  # fmt: skip
UNITS = {
    "on_hand": "on_hand",
    "safety": "safety",
    "target": "target",
}  # columns whose sums go by unit of measure
SUMMED = UNITS | {"value": "value", "excess": "excess_value", "space": "space"}


def filters_in(given: QueryDict) -> InventoryFilters:
    ids = {name: given.get(name, "") for name in ("category", "location")}
    return InventoryFilters(
        show=choice(given, "show", selectors.SHOW, "all"),
        text=given.get("q", "").strip()[:80],
        klass=choice(given, "class", tuple(CLASSES)),
        **{name: int(value) if value.isdecimal() else None for name, value in ids.items()},
    )


def found(person: Person, plan: PlanVersion, given: QueryDict) -> QuerySet[PlanLine]:
    """What an address finds, in its order."""
    _, order_by = ordering(given, COLUMNS, default="-value")
    lines = selectors.inventory(person, plan)
    return selectors.filtered(lines, filters_in(given)).order_by(*order_by)


def totals(lines: QuerySet[PlanLine]) -> tuple[int, dict[str, list[Total]]]:
    """How many lines there are; units by unit of measure, money and space."""
    sums = {f"all_{key}": Sum(column) for key, column in SUMMED.items()}
    rows = list(
        lines.order_by()
        .values("item__unit")
        .annotate(n=Count("pk"), **sums)
        .values_list("item__unit", "n", *sums)
    )
    by_key = {
        key: [(row[0] or "", row[position] or 0.0) for row in rows] for position, key in enumerate(SUMMED, 2)
    }
    return sum(row[1] for row in rows), {
        key: added(found)
        if key in UNITS
        else [Total(value=sum(value for _, value in found), places=_places(key))]
        for key, found in by_key.items()
    }


def _places(key: str) -> int:
    return 1 if key == "space" else 0


def _sheet(person: Person, plan: PlanVersion, given: QueryDict) -> Iterator[dict[str, Any]]:
    for line in found(person, plan, given).iterator(chunk_size=2000):
        said = vars(line)
        yield {
            "Item": line.item.code,
            "Description": line.item.description,
            "Location": line.location.code,
            "Class": said["klass"],
            "Policy": ServicePolicy(said["policy"]).label if said["policy"] else "",
            "On hand": line.on_hand,
            "Unit": line.item.unit,
            "Safety stock": said["safety"],
            "Target": said["target"],
            "Days of supply": said["days"],
            "Value, {currency}": said["value"],
            "Excess, {currency}": said["excess_value"],
            "Space, m³": said["space"],
        }


def _addends(person: Person, plan: PlanVersion, given: QueryDict, column: str, unit: str) -> list[Addend]:
    lines = found(person, plan, given).order_by()
    if column in UNITS:
        lines = lines.filter(item__unit=unit)
    rows = lines.values_list("item__code", "location__code", "item_id", "location_id", SUMMED[column])
    return [
        (f"{item} at {place}", amount, reverse("supply:item_location", args=[item_id, place_id]))
        for item, place, item_id, place_id, amount in rows
        if amount
    ]


LIST = register(
    ListPage(
        name="inventory",
        label="Inventory",
        url_name="supply:inventory",
        noun="item-location",
        columns=COLUMNS,
        filters=("show", "q", "category", "location", "class"),
        summed=tuple(SUMMED),
        rows=_sheet,
        addends=_addends,
    )
)
