"""How each kind of change is written into the plan, and taken back: records say what was written, as plain data."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.utils import timezone

from forecasting.grid import ITEM, Cube, Row
from forecasting.models import Assumption
from forecasting.overrides_book import Node
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import scope_of
from forecasting.services import overrides
from forecasting.services.override_changes import Typed, to_step
from inventory.models import Policy
from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Category, Item, Location, Segment
from siop.plans.models import PlanVersion
from supply.enums import ChangeKind, OrderStatus
from supply.models import PlannedOrder, ScenarioChange, SourcingLane

from ...errors import SupplyError
from .. import orders
from ..policies import FIELDS, edit_policy
from .words import words

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Who promotes which scenario onto which plan, and why."""

    person: Person
    scenario: PlanVersion
    plan: PlanVersion
    reason: str


def is_decision(change: ScenarioChange) -> bool:
    """Whether the plan can decide it; the rest is assumed of the outside world."""
    if change.kind == ChangeKind.ORDER:
        named = change.target.get("order")
        return not named or PlannedOrder.objects.filter(plan=change.scenario.base, number=named).exists()
    return change.kind in (ChangeKind.DEMAND, ChangeKind.POLICY)


RIGHTS = {
    ChangeKind.DEMAND: Permission.EDIT_DEMAND,
    ChangeKind.POLICY: Permission.EDIT_SUPPLY,
    ChangeKind.ORDER: Permission.EDIT_SUPPLY,
}


def rights_needed(changes: Iterable[ScenarioChange]) -> set[Permission]:
    """What somebody has to be allowed in order to write all of these into the plan."""
    return {RIGHTS[ChangeKind(change.kind)] for change in changes if is_decision(change)}


def write(by: Writing, change: ScenarioChange) -> Record:
    """Write one change the ordinary way; returns what `take_back` needs."""
    if not is_decision(change):
        return _assume(by, change)
    return WRITERS[ChangeKind(change.kind)](by, change)


def take_back(person: Person, plan: PlanVersion, record: Record) -> None:
    UNDO[record["what"]](person, plan, record)


def _write_demand(by: Writing, change: ScenarioChange) -> Record:
    """Overrides at the node, in each period that the change names."""
    require(by.person, Permission.EDIT_DEMAND)
    cube, node = cube_of(by.plan), _node(change.target)
    leaves = cube.leaves_of(node)
    columns = _columns(cube, change.target)
    if not len(leaves) or not columns:
        raise SupplyError(
            f"“{words(change)}” fits nothing in the plan any more; bring the scenario up to date."
        )
    step = cube.step_of(leaves).min()
    factor = 1 + Decimal(str(change.after["pct"])) / 100
    cells = {
        column: to_step(Decimal(repr(float(cube.quantity[column, leaves].sum()))) * factor, step)
        for column in columns
    }
    typed = Typed(Row("scenario", ITEM, -1, leaves, node), int(cube.version[leaves].sum()), dict(cells))
    key = uuid4()
    permitted, _ = scope_of(cube, by.person, Permission.EDIT_DEMAND)
    try:
        overrides.save(
            plan=by.plan, cube=cube, person=by.person, key=key, typed=[typed], reason=by.reason, confirm=True,
            permitted=None if permitted is None else np.flatnonzero(permitted),
        )  # fmt: skip
    except overrides.Refused as error:
        raise SupplyError(f"“{words(change)}” cannot be written: {error}.") from error
    except overrides.NotEditable as error:
        raise SupplyError(str(error)) from error
    return {"what": "overrides", "batch": str(key)}


def _node(target: dict[str, Any]) -> Node:
    def pk(rows: Any, name: str) -> int:
        code = target.get(name)
        return int(rows.filter(code=code).values_list("pk", flat=True).first() or -1) if code else 0

    item = pk(Item.objects, "item")
    category = 0 if item else pk(Category.objects, "category")
    return Node(category, item, pk(Location.objects, "location"), pk(Segment.objects, "segment"))


def _columns(cube: Cube, target: dict[str, Any]) -> list[int]:
    first, last = (target.get(name) for name in ("first", "last"))
    start = date.fromisoformat(first).replace(day=1) if first else date.min
    end = date.fromisoformat(last).replace(day=1) if last else date.max
    return [at for at, month in enumerate(cube.months) if start <= month.replace(day=1) <= end]


def _write_policy(by: Writing, change: ScenarioChange) -> Record:
    item, location = _place(change.target)
    before = Policy.objects.filter(item=item, location=location).first()
    edit_policy(
        person=by.person,
        item=item,
        location=location,
        version=before.version if before else 0,
        values={
            "service_policy": change.after["service_policy"],
            "service_target": Decimal(str(change.after["service_target"])),
        },
        reason=by.reason,
    )
    kept = {name: _plain(getattr(before, name)) for name in FIELDS} if before else None
    return {"what": "policy", "item": item.code, "location": location.code, "before": kept}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _place(target: dict[str, Any]) -> tuple[Item, Location]:
    try:
        return Item.objects.get(code=target["item"]), Location.objects.get(code=target["location"])
    except (Item.DoesNotExist, Location.DoesNotExist) as error:
        raise SupplyError(f"{target['item']} at {target['location']} is not there any more.") from error


def _write_order(by: Writing, change: ScenarioChange) -> Record:
    quantity, due = Decimal(str(change.after["quantity"])), date.fromisoformat(change.after["due"])
    named = change.target.get("order")
    if not named:
        placed = orders.place_order(
            person=by.person, plan=by.plan, lane=_lane(change), quantity=quantity, due=due, reason=by.reason
        )
        return {"what": "order", "number": placed.number, "before": None}
    order = PlannedOrder.objects.get(plan=by.plan, number=named)
    before = None
    if order.status == OrderStatus.FIRM:
        before = {"quantity": str(order.quantity), "due": order.due_date.isoformat(), "reason": order.reason}
    orders.firm_order(
        person=by.person,
        order_id=order.pk,
        version=order.version,
        quantity=quantity,
        due=due,
        reason=by.reason,
    )
    return {"what": "order", "number": named, "before": before}


def _lane(change: ScenarioChange) -> SourcingLane:
    target, due = change.target, date.fromisoformat(change.after["due"])
    rows = SourcingLane.objects.filter(item__code=target["item"], location__code=target["location"])
    if target.get("mode"):
        rows = rows.filter(mode__code=target["mode"])
    if target.get("source"):
        rows = rows.filter(supplier__code=target["source"]) | rows.filter(
            from_location__code=target["source"]
        )
    dated = rows.exclude(valid_from__gt=due).exclude(valid_to__lt=due)
    found = dated.select_related("item", "location", "supplier", "mode", "from_location")
    lane = found.order_by("priority", "-valid_from", "pk").first()
    if lane is None:
        raise SupplyError(f"Nothing supplies {target['item']} at {target['location']} that way any more.")
    return lane


def _assume(by: Writing, change: ScenarioChange) -> Record:
    """What people cannot decide is written down as what the plan takes for granted."""
    kind = "risk" if change.kind == ChangeKind.SUPPLIER_OUT else "assumption"
    text = f"{words(change)} (scenario “{by.scenario.name}”: {by.reason})"
    row = Assumption.objects.create(person=by.person, kind=kind, text=text)
    return {"what": "assumption", "pk": row.pk}


def _undo_overrides(person: Person, plan: PlanVersion, record: Record) -> None:
    try:
        overrides.undo(plan=plan, person=person, key=uuid4(), batch_id=UUID(record["batch"]))
    except overrides.NotEditable as error:
        raise SupplyError(str(error)) from error


def _undo_policy(person: Person, plan: PlanVersion, record: Record) -> None:
    item, location = _place(record)
    now = Policy.objects.get(item=item, location=location)
    blank: dict[str, Any] = {name: "" if name in TEXTS else None for name in FIELDS}
    edit_policy(
        person=person,
        item=item,
        location=location,
        version=now.version,
        values=record["before"] or blank,
        reason="Promotion of a scenario taken back",
    )


TEXTS = ("service_policy", "lot_sizing")


def _undo_order(person: Person, plan: PlanVersion, record: Record) -> None:
    order = PlannedOrder.objects.filter(plan=plan, number=record["number"]).first()
    if order is None or order.status != OrderStatus.FIRM:
        raise SupplyError(f"Order {record['number']} was released or let go since; it stays as it is.")
    before = record["before"]
    if before is None:
        orders.let_go(person=person, order_id=order.pk, version=order.version)
        return
    orders.firm_order(
        person=person,
        order_id=order.pk,
        version=order.version,
        quantity=Decimal(before["quantity"]),
        due=date.fromisoformat(before["due"]),
        reason=before["reason"],
    )


def _undo_assumption(person: Person, plan: PlanVersion, record: Record) -> None:
    Assumption.objects.filter(pk=record["pk"], closed__isnull=True).update(closed=timezone.now())


WRITERS: dict[ChangeKind, Callable[[Writing, ScenarioChange], Record]] = {
    ChangeKind.DEMAND: _write_demand,
    ChangeKind.POLICY: _write_policy,
    ChangeKind.ORDER: _write_order,
}
UNDO: dict[str, Callable[[Person, PlanVersion, Record], None]] = {
    "overrides": _undo_overrides,
    "policy": _undo_policy,
    "order": _undo_order,
    "assumption": _undo_assumption,
}
