"""Item-locations, planned orders and exceptions as comments name them."""

from urllib.parse import urlencode

from django.urls import reverse

from siop.accounts.enums import Permission
from siop.catalog.visibility import visible
from siop.plans.selectors import working_plan
from siop.web.places import Place, describes

from .models import PlanException, PlanLine, PlannedOrder
from .selectors.pages.exceptions import visible_exceptions


@describes("item-location")
def of_item_location(name: str) -> Place | None:
    """`ITEM/LOCATION` by code."""
    item, _, location = name.rpartition("/")
    lines = PlanLine.objects.filter(plan=working_plan(), item__code=item, location__code=location)
    line = lines.first()
    if line is None:
        return None
    return Place(
        name=f"{item} at {location}",
        url=reverse("supply:item_location", args=[line.item_id, line.location_id]),
        planner=Permission.EDIT_SUPPLY,
        seen_by=lambda person: visible(lines, person).exists(),
    )


def of_order(number: str) -> str:
    """An order keeps its number where the plan is made again."""
    return f"order:{number}"


def of_threat(key: str) -> str:
    return f"exception:{key}"


@describes("order")
def order_named(number: str) -> Place | None:
    """By its number."""
    orders = PlannedOrder.objects.filter(plan=working_plan(), number=number).select_related(
        "item", "location"
    )
    order = orders.first()
    if order is None:
        return None
    return Place(
        name=f"order {number} of {order.item.code} at {order.location.code}",
        url=f"{reverse('supply:plan')}?{urlencode({'order': number})}",
        planner=Permission.EDIT_SUPPLY,
        seen_by=lambda person: visible(orders, person).exists(),
    )


@describes("exception")
def of_exception(name: str) -> Place | None:
    """By its key, which outlives a recomputation."""
    found = PlanException.objects.filter(plan=working_plan(), key=name).first()
    if found is None:
        return None
    return Place(
        name=found.title,
        url=f"{reverse('supply:exceptions')}?{urlencode({'exception': found.pk})}",
        planner=Permission.EDIT_SUPPLY,
        seen_by=lambda person: visible_exceptions(person).filter(pk=found.pk).exists(),
    )
