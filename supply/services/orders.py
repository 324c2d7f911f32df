"""Firm a planned order, let it go again, and release orders: each once, with a scheduled receipt at once."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.catalog.visibility import visible
from siop.plans import locks
from siop.plans.enums import PlanKind, PlanPart, PlanStatus
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from siop.transactions import repeatable
from siop.web import audit
from siop.web.plan_choice import looking_day
from siop.web.templatetags.siop import day, number

from ..enums import OrderStatus, ReceiptStatus, SourceKind
from ..errors import StaleRow, SupplyError
from ..frames import gone_out
from ..models import Mode, PlannedOrder, ScheduledReceipt, SourcingLane
from .recomputing import plan_again, plan_at_once

EDITABLE = (PlanStatus.CURRENT, PlanStatus.DRAFT)
RELEASABLE = (PlanStatus.CURRENT, PlanStatus.DRAFT, PlanStatus.PUBLISHED)


@repeatable
def firm_order(
    *, person: Person, order_id: int, version: int, quantity: Decimal, reason: str, due: date | None = None
) -> PlannedOrder:
    """Keep an order at `quantity` through the next runs; what the run proposed stays beside it.

    With `due` it arrives on that day, and is ordered and shipped as many days earlier or later. The other parts
    of its run are firmed as they stand.
    """
    _require_reason(reason)
    with transaction.atomic():
        order = _editable(person, order_id, version)
        _check_quantity(order.item, quantity)
        audit.because(reason)
        moved = (due - order.due_date) if due else timedelta(0)
        _other_parts(order, OrderStatus.PLANNED).update(
            status=OrderStatus.FIRM,
            computed_quantity=F("quantity"),
            reason=reason.strip(),
            person=person,
            version=F("version") + 1,
        )
        return _update(
            order,
            person,
            status=OrderStatus.FIRM,
            computed_quantity=order.computed_quantity or order.quantity,
            quantity=quantity,
            due_date=order.due_date + moved,
            ship_date=order.ship_date + moved,
            order_by=order.order_by + moved,
            reason=reason.strip(),
        )


@repeatable
def place_order(
    *, person: Person, plan: PlanVersion, lane: SourcingLane, quantity: Decimal, due: date, reason: str
) -> PlannedOrder:
    """A firm order of a person's own, on a lane of the plan: the next run keeps it and plans around it."""
    require(person, Permission.EDIT_SUPPLY)
    _require_reason(reason)
    with transaction.atomic():
        locks.require_open(PlanPart.SUPPLY)
        _require_scope(person, lane)
        _check_quantity(lane.item, quantity)
        audit.because(reason)
        order = PlannedOrder.objects.create(
            plan=plan,
            number=_own_number(plan, lane),
            item=lane.item,
            location=lane.location,
            lane=lane,
            kind=lane.kind,
            source=lane.supplier.code if lane.supplier else str(lane.from_location or lane.location),
            mode=lane.mode.code if lane.mode else "",
            quantity=quantity,
            needed_quantity=quantity,
            need_date=due,
            due_date=due,
            ship_date=due - timedelta(days=lane.travel_days),
            order_by=due - timedelta(days=lane.days_to_receipt),
            unit_landed_cost=_landed_on(plan, lane),
            status=OrderStatus.FIRM,
            reason=reason.strip(),
            parts=[["ordered by a person", float(quantity)]],
            person=person,
        )
        plan_at_once(plan=plan, item_ids=[lane.item_id])
        plan_again(person=person, only="supply")
    return order


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise SupplyError("Say why the order is firmed; the reason is shown beside it.")


def _require_scope(person: Person, lane: SourcingLane) -> None:
    if not visible(
        SourcingLane.objects.filter(pk=lane.pk), person, permission=Permission.EDIT_SUPPLY
    ).exists():
        raise SupplyError(f"{lane.item} at {lane.location} lies outside what you may edit.")


def _own_number(plan: PlanVersion, lane: SourcingLane) -> str:
    """F-item-location-n: no run hands out such a number."""
    stem = f"F-{lane.item_id}-{lane.location_id}-"
    taken = PlannedOrder.objects.filter(plan=plan, number__startswith=stem).count()
    return f"{stem}{taken + 1}"


def _landed_on(plan: PlanVersion, lane: SourcingLane) -> Decimal | None:
    """What a unit costs on this lane: as the plan's other orders on it say, else its price and freight."""
    orders = PlannedOrder.objects.filter(plan=plan, lane=lane, unit_landed_cost__isnull=False)
    known = orders.order_by("-due_date").values_list("unit_landed_cost", flat=True).first()
    if known is not None:
        return known
    return None if lane.price is None else lane.price + (lane.freight_cost or 0)


@repeatable
def let_go(*, person: Person, order_id: int, version: int) -> PlannedOrder:
    """Give a firm order, with all parts of its run, back to the plan: the next one may change or drop it."""
    with transaction.atomic():
        order = _editable(person, order_id, version)
        if order.status != OrderStatus.FIRM:
            raise SupplyError(
                f"Order {order.number} is {order.get_status_display().lower()}; only a firm one is let go."
            )
        _other_parts(order, OrderStatus.FIRM).update(
            status=OrderStatus.PLANNED,
            quantity=Coalesce("computed_quantity", "quantity"),
            computed_quantity=None,
            reason="",
            person=person,
            version=F("version") + 1,
        )
        return _update(
            order,
            person,
            status=OrderStatus.PLANNED,
            quantity=order.computed_quantity or order.quantity,
            computed_quantity=None,
            reason="",
        )


@repeatable
def release_orders(*, person: Person | None, orders: Sequence[PlannedOrder]) -> list[ScheduledReceipt]:
    """Turn planned orders into scheduled receipts; all of them or, with the reason, none. A run goes out whole.

    `person` None is the system itself (a command run on the server).
    """
    if person is not None:
        require(person, Permission.RELEASE_ORDERS)
    if not orders:
        raise SupplyError("No order is chosen; choose those to release.")
    with transaction.atomic():
        found = list(
            PlannedOrder.objects.select_for_update(of=("self",))
            .filter(pk__in=[order.pk for order in whole_runs(orders)])
            .select_related("item", "location", "plan", "lane__supplier")
            .order_by("pk")
        )
        gone = gone_out(PlannedOrder.objects.filter(pk__in=[order.pk for order in found]))
        for order in found:
            _check_releasable(order, gone.get(order.pk))
        receipts = [_receipt(order) for order in found]
        ScheduledReceipt.objects.bulk_create(receipts)
        PlannedOrder.objects.filter(pk__in=[order.pk for order in found]).update(
            status=OrderStatus.RELEASED, released=timezone.now(), person=person, version=F("version") + 1
        )
        _mark_copies(found)
        plan_again(person=person, only="supply")
    return receipts


def whole_runs(orders: Sequence[PlannedOrder]) -> list[PlannedOrder]:
    """The orders, and those parts of their runs that have not gone out yet."""
    runs = {(order.plan_id, order.run) for order in orders if order.run}
    if not runs:
        return list(orders)
    parts = PlannedOrder.objects.filter(plan__in={plan for plan, _ in runs}, run__in={run for _, run in runs})
    left = [part for part in parts.exclude(status=OrderStatus.RELEASED) if (part.plan_id, part.run) in runs]
    return list({order.pk: order for order in (*orders, *left)}.values())


def _other_parts(order: PlannedOrder, status: OrderStatus) -> QuerySet[PlannedOrder]:
    """Parts of the same run that have this status; none of a whole lot."""
    if not order.run:
        return PlannedOrder.objects.none()
    return PlannedOrder.objects.filter(plan=order.plan_id, run=order.run, status=status).exclude(pk=order.pk)


def due_orders(plan: PlanVersion) -> list[PlannedOrder]:
    """Orders of a plan that should leave by the day it is looked at."""
    return list(
        PlannedOrder.objects.filter(plan=plan, order_by__lte=looking_day(plan))
        .exclude(status=OrderStatus.RELEASED)
        .order_by("order_by", "number")
    )


def orders_numbered(numbers: Sequence[str]) -> list[PlannedOrder]:
    """Orders of the working plan, or of the published one, by number; SupplyError names what is missing."""
    plans = [plan for plan in (working_plan(), _published()) if plan]
    found: dict[str, PlannedOrder] = {}
    for plan in reversed(plans):
        found |= {order.number: order for order in plan.orders.filter(number__in=numbers)}
    missing = [number for number in numbers if number not in found]
    if missing:
        raise SupplyError(f"No planned order {', '.join(missing)}; export_data planned_orders lists them.")
    return [found[number] for number in dict.fromkeys(numbers)]


def _published() -> PlanVersion | None:
    return PlanVersion.objects.filter(kind=PlanKind.CYCLE, status=PlanStatus.PUBLISHED).first()


def _editable(person: Person, order_id: int, version: int) -> PlannedOrder:
    """The order, locked, where this person may edit it as it was read."""
    require(person, Permission.EDIT_SUPPLY)
    locks.require_open(PlanPart.SUPPLY)
    mine = visible(PlannedOrder.objects.all(), person, permission=Permission.EDIT_SUPPLY)
    order = (
        mine.select_for_update(of=("self",))
        .select_related("item", "plan", "person")
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise SupplyError(
            "This order is not there any more, or lies outside what you may edit. Reload the page."
        )
    if order.plan.status not in EDITABLE:
        raise SupplyError(
            f"{order.plan} is {order.plan.get_status_display().lower()}; edit the order in the current plan."
        )
    if order.status == OrderStatus.RELEASED:
        raise SupplyError(
            f"Order {order.number} was released on {day(order.released)}; change the purchase order instead."
        )
    if order.version != version:
        theirs = {
            "quantity": number(order.quantity),
            "status": order.get_status_display(),
            "reason": order.reason,
        }
        raise StaleRow(
            f"{order.person or 'The plan'} changed order {order.number} to {number(order.quantity)} meanwhile.",
            theirs=theirs,
            version=order.version,
        )
    return order


def _check_quantity(item: Item, quantity: Decimal) -> None:
    if quantity <= 0:
        raise SupplyError(f"A firm order of {number(quantity)} orders nothing; enter more than 0.")
    if quantity % item.step:
        raise SupplyError(
            f"{item} comes in steps of {item.step.normalize():f}; enter a multiple of it instead of {quantity}."
        )


def _update(order: PlannedOrder, person: Person, **fields: object) -> PlannedOrder:
    PlannedOrder.objects.filter(pk=order.pk, version=order.version).update(
        version=F("version") + 1, person=person, **fields
    )
    order.refresh_from_db()
    plan_at_once(plan=order.plan, item_ids=[order.item_id])
    plan_again(person=person, only="supply")
    return order


def _check_releasable(order: PlannedOrder, twin: PlannedOrder | None) -> None:
    """`twin`: the same order in another plan, from which it went out already."""
    if order.status == OrderStatus.RELEASED:
        raise SupplyError(
            f"Order {order.number} was released on {day(order.released)}; an order goes out once."
        )
    if order.plan.kind == PlanKind.SCENARIO or order.plan.status not in RELEASABLE:
        raise SupplyError(
            f"Order {order.number} belongs to {order.plan}, which nobody executes; choose one of the current plan."
        )
    if twin is not None:
        raise SupplyError(
            f"Order {order.number} was already released from {twin.plan} as {twin.number} on {day(twin.released)}."
        )
    if order.lane is None and order.kind != SourceKind.MAKE:
        raise SupplyError(
            f"Order {order.number} has no source any more; enter one for {order.item} at {order.location}, or let it go."
        )


def _mark_copies(released: Sequence[PlannedOrder]) -> None:
    """What is firm in other plans, of those released: it has gone out from there as well."""
    copies = PlannedOrder.objects.filter(
        number__in=[order.number for order in released],
        item__in=[order.item_id for order in released],
        status=OrderStatus.FIRM,
        plan__status__in=RELEASABLE,
    )
    PlannedOrder.objects.filter(pk__in=list(gone_out(copies))).update(
        status=OrderStatus.RELEASED, released=timezone.now(), version=F("version") + 1
    )


def _receipt(order: PlannedOrder) -> ScheduledReceipt:
    today = looking_day(order.plan)
    return ScheduledReceipt(
        order=f"{order.number}/v{order.plan_id}",
        line="1",
        item=order.item,
        location=order.location,
        supplier=order.lane.supplier if order.lane else None,
        mode=Mode.objects.filter(code=order.mode).first() if order.mode else None,
        quantity=order.quantity,
        order_date=min(today, order.due_date),
        requested_date=order.need_date,
        ship_date=_later(order.ship_date, today),
        due_date=_later(order.due_date, today),
        status=ReceiptStatus.OPEN,
    )


def _later(planned: date, today: date) -> date:
    """What should have left or arrived before today does so today at the earliest."""
    return max(planned, today)
