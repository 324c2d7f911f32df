"""Stock against what it should be, what it costs, and what a service level is worth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from inventory.models import InventoryTarget
from inventory.selectors.calibration import calibration_words
from inventory.selectors.service_cost import cost_of_one_more_point, service_cost_chart
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.enums import ServicePolicy
from siop.catalog.units import places_of
from siop.catalog.visibility import visible_locations
from siop.web import explanations, list_pages, saved_views
from siop.web.addresses import numbered
from siop.web.headlines import Headline
from siop.web.kept_pages import kept_page
from siop.web.lists import heads, ordering, page_of, query_with, query_without, shown_columns
from siop.web.saved_views import Panel, View
from siop.web.templatetags.siop import among_others, many, money, number, percent, shortened

from .. import definitions
from ..explanations.plan import plan_line
from ..list_pages import inventory as inventory_list
from ..models import PlanLine
from ..selectors.pages import inventory as selectors
from ..selectors.pages.inventory import InventoryFilters
from .common import Shown, no_plan, shown
from .inventory_charts import expiry, fates, projection_chart, service_chart

NAME = 44  # characters of code and description that a row has room for
TITLE = "Inventory"
CHIPS = {
    "all": "All", "short": "Out of stock", "below": "Below safety stock", "excess": "Excess", "obsolete": "Obsolete",
    "expiring": "Expiring",
}  # fmt: skip


@requires(Permission.VIEW)
@require_GET
@kept_page(
    "supply/inventory.html",
    partial="work",
    of_person=lambda person: saved_views.views_of(person, inventory_list.LIST),
)
def inventory(request: HttpRequest, found_views: Sequence[View]) -> dict[str, Any] | HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    views = Panel(inventory_list.LIST, person, request.GET, found_views)
    if views.first_url:
        return redirect(views.first_url)
    lines = selectors.inventory(person, page.plan)
    by_location = selectors.summary_by_location(lines)
    found, spaces = selectors.summary(by_location), selectors.space_by_location(by_location, page.plan)
    filters = inventory_list.filters_in(request.GET)
    chosen_lines = inventory_list.found(person, page.plan, request.GET)
    count, sums = inventory_list.totals(chosen_lines)
    listed = page_of(request.GET, chosen_lines, count=count)
    context = page.context(
        page_title=TITLE,
        views=views,
        filters=filters,
        kpis=_kpis(page, found, spaces),
        chips=_chips(request, _left(lines, filters) if filters.narrows else found, filters.show),
        categories=selectors.categories(),
        locations=visible_locations(person),
        classes=inventory_list.CLASSES.items(),
        projection=projection_chart(chosen_lines, page),
        service=service_chart(chosen_lines, page),
        fates=fates(request.GET, found),
        expiry=expiry(chosen_lines, page) if found["n_expiring"] else [],
        calibration=calibration_words(page.plan),
        spaces=spaces[:5],
        page=listed,
        query=query_without(request.GET, "page"),
        table=_table(request, listed.object_list, page)
        | {
            "foot": list_pages.foot(inventory_list.LIST, sums, count=count, plan=page.plan, given=request.GET)
        },
        **_chosen(request, person, page),
    )
    return context


def _kpis(page: Shown, found: dict[str, Any], spaces: list[dict[str, Any]]) -> list[Headline]:
    value, target = found["stock_value"], found["all_target"]
    excess, obsolete = found["all_excess"], found["all_obsolete"]
    return [
        Headline(
            label=f"Stock on hand, {page.currency}",
            value=money(value),
            definition=definitions.INVENTORY_VALUE,
            note=many(found["n_all"], "item-location"),
            why=page.why("inventory_value"),
        ),
        Headline(
            label=f"Target, {page.currency}",
            value=money(target),
            definition="Safety stock and reserve × unit cost.",
            note="safety stock and reserve",
            why=page.why("target_value"),
        ),
        Headline(
            label=f"Excess and obsolete, {page.currency}",
            value=money(excess + obsolete),
            definition=definitions.EXCESS_VALUE,
            delta=percent((excess + obsolete) / value) if value else "",
            tone="bad" if excess + obsolete else "",
            base=f"of it; {money(obsolete)} obsolete",
            why=page.why("excess_value"),
        ),
        Headline(
            label=f"Expiring, {page.currency}",
            value=money(found["all_expiring"]),
            definition="Units that have expired, and units that expire before they are sold, × unit cost.",
            note=f"{money(found['all_expired'])} expired already",
            why=page.why("expiring_value"),
        ),
        Headline(
            label="Below safety stock",
            value=number(found["n_below"] + found["n_short"]),
            definition="Item-locations with demand whose stock is under their safety stock.",
            note=f"{number(found['n_short'])} of them out of stock",
            why=explanations.url("count", page.plan.pk, "below"),
        ),
        Headline(
            label="Space taken, m³",
            value=number(found["all_space"]),
            definition="Units on hand today × volume, by carton. Capacity shows what stock takes at month ends.",
            note=_fullest(spaces),
            why=page.why("space"),
        ),
    ]


def _fullest(spaces: list[dict[str, Any]]) -> str:
    """The location nearest to its limit."""
    if not spaces or spaces[0]["share"] is None:
        return "no location has a limit"
    first = spaces[0]
    return f"{first['location']} {percent(first['share'], 0)} of {number(first['limit'])} today"


def _left(lines: QuerySet[PlanLine], filters: InventoryFilters) -> dict[str, Any]:
    """What the filters leave, whatever is shown of it."""
    left = selectors.filtered(lines, replace(filters, show="all"))
    return selectors.summary(selectors.summary_by_location(left))


def _chips(request: HttpRequest, found: dict[str, Any], chosen: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "count": number(found[f"n_{key}"]),
            "url": query_with(request.GET, show=key if key != "all" else None),
            "on": key == chosen,
        }
        for key, label in CHIPS.items()
    ]


def _table(request: HttpRequest, lines: Any, page: Shown) -> dict[str, Any]:
    sort, _ = ordering(request.GET, inventory_list.COLUMNS, default="-value")
    columns = shown_columns(request.GET, inventory_list.COLUMNS)
    chosen = request.GET.get("line", "")
    return {
        "caption": "Item-locations",
        "css": "edge stick",
        "columns": heads(request.GET, columns, sort=sort, currency=page.currency),
        "rows": [
            {
                "css": "sel" if str(line.pk) == chosen else "",
                "cells": [cells[column.key] for column in columns],
            }
            for line, cells in ((line, _cells(request, line, page)) for line in lines)
        ],
        "empty": {
            "title": "No item-location fits",
            "text": "Take a filter away, or search for another item.",
            "url": reverse("supply:inventory"),
            "label": "Show all",
        },
    }


def _cells(request: HttpRequest, line: PlanLine, page: Shown) -> dict[str, dict[str, Any]]:
    """By the key of their column."""
    places, found = places_of(line.item), vars(line)

    def why(kind: str, there: Any) -> str:
        return explanations.url(kind, page.plan.pk, line.item_id, line.location_id) if there else ""

    low = "n m exc" if line.on_hand < found["safety"] else "n m"
    place = numbered("supply:item_location", line.item_id, line.location_id)
    policy = ServicePolicy(found["policy"]).label if found["policy"] else "-"
    return {
        "item": {
            "text": shortened(f"{line.item.code} {shortened(line.item.description, 28)}", NAME),
            "title": f"{line.item.code} {line.item.description}",
            "header": True,
            "url": place,
        },
        "location": {"text": line.location.code},
        "class": {"text": found["klass"] or "-", "css": "sub", "title": class_words(found["klass"])},
        "policy": {"text": policy, "css": "sub", "url": query_with(request.GET, line=str(line.pk))},
        "on_hand": {
            "text": among_others(line.on_hand, places),
            "css": low,
            "why": why("on_hand", line.on_hand),
        },
        "safety": {
            "text": among_others(found["safety"], places),
            "css": "n",
            "why": why("safety_stock", found["policy"]),
        },
        "target": {
            "text": among_others(found["target"], places),
            "css": "n",
            "why": why("target", found["policy"]),
        },
        "days": {"text": number(found["days"]), "css": "n sub", "why": why("days_of_supply", found["days"])},
        "value": {"text": number(found["value"]), "css": "n", "why": why("stock_value", found["value"])},
        "excess": {
            "text": number(found["excess_value"]),
            "css": "n bad" if found["excess_value"] else "n sub",
            "why": why("excess_value", found["excess_value"]),
        },
        "space": {
            "text": number(found["space"], 1),
            "css": "n sub",
            "why": why("space_taken", found["space"]),
        },
    }


def class_words(klass: str) -> str:
    """'A, the dearest 80 %; X, steady demand' of AX."""
    return "; ".join(inventory_list.CLASSES[letter] for letter in klass if letter in inventory_list.CLASSES)


def _chosen(request: HttpRequest, person: Person, page: Shown) -> dict[str, Any]:
    """The service-cost curve and policy of the line that is chosen, if one is."""
    key = request.GET.get("line", "")
    line = PlanLine.objects.filter(pk=key, plan=page.plan).first() if key.isdecimal() else None
    if line is None:
        return {"line": None}
    line = plan_line(person, page.plan, str(line.item_id), str(line.location_id))
    target = (
        InventoryTarget.objects.filter(plan=page.plan, item=line.item, location=line.location)
        .select_related("item")
        .first()
    )
    return {
        "line": line,
        "target": target,
        "curve": service_cost_chart(target) if target else None,
        "one_more_point": cost_of_one_more_point(target) if target else None,
        "class_words": class_words(target.klass) if target else "",
        "close_url": query_with(request.GET, line=None),
        "may_edit": may(person, Permission.EDIT_SUPPLY),
    }
