"""What the command palette finds here: items with their places, suppliers, orders."""

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans.selectors import working_plan
from siop.web.search import LIMIT, Hit, search_provider
from siop.web.templatetags.siop import day, number

from .models import PlanLine, PlannedOrder, Supplier


@search_provider
def item_locations(person: Person, text: str) -> Iterator[Hit]:
    plan = working_plan()
    if plan is None:
        return
    lines = visible(PlanLine.objects.filter(plan=plan), person).filter(
        Q(item__code__icontains=text) | Q(item__description__icontains=text)
    )
    columns = ("item_id", "location_id", "item__code", "item__description", "location__code")
    found = lines.order_by("item__code", "location__code").values_list(*columns)[:LIMIT]
    for item_id, place_id, item, description, place in found:
        address = reverse("supply:item_location", args=[item_id, place_id])
        yield Hit(f"{item} {description}".strip(), f"item at {place}", address)


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
