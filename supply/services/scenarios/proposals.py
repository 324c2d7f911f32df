"""What would be tried against an exception, as the first changes of a scenario."""

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil
from typing import Any

from django.db.models import QuerySet

from siop.plans.models import PlanVersion
from siop.plans.selectors import planning_day
from supply.engine import NEVER, plan_supply, reschedule_messages
from supply.enums import ExceptionKind, LoadKind, SourceKind
from supply.frames import linked_items, read_problem
from supply.models import (
    CapacityLoad,
    PlanException,
    PlannedOrder,
    Routing,
    ScheduledReceipt,
    SourcingLane,
    Supplier,
)

from ..planning import safety_stocks

Change = dict[str, Any]


def name(exception: PlanException) -> str:
    """What is tried, and on what: `Shortage of BTL-700 at NJ`."""
    about = f" of {exception.item}" if exception.item else ""
    place = f" at {exception.location}" if exception.location else ""
    return f"{exception.get_kind_display()}{about}{place}"[:120]


def changes(exception: PlanException) -> list[Change]:
    """None where nothing of the plan answers it: the scenario then begins empty."""
    propose = PROPOSALS.get(ExceptionKind(exception.kind))
    return propose(exception) if propose else []


def _order_ahead(exception: PlanException) -> list[Change]:
    """The missing units on the fastest way there is; where capacity stands in the way, more of it."""
    lane = _ways(exception).order_by("lead_time_days", "priority", "pk").first()
    if lane is None or "/capacity-" in exception.key:
        return _more_capacity(exception)
    soonest = planning_day(exception.plan) + timedelta(days=lane.days_to_receipt)
    due = max(exception.month or soonest, soonest)
    return [_order(_on(lane), _lot(lane, exception.quantity), due)]


def _buy_ahead(exception: PlanException) -> list[Change]:
    """What is advised to be received earlier, the same way, on the last day before the tariff rises."""
    order = PlannedOrder.objects.filter(plan=exception.plan, number=exception.order).first()
    lane = _ways(exception).filter(pk=order.lane_id).first() if order and order.lane_id else None
    if lane is None or exception.last_responsible_date is None or not exception.action:
        return []
    units = exception.quantity if exception.fits is None else exception.fits
    due = exception.last_responsible_date + timedelta(days=lane.days_to_receipt)
    return [_order(_on(lane), _lot(lane, units), due)]


def _on(lane: SourcingLane) -> dict[str, str]:
    target = {"item": lane.item.code, "location": lane.location.code}
    if lane.kind != SourceKind.MAKE:
        target["source"] = _source(lane)
    if lane.mode:
        target["mode"] = lane.mode.code
    return target


def _ways(exception: PlanException) -> QuerySet[SourcingLane]:
    rows = SourcingLane.objects.filter(item=exception.item, location=exception.location)
    return rows.select_related("item", "location", "supplier", "from_location", "mode")


def _source(lane: SourcingLane) -> str:
    return lane.supplier.code if lane.supplier else str(lane.from_location or lane.location)


def _lot(lane: SourcingLane, quantity: float) -> float:
    """Raised to the order minimum, then to the multiple or step."""
    multiple = float(lane.order_multiple or lane.item.step)
    return ceil(round(max(quantity, float(lane.moq)) / multiple, 9)) * multiple


def _order(target: dict[str, str], quantity: float, due: date) -> Change:
    return {"kind": "order", "target": target, "after": {"quantity": quantity, "due": due.isoformat()}}


def more_of(load: CapacityLoad, month: date, units: float) -> Change:
    """More of a resource or supplier in one month."""
    start = month.isoformat()
    target = {"load": load.kind, "code": load.code, "first": start, "last": start}
    return {"kind": "capacity", "target": target, "after": {"units": round(units, 3)}}


def failure_of(supplier: Supplier, plan: PlanVersion, recover_days: float) -> Change:
    """A supplier that ships nothing until it has recovered, were it to fail on the day of the plan."""
    until = planning_day(plan) + timedelta(days=ceil(recover_days))
    return {
        "kind": "supplier_out",
        "target": {"supplier": supplier.code},
        "after": {"until": until.isoformat()},
    }


def _more_capacity(exception: PlanException) -> list[Change]:
    """Of the resource that makes the item: what is missing, in the month it is missing."""
    routing = Routing.objects.filter(item=exception.item).order_by("pk").first()
    if routing is None or exception.month is None:
        return []
    loads = CapacityLoad.objects.filter(plan=exception.plan, kind=LoadKind.RESOURCE)
    load = (
        loads.filter(code=routing.resource).first()
        or loads.filter(code__startswith=f"{routing.resource} at ").first()
    )
    if load is None:
        return []
    return [more_of(load, exception.month, exception.quantity * float(routing.usage_per_unit))]


def _move_open_order(exception: PlanException) -> list[Change]:
    """An open order to the day on which it is needed."""
    receipt, needed = _receipt(exception), _needed_day(exception)
    if receipt is None or needed is None:
        return []
    return [_order({"order": exception.order}, float(receipt.quantity), needed)]


def _needed_day(exception: PlanException) -> date | None:
    """First day on which stock falls below its target without the open order; None where it is not needed."""
    problem = read_problem(exception.plan, items=linked_items([exception.item_id or 0]))
    if exception.order not in problem.receipts.names:
        return None
    inputs = problem.inputs(safety_stocks(problem))
    needs = reschedule_messages(inputs, plan_supply(inputs)).need_day
    day = int(needs[problem.receipts.names.index(exception.order)])
    return date.fromordinal(max(day, problem.calendar.as_of)) if day < NEVER else None


def _cancel_open_order(exception: PlanException) -> list[Change]:
    receipt = _receipt(exception)
    if receipt is None or receipt.due_date is None:
        return []
    return [_order({"order": exception.order}, 0.0, receipt.due_date)]


def _receipt(exception: PlanException) -> ScheduledReceipt | None:
    order, _, line = exception.order.rpartition("/")
    rows = ScheduledReceipt.objects.filter(order=order or line, line=line if order else "")
    return rows.first()


def _release_now(exception: PlanException) -> list[Change]:
    order = PlannedOrder.objects.filter(plan=exception.plan, number=exception.order).first()
    if order is None:
        return []
    return [_order({"order": order.number}, float(order.quantity), order.due_date)]


PROPOSALS: dict[ExceptionKind, Callable[[PlanException], list[Change]]] = {
    ExceptionKind.SHORTAGE: _order_ahead,
    ExceptionKind.BELOW_SAFETY_STOCK: _order_ahead,
    ExceptionKind.CAPACITY: _more_capacity,
    ExceptionKind.EXPEDITE: _move_open_order,
    ExceptionKind.DEFER: _move_open_order,
    ExceptionKind.CANCEL: _cancel_open_order,
    ExceptionKind.ORDER_LATE: _release_now,
    ExceptionKind.TARIFF: _buy_ahead,
}
