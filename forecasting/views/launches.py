"""Launches and owners: demand that history does not hold yet, as people type it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.errors import DemandError
from forecasting.forms import LaunchForm, OwnersForm
from forecasting.models import InstalledBase
from forecasting.selectors import launch_pages as selectors
from forecasting.services import launch_edits as services
from forecasting.services import taking_back
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.plans.selectors import current_live_plan
from siop.web.render import render_page
from siop.web.seen import Difference, conflict, made_on, sealed
from siop.web.undo import saved_with_undo

from .drivers import FOLLOWS, shared, taken_back


@requires(Permission.VIEW)
@require_GET
def launches(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        launch=LaunchForm(initial=_of_item(request.GET.get("item", ""))),
        owners=OwnersForm(initial=_of_owners(request.GET.get("owners", ""), person_of(request))),
    )


def _of_item(code: str) -> dict[str, Any]:
    """What is known of the item that is to be changed; of none, that nothing was known when the form was opened."""
    item = Item.objects.filter(code=code).select_related("like_item").first() if code else None
    if item is None:
        return {"seen": sealed(services.launch_as_read(Item()))}
    return {
        "item": item.code,
        "like_item": item.like_item.code if item.like_item else "",
        "like_item_scale": item.like_item_scale,
        "launch_date": item.launch_date,
        "end_date": item.end_date,
        "seen": sealed(services.launch_as_read(item)),
    }


def _of_owners(pk: str, person: Person) -> dict[str, Any]:
    """What is stored of the owners that are to be changed."""
    within = (
        services.owners_within(person)
        if may(person, Permission.EDIT_DEMAND)
        else InstalledBase.objects.none()
    )
    base = within.filter(pk=pk).first() if pk.isdigit() else None
    if base is None:
        return {"seen": sealed(services.owners_as_read(None))}
    return {
        **{name: getattr(base, name).code for name in services.PLACE},
        **{name: getattr(base, name) for name in services.COUNTED},
        "active_units": base.active_units.normalize(),
        "seen": sealed(services.owners_as_read(base)),
    }


def _page(
    request: HttpRequest,
    *,
    launch: LaunchForm | None = None,
    owners: OwnersForm | None = None,
    differences: Sequence[Difference] = (),
    status: int = 200,
) -> HttpResponse:
    """`differences` belong to the form that was sent."""
    person, live = person_of(request), current_live_plan()
    context = {
        "page_title": "Drivers",
        "launches": selectors.launches(live, person),
        "owners": selectors.owners(live, person),
        "launch_conflict": differences if launch else (),
        "owners_conflict": differences if owners else (),
        "launch_form": launch or LaunchForm(initial=_of_item("")),
        "owners_form": owners or OwnersForm(initial=_of_owners("", person)),
        **shared(request, "launches"),
    }
    response = render_page(request, "forecasting/launches.html", context)
    response.status_code = status
    return response


@requires(Permission.EDIT_DEMAND)
@require_POST
def save_launch(request: HttpRequest) -> HttpResponse:
    form = LaunchForm(request.POST)
    if not form.is_valid():
        return _page(request, launch=form, status=422)
    values = {**form.cleaned_data}
    item, reason, seen = (values.pop(name) for name in ("item", "reason", "seen"))
    theirs = services.launch_as_read(item)
    if found := conflict(seen, mine=form.typed(), theirs=theirs):
        made_on(form, theirs)
        return _page(request, launch=form, differences=found, status=409)
    before = taking_back.launch_of(item)
    try:
        services.set_launch(person=person_of(request), item=item, values=values, reason=reason)
    except DemandError as error:
        form.add_error("like_item", str(error))
        return _page(request, launch=form, status=422)
    _saved(request, f"{item.code} is saved.", taking_back.launch_token(item, before=before))
    return redirect("forecasting:launches")


def _saved(request: HttpRequest, text: str, token: str) -> None:
    saved_with_undo(request, f"{text} {FOLLOWS}", url=reverse("forecasting:undo_launch"), token=token)


@requires(Permission.EDIT_DEMAND)
@require_POST
def save_owners(request: HttpRequest) -> HttpResponse:
    form = OwnersForm(request.POST)
    if not form.is_valid():
        return _page(request, owners=form, status=422)
    values = {**form.cleaned_data}
    reason, seen = values.pop("reason"), values.pop("seen")
    place = {f"{name}_id": values[name].pk for name in services.PLACE}
    theirs = services.owners_as_read(InstalledBase.objects.filter(**place).first())
    if found := conflict(seen, mine=form.typed(), theirs=theirs):
        made_on(form, theirs)
        return _page(request, owners=form, differences=found, status=409)
    before = taking_back.owners_of(place)
    base = services.save_owners(person=person_of(request), values=values, reason=reason)
    _saved(request, f"Owners of {base.durable} are saved.", taking_back.owners_token(place, before=before))
    return redirect("forecasting:launches")


@requires(Permission.EDIT_DEMAND)
@require_POST
def remove_owners(request: HttpRequest, pk: int) -> HttpResponse:
    base = InstalledBase.objects.filter(pk=pk).first()
    place = {name: getattr(base, name) for name in taking_back.PLACE} if base else {}
    before = taking_back.owners_of(place) if base else None
    try:
        code = services.remove_owners(person=person_of(request), pk=pk)
        _saved(
            request, f"{code} follows its own history again.", taking_back.owners_token(place, before=before)
        )
    except DemandError as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect("forecasting:launches")


@requires(Permission.EDIT_DEMAND)
@require_POST
def undo_launch(request: HttpRequest) -> HttpResponse:
    """Take back what one of the forms of this page did."""
    return taken_back(request, "forecasting:launches")
