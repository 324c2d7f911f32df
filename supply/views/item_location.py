"""One item at one place: demand, stock, supply and policy, and why each number is what it is."""

from collections.abc import Callable
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from inventory.explanations import policy_words
from inventory.models import InventoryTarget
from inventory.selectors.followed import followed
from inventory.selectors.service_cost import service_cost_chart
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.units import places_of, unit_of
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.web import audit_trail, explanations
from siop.web.headlines import Headline
from siop.web.lists import choice, query_with
from siop.web.models import AuditEvent
from siop.web.render import render_page
from siop.web.search import looked_at, recent
from siop.web.templatetags.siop import day, many, month, number, percent

from ..enums import OrderStatus
from ..explanations.plan import plan_line
from ..forms import PolicyForm
from ..models import PlannedOrder
from ..search import ITEM_LOCATIONS
from ..selectors.pages import item_location as selectors
from ..selectors.pages.item_location import ItemLocation, Place
from .common import Shown, no_plan, shown
from .item_location_charts import YEAR, demand_chart, stock_chart, timeline
from .projection_table import projection_table

TITLE = "Item-location"
TABS = {
    "overview": "Overview", "forecast": "Forecast", "stock": "Stock", "supply": "Supply", "policy": "Policy",
    "audit": "Audit",
}  # fmt: skip
NAMED = 9  # items of a loop of returns
OF_A_MONTH = (
    "opening", "gross_requirements", "receipts", "closing", "shortage", "expires_unsold", "target_at", "closing_value",
)  # fmt: skip


@requires(Permission.VIEW)
@require_GET
def item_locations(request: HttpRequest) -> HttpResponse:
    """Where the rail leads: the one looked at last, else the one with the costliest exception."""
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    lines = selectors.plan_lines(person, page.plan)
    last = next(iter(recent(request.session, ITEM_LOCATIONS)), None)
    if last and lines.filter(item=last[0], location=last[1]).exists():
        return redirect("supply:item_location", *last)
    place = selectors.most_urgent(person, page.plan)
    if place is None:
        return no_plan(request, TITLE)
    return redirect("supply:item_location", *place)


@requires(Permission.VIEW)
@require_GET
def item_location(request: HttpRequest, item: int, location: int) -> HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    line = plan_line(person, page.plan, str(item), str(location))
    found = ItemLocation(line, tuple(page.months), tuple(page.history_months))
    tab = choice(request.GET, "tab", list(TABS), "overview")
    if tab == "audit" and not may(person, Permission.SEE_AUDIT):
        raise Http404("The audit trail is not open to you.")
    looked_at(request.session, ITEM_LOCATIONS, [item, location])
    before, after = selectors.neighbours(person, line)
    context = page.context(
        page_title=TITLE,
        found=found,
        tab=tab,
        tabs=_tabs(request, tab),
        kpis=_kpis(found, page),
        previous=_address(before, tab),
        next=_address(after, tab),
        policy_tag=policy_words(found.target) if found.target else "",
        dates=_dates(found, page),
        next_order=_releasable(person, found),
        place=f"item-location:{line.item.code}/{line.location.code}",
        **BUILDERS[tab](found, page),
    )
    return render_page(request, "supply/item_location.html", context)


def _dates(found: ItemLocation, page: Shown) -> list[tuple[str, str, str]]:
    """Days to come that bound what may be received, sold or made: (words, tone, what they mean)."""
    item = found.item
    ahead = [
        (item.certificate_date, "No receipt before", "warn", "Blocked until its certificate is valid."),
        (item.launch_date, "Launch", "", "It is not sold before this day."),
        (item.end_date, "Ends", "", "It is not sold after this day."),
    ]
    return [
        (f"{words} {day(when)}", tone, why) for when, words, tone, why in ahead if when and when > page.day
    ]


def _releasable(person: Any, found: ItemLocation) -> PlannedOrder | None:
    return found.next_order if may(person, Permission.RELEASE_ORDERS) else None


def _tabs(request: HttpRequest, tab: str) -> list[dict[str, Any]]:
    allowed = [key for key in TABS if key != "audit" or may(request.user, Permission.SEE_AUDIT)]
    return [
        {"label": TABS[key], "url": query_with(request.GET, tab=key), "on": key == tab} for key in allowed
    ]


def _address(place: Place | None, tab: str) -> str:
    if place is None:
        return ""
    address = reverse("supply:item_location", args=place)
    return address + (f"?tab={tab}" if tab != "overview" else "")


def _cover(found: ItemLocation, daily: float) -> str:
    """How long the stock lasts; of what is not asked for yet, from when on it will be."""
    line = found.line
    if daily:
        return f"{number(line.on_hand / daily)} days of supply"
    asked = np.flatnonzero(np.add(line.demand, line.dependent_demand))
    return f"asked for from {month(found.months[asked[0]])} on" if len(asked) else "no demand ahead"


def _kpis(found: ItemLocation, page: Shown) -> list[Headline]:
    line, target, places = found.line, found.target, places_of(found.item)
    unit = unit_of(found.item)
    keys = (page.plan.pk, line.item_id, line.location_id)
    daily = target.daily_demand if target else 0.0
    kpis = [
        Headline(
            label=f"On hand, {unit}",
            value=number(line.on_hand, places),
            definition="Stock that was counted last, with what the plan starts from.",
            note=_cover(found, daily),
            why=explanations.url("on_hand", *keys) if line.on_hand else "",
        )
    ]
    if target:
        kpis += _target_kpis(found, keys)
    order = found.next_order
    kpis.append(
        Headline(
            label="Next order by",
            value=day(order.order_by) if order else "-",
            definition="Last day to place the next planned order so that it arrives in time.",
            note=_next_order(found, places),
            why=explanations.url("order", order.pk) if order else "",
        )
    )
    return kpis


def _next_order(found: ItemLocation, places: int) -> str:
    order = found.next_order
    if order:
        return f"{number(order.quantity, places)} from {order.source}"
    return "nothing to order" if found.lanes else "no source is known"


def _target_kpis(found: ItemLocation, keys: tuple[int, int, int]) -> list[Headline]:
    target, places, unit = found.target, places_of(found.item), unit_of(found.item)
    assert target is not None  # noqa: S101 - the caller asked
    total = target.safety_stock + target.reserve
    made = [
        Headline(
            label=f"Safety stock, {unit}",
            value=number(target.safety_stock, places),
            definition="Held against demand and lead times that turn out otherwise.",
            note=policy_words(target),
            why=explanations.url("safety_stock", *keys),
        ),
        Headline(
            label=f"Target, {unit}",
            value=number(total, places),
            definition="Safety stock and what must stay on land while other stock is afloat.",
            note=f"reorder at {number(target.reorder_point, places)}",
            why=explanations.url("target", *keys),
        ),
        Headline(
            label="Lead time, days",
            value=_lead_time(target) if found.lanes else "-",
            definition="From the order to its receipt, with its standard deviation.",
            note=", ".join(str(lane.mode or lane.get_kind_display()) for lane in found.lanes[:2])
            or "no source",
            why=explanations.url("lead_time", *keys) if found.lanes else "",
        ),
    ]
    if target.simulated_risk is not None:
        limit = 1 - target.service_target
        held = target.simulated_risk <= limit
        made.append(
            Headline(
                label="Simulated run-out",
                value=f"{number(target.simulated_risk * 100, 2)} %",
                definition="Share of simulated paths that run short within the protection interval.",
                delta=("✓" if held else "▲") + f" limit {number(limit * 100, 2)} %",
                tone="good" if held else "bad",
            )
        )
    return made


def _lead_time(target: InventoryTarget) -> str:
    spread = f" ± {number(target.lead_time_sd_days)}" if target.lead_time_sd_days else ""
    return f"{number(target.lead_time_days)}{spread}"


def _overview(found: ItemLocation, page: Shown) -> dict[str, Any]:
    return {
        "demand_chart": demand_chart(found),
        "stock_chart": stock_chart(found),
        "table": projection_table(found, count=YEAR),
        "timeline": timeline(found, today=page.day),
    }


def _forecast(found: ItemLocation, page: Shown) -> dict[str, Any]:
    return {"demand_chart": demand_chart(found), "segments": [_segment(found, one) for one in found.series]}


def _segment(found: ItemLocation, series: Any) -> dict[str, Any]:
    line, agreed = found.forecasts.get(series.pk), found.consensus.get(series.pk)
    return {
        "series": series,
        "line": line,
        "statistical": sum(line.statistical[:YEAR]) if line else None,
        "consensus": sum(agreed.quantity[:YEAR]) if agreed else None,
        "history": line.history[-36:] if line else [],
        "why": explanations.url("consensus", found.plan.pk, f"s{series.pk}", found.months[0])
        if agreed
        else "",
    }


def _stock(found: ItemLocation, page: Shown) -> dict[str, Any]:
    line = found.line
    cost = float(found.item.unit_cost or 0)
    asked = np.array(line.demand) + np.array(line.dependent_demand)
    expiring = line.expiring_by_period or [0.0] * len(found.months)
    months = [
        {
            "month": start,
            "opening": line.opening[h],
            "demand": asked[h],
            "receipts": line.scheduled_receipts[h] + line.planned_receipts[h],
            "closing": line.closing[h],
            "shortage": line.shortage[h],
            "expiring": expiring[h],
            "expiring_value": expiring[h] * cost,
            "target": found.target_by_period[h],
            "value": line.closing[h] * cost,
            "low": line.closing[h] < line.safety_stock[h],
            "why": {
                kind: explanations.url(kind, found.plan.pk, line.item_id, line.location_id, start)
                for kind in OF_A_MONTH
            },
        }
        for h, start in enumerate(found.months)
    ]
    return {"stock_chart": stock_chart(found), "projection": months, "expires": any(expiring)}


def _supply(found: ItemLocation, page: Shown) -> dict[str, Any]:
    lanes = [(lane, found.left_out.get(lane.from_location_id or 0, "")) for lane in found.lanes]
    return {
        "timeline": timeline(found, today=page.day),
        "firm_status": OrderStatus.FIRM,
        "lanes": lanes,
        "returns": _returns(found),
    }


def _returns(found: ItemLocation) -> list[str]:
    """The loop that an item is part of, in words: what of it comes back as what, and what comes back as it."""
    loops: dict[tuple[float, str, int], list[str]] = {}
    for rule in found.return_rules:
        loops.setdefault((rule.rate, rule.returns_as.code, rule.lag_days), []).append(rule.item.code)
    return [
        f"{percent(rate, 0)} of {', '.join(codes[:NAMED])}{f' and {len(codes) - NAMED} more' if codes[NAMED:] else ''} "
        f"comes back as {code} after {many(days, 'day')}."
        for (rate, code, days), codes in loops.items()
    ]


def _policy(found: ItemLocation, page: Shown) -> dict[str, Any]:
    return {
        "form": PolicyForm.of(found.policy).following(followed(found.policy, found.target)),
        "curve": service_cost_chart(found.target) if found.target else None,
        "policy_locked": locks.closed_because(PlanPart.INVENTORY),
    }


def _audit(found: ItemLocation, page: Shown) -> dict[str, Any]:
    """Newest changes of its policy, overrides and planned orders."""
    keys = {
        "inventory_policy": [found.policy.pk] if found.policy else [],
        "forecasting_override": [override.pk for override in found.overrides],
        "supply_plannedorder": [order.pk for order in found.orders],
    }
    events = AuditEvent.objects.none()
    for table, ids in keys.items():
        if ids:
            events = events | AuditEvent.objects.filter(table=table, key__in=[str(pk) for pk in ids])
    return {"lines": audit_trail.lines(events.order_by("-id")[:200])}


BUILDERS: dict[str, Callable[[ItemLocation, Shown], dict[str, Any]]] = {
    "overview": _overview, "forecast": _forecast, "stock": _stock, "supply": _supply, "policy": _policy, "audit": _audit,
}  # fmt: skip
