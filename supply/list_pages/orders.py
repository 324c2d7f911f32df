"""The supply plan as a list: planned orders and messages on open orders."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog.units import places_of
from siop.plans.models import PlanVersion
from siop.web.list_pages import Addend, ListPage, Total, added, register
from siop.web.lists import ListColumn, choice, ordering
from siop.web.plan_choice import looking_day
from siop.web.templatetags.siop import day, number

from ..enums import ExceptionKind, OrderStatus
from ..firm_reasons import firm_reason
from ..models import PlannedOrder
from ..selectors.pages import orders as selectors
from ..selectors.pages.orders import OrderFilters, OrderRows, UnitSum

COLUMNS = [
    ListColumn(label="Order by", key="by", order="act_by"),
    ListColumn(label="Message", key="message"),
    ListColumn(label="Order", key="order", kept=True),
    ListColumn(label="Item", key="item", order="item_code", sheet=("Item", "Description", "Location")),
    ListColumn(label="Units", key="units", order="units", number=True, sheet=("Units", "Unit")),
    ListColumn(label="Source", key="source", order="origin", sheet=("Source", "Mode")),
    ListColumn(label="Arrives", key="arrives", order="arrives"),
    ListColumn(label="{currency}/unit", key="landed", number=True, width="roomy", says="Landed cost a unit"),
    ListColumn(label="Value, {currency}", key="value", order="worth", number=True),
    ListColumn(label="Why", key="why"),
]
TAGS = {
    ExceptionKind.EXPEDITE: ("Expedite", "ex", ""),
    ExceptionKind.DEFER: ("Defer", "warn", ""),
    ExceptionKind.CANCEL: ("Cancel", "", "×"),
}
STATUS_TAGS = {OrderStatus.FIRM: ("Firm", "acc", "◆"), OrderStatus.RELEASED: ("Released", "ok", "")}


def filters_in(given: QueryDict) -> OrderFilters:
    return OrderFilters(
        kind=choice(given, "show", selectors.KINDS, "all"), text=given.get("q", "").strip()[:80]
    )


def found(person: Person, plan: PlanVersion, given: QueryDict) -> OrderRows:
    """What an address finds, in its order."""
    _, order_by = ordering(given, COLUMNS, default="by")
    return selectors.order_rows(person, plan, filters_in(given), day=looking_day(plan), order_by=order_by[0])


def described(row: dict[str, Any], seen: date) -> dict[str, Any]:
    """What a hydrated row says, on the page and in a spreadsheet; `tag` is (label, tone, shape)."""
    order: PlannedOrder | None = row["order"]
    if order is None:
        return _message(row)
    due = order.order_by <= seen + selectors.RELEASE_WINDOW
    waiting = ("Release", "acc", "") if due else ("Planned", "", "")
    return {
        "tag": STATUS_TAGS.get(OrderStatus(order.status), waiting),
        "act_by": order.order_by,
        "reference": order.number,
        "item": order.item,
        "location": order.location,
        "quantity": order.quantity,
        "source": order.source,
        "mode": order.mode,
        "arrives": order.due_date,
        "landed": order.unit_landed_cost,
        "value": row["worth"],
        "reason": _reason(order),
    }


def _message(row: dict[str, Any]) -> dict[str, Any]:
    note, receipt = row["message"], row["receipt"]
    return {
        "tag": TAGS[ExceptionKind(note.kind)],
        "act_by": note.last_responsible_date,
        "reference": note.order or "open order",
        "item": note.item,
        "location": note.location,
        "quantity": note.quantity,
        "source": str(receipt.supplier or "") if receipt else "",
        "mode": str(receipt.mode or "") if receipt else "",
        "arrives": receipt.due_date if receipt else None,
        "landed": note.item.unit_cost if note.item else None,
        "value": row["worth"],
        "reason": note.suggestion or note.title,
    }


def _reason(order: PlannedOrder) -> str:
    said = firm_reason(order.quantity, order.computed_quantity, order.unit_landed_cost, order.reason)
    if said:
        return said
    need = number(order.needed_quantity or order.quantity, places_of(order.item))
    return f"{need} needed by {day(order.need_date)}"


def totals(sums: Sequence[UnitSum]) -> tuple[int, dict[str, list[Total]]]:
    """How many rows there are, and their units by unit of measure and value."""
    value = sum(one.worth for one in sums)
    return sum(one.count for one in sums), {
        "units": added((one.unit, one.units) for one in sums),
        "value": [Total(value=value)],
    }


def _sheet(person: Person, plan: PlanVersion, given: QueryDict) -> Iterator[dict[str, Any]]:
    seen = looking_day(plan)
    for row in found(person, plan, given).every():
        said = described(row, seen)
        item, place = said["item"], said["location"]
        yield {
            "Order by": said["act_by"],
            "Message": said["tag"][0],
            "Order": said["reference"],
            "Item": item.code if item else "",
            "Description": item.description if item else "",
            "Location": place.code if place else "",
            "Units": said["quantity"],
            "Unit": item.unit if item else "",
            "Source": said["source"],
            "Mode": said["mode"],
            "Arrives": said["arrives"],
            "{currency}/unit": said["landed"],
            "Value, {currency}": said["value"],
            "Why": said["reason"],
        }


def _addends(person: Person, plan: PlanVersion, given: QueryDict, column: str, unit: str) -> list[Addend]:
    address = reverse("supply:plan")
    rows = found(person, plan, given)
    valued = rows.valued("units", unit=unit) if column == "units" else rows.valued("worth")
    return [(f"{name} {item or ''}", value, f"{address}?q={name}") for name, item, value in valued]


LIST = register(
    ListPage(
        name="supply-plan",
        label="Supply plan",
        url_name="supply:plan",
        noun="row",
        columns=COLUMNS,
        filters=("show", "q"),
        looks=("view",),
        summed=("units", "value"),
        rows=_sheet,
        addends=_addends,
    )
)
