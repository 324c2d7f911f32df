"""The supply plan: what to order by when, what to do about open orders, and what hangs on each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.units import places_of
from siop.web import explanations
from siop.web.addresses import numbered
from siop.web.headlines import Headline
from siop.web.lists import SortColumn, choice, heads, ordering, page_of, query_with, query_without
from siop.web.render import render_page
from siop.web.templatetags.siop import among_others, day, in_money, many, money, number, percent, short_day

from ..enums import ExceptionKind, OrderStatus
from ..firm_reasons import firm_reason
from ..forms import FirmForm
from ..models import PlannedOrder
from ..selectors import money as money_rows
from ..selectors.pages import exceptions as exception_rows
from ..selectors.pages import orders as selectors
from ..selectors.pages.orders import OrderFilters, OrderTotals
from ..services import improving
from .common import Shown, no_plan, shown

TITLE = "Supply plan"
SORTS = [
    SortColumn(label="Order by", key="by", order="act_by"),
    SortColumn(label="Message"),
    SortColumn(label="Order"),
    SortColumn(label="Item", key="item", order="item_code"),
    SortColumn(label="Units", key="units", order="units", number=True),
    SortColumn(label="Source", key="source", order="origin"),
    SortColumn(label="Arrives", key="arrives", order="arrives"),
    SortColumn(label="Landed", number=True),
    SortColumn(label="Value", key="value", order="worth", number=True),
    SortColumn(label="Why"),
]
CHIPS = {
    "all": "All", "release": "Release", "expedite": "Expedite", "defer": "Defer", "cancel": "Cancel",
    "firm": "Firm", "released": "Released",
}  # fmt: skip
TAGS = {
    ExceptionKind.EXPEDITE: ("Expedite", "ex", ""),
    ExceptionKind.DEFER: ("Defer", "warn", ""),
    ExceptionKind.CANCEL: ("Cancel", "", "×"),
}


@requires(Permission.VIEW)
@require_GET
def supply_plan(request: HttpRequest) -> HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    totals = selectors.totals(person, page.plan, day=page.day)
    context = page.context(
        page_title=TITLE,
        counts=totals.counts,
        kpis=_kpis(person, page, totals),
        chips=_chips(request, totals.counts),
        text=request.GET.get("q", "")[:80],
        kind=choice(request.GET, "show", selectors.KINDS, "all"),
        calendar_url=query_with(request.GET, view=None if _calendar(request) else "calendar"),
        view="calendar" if _calendar(request) else "list",
        may_release=may(person, Permission.RELEASE_ORDERS),
        may_improve=may(person, Permission.EDIT_SUPPLY),
        improving=improving.running_job(page.plan),
    )
    if _calendar(request):
        context["weeks"] = selectors.order_calendar(person, page.plan, day=page.day)
    else:
        context |= _list(request, person, page, totals)
    context |= dock(request, person, page)
    return render_page(request, "supply/plan.html", context, partial="work")


def _calendar(request: HttpRequest) -> bool:
    return request.GET.get("view") == "calendar"


def _list(request: HttpRequest, person: Person, page: Shown, totals: OrderTotals) -> dict[str, Any]:
    sort, order_by = ordering(request.GET, SORTS, default="by")
    filters = OrderFilters(
        kind=choice(request.GET, "show", selectors.KINDS, "all"), text=request.GET.get("q", "").strip()[:80]
    )
    found = selectors.order_rows(person, page.plan, filters, day=page.day, order_by=order_by[0])
    listed = page_of(request.GET, found, count=None if filters.text else totals.counts[filters.kind])
    columns = heads(request.GET, SORTS, sort=sort)
    for column in columns:
        column["roomy"] = column["label"] == "Landed"
        column["label"] = {"Landed": f"{page.currency}/unit", "Value": f"Value, {page.currency}"}.get(
            column["label"], column["label"]
        )
    return {
        "page": listed,
        "query": query_without(request.GET, "page"),
        "columns": columns,
        "rows": [_row(request, row, page) for row in selectors.hydrated(listed.object_list)],
    }


def _selected(request: HttpRequest) -> str:
    """Number of the order that is open: a plan made again keeps it, and makes new rows."""
    return request.GET.get("order", "")[:40]


def _row(request: HttpRequest, row: dict[str, Any], page: Shown) -> dict[str, Any]:
    if row["order"] is not None:
        return _order_row(request, row, page)
    note, receipt = row["message"], row["receipt"]
    label, tone, shape = TAGS[ExceptionKind(note.kind)]
    return {
        "tag": {"label": label, "tone": tone, "shape": shape},
        "act_by": note.last_responsible_date,
        "late": bool(note.last_responsible_date and note.last_responsible_date < page.day),
        "reference": note.order or "open order",
        "url": f"{reverse('supply:exceptions')}?exception={note.pk}",
        "item": note.item,
        "location": note.location,
        "place": _place(note.item_id, note.location_id),
        "units": among_others(note.quantity, places_of(note.item) if note.item else 0),
        "source": str(receipt.supplier or "") if receipt else "",
        "mode": str(receipt.mode or "") if receipt else "",
        "arrives": receipt.due_date if receipt else None,
        "landed": note.item.unit_cost if note.item else None,
        "value": row["worth"],
        "why": explanations.url("exception", note.pk),
        "reason": note.suggestion or note.title,
    }


def _order_row(request: HttpRequest, row: dict[str, Any], page: Shown) -> dict[str, Any]:
    order: PlannedOrder = row["order"]
    due = order.order_by <= page.day + selectors.RELEASE_WINDOW
    tag = (
        {"label": "Release", "tone": "acc", "shape": ""}
        if due
        else {"label": "Planned", "tone": "", "shape": ""}
    )
    if order.status == OrderStatus.FIRM:
        tag = {"label": "Firm", "tone": "acc", "shape": "◆"}
    if order.status == OrderStatus.RELEASED:
        tag = {"label": "Released", "tone": "ok", "shape": ""}
    return {
        "pk": order.pk,
        "checkbox": order.status != OrderStatus.RELEASED,
        "tag": tag,
        "act_by": order.order_by,
        "late": order.order_by < page.day and order.status != OrderStatus.RELEASED,
        "reference": order.number,
        "url": query_with(request.GET, order=order.number),
        "item": order.item,
        "location": order.location,
        "place": _place(order.item_id, order.location_id),
        "units": among_others(order.quantity, places_of(order.item)),
        "firm_delta": order.quantity - order.computed_quantity
        if order.computed_quantity is not None
        else None,
        "source": order.source,
        "mode": order.mode,
        "arrives": order.due_date,
        "landed": order.unit_landed_cost,
        "value": row["worth"],
        "why": explanations.url("order", order.pk),
        "reason": _reason(order),
        "sel": _selected(request) == order.number,
    }


def _place(item_id: int | None, location_id: int | None) -> str:
    return numbered("supply:item_location", item_id, location_id) if item_id and location_id else ""


def _reason(order: PlannedOrder) -> str:
    said = firm_reason(order.quantity, order.computed_quantity, order.unit_landed_cost, order.reason)
    if said:
        return said
    need = number(order.needed_quantity or order.quantity, places_of(order.item))
    return f"{need} needed by {day(order.need_date)}"


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
            label=f"Fill rate, next {min(selectors.FILL_MONTHS, page.plan.horizon)} months",
            value=percent(1 - short / asked if asked else None),
            definition="Share of demand that the plan serves on the day it is asked for.",
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


def _chips(request: HttpRequest, counts: dict[str, int]) -> list[dict[str, Any]]:
    chosen = choice(request.GET, "show", selectors.KINDS, "all")
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
    top = list(exception_rows.open_exceptions(person, page.plan, day=page.day)[:6])
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
        "days_late": max(0, (order.due_date - order.need_date).days),
    }
