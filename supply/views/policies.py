"""Change the policy of one item at one place."""

from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from inventory.models import InventoryTarget, Policy
from inventory.selectors.followed import followed
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.models import Item, Location
from siop.catalog.visibility import visible_items, visible_locations
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.plans.locks import PartLocked
from siop.plans.selectors import working_plan
from siop.web.undo import TooOld, kept, note, opened, read, saved_with_undo

from ..errors import StaleRow, SupplyError
from ..forms import PolicyForm
from ..services.policies import FIELDS, TAKEN_BACK, edit_policy


class _Place(NamedTuple):
    item: Item
    location: Location

    def __str__(self) -> str:
        return f"{self.item} at {self.location}"


def _place(request: HttpRequest, item: int, location: int) -> _Place:
    person = person_of(request)
    return _Place(
        get_object_or_404(visible_items(person), pk=item),
        get_object_or_404(visible_locations(person), pk=location),
    )


def _stored(place: _Place) -> Policy | None:
    return Policy.objects.filter(item=place.item, location=place.location).first()


@requires(Permission.EDIT_SUPPLY)
@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, item: int, location: int) -> HttpResponse:
    """GET shows the form on a page of its own; POST saves or says what is wrong, and what stands there now."""
    place = _place(request, item, location)
    if request.method == "GET":
        return _page(request, place, PolicyForm.of(_stored(place)))
    form = PolicyForm(request.POST)
    if not request.POST.get("version"):
        return _page(request, place, form, status=428)
    if not form.is_valid():
        return _page(request, place, form, status=422)
    return _save(request, place, form)


def _save(request: HttpRequest, place: _Place, form: PolicyForm) -> HttpResponse:
    given = form.cleaned_data
    before = kept(_stored(place) or Policy(), FIELDS)
    try:
        saved = edit_policy(
            person=person_of(request),
            item=place.item,
            location=place.location,
            version=given["version"],
            values={name: value for name, value in given.items() if name not in ("version", "reason")},
            reason=given["reason"],
        )
    except StaleRow as error:
        form.data = request.POST.copy()
        form.data["version"] = str(error.version)
        return _page(request, place, form, status=409, conflict=error)
    except (SupplyError, PartLocked) as error:
        form.add_error(None, str(error))
        return _page(request, place, form, status=422)
    saved_with_undo(
        request,
        f"The policy of {place} is saved; new targets follow.",
        url=reverse("supply:undo_policy", args=[place.item.pk, place.location.pk]),
        token=note("policy", {"version": saved.version, "before": before}),
    )
    return _to(place)


def _to(place: _Place) -> HttpResponse:
    return redirect(reverse("supply:item_location", args=[place.item.pk, place.location.pk]) + "?tab=policy")


@requires(Permission.EDIT_SUPPLY)
@require_POST
def undo_policy(request: HttpRequest, item: int, location: int) -> HttpResponse:
    """The policy as it was before the change that a note names; one that was the first follows the item again."""
    place = _place(request, item, location)
    try:
        found = opened("policy", request.POST.get("token", ""))
        edit_policy(
            person=person_of(request),
            item=place.item,
            location=place.location,
            version=found["version"],
            values=read(Policy, found["before"]),
            reason=TAKEN_BACK,
        )
    except (TooOld, StaleRow, SupplyError, PartLocked) as error:
        messages.error(request, str(error), extra_tags="error")
    else:
        messages.success(request, f"Taken back: the policy of {place} is as it was; its targets follow.")
    return _to(place)


def _page(
    request: HttpRequest,
    place: _Place,
    form: PolicyForm,
    *,
    status: int = 200,
    conflict: StaleRow | None = None,
) -> HttpResponse:
    target = InventoryTarget.objects.filter(
        plan=working_plan(), item=place.item, location=place.location
    ).first()
    context = {
        "page_title": f"Policy of {place}",
        "item": place.item,
        "location": place.location,
        "policy_locked": locks.closed_because(PlanPart.INVENTORY),
        "form": form.following(followed(_stored(place), target)),
    }
    if conflict:
        context["conflict"] = {"message": str(conflict), "theirs": form.worded(conflict.theirs)}
    return render(request, "supply/policy.html", context, status=status)
