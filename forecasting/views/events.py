"""Events: what lifts or lowers demand between two days, as people type it, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from forecasting.errors import DemandError
from forecasting.explanations.years import cause_url
from forecasting.forms import EventForm
from forecasting.models import Event
from forecasting.selectors import driver_pages as selectors
from forecasting.services import event_edits as services
from forecasting.services import taking_back
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.plans.selectors import current_live_plan
from siop.web.render import render_page
from siop.web.seen import Difference, conflict, made_on, sealed
from siop.web.undo import saved_with_undo

from .drivers import FOLLOWS, shared, taken_back

NODE = ("item", "category", "segment")
REST = ("kind", "start", "end", "uplift_pct", "note")


@requires(Permission.VIEW)
@require_GET
def events(request: HttpRequest) -> HttpResponse:
    return _page(request, form=EventForm(initial=_of_event(request.GET.get("event", ""))))


def _of_event(code: str) -> dict[str, Any]:
    """What is stored of the event that is to be changed; of a new one, nothing."""
    event = Event.objects.select_related(*NODE).filter(code=code).first()
    if event is None:
        return {"seen": sealed(services.event_as_read(""))}
    named = {name: str(getattr(event, name) or "") for name in NODE}
    rest = {name: getattr(event, name) for name in REST}
    read = services.event_as_read(code)
    return {"event": code, **named, **rest, "uplift_pct": read["Uplift, %"], "seen": sealed(read)}


def _page(
    request: HttpRequest, *, form: EventForm, differences: Sequence[Difference] = (), status: int = 200
) -> HttpResponse:
    live = current_live_plan()
    changed = selectors.changed_by_causes(live, person_of(request))
    today = live.as_of if live else timezone.localdate()
    context = {
        "page_title": "Drivers",
        "form": form,
        "chosen": form["event"].value() or "",
        "conflict": differences,
        "rows": [
            {
                "event": one,
                "units": changed.get(("event", one.code), 0.0),
                "why": cause_url(live, "event", one.code),
                "over": one.end < today,
            }
            for one in selectors.events()
        ],
        **shared(request, "events"),
    }
    response = render_page(request, "forecasting/events.html", context)
    response.status_code = status
    return response


@requires(Permission.EDIT_DEMAND)
@require_POST
def save_event(request: HttpRequest) -> HttpResponse:
    form = EventForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    given = form.cleaned_data
    code = given["event"].strip()
    theirs = services.event_as_read(code)
    if found := conflict(given["seen"], mine=form.typed(), theirs=theirs):
        made_on(form, theirs)
        return _page(request, form=form, differences=found, status=409)
    before = taking_back.event_of(code)
    values = {f"{name}_id": given[name].pk if given[name] else None for name in NODE}
    services.save_event(
        person=person_of(request), code=code, values=values | {name: given[name] for name in REST}
    )
    _saved(request, f"Event {code} is saved.", taking_back.event_token(code, before=before))
    return redirect("forecasting:events")


def _saved(request: HttpRequest, text: str, token: str) -> None:
    saved_with_undo(request, f"{text} {FOLLOWS}", url=reverse("forecasting:undo_event"), token=token)


@requires(Permission.EDIT_DEMAND)
@require_POST
def remove_event(request: HttpRequest, pk: int) -> HttpResponse:
    event = Event.objects.filter(pk=pk).first()
    before = taking_back.event_of(event.code) if event else None
    try:
        code = services.remove_event(person=person_of(request), pk=pk)
        _saved(request, f"Event {code} is removed.", taking_back.event_token(code, before=before))
    except DemandError as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect("forecasting:events")


@requires(Permission.EDIT_DEMAND)
@require_POST
def undo_event(request: HttpRequest) -> HttpResponse:
    """Take back what was saved or removed on this page."""
    return taken_back(request, "forecasting:events")
