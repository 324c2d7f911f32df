"""Stock against what it should be, what it costs, and what a service level is worth."""

from typing import Any

from django.http import HttpRequest, HttpResponse
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
from siop.web import explanations
from siop.web.addresses import numbered
from siop.web.headlines import Headline
from siop.web.lists import SortColumn, choice, heads, ordering, page_of, query_with, query_without
from siop.web.render import render_page
from siop.web.templatetags.siop import among_others, money, number, percent, shortened

from .. import definitions
from ..explanations import plan_line
from ..models import PlanLine
from ..selectors.pages import inventory as selectors
from ..selectors.pages.inventory import InventoryFilters
from .common import Shown, no_plan, shown
from .inventory_charts import expiry, fates, projection_chart, service_chart

NAME = 44  # characters of code and description that a row has room for
TITLE = "Inventory"
SORTS = [
    SortColumn(label="Item", key="item", order="item__code"),
    SortColumn(label="Location", key="location", order="location__code"),
    SortColumn(label="Class", key="class", order="klass"),
    SortColumn(label="Policy", key="policy", order="policy"),
    SortColumn(label="On hand", key="on_hand", order="on_hand", number=True),
    SortColumn(label="Safety stock", key="safety", order="safety", number=True),
    SortColumn(label="Target", key="target", order="target", number=True),
    SortColumn(label="Days of supply", key="days", order="days", number=True),
    SortColumn(label="Value", key="value", order="value", number=True),
    SortColumn(label="Excess", key="excess", order="excess_value", number=True),
    SortColumn(label="Space, m³", key="space", order="space", number=True),
]
CHIPS = {
    "all": "All", "short": "Out of stock", "below": "Below safety stock", "excess": "Excess", "obsolete": "Obsolete",
    "expiring": "Expiring",
}  # fmt: skip
CLASSES = {
    "A": "A, the dearest 80 %", "B": "B, the next 15 %", "C": "C, the last 5 %", "X": "X, steady demand",
    "Y": "Y, uneven demand", "Z": "Z, erratic demand",
}  # fmt: skip


@requires(Permission.VIEW)
@require_GET
def inventory(request: HttpRequest) -> HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    lines = selectors.inventory(person, page.plan)
    by_location = selectors.summary_by_location(lines)
    found, spaces = selectors.summary(by_location), selectors.space_by_location(by_location, page.plan)
    filters = _filters(request)
    chosen_lines = selectors.filtered(lines, filters)
    sort, order_by = ordering(request.GET, SORTS, default="-value")
    known = int(found[f"n_{filters.show}"]) if filters == InventoryFilters(show=filters.show) else None
    listed = page_of(request.GET, chosen_lines.order_by(*order_by), count=known)
    context = page.context(
        page_title=TITLE,
        filters=filters,
        kpis=_kpis(page, found, spaces),
        chips=_chips(request, found, filters.show),
        categories=selectors.categories(),
        locations=visible_locations(person),
        classes=CLASSES.items(),
        projection=projection_chart(chosen_lines, page),
        service=service_chart(chosen_lines, page),
        fates=fates(request.GET, found),
        expiry=expiry(chosen_lines, page) if found["n_expiring"] else [],
        calibration=calibration_words(page.plan),
        spaces=spaces[:5],
        page=listed,
        query=query_without(request.GET, "page"),
        table=_table(request, listed.object_list, page, sort),
        **_chosen(request, person, page),
    )
    return render_page(request, "supply/inventory.html", context, partial="work")


def _filters(request: HttpRequest) -> InventoryFilters:
    given = request.GET
    ids = {name: given.get(name, "") for name in ("category", "location")}
    return InventoryFilters(
        show=choice(given, "show", selectors.SHOW, "all"),
        text=given.get("q", "").strip()[:80],
        klass=choice(given, "class", tuple(CLASSES)),
        **{name: int(value) if value.isdecimal() else None for name, value in ids.items()},
    )


def _kpis(page: Shown, found: dict[str, Any], spaces: list[dict[str, Any]]) -> list[Headline]:
    value, excess, target = found["stock_value"], found["all_excess"], found["all_target"]

    return [
        Headline(
            label=f"Stock on hand, {page.currency}",
            value=money(value),
            definition=definitions.INVENTORY_VALUE,
            note=f"{number(found['n_all'])} item-locations",
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
            label=f"Excess, {page.currency}",
            value=money(excess),
            definition=definitions.EXCESS_VALUE,
            delta=percent(excess / value) if value else "",
            tone="bad" if excess else "",
            base="of the stock",
            why=page.why("excess_value"),
        ),
        Headline(
            label=f"Obsolete or expiring, {page.currency}",
            value=money(found["all_obsolete"] + found["all_expiring"]),
            definition="Units that nothing asks for, and units that expire before they are sold, × unit cost.",
            note=f"{money(found['all_obsolete'])} obsolete, {money(found['all_expiring'])} expiring",
            why=page.why("unsold_value"),
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
            definition="Units on hand × volume, by carton.",
            note=_fullest(spaces),
            why=page.why("space"),
        ),
    ]


def _fullest(spaces: list[dict[str, Any]]) -> str:
    """The location nearest to its limit."""
    if not spaces or spaces[0]["share"] is None:
        return "no location has a limit"
    first = spaces[0]
    return f"{first['location']} {percent(first['share'], 0)} of {number(first['limit'])}"


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


def _table(request: HttpRequest, lines: Any, page: Shown, sort: str) -> dict[str, Any]:
    columns = heads(request.GET, SORTS, sort=sort)
    for column in columns:
        if column["label"] in ("Value", "Excess"):
            column["label"] += f", {page.currency}"
    chosen = request.GET.get("line", "")
    return {
        "caption": "Item-locations",
        "css": "edge stick",
        "columns": columns,
        "rows": [
            {"css": "sel" if str(line.pk) == chosen else "", "cells": _cells(request, line, page)}
            for line in lines
        ],
        "empty": {
            "title": "No item-location fits",
            "text": "Take a filter away, or search for another item.",
            "url": reverse("supply:inventory"),
            "label": "Show all",
        },
    }


def _cells(request: HttpRequest, line: PlanLine, page: Shown) -> list[dict[str, Any]]:
    places, found = places_of(line.item), vars(line)

    def why(kind: str, there: Any) -> str:
        return explanations.url(kind, page.plan.pk, line.item_id, line.location_id) if there else ""

    low = "n m exc" if line.on_hand < found["safety"] else "n m"
    place = numbered("supply:item_location", line.item_id, line.location_id)
    policy = ServicePolicy(found["policy"]).label if found["policy"] else "-"
    return [
        {
            "text": shortened(f"{line.item.code} {shortened(line.item.description, 28)}", NAME),
            "title": f"{line.item.code} {line.item.description}",
            "header": True,
            "url": place,
        },
        {"text": line.location.code},
        {"text": found["klass"] or "-", "css": "sub", "title": class_words(found["klass"])},
        {"text": policy, "css": "sub", "url": query_with(request.GET, line=str(line.pk))},
        {"text": among_others(line.on_hand, places), "css": low, "why": why("on_hand", line.on_hand)},
        {
            "text": among_others(found["safety"], places),
            "css": "n",
            "why": why("safety_stock", found["policy"]),
        },
        {
            "text": among_others(found["target"], places),
            "css": "n",
            "why": why("target", found["policy"]),
        },
        {"text": number(found["days"]), "css": "n sub", "why": why("days_of_supply", found["days"])},
        {"text": number(found["value"]), "css": "n", "why": why("stock_value", found["value"])},
        {
            "text": number(found["excess_value"]),
            "css": "n bad" if found["excess_value"] else "n sub",
            "why": why("excess_value", found["excess_value"]),
        },
        {"text": number(found["space"], 1), "css": "n sub", "why": why("space_taken", found["space"])},
    ]


def class_words(klass: str) -> str:
    """'A, the dearest 80 %; X, steady demand' of AX."""
    return "; ".join(CLASSES[letter] for letter in klass if letter in CLASSES)


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
