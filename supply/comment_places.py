"""Item-locations and exceptions as comments name them."""

from urllib.parse import urlencode

from django.urls import reverse

from siop.accounts.enums import Permission
from siop.catalog.visibility import visible
from siop.plans.selectors import working_plan
from siop.web.places import Place, describes

from .models import PlanException, PlanLine
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
