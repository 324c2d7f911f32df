"""What the command palette finds here: items with their places, suppliers, orders."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans.selectors import working_plan
from siop.web.search import LIMIT, Hit, Key, recalls, search_provider
from siop.web.templatetags.siop import day, number

from .models import PlanLine, PlannedOrder, Supplier

ITEM_LOCATIONS = "item_locations"
OF_A_LINE = ("item_id", "location_id", "item__code", "item__description", "location__code")


@search_provider
def item_locations(person: Person, text: str) -> Iterator[Hit]:
    plan = working_plan()
    if plan is None:
        return
    lines = visible(PlanLine.objects.filter(plan=plan), person).filter(
        Q(item__code__icontains=text) | Q(item__description__icontains=text)
    )
    for line in lines.order_by("item__code", "location__code").values(*OF_A_LINE)[:LIMIT]:
        yield _hit(line, "item at")


@recalls(ITEM_LOCATIONS)
def item_locations_looked_at(person: Person, keys: list[Key]) -> Iterator[Hit]:
    plan = working_plan() if keys else None
    if plan is None:
        return
    items = [item for item, _ in keys]
    lines = visible(PlanLine.objects.filter(plan=plan, item__in=items), person).values(*OF_A_LINE)
    found = {(line["item_id"], line["location_id"]): line for line in lines}
    for item, place in keys:
        if (item, place) in found:
            yield _hit(found[item, place], "looked at, at")


def _hit(line: dict[str, Any], what: str) -> Hit:
    address = reverse("supply:item_location", args=[line["item_id"], line["location_id"]])
    name = f"{line['item__code']} {line['item__description']}".strip()
    return Hit(name, f"{what} {line['location__code']}", address)


@search_provider
def suppliers(person: Person, text: str) -> Iterator[Hit]:
    found = Supplier.objects.filter(Q(code__icontains=text) | Q(description__icontains=text))
    for one in found.order_by("code")[:LIMIT]:
        yield Hit(
            f"{one.code} {one.description}".strip(),
            "supplier",
            reverse("supply:suppliers") + f"?supplier={one.pk}",
        )


@search_provider
def orders(person: Person, text: str) -> Iterator[Hit]:
    plan = working_plan()
    if plan is None:
        return
    found = visible(PlannedOrder.objects.filter(plan=plan, number__icontains=text), person)
    for order in found.select_related("item").order_by("number")[:LIMIT]:
        hint = f"{number(order.quantity)} by {day(order.order_by)}"
        yield Hit(
            f"{order.number} {order.item.code}", hint, reverse("supply:plan") + f"?order={order.number}"
        )
