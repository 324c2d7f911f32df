"""Suppliers: scorecard, what they will be asked for, lead times, prices and what a failure would cost."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.locks import PartLocked
from siop.plans.selectors import working_plan
from siop.web import explanations, list_pages, saved_views
from siop.web import rows as row_lists
from siop.web.headlines import Headline
from siop.web.lists import heads, ordering, query_with, shown_columns
from siop.web.render import render_page
from siop.web.requests import own_address
from siop.web.templatetags.siop import many, money, month, number, percent
from siop.web.undo import saved_with_undo

from .. import definitions
from ..errors import SupplyError
from ..explanations.suppliers import EVERY
from ..list_pages import suppliers as supplier_list
from ..models import Supplier
from ..selectors.pages import suppliers as selectors
from ..selectors.pages import ways_out
from ..selectors.scorecard import judged_receipts, scorecard
from ..services.bridging import Held, hold_until_recovery, let_go, token_of
from .common import Shown, no_plan, shown

TITLE = "Suppliers"
SAID = 3  # parts named in a message


@requires(Permission.VIEW)
@require_GET
def suppliers(request: HttpRequest) -> HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    views = saved_views.panel(request, supplier_list.LIST)
    if views.first_url:
        return redirect(views.first_url)
    text = request.GET.get("q", "").strip()[:80]
    listed = _rows(request, person, page)
    sort, _ = ordering(request.GET, supplier_list.COLUMNS, default=supplier_list.FIRST)
    columns = shown_columns(request.GET, supplier_list.COLUMNS)
    sums = supplier_list.totals(listed)
    chosen = _chosen(request, listed)
    context = page.context(
        page_title=TITLE,
        views=views,
        text=text,
        rows=listed,
        columns=heads(request.GET, columns, sort=sort, currency=page.currency),
        shown=[column.key for column in columns],
        foot=list_pages.foot(supplier_list.LIST, sums, count=len(listed), plan=page.plan, given=request.GET),
        kpis=_kpis(person, page, listed, text),
        **(_panel(request, person, page, chosen) if chosen else {"chosen": None}),
    )
    return render_page(request, "supply/suppliers.html", context, partial="work")


@requires(Permission.EDIT_SUPPLY)
@require_POST
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold what the parts of a supplier lack until it has recovered; says why not where nothing does."""
    supplier, plan = get_object_or_404(Supplier, pk=pk), working_plan()
    if plan is None:
        raise Http404("There is no plan yet.")
    back = f"{reverse('supply:suppliers')}?supplier={pk}"
    try:
        held = hold_until_recovery(person=person_of(request), plan=plan, supplier=supplier)
    except (SupplyError, PartLocked) as error:
        messages.error(request, str(error))
    else:
        _say_held(request, held, back=back)
    return redirect(back)


def _say_held(request: HttpRequest, held: Held, *, back: str) -> None:
    named = ", ".join(f"{number(floor.quantity)} {floor.item}" for floor in held.floors[:SAID])
    more = f" and {many(len(held.floors) - SAID, 'other part')}" if held.floors[SAID:] else ""
    if not held.changes:
        messages.info(request, f"Held already, at least: {named}{more}.")
        return
    said = f"Held from now on, at least: {named}{more}. Targets and orders follow."
    saved_with_undo(request, said, url=reverse("supply:undo_hold"), token=token_of(held), back=back)


@requires(Permission.EDIT_SUPPLY)
@require_POST
def undo_hold(request: HttpRequest) -> HttpResponse:
    """What a note says was held is held no longer."""
    try:
        count = let_go(person=person_of(request), token=request.POST.get("token", ""))
    except (SupplyError, PartLocked) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Taken back: {many(count, 'part')} held as before.")
    return redirect(own_address(request, request.POST.get("next", ""), default=reverse("supply:suppliers")))


def _rows(request: HttpRequest, person: Person, page: Shown) -> list[dict[str, Any]]:
    return [
        row
        | {
            "url": query_with(request.GET, supplier=str(row["supplier"].pk)),
            "why": _whys(page, row),
        }
        for row in supplier_list.found(person, page.plan, request.GET)
    ]


OF_ORDERS, OF_FAILURE = (
    ("orders", "otif", "delay", "asked", "lead_time"),
    ("survive", "recover", "gap", "exposure"),
)


def _whys(page: Shown, row: dict[str, Any]) -> dict[str, str]:
    """Addresses of why its figures are what they are, of those that there is something to say of."""
    of_failure = OF_FAILURE if row["risk"] else ()
    kinds = [*(OF_ORDERS if row["card"].orders else ()), *(["planned"] if row["value"] else []), *of_failure]
    return {kind: explanations.url(f"supplier_{kind}", page.plan.pk, row["supplier"].pk) for kind in kinds}


def _chosen(request: HttpRequest, listed: list[dict[str, Any]]) -> dict[str, Any] | None:
    wanted = request.GET.get("supplier", "")
    found = next((row for row in listed if str(row["supplier"].pk) == wanted), None)
    return found or (listed[0] if listed else None)


def _kpis(person: Person, page: Shown, listed: list[dict[str, Any]], text: str) -> list[Headline]:
    known = {row["supplier"].pk for row in listed}
    every = scorecard(one for one in judged_receipts(day=page.day, person=person) if one.supplier in known)
    risks = [row["risk"] for row in listed if row["risk"]]
    worst = max((risk for risk in risks if risk.exposure), key=lambda risk: risk.exposure, default=None)
    outlasted = sum(risk.gap_days > 0 for risk in risks)

    def why(kind: str) -> str:
        return "" if text else explanations.url(kind, page.plan.pk, EVERY)

    return [
        Headline(
            label="Supplier OTIF, all orders",
            value=percent(every.otif),
            definition=f"{definitions.SUPPLIER_OTIF}.",
            note=f"{number(every.on_time_in_full)} of {number(every.orders)} orders",
            why=why("supplier_otif") if every.orders else "",
        ),
        Headline(
            label="Mean delay, days",
            value=number(every.mean_delay_days, 1),
            definition="Days after the day asked for, over all orders; early counts as 0.",
            note="over all orders",
            why=why("supplier_delay") if every.orders else "",
        ),
        Headline(
            label="Lead time, actual days",
            value=number(every.actual_days, 1),
            definition="Days from order to receipt.",
            note=f"asked for {number(every.requested_days, 1)}",
            why=why("supplier_lead_time") if every.actual_days is not None else "",
        ),
        Headline(
            label=f"In planned orders, {page.currency}",
            value=money(sum(row["value"] for row in listed)),
            definition="Planned purchase orders at landed cost, over the whole horizon.",
            note=many(len(listed), "supplier"),
            why=page.why("planned_purchases") if not text else "",
        ),
        Headline(
            label=f"Exposed if one fails, {page.currency}",
            value=money(worst.exposure if worst else 0),
            definition="The largest loss of one supplier out until it recovers: margin of what comes later because of it.",
            note=f"{outlasted} recover later than stock lasts",
            why=explanations.url("supplier_exposure", page.plan.pk, worst.supplier_id) if worst else "",
        ),
    ]


def _panel(request: HttpRequest, person: Person, page: Shown, chosen: dict[str, Any]) -> dict[str, Any]:
    supplier: Supplier = chosen["supplier"]
    months = page.months[: selectors.FORWARD]
    previous = selectors.previous_plan(page.plan)
    trend = selectors.lead_time_trend(person, supplier, day=page.day)
    return {
        "chosen": chosen,
        "months": months,
        "requirements": _requirements(person, page, supplier, months),
        "previous": previous,
        "trend": _trend_chart(supplier, trend) if len(trend) > 1 else None,
        "breaks": _breaks(person, page, supplier),
        "open_orders": list(selectors.open_orders(person, supplier)[:12]),
        "failure": ways_out.failure(person, page.plan, supplier, chosen["risk"]),
        "may_try": may(person, Permission.EDIT_SCENARIO),
        "may_hold": may(person, Permission.EDIT_SUPPLY),
        "receipts_url": row_lists.url("receipts", supplier=supplier.pk),
        "lanes_url": row_lists.url("lanes", supplier=supplier.pk),
    }


def _requirements(
    person: Person, page: Shown, supplier: Supplier, months: list[date]
) -> list[dict[str, Any]]:
    """What it will be asked for; each figure says of which orders."""

    def why(item: int, when: str) -> str:
        return explanations.url("supplier_asked_for", page.plan.pk, supplier.pk, item, when)

    rows = selectors.requirements(person, page.plan, supplier, months)
    for row in rows:
        row["why"] = why(row["item"].pk, EVERY)
        for start, cell in zip(months, row["cells"], strict=True):
            cell["why"] = why(row["item"].pk, start.isoformat())
    return rows


def _breaks(person: Person, page: Shown, supplier: Supplier) -> list[dict[str, Any]]:
    rows = selectors.price_breaks(person, page.plan, supplier)
    for row in rows:
        row["why"] = explanations.url("supplier_volume", page.plan.pk, supplier.pk, row["break"].item_id)
    return rows


def _trend_chart(supplier: Supplier, trend: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = trend[0], trend[-1]
    gap = last["actual"] - last["asked"]
    said = (
        f"{many(round(abs(gap)), 'day')} {'later' if gap > 0 else 'earlier'} than asked"
        if round(gap)
        else "as asked"
    )
    return {
        "id": "chart-lead-time",
        "title": f"{month(last['month'])}: {number(last['actual'])} days from order to receipt, {said}",
        "note": f"since {month(first['month'])}, by month of receipt",
        "height": 200,
        "spec": {
            "x": [month(row["month"]) for row in trend],
            "x_label": "Month",
            "places": 0,
            "y_min": 0,
            "series": [
                {"name": "Actual days", "kind": "line", "style": "ink", "points": True, "values": [row["actual"] for row in trend]},
                {"name": "Asked for", "kind": "line", "style": "dash", "values": [row["asked"] for row in trend]},
            ],
        },
    }  # fmt: skip
