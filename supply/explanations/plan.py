"""Why an order is what it is, and why an exception ranks where it ranks."""

from dataclasses import replace

from django.http import Http404

from siop.accounts.models import Person
from siop.catalog.units import places_of, unit_of
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.web.explanations import (
    Change,
    Explanation,
    Part,
    Source,
    Sum,
    explains,
    runs,
    stored_parts,
    url,
)
from siop.web.plan_choice import plan_label
from siop.web.sources import counted, latest_import
from siop.web.templatetags.siop import day, number, percent

from ..enums import OrderStatus
from ..firm_reasons import firm_reason
from ..models import PlanException, PlanLine, PlannedOrder
from ..selectors.left_out import left_out_senders, left_out_words
from ..selectors.pages import visible_exceptions
from ..services.words import PART_LABELS


@explains("order")
def planned_order(person: Person, pk: str) -> Explanation:
    """Why this quantity, by this day: the needs it covers and the lot that had to be ordered."""
    order = visible_order(person, pk)
    item, places = order.item, places_of(order.item)
    shown = number(order.quantity, places)
    parts = [_with_minimum(order, part) for part in stored_parts(order.parts)]
    proposed = (
        float(order.computed_quantity) if order.computed_quantity is not None else float(order.quantity)
    )
    parts = parts or [Part(label="Needed", value=float(order.needed_quantity) or proposed)]
    changed = float(order.quantity) - sum(float(part.value) for part in parts)
    if order.computed_quantity is not None and changed:
        note = f"{order.person}: {order.reason}" if order.person else order.reason
        parts.append(Part(label="Firmed by a person", value=float(order.quantity) - proposed, note=note))
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "Order ", f"{shown} {unit_of(item)}", f" of {item} for {order.location} from {order.source or 'its source'} by ",
            day(order.order_by), f", so that it arrives on {day(order.due_date)}; it is needed on {day(order.need_date)}.",
        ),
        parts=parts,
        total=order.quantity,
        total_label=f"Quantity, {unit_of(item)}",
        places=places,
        formula=_order_formula(order),
        note=_order_note(order),
        sources=_order_sources(person, order),
        changes=_order_changes(order),
        computed=f"Order {order.number} · {plan_label(order.plan)} · {order.get_status_display().lower()}",
    )  # fmt: skip


LEAST_MONEY = 0.005


@explains("exception")
def exception(person: Person, pk: str) -> Explanation:
    """Avoidable loss: what is at risk, how likely, less what acting costs."""
    found = visible_exceptions(person).filter(pk=pk).first() if pk.isdecimal() else None
    if found is None:
        raise Http404("There is no such exception that you may see.")
    expected = float(found.money_at_risk) * found.probability
    cost, avoidable = float(found.action_cost), float(found.avoidable_loss)
    rest = avoidable - expected + cost
    late = (
        abs(rest) >= LEAST_MONEY
    )  # else what rounding left when the money was stored: not a part of its own
    parts = [
        Part(
            label="Loss if nothing is done",
            value=expected if late else expected + rest,
            note=_likelihood(found),
        ),
        Part(label="Cost of acting", value=-cost, note=found.suggestion),
    ]
    if late:
        parts.append(Part(label="Cannot be avoided by acting", value=rest))
    shown = number(avoidable)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"{found.title}. Acting avoids a loss of ", shown,
            f"; the last day to do so is {day(found.last_responsible_date)}." if found.last_responsible_date else ".",
        ),
        parts=parts,
        total=avoidable,
        total_label="Avoidable loss",
        formula="avoidable loss = probability × (loss − what comes too late to avoid) − cost of the action",
        note=found.suggestion,
        sums=_loss(found),
        sources=_exception_sources(person, found),
        computed=f"{plan_label(found.plan)} · rank {found.rank}",
        tag=(str(found.get_kind_display()), "ex"),
    )  # fmt: skip


def plan_line(person: Person, plan: PlanVersion, item: str, location: str) -> PlanLine:
    if not (item.isdecimal() and location.isdecimal()):
        raise Http404("An item-location is named by two numbers.")
    line = (
        visible(PlanLine.objects.filter(plan=plan), person)
        .filter(item=int(item), location=int(location))
        .select_related("item", "location")
        .first()
    )
    if line is None:
        raise Http404(f"{plan} has no such item-location that you may see.")
    return line


def visible_order(person: Person, pk: str) -> PlannedOrder:
    orders = visible(
        PlannedOrder.objects.select_related("item", "location", "plan", "lane", "person"), person
    )
    order = orders.filter(pk=pk).first() if pk.isdecimal() else None
    if order is None:
        raise Http404("There is no such planned order that you may see.")
    return order


def _with_minimum(order: PlannedOrder, part: Part) -> Part:
    """A part that a minimum added, of its own or of its group, opens what that minimum costs."""
    lane = order.lane
    if (
        lane is None
        or not lane.moq
        or part.label != PART_LABELS["lot_raise" if lane.order_group else "moq_raise"]
    ):
        return part
    return replace(part, url=url("minimum", order.pk))


def _order_note(order: PlannedOrder) -> str:
    """What a person changed, and which second source is no way out, for it would close a circle."""
    senders = left_out_senders(order.plan, item_id=order.item_id, location_id=order.location_id)
    said = [left_out_words(sender, order.location) for sender in senders]
    firm = firm_reason(order.quantity, order.computed_quantity, order.unit_landed_cost, order.reason)
    return " ".join(filter(None, [firm, *said]))


def _order_formula(order: PlannedOrder) -> str:
    lead = (order.due_date - order.order_by).days
    lines = [f"order by = arrival {day(order.due_date)} − {lead} days"]
    if order.unit_landed_cost is not None:
        value = order.quantity * order.unit_landed_cost
        lines.append(
            f"{number(order.quantity)} × {number(order.unit_landed_cost, 2)} landed = {number(value)}"
        )
    return "\n".join(lines)


def _order_sources(person: Person, order: PlannedOrder) -> list[Source]:
    place = {"item": order.item_id, "location": order.location_id}
    return [
        counted(person, "How it is sourced", "lanes", **place),
        counted(person, "Open orders", "receipts", **place),
        counted(person, "What covers its demand", "pegs", plan=order.plan_id, **place),
        counted(person, "Its policy", "policies", **place),
        *latest_import("sourcing", data_version=order.plan.data_version),
    ]


def _order_changes(order: PlannedOrder) -> list[Change]:
    changes = []
    if 0 < order.needed_quantity < order.quantity:
        delta = order.needed_quantity - order.quantity
        changes.append(
            Change(label="Without lot, minimum and multiple", delta=delta, value=order.needed_quantity)
        )
    if order.status == OrderStatus.FIRM and order.computed_quantity is not None:
        delta = order.computed_quantity - order.quantity
        changes.append(Change(label="As the run proposed", delta=delta, value=order.computed_quantity))
    return changes


def _exception_sources(person: Person, found: PlanException) -> list[Source]:
    place = {"item": found.item_id, "location": found.location_id}
    if found.item_id is None:
        return latest_import("sourcing", data_version=found.plan.data_version)
    return [
        counted(person, "Open orders", "receipts", **place),
        counted(person, "What covers its demand", "pegs", plan=found.plan_id, **place),
        counted(person, "How it is sourced", "lanes", **place),
        counted(person, "Price and cost of the item", "items", item=found.item_id),
    ]


def _loss(found: PlanException) -> list[Sum]:
    parts = stored_parts(found.parts)
    if not parts:
        return []
    return [
        Sum(
            title="How the loss comes about",
            parts=parts,
            total=float(found.money_at_risk),
            total_label="Loss",
        )
    ]


def _likelihood(found: PlanException) -> str:
    if found.probability >= 1:
        return "certain"
    return f"{percent(found.probability, 0)} chance of {number(found.money_at_risk)}"
