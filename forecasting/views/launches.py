"""Launches and owners: demand that history does not hold yet, as people type it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from forecasting.errors import DemandError
from forecasting.forms import LaunchForm, OwnersForm
from forecasting.selectors import launch_pages as selectors
from forecasting.services import launch_edits as services
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.models import Item
from siop.plans.selectors import current_live_plan
from siop.web.render import render_page

from .drivers import FOLLOWS, shared


@requires(Permission.VIEW)
@require_GET
def launches(request: HttpRequest) -> HttpResponse:
    return _page(request, launch=LaunchForm(initial=_of_item(request.GET.get("item", ""))))


def _of_item(code: str) -> dict[str, Any]:
    """What is known of the item that is to be changed."""
    item = Item.objects.filter(code=code).select_related("like_item").first() if code else None
    if item is None:
        return {}
    return {
        "item": item.code,
        "like_item": item.like_item.code if item.like_item else "",
        "like_item_scale": item.like_item_scale,
        "launch_date": item.launch_date,
        "end_date": item.end_date,
    }


def _page(
    request: HttpRequest,
    *,
    launch: LaunchForm | None = None,
    owners: OwnersForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person, live = person_of(request), current_live_plan()
    context = {
        "page_title": "Drivers",
        "launches": selectors.launches(live, person),
        "owners": selectors.owners(live, person),
        "launch_form": launch or LaunchForm(),
        "owners_form": owners or OwnersForm(),
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
    item, reason = values.pop("item"), values.pop("reason")
    try:
        services.set_launch(person=person_of(request), item=item, values=values, reason=reason)
    except DemandError as error:
        form.add_error("like_item", str(error))
        return _page(request, launch=form, status=422)
    messages.success(request, f"{item.code} is saved. {FOLLOWS}")
    return redirect("forecasting:launches")


@requires(Permission.EDIT_DEMAND)
@require_POST
def save_owners(request: HttpRequest) -> HttpResponse:
    form = OwnersForm(request.POST)
    if not form.is_valid():
        return _page(request, owners=form, status=422)
    values = {**form.cleaned_data}
    reason = values.pop("reason")
    base = services.save_owners(person=person_of(request), values=values, reason=reason)
    messages.success(request, f"Owners of {base.durable} are saved. {FOLLOWS}")
    return redirect("forecasting:launches")


@requires(Permission.EDIT_DEMAND)
@require_POST
def remove_owners(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        code = services.remove_owners(person=person_of(request), pk=pk)
        messages.success(request, f"{code} follows its own history again. {FOLLOWS}")
    except DemandError as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect("forecasting:launches")
