"""Capacity: a heat map of resources, suppliers and storage by month, and what stands behind one cell."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import parameters
from siop.web import explanations, saved_views
from siop.web.headlines import Headline
from siop.web.lists import choice, query_with
from siop.web.render import render_page
from siop.web.templatetags.siop import many, money, month, number

from ..enums import LoadKind
from ..list_pages import capacity as capacity_list
from ..models import CapacityLoad
from ..selectors.pages import capacity as selectors
from ..selectors.pages import outlook
from ..selectors.pages.capacity import MONTHS, Cell
from .common import Shown, no_plan, shown

TITLE = "Capacity"
INSTALL_MONTHS = 4
MOST_SHOWN = 999
GROUPS = {LoadKind.RESOURCE: "Resources", LoadKind.SUPPLIER: "Suppliers", LoadKind.STORAGE: "Storage"}


@requires(Permission.VIEW)
@require_GET
def capacity(request: HttpRequest) -> HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    views = saved_views.panel(request, capacity_list.LIST)
    if views.first_url:
        return redirect(views.first_url)
    found = selectors.loads(page.plan)
    names = selectors.names(found)
    kind = choice(request.GET, "kind", LoadKind.values)
    listed = capacity_list.of_kind(request.GET, found)
    chosen = _chosen(request, listed)
    ahead = _outlook(request, found, names, page)
    context = page.context(
        page_title=TITLE,
        views=views,
        months=selectors.months(page.plan),
        groups=_groups(request, listed, names, chosen),
        chips=_chips(request, found, kind),
        kpis=_kpis(found, names, page),
        finding=_finding(listed, names, page, outgrown=_outgrown(page, ahead)),
        **ahead,
        count=len(listed),
        sheet_rows=len(listed) * len(page.months),
        head_format="j M" if page.plan.bucket == "week" else "M",
        **(_panel(request, person, page, chosen, names) if chosen else {"chosen": None}),
    )
    return render_page(request, "supply/capacity.html", context, partial="work")


def _outlook(
    request: HttpRequest, found: list[CapacityLoad], names: dict[tuple[str, str], str], page: Shown
) -> dict[str, Any]:
    """Limits that growth outruns; how long more of one takes is asked in the address, else the company's own."""
    asked = request.GET.get("install", "")
    usual = parameters.number("capacity_install_months", INSTALL_MONTHS)
    install = min(int(asked), len(page.months)) if asked.isdecimal() else round(usual)
    rows = outlook.outlooks(page.plan, found, page.months, install_periods=install)
    return {
        "install": install,
        "outlooks": [
            {
                "outlook": row,
                "name": names[(row.load.kind, row.load.code)],
                "why": explanations.url("asked_of_limit", row.load.pk, row.exceeded),
            }
            for row in rows
        ],
        "outlook_finding": _outlook_finding(rows, names),
    }


def _outlook_finding(rows: list[outlook.Outlook], names: dict[tuple[str, str], str]) -> str:
    if not rows:
        return "No limit is outgrown within the horizon"
    first = rows[0]
    what = f"{names[(first.load.kind, first.load.code)]} is outgrown in {month(first.exceeded)}"
    if first.decide_by is None:
        return f"{what}; more of it had to be decided {first.periods_late} months ago"
    return f"{what}; decide by the start of {month(first.decide_by)}"


Chosen = tuple[CapacityLoad, int]


def unit_of(load: CapacityLoad) -> str:
    return {"m3": "m³"}.get(load.unit, load.unit)


def _chosen(request: HttpRequest, found: list[CapacityLoad]) -> Chosen | None:
    """The cell in the address, else the fullest one."""
    by_pk = {str(load.pk): load for load in found}
    load, h = by_pk.get(request.GET.get("load", "")), request.GET.get("h", "")
    if load is not None and h.isdecimal() and int(h) < min(MONTHS, len(load.required)):
        return load, int(h)
    fullest = [
        (cell.percent or 0.0, -position, load, h)
        for position, load in enumerate(found)
        for h, cell in enumerate(selectors.cells(load, MONTHS))
    ]
    best = max(fullest, key=lambda one: one[:2], default=None)
    return (best[2], best[3]) if best else None


def _groups(
    request: HttpRequest, found: list[CapacityLoad], names: dict[tuple[str, str], str], chosen: Chosen | None
) -> list[dict[str, Any]]:
    return [
        {
            "label": GROUPS[LoadKind(kind)],
            "rows": [
                {
                    "name": names[(load.kind, load.code)],
                    "unit": unit_of(load),
                    "cells": [
                        _cell(request, load, h, cell, active=chosen is not None and (load, h) == chosen)
                        for h, cell in enumerate(selectors.cells(load, MONTHS))
                    ],
                }
                for load in rows
            ],
        }
        for kind, rows in groupby(found, key=lambda load: load.kind)
    ]


def _cell(request: HttpRequest, load: CapacityLoad, h: int, cell: Cell, *, active: bool) -> dict[str, Any]:
    return {
        "text": _percent(cell),
        "over": bool(cell.over),
        "step": cell.step,
        "binds": cell.value_of_one_more > 0,
        "active": active,
        "url": query_with(request.GET, load=str(load.pk), h=str(h)),
        "title": _cell_title(load, cell),
    }


def _percent(cell: Cell) -> str:
    """A column is three digits wide; the title has the figures."""
    if cell.percent is None:
        return "-"
    return number(cell.percent) if cell.percent < MOST_SHOWN else f"{MOST_SHOWN}+"


def _cell_title(load: CapacityLoad, cell: Cell) -> str:
    said = f"{number(cell.required)} of {number(cell.available)} {unit_of(load)}"
    return f"{said}; one more saves {number(cell.value_of_one_more, 2)}" if cell.value_of_one_more else said


def _chips(request: HttpRequest, found: list[CapacityLoad], chosen: str) -> list[dict[str, Any]]:
    chips = [
        {
            "label": "All",
            "count": len(found),
            "url": query_with(request.GET, kind=None, load=None, h=None),
            "on": not chosen,
        }
    ]
    for kind, label in GROUPS.items():
        count = sum(load.kind == kind for load in found)
        if count:
            url = query_with(request.GET, kind=kind.value, load=None, h=None)
            chips.append({"label": label, "count": count, "url": url, "on": kind.value == chosen})
    return chips


def _outgrown(page: Shown, ahead: dict[str, Any]) -> list[str]:
    """Limits that demand outgrows in the months shown, by name."""
    last = page.months[:MONTHS][-1]
    return [row["name"] for row in ahead["outlooks"] if row["outlook"].exceeded <= last]


def _finding(
    found: list[CapacityLoad], names: dict[tuple[str, str], str], page: Shown, *, outgrown: list[str]
) -> str:
    over = selectors.over(found)
    if not over:
        fits = f"Everything fits in the next {min(MONTHS, page.plan.horizon)} months"
        return f"{fits}; {outgrown[0]} only by making ahead or below safety stock" if outgrown else fits
    by_load: dict[str, list[int]] = {}
    for load, h, _ in over:
        by_load.setdefault(names[(load.kind, load.code)], []).append(h)
    name, months = max(by_load.items(), key=lambda pair: len(pair[1]))
    spoken = month(page.months[months[0]])
    if len(months) > 1:
        spoken += (
            f" to {month(page.months[months[-1]])}"
            if months == list(range(months[0], months[-1] + 1))
            else f" and {len(months) - 1} more months"
        )
    rest = len(by_load) - 1
    others = f", and {many(rest, 'other')} over the limit" if rest else "; everything else fits"
    return f"{name} is asked for more than its limit in {spoken}{others}"


def _kpis(found: list[CapacityLoad], names: dict[tuple[str, str], str], page: Shown) -> list[Headline]:
    over = selectors.over(found)
    count = sum(len(selectors.cells(load, MONTHS)) for load in found)
    worth = sum(selectors.worth_of_fullest_gap(load) for load in found)
    kpis = [
        Headline(
            label="Over the limit, months",
            value=number(len(over)),
            definition="Months in which a resource, supplier or store is asked for more than it has.",
            note=f"of {number(count)}",
            tone="bad" if over else "",
            why=explanations.url("count", page.plan.pk, "over"),
        ),
        Headline(
            label=f"Worth of what is missing, {page.currency}",
            value=money(worth),
            definition="Margin that each limit's fullest gap would save: the plan made again with what is missing.",
            note="earned if it were there",
            why=page.why("worth_of_missing"),
        ),
    ]
    return kpis + [
        _peak(found, kind, names, page) for kind in LoadKind if any(load.kind == kind for load in found)
    ]


def _peak(
    found: list[CapacityLoad], kind: LoadKind, names: dict[tuple[str, str], str], page: Shown
) -> Headline:
    load, h, cell = selectors.fullest([load for load in found if load.kind == kind])
    return Headline(
        label=f"Fullest {kind.label.lower()}",
        value=f"{number(cell.percent or 0.0)} %",
        definition=f"Required of what is available, in its fullest month: {number(cell.required)} of "
        f"{number(cell.available)} {unit_of(load)} at {names[(load.kind, load.code)]}.",
        note=_where_and_when(load, names, month(page.months[h])),
        why=explanations.url("fullest", page.plan.pk, kind.value) if cell.percent is not None else "",
    )


def _where_and_when(load: CapacityLoad, names: dict[tuple[str, str], str], when: str) -> str:
    """Space is counted at month ends, where Inventory says what is taken today."""
    return (
        f"{load.code}, end of {when}"
        if load.kind == LoadKind.STORAGE
        else f"{names[(load.kind, load.code)]}, {when}"
    )


def _panel(
    request: HttpRequest, person: Person, page: Shown, chosen: Chosen, names: dict[tuple[str, str], str]
) -> dict[str, Any]:
    load, h = chosen
    cells = selectors.cells(load, MONTHS)
    cell, carried = cells[h], min(cells[h - 1].missing, cells[h].missing) if h else 0.0
    start = page.months[h]
    orders = selectors.orders_on(person, page.plan, load, start)
    return {
        "chosen": load,
        "chosen_unit": unit_of(load),
        "cell": cell,
        "chosen_name": names[(load.kind, load.code)],
        "chosen_month": start,
        "chart": _chart(load, names[(load.kind, load.code)], page),
        "orders": list(orders[:12]),
        "order_count": orders.count(),
        **(_space(person, page, load, h) if load.kind == LoadKind.STORAGE else {"stocks": []}),
        "chosen_places": 0 if cell.tried.is_integer() else 2,
        "column": h,
        "for_later": load.made_ahead[h] if load.made_ahead else 0.0,
        "from_before": load.made_ahead[h - 1] if h and load.made_ahead else 0.0,
        "carried": carried,
        "fresh": cell.missing - carried,
        "tries": may(person, Permission.EDIT_SCENARIO) and bool(cell.missing or cell.tried),
    }


def _space(person: Person, page: Shown, load: CapacityLoad, h: int) -> dict[str, Any]:
    return {
        "stocks": selectors.stock_at(person, page.plan, load, h),
        "price_of_space": selectors.price_of_space(page.plan, load),
    }


def _chart(load: CapacityLoad, name: str, page: Shown) -> dict[str, Any]:
    cells = selectors.cells(load, MONTHS)
    served = [min(cell.planned, cell.available) for cell in cells]
    short = [cell.over for cell in cells]
    series: list[dict[str, Any]] = [
        {"name": "Within the limit", "kind": "bar", "style": "soft", "stack": "load", "values": served},
        {"name": "Limit", "kind": "step", "style": "ink", "values": [cell.available for cell in cells]},
    ]
    if any(short):
        labels = [f"−{number(amount)}" if amount else "" for amount in short]
        over = {
            "name": "Over",
            "kind": "bar",
            "style": "ex",
            "stack": "load",
            "values": short,
            "labels": labels,
        }
        series.insert(1, over)
    worst = max(range(len(cells)), key=lambda h: cells[h].percent or 0.0)
    title = f"{name}: {number(cells[worst].percent)} % in {month(page.months[worst])}"
    if any(short):
        title = f"{name}: up to {number(max(short))} {unit_of(load)} over its limit, in {many(sum(map(bool, short)), 'month')}"
    return {
        "id": "chart-load",
        "title": title,
        "note": f"{unit_of(load)}, by month of arrival",
        "height": 240,
        "spec": {
            "x": [month(start) for start in page.months[: len(cells)]],
            "x_label": "Month",
            "places": 0,
            "series": series,
        },
    }
