"""Drivers and events: what moves demand beside its own past, as people type it, and what it changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from forecasting.errors import DemandError, StaleRow
from forecasting.forms import EffectForm, EventForm
from forecasting.selectors import driver_pages as selectors
from forecasting.services import driver_edits as services
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.catalog import calendar
from siop.catalog.models import Category
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan, open_cycle_plan, planned_months
from siop.web.plan_choice import plan_label
from siop.web.render import render_page
from siop.web.templatetags.siop import month as month_label

TABS = (
    ("drivers", "Drivers"),
    ("events", "Events"),
    ("launches", "Launches and owners"),
    ("cleansing", "Cleansed months"),
)
MONTHS = 9
PAST, SHOWN = 24, 12
FOLLOWS = "The live forecast follows by itself."


def shared(request: HttpRequest, tab: str) -> dict[str, Any]:
    """What the three pages have in common."""
    live = current_live_plan()
    return {
        "tabs": [
            {"label": label, "count": None, "url": reverse(f"forecasting:{name}"), "on": name == tab}
            for name, label in TABS
        ],
        "may_edit": may(request.user, Permission.EDIT_DEMAND),
        "frozen": open_cycle_plan() is not None,
        "plan_label": plan_label(live),
    }


@requires(Permission.VIEW)
@require_GET
def drivers(request: HttpRequest) -> HttpResponse:
    return _drivers_page(request, request.GET.get("driver", ""), form=None)


def _drivers_page(
    request: HttpRequest, wanted: str, *, form: EffectForm | None, status: int = 200
) -> HttpResponse:
    person, live = person_of(request), current_live_plan()
    known = selectors.drivers()
    chosen = wanted if wanted in known else (known[0] if known else "")
    changed = selectors.changed_by_causes(live, person)
    older = selectors.plan_before(live)
    before = selectors.changed_by_causes(older, person)
    context: dict[str, Any] = {
        "page_title": "Drivers",
        "rows": [
            _driver_row(
                one, changed.get(("driver", one), 0.0), before.get(("driver", one), 0.0 if older else None)
            )
            for one in known
        ],
        "chosen": chosen,
        "form": form or EffectForm(initial={"driver": chosen, "version": 0}),
        "categories": Category.objects.order_by("code").values_list("code", flat=True),
        **shared(request, "drivers"),
    }
    if chosen:
        context |= _one_driver(chosen, live)
    response = render_page(request, "forecasting/drivers.html", context)
    response.status_code = status
    return response


def _driver_row(driver: str, units: float, was: float | None) -> dict[str, Any]:
    return {"driver": driver, "units": units, "was": was, "change": units - (was or 0.0)}


def _one_driver(driver: str, live: PlanVersion | None) -> dict[str, Any]:
    nodes = selectors.node_values(driver)
    months = planned_months(live)[:MONTHS] if live else []
    return {
        "months": months,
        "nodes": [
            {"node": node, "cells": [(one, node.values.get(one), _year_before(node, one)) for one in months]}
            for node in nodes
        ],
        "effects": selectors.effects(driver),
        "learned": selectors.learned(driver),
        "chart": _chart(driver, nodes, live) if live else None,
    }


def _year_before(node: selectors.NodeValues, month: date) -> float | None:
    known = calendar.load()
    return node.values.get(known.shift(month, -52 if known.bucket == "week" else -12))


def _chart(driver: str, nodes: list[selectors.NodeValues], live: PlanVersion) -> dict[str, Any] | None:
    """Values over two years past and one ahead, a line a node; the largest four."""
    known = calendar.load()
    months = [known.shift(live.as_of, k) for k in range(-PAST, SHOWN)]
    largest = sorted(nodes, key=lambda node: -sum(abs(v) for v in node.values.values()))[:4]
    if not largest:
        return None
    styles = ("blue", "ink", "dash", "dot")
    return {
        "id": "chart-driver",
        "title": _finding(driver, largest[0], months[PAST:]),
        "height": 200,
        "spec": {
            "x": [month_label(one) for one in months],
            "x_label": "Month",
            "places": 0,
            "today": month_label(live.as_of),
            "today_label": "plan",
            "series": [
                {"name": node.label, "kind": "line", "style": style, "values": [node.values.get(m) for m in months]}
                for node, style in zip(largest, styles, strict=False)
            ],
        },
    }  # fmt: skip


def _finding(driver: str, node: selectors.NodeValues, ahead: list[date]) -> str:
    """The largest planned change against the year before."""
    ratios = {m: now / then for m in ahead if (now := node.values.get(m)) and (then := _year_before(node, m))}
    if not ratios:
        return f"{driver}: nothing is planned ahead for {node.label}; the baseline stands"
    month = max(ratios, key=lambda one: abs(math.log(abs(ratios[one]) or 1)))
    return f"{driver} of {node.label}: {ratios[month]:.2g} times the year before in {month_label(month)}"


@requires(Permission.EDIT_DEMAND)
@require_POST
def set_values(request: HttpRequest) -> HttpResponse:
    """Values as typed in the table; what was not touched stays."""
    driver = request.POST.get("driver", "").strip()
    back = f"{reverse('forecasting:drivers')}?driver={driver}"
    try:
        count = services.set_values(
            person=person_of(request), driver=driver, values=_typed(request.POST.dict())
        )
    except (DemandError, ValueError) as error:
        messages.error(request, str(error), extra_tags="error")
        return redirect(back)
    word = "1 value is" if count == 1 else f"{count} values are"
    messages.success(request, f"{word} saved. {FOLLOWS}" if count else "Nothing was changed.")
    return redirect(back)


def _typed(given: Mapping[str, str]) -> dict[tuple[services.Place, date], float | None]:
    """`v:item-category-segment:month` fields whose value differs from the `was:` field beside them."""
    found: dict[tuple[services.Place, date], float | None] = {}
    for name, text in given.items():
        if not name.startswith("v:") or text.strip() == given.get(f"was{name[1:]}", "").strip():
            continue
        _, place, month = name.split(":")
        item, category, segment = (int(pk) or None for pk in place.split("-"))
        found[(item, category, segment), date.fromisoformat(month)] = _value(text, month)
    return found


def _value(text: str, month: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", "").strip())
    except ValueError:
        raise DemandError(
            f"{month[:7]}: {text!r} is no number; enter one, or nothing to take it away."
        ) from None
    if not 0 <= value < 1e15:
        raise DemandError(f"{month[:7]}: {text!r}; enter 0 or more.")
    return value


@requires(Permission.EDIT_DEMAND)
@require_POST
def set_effect(request: HttpRequest) -> HttpResponse:
    form = EffectForm(request.POST)
    driver = request.POST.get("driver", "").strip()
    if "version" not in request.POST:
        return _drivers_page(request, driver, form=form, status=428)
    if not form.is_valid():
        return _drivers_page(request, driver, form=form, status=422)
    try:
        effect = services.set_effect(person=person_of(request), **form.cleaned_data)
    except StaleRow as error:
        form.add_error(None, str(error))
        return _drivers_page(request, driver, form=form, status=409)
    messages.success(request, f"{effect} is kept. {FOLLOWS}")
    return redirect(f"{reverse('forecasting:drivers')}?driver={effect.driver}")


@requires(Permission.VIEW)
@require_GET
def events(request: HttpRequest) -> HttpResponse:
    return _events_page(request, form=EventForm())


def _events_page(request: HttpRequest, *, form: EventForm, status: int = 200) -> HttpResponse:
    live = current_live_plan()
    changed = selectors.changed_by_causes(live, person_of(request))
    today = live.as_of if live else timezone.localdate()
    context = {
        "page_title": "Drivers",
        "form": form,
        "rows": [
            {"event": one, "units": changed.get(("event", one.code), 0.0), "over": one.end < today}
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
        return _events_page(request, form=form, status=422)
    given = form.cleaned_data
    values = {
        f"{name}_id": given[name].pk if given[name] else None for name in ("item", "category", "segment")
    }
    values |= {name: given[name] for name in ("kind", "start", "end", "uplift_pct", "note")}
    event = services.save_event(person=person_of(request), code=given["event"].strip(), values=values)
    messages.success(request, f"Event {event} is saved. {FOLLOWS}")
    return redirect("forecasting:events")


@requires(Permission.EDIT_DEMAND)
@require_POST
def remove_event(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        code = services.remove_event(person=person_of(request), pk=pk)
        messages.success(request, f"Event {code} is removed. {FOLLOWS}")
    except DemandError as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect("forecasting:events")
