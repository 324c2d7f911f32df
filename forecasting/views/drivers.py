"""Drivers: what moves demand beside its own past, as people type it, and what it changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.driver_forms import DriverValueForm, TypedValues, value_text
from forecasting.errors import DemandError, StaleRow
from forecasting.explanations.years import cause_url
from forecasting.forms import EffectForm
from forecasting.selectors import driver_pages as selectors
from forecasting.selectors.drivers import effect_texts
from forecasting.services import driver_edits as services
from forecasting.services import taking_back
from forecasting.services.driver_edits import Cell
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.catalog import calendar
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan, open_cycle_plan, planned_months
from siop.web.plan_choice import plan_label
from siop.web.render import render_page
from siop.web.seen import Difference, conflict, made_on, sealed
from siop.web.templatetags.siop import month as month_label
from siop.web.undo import saved_with_undo

TABS = (
    ("drivers", "Drivers"),
    ("events", "Events"),
    ("launches", "Launches and owners"),
    ("cleansing", "Cleansed months"),
)
MONTHS = 9
PAST, SHOWN = 24, 12
NOTHING_TYPED = sealed(effect_texts(None))
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
    request: HttpRequest,
    wanted: str,
    *,
    form: EffectForm | None,
    typed: TypedValues | None = None,
    value_form: DriverValueForm | None = None,
    differences: Sequence[Difference] = (),
    status: int = 200,
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
            | {"why": cause_url(live, "driver", one)}
            for one in known
        ],
        "chosen": chosen,
        "form": form or EffectForm(initial={"driver": chosen, "version": 0, "seen": NOTHING_TYPED}),
        "value_form": value_form or DriverValueForm(initial={"driver": chosen}),
        "conflict": differences,
        "problems": typed.problems if typed else {},
        **shared(request, "drivers"),
    }
    if chosen:
        context |= _one_driver(chosen, live, typed)
    response = render_page(request, "forecasting/drivers.html", context)
    response.status_code = status
    return response


def _driver_row(driver: str, units: float, was: float | None) -> dict[str, Any]:
    """`change` is that of the numbers as they are shown."""
    return {"driver": driver, "units": units, "was": was, "change": round(units) - round(was or 0.0)}


def _one_driver(driver: str, live: PlanVersion | None, typed: TypedValues | None) -> dict[str, Any]:
    nodes = selectors.node_values(driver)
    months = planned_months(live)[:MONTHS] if live else []
    return {
        "months": months,
        "nodes": [
            {"node": node, "cells": [_value_cell(node, month, typed) for month in months]} for node in nodes
        ],
        "effects": selectors.effects(driver),
        "learned": selectors.learned(driver),
        "chart": _chart(driver, nodes, live) if live else None,
    }


def _value_cell(node: selectors.NodeValues, month: date, typed: TypedValues | None) -> dict[str, Any]:
    """What stands in the field, what it was made on, and what is wrong with what was typed there."""
    name = f"{node.key}:{month.isoformat()}"
    stored = value_text(node.values.get(month))
    return {
        "month": month,
        "name": name,
        "value": node.values.get(month),
        "stored": stored,
        "text": typed.texts.get(name, stored) if typed else stored,
        "problem": typed.problems.get(name, "") if typed else "",
        "before": _year_before(node, month),
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
    """Values as typed in the table; what was not touched stays, and so does what somebody else set meanwhile."""
    driver = request.POST.get("driver", "").strip()
    try:
        typed = TypedValues(request.POST.dict(), stored=partial(services.values_as_read, driver))
    except ValueError:
        return HttpResponseBadRequest("A field names no cell of this table; reload the page.")
    if typed.problems:
        return _drivers_page(request, driver, form=None, typed=typed, status=422 if typed.wrong else 409)
    return _values_saved(request, driver, typed.changed)


@requires(Permission.EDIT_DEMAND)
@require_POST
def add_value(request: HttpRequest) -> HttpResponse:
    """A value where none stands yet; one that stands is changed in the table, where one sees it."""
    form, driver = DriverValueForm(request.POST), request.POST.get("driver", "").strip()
    if form.is_valid() and any(services.values_as_read(driver, [form.cell]).values()):
        form.add_error("month", f"A value of {driver} stands there already; change it in the table.")
    if not form.is_valid():
        return _drivers_page(request, driver, form=None, value_form=form, status=422)
    return _values_saved(request, driver, {form.cell: form.cleaned_data["value"]})


def _values_saved(request: HttpRequest, driver: str, values: Mapping[Cell, float | None]) -> HttpResponse:
    before = services.values_as_read(driver, values)
    count = services.set_values(person=person_of(request), driver=driver, values=values)
    if not count:
        messages.success(request, "Nothing was changed.")
    else:
        saved_with_undo(
            request,
            f"{'1 value is' if count == 1 else f'{count} values are'} saved. {FOLLOWS}",
            url=reverse("forecasting:undo_driver_values"),
            token=taking_back.values_token(driver, values, before=before),
        )
    return redirect(f"{reverse('forecasting:drivers')}?{urlencode({'driver': driver})}")


@requires(Permission.EDIT_DEMAND)
@require_POST
def undo_values(request: HttpRequest) -> HttpResponse:
    """Take back values that were saved on this page."""
    return taken_back(request, "forecasting:drivers")


def taken_back(request: HttpRequest, page: str) -> HttpResponse:
    """Undo what the note of a toast names, and go back to the page it stood on."""
    try:
        words = taking_back.take_back(person=person_of(request), token=request.POST.get("token", ""))
        messages.success(request, f"Taken back: {words} {FOLLOWS}")
    except DemandError as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect(page)


@requires(Permission.EDIT_DEMAND)
@require_POST
def set_effect(request: HttpRequest) -> HttpResponse:
    form = EffectForm(request.POST)
    driver = request.POST.get("driver", "").strip()
    if "version" not in request.POST:
        return _drivers_page(request, driver, form=form, status=428)
    if not form.is_valid():
        return _drivers_page(request, driver, form=form, status=422)
    given = {**form.cleaned_data}
    effect, theirs = services.effect_as_read(given["driver"], given["item"], given["category"])
    if found := conflict(given.pop("seen"), mine=form.typed(), theirs=theirs):
        made_on(form, theirs, version=effect.version if effect else 0)
        return _drivers_page(request, driver, form=form, differences=found, status=409)
    try:
        effect = services.set_effect(person=person_of(request), **given)
    except StaleRow as error:
        form.add_error(None, str(error))
        return _drivers_page(request, driver, form=form, status=409)
    messages.success(request, f"{effect} is kept. {FOLLOWS}")
    return redirect(f"{reverse('forecasting:drivers')}?{urlencode({'driver': effect.driver})}")
