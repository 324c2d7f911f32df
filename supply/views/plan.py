"""The supply plan: what to order by when, what to do about open orders, and what hangs on each."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.units import places_of
from siop.web import explanations, list_pages, saved_views
from siop.web.addresses import numbered
from siop.web.headlines import Headline
from siop.web.kept_pages import kept_page
from siop.web.lists import choice, heads, ordering, page_of, query_with, query_without, shown_columns
from siop.web.saved_views import Panel, View
from siop.web.selectors import places_talked_of
from siop.web.templatetags.siop import among_others, in_money, many, money, number, percent, short_day

from ..comment_places import of_order, of_threat
from ..enums import OrderStatus
from ..forms import FirmForm
from ..list_pages import orders as order_list
from ..models import PlanException, PlannedOrder
from ..selectors import money as money_rows
from ..selectors.pages import exceptions as exception_rows
from ..selectors.pages import orders as selectors
from ..selectors.pages.orders import OrderTotals, UnitSum
from ..services import improving
from .common import Shown, no_plan, shown

TITLE = "Supply plan"
TOP = 4  # exceptions beneath the list
CHIPS = {
    "all": "All", "release": "Release", "expedite": "Expedite", "defer": "Defer", "cancel": "Cancel",
    "firm": "Firm", "released": "Released",
}  # fmt: skip


@requires(Permission.VIEW)
@require_GET
@kept_page(
    "supply/plan.html",
    partial="work",
    of_person=lambda person: saved_views.views_of(person, order_list.LIST),
)
def supply_plan(request: HttpRequest, found_views: Sequence[View]) -> dict[str, Any] | HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    views = Panel(order_list.LIST, person, request.GET, found_views)
    if views.first_url:
        return redirect(views.first_url)
    totals = selectors.totals(person, page.plan, day=page.day)
    filters = order_list.filters_in(request.GET)
    left = selectors.totals(person, page.plan, day=page.day, text=filters.text) if filters.text else totals
    context = page.context(
        page_title=TITLE,
        views=views,
        counts=totals.counts,
        kpis=_kpis(person, page, totals),
        short=totals.counts["all"] == 0 and selectors.planned_fill_rate(person, page.plan)[1] > 0,
        chips=_chips(request, left.counts, filters.kind),
        text=request.GET.get("q", "")[:80],
        kind=filters.kind,
        calendar_url=query_with(request.GET, view=None if _calendar(request) else "calendar"),
        view="calendar" if _calendar(request) else "list",
        may_release=may(person, Permission.RELEASE_ORDERS),
        may_improve=may(person, Permission.EDIT_SUPPLY),
        improving=improving.running_job(page.plan),
    )
    if _calendar(request):
        context["weeks"] = selectors.order_calendar(person, page.plan, day=page.day)
    else:
        context |= _list(request, person, page, left.sums[filters.kind])
    context |= dock(request, person, page)
    return context


def _calendar(request: HttpRequest) -> bool:
    return request.GET.get("view") == "calendar"


def _list(request: HttpRequest, person: Person, page: Shown, found_sums: list[UnitSum]) -> dict[str, Any]:
    sort, _ = ordering(request.GET, order_list.COLUMNS, default="by")
    found = order_list.found(person, page.plan, request.GET)
    count, sums = order_list.totals(found_sums)
    listed = page_of(request.GET, found, count=count)
    columns = shown_columns(request.GET, order_list.COLUMNS)
    return {
        "page": listed,
        "query": query_without(request.GET, "page"),
        "columns": heads(request.GET, columns, sort=sort, currency=page.currency),
        "shown": [column.key for column in columns],
        "rows": _rows(request, page, selectors.hydrated(listed.object_list)),
        "foot": list_pages.foot(order_list.LIST, sums, count=count, plan=page.plan, given=request.GET),
    }


def _selected(request: HttpRequest) -> str:
    """Number of the order that is open: a plan made again keeps it, and makes new rows."""
    return request.GET.get("order", "")[:40]


def _rows(request: HttpRequest, page: Shown, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    places = [
        of_order(row["order"].number) if row["order"] else of_threat(row["message"].key) for row in found
    ]
    talked_of = places_talked_of(places)
    return [
        _row(request, row, page) | {"talked_of": place in talked_of}
        for row, place in zip(found, places, strict=True)
    ]


def _row(request: HttpRequest, row: dict[str, Any], page: Shown) -> dict[str, Any]:
    said = order_list.described(row, page.day)
    item = said["item"]
    return (
        said
        | {
            "late": bool(said["act_by"] and said["act_by"] < page.day),
            "place": _place(row),
            "units": among_others(said["quantity"], places_of(item) if item else 0),
        }
        | (
            _of_order(request, row["order"], page)
            if row["order"] is not None
            else _of_message(row["message"])
        )
    )


def _of_message(note: PlanException) -> dict[str, Any]:
    return {
        "url": f"{reverse('supply:exceptions')}?exception={note.pk}",
        "why": explanations.url("exception", note.pk),
    }


def _of_order(request: HttpRequest, order: PlannedOrder, page: Shown) -> dict[str, Any]:
    waits = order.status != OrderStatus.RELEASED
    changed = order.computed_quantity is not None
    return {
        "pk": order.pk,
        "checkbox": waits,
        "late": order.order_by < page.day and waits,
        "url": query_with(request.GET, order=order.number),
        "firm_delta": order.quantity - order.computed_quantity if changed else None,
        "why": explanations.url("order", order.pk),
        "sel": _selected(request) == order.number,
    }


def _place(row: dict[str, Any]) -> str:
    about = row["order"] or row["message"]
    known = about.item_id and about.location_id
    return numbered("supply:item_location", about.item_id, about.location_id) if known else ""


def _kpis(person: Person, page: Shown, totals: OrderTotals) -> list[Headline]:
    counts = totals.counts
    risk = exception_rows.open_totals(person, page.plan, day=page.day)
    asked, short = selectors.planned_fill_rate(person, page.plan)
    spoken = [
        f"{number(counts[kind.value])} {kind.label.lower()}"
        for kind in selectors.MESSAGES
        if counts[kind.value]
    ]
    until = page.day + selectors.RELEASE_WINDOW

    return [
        Headline(
            label=f"To release by {short_day(until)}, {page.currency}",
            value=money(totals.due_value),
            definition="Planned and firm orders to be placed by then, at landed cost.",
            note=many(counts["release"], "planned order"),
            why=page.why("to_release"),
        ),
        Headline(
            label="Messages on open orders",
            value=number(sum(counts[kind.value] for kind in selectors.MESSAGES)),
            definition="Open orders to bring forward, put off or cancel.",
            note=", ".join(spoken) or "nothing to change",
            why=explanations.url("count", page.plan.pk, "messages"),
        ),
        page.open_loss(risk),
        Headline(
            label=f"Bought beyond need, {page.currency}",
            value=money(totals.overhang_value),
            definition="What order minimums and multiples bring beyond the need, at landed cost.",
            note="minimums and multiples",
            why=page.why("overhang"),
        ),
        Headline(
            label=f"Fill rate by day, {min(selectors.FILL_MONTHS, page.plan.horizon)} months",
            value=percent(1 - short / asked if asked else None),
            definition="Share of demand that the plan serves on the day it is asked for. "
            "Scenarios count what is served by the end of each period, which is more.",
            delta=f"{number(short)} late" if short else "",
            tone="bad",
            note="" if short else "nothing late",
            why=page.why("planned_fill_rate") if asked else "",
        ),
        *_least_cost(page),
    ]


def _least_cost(page: Shown) -> list[Headline]:
    """What the plan costs beside a proven bound, once the workers have found it."""
    cost = money_rows.plan_cost(page.plan)
    if cost is None:
        return []
    saved = f", {money(cost.saved)} saved" if cost.saved else ""
    return [
        Headline(
            label="Over the least cost",
            value=f"≤ {percent(cost.gap, 1)}",
            definition="Cost of the orders that leave a choice, over what no plan can go below; before later edits.",
            note=f"{in_money(money(cost.total), page.currency)}{saved}",
            why=page.why("least_cost"),
        )
    ]


def _chips(request: HttpRequest, counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """How many of each message there are among what the search leaves."""
    return [
        {
            "label": label,
            "count": number(counts[key]),
            "url": query_with(request.GET, show=key if key != "all" else None, view=None),
            "on": key == chosen and not _calendar(request),
        }
        for key, label in CHIPS.items()
        if counts[key] or key in ("all", chosen)
    ]


def dock(request: HttpRequest, person: Person, page: Shown) -> dict[str, Any]:
    """Below the orders: the costliest exceptions, and what hangs on the chosen order."""
    top = list(exception_rows.open_exceptions(person, page.plan, day=page.day)[:TOP])
    return {
        "top": top,
        "top_totals": exception_rows.totals_of(top),
        "all_totals": exception_rows.open_totals(person, page.plan, day=page.day),
        **_pegging(request, person, page),
    }


def _pegging(request: HttpRequest, person: Person, page: Shown) -> dict[str, Any]:
    number = _selected(request)
    orders = selectors.planned_orders(person, page.plan).select_related("item", "location", "lane", "person")
    order = orders.filter(number=number).first() if number else None
    if order is None:
        return {"order": None, "gone": number}
    direction = choice(request.GET, "pegs", ("demand", "parts"), "demand")
    return {
        "order": order,
        "direction": direction,
        "directions": [
            {"label": label, "url": query_with(request.GET, pegs=name), "on": name == direction}
            for name, label in (("demand", "To demand"), ("parts", "To parts"))
        ],
        "close_url": query_with(request.GET, order=None, pegs=None),
        "pegs": selectors.pegs_to_demand(person, order) if direction == "demand" else [],
        "parts": selectors.pegs_to_parts(person, order) if direction == "parts" else [],
        "firm_form": FirmForm(
            initial={"version": order.version, "quantity": f"{order.quantity.normalize():f}"}
        ),
        "is_firm": order.status == OrderStatus.FIRM,
        "is_released": order.status == OrderStatus.RELEASED,
        "may_edit": may(person, Permission.EDIT_SUPPLY) and order.status != OrderStatus.RELEASED,
        "place": of_order(order.number),
        "days_late": max(0, (order.due_date - order.need_date).days),
    }
