"""What threatens the plan, in money: found with the plan of each chunk, ranked over the whole plan."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np
from django.utils import timezone

from inventory.engine.arrays import round_down, round_up
from inventory.engine.reasons import quantity
from inventory.models import InventoryTarget
from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import Cause, Pegs, PlanInputs, SupplyPlan, reschedule_messages
from supply.engine.hazards import Surroundings, find_hazards
from supply.engine.shapes import Array
from supply.engine.threat_rows import Action, Threat, ThreatRow
from supply.engine.threats import find_threats
from supply.enums import ExceptionKind, ExceptionStatus, LoneCause
from supply.expiry import expiring_soon, outliving
from supply.frames import Problem
from supply.models import PlanException, PlannedOrder

from .orders_store import read_names
from .threat_words import among, parts_at_risk, suggestion
from .words import Names

SAID = ("status", "snoozed_until", "note", "person_id", "version")
_AT_MOST = (Threat.EXCESS, Threat.EXPIRY)  # what is there: whole steps of it; what is needed is rounded up
_ROOTS = {
    Threat.RESERVE: LoneCause.RESERVE.value,
    Threat.TARIFF: "Tariff rises",
    Threat.EXCESS: LoneCause.EXCESS.value,
}
_EXPIRES = {
    Action.WRITE_OFF: LoneCause.EXPIRY,
    Action.USE_UP: LoneCause.EXPIRES,
    Action.SMALLER_LOT: LoneCause.LOT_EXPIRES,
}
WHOLE_PLAN = ("capacity", "storage", "forecast_shift")  # found over all items, not with a chunk


def store(
    problem: Problem,
    inputs: PlanInputs,
    answer: SupplyPlan,
    pegs: Pegs,
    *,
    numbers: list[str],
    item_ids: list[int],
) -> None:
    """Replace the exceptions of the items; people's snoozes and notes stay with the same threat."""
    found = find_threats(
        inputs,
        answer,
        pegs,
        reschedule_messages(inputs, answer),
        margin=problem.margin,
        holding_rate=problem.holding_rate,
        protection_sd=_protection_sd(problem),
    )
    found += find_hazards(
        inputs,
        answer,
        Surroundings(
            margin=problem.margin,
            holding_rate=problem.holding_rate,
            reserve_ashore=problem.settings.reserve_ashore,
            max_per_shipment=problem.settings.max_per_shipment,
            expired=problem.expired,
            expiring=expiring_soon(problem.lots, inputs, answer),
            outliving=outliving(inputs, answer, problem.lots),
        ),
    )
    names = read_names(problem)
    rows = [_row(problem, names, threat, numbers) for threat in found]
    rows += [_sourceless_row(problem, order) for order in problem.sourceless]
    kept = people_said(problem.plan)
    PlanException.objects.filter(plan=problem.plan, item_id__in=item_ids).exclude(
        kind__in=WHOLE_PLAN
    ).delete()
    store_rows(problem.plan, rows, kept)


def rank(*, plan: PlanVersion) -> None:
    """Largest avoidable loss first; equal ones by money at risk, then by key, so that the order is stable."""
    bulk.execute(
        "UPDATE supply_planexception e SET rank = r.rank FROM (SELECT id, row_number() OVER (ORDER BY "
        "avoidable_loss DESC, money_at_risk DESC, key) AS rank FROM supply_planexception WHERE plan_id = %s) r "
        "WHERE r.id = e.id AND e.rank <> r.rank",
        [plan.pk],
    )


def _protection_sd(problem: Problem) -> Array:
    out = np.zeros(problem.places.count)
    rows = InventoryTarget.objects.filter(
        plan=problem.plan, item_id__in=np.unique(problem.places.item).tolist()
    ).values_list("item_id", "location_id", "protection_sd")
    columns = list(zip(*rows, strict=True))
    if columns:
        place = problem.places.index(np.array(columns[0], np.int64), np.array(columns[1], np.int64))
        out[place[place >= 0]] = np.array(columns[2], np.float64)[place >= 0]
    return out


def _row(problem: Problem, names: Names, threat: ThreatRow, numbers: list[str]) -> dict[str, object]:
    place = threat.item
    kind = ExceptionKind[threat.kind.name]
    order = numbers[threat.order] if threat.order >= 0 else ""
    if threat.receipt >= 0 and threat.action is not Action.ORDER_NOW:
        order = names.receipt(threat.receipt)
    root = _lone_root(threat) or names.cause(*_root(threat))
    item_pk, location_pk = int(problem.places.item[place]), int(problem.places.location[place])
    scarce = threat.scarce if threat.scarce >= 0 else place
    steps = problem.settings.step[[place, scarce]]
    threat = _in_steps(threat, steps)
    parts = parts_at_risk(names, threat, problem.settings.step)
    return {
        "key": _key(kind, item_pk, location_pk, threat, order, scarce=int(problem.places.item[scarce])),
        "kind": kind.value,
        "title": f"{kind.label}: {quantity(threat.quantity)} of {among(names, threat)}"[:300],
        "item_id": item_pk,
        "location_id": location_pk,
        "month": _month(problem, threat.bucket),
        "quantity": threat.quantity,
        "probability": threat.probability,
        "money_at_risk": round(sum(money for _, money in parts), 4),
        "action_cost": round(threat.action_cost, 4),
        "avoidable_loss": round(threat.avoidable, 4),
        "last_responsible_date": date.fromordinal(threat.last_day) if threat.last_day > 0 else None,
        "root_cause": root[:120],
        "suggestion": suggestion(problem, names, threat, order),
        "action": threat.action.name.lower() if threat.pays else "",
        "order": order[:120],
        "parts": [[label, money] for label, money in parts],
    }


def _sourceless_row(problem: Problem, order: PlannedOrder) -> dict[str, object]:
    """A firm order that no source brings any more: the plan does not count on it."""
    kind, units = ExceptionKind.ORDER_LATE, float(order.quantity)
    return {
        "key": exception_key(kind, order.item_id, order.location_id, order.number),
        "kind": kind.value,
        "title": f"Firm order without a source: {quantity(units)} of {order.item.code} at {order.location.code}"[
            :300
        ],
        "item_id": order.item_id,
        "location_id": order.location_id,
        "month": _month(problem, problem.calendar.inside(order.due_date.toordinal())),
        "quantity": units,
        "probability": 1.0,
        "money_at_risk": 0.0,
        "action_cost": 0.0,
        "avoidable_loss": 0.0,
        "last_responsible_date": order.order_by,
        "root_cause": LoneCause.NO_SOURCE.value,
        "suggestion": f"Name a source for {order.item.code} at {order.location.code}, or let {order.number} go; "
        "the plan does not count on it.",
        "action": Action.FIND_SOURCE.name.lower(),
        "order": order.number,
        "parts": [],
    }


def _lone_root(threat: ThreatRow) -> str:
    if threat.kind is Threat.EXPIRY:
        return _EXPIRES[threat.action].value
    return _ROOTS.get(threat.kind, "")


def _root(threat: ThreatRow) -> tuple[Cause, int]:
    """The cause at the root, and what it refers to; a part that is late of itself is named, not only its lead time."""
    if threat.root_cause is Cause.NONE:
        return threat.cause, threat.cause_ref
    by_itself = threat.root_cause in (Cause.LEAD_TIME, Cause.BLOCKED, Cause.NO_SOURCE)
    if by_itself and threat.cause is Cause.COMPONENT:
        return Cause.COMPONENT, threat.scarce
    return threat.root_cause, threat.root_ref


def _in_steps(threat: ThreatRow, steps: Array) -> ThreatRow:
    """The same in whole `steps` (of the item, of what is acted on): up for what is needed, down for what is left."""
    to_step = round_down if threat.kind in _AT_MOST else round_up
    units, action = to_step(np.array([threat.quantity, threat.action_quantity]), steps).tolist()
    return replace(threat, quantity=units, action_quantity=action)


def _key(kind: ExceptionKind, item: int, location: int, threat: ThreatRow, order: str, *, scarce: int) -> str:
    """`scarce` is the item that the action brings."""
    about = order if kind in (ExceptionKind.EXPEDITE, ExceptionKind.DEFER, ExceptionKind.CANCEL) else ""
    if kind == ExceptionKind.ORDER_LATE or threat.action is Action.SPLIT_OFF:
        about = order
    if kind == ExceptionKind.EXPIRY:
        about = {Action.USE_UP: "soon", Action.SMALLER_LOT: "lot"}.get(threat.action, "")
    if kind == ExceptionKind.SHORTAGE and threat.cause is Cause.COMPONENT:
        about = f"component-{scarce}"
    if kind == ExceptionKind.SHORTAGE and threat.cause is Cause.CAPACITY:
        about = f"capacity-{threat.cause_ref}"
    return exception_key(kind, item, location, about)


def exception_key(kind: ExceptionKind, item: int, location: int, about: str) -> str:
    """The same threat has the same key in every plan."""
    return f"{kind.value}/{item}/{location}/{about}"[:120]


def _month(problem: Problem, bucket: int) -> date:
    return date.fromordinal(int(problem.calendar.edges[bucket])) if bucket else problem.plan.as_of


def people_said(plan: PlanVersion) -> dict[str, dict[str, object]]:
    """Snoozes and notes by key: of this plan, else of the plans that people looked at before it."""
    sources = [p.pk for p in (plans.current_live_plan(), plans.open_cycle_plan()) if p]
    said: dict[str, dict[str, object]] = {}
    rows = PlanException.objects.filter(plan_id__in=[*sources, plan.pk]).exclude(
        status=ExceptionStatus.OPEN, note=""
    )
    for row in rows.order_by("plan_id"):
        if row.snoozed_until is None or row.snoozed_until > timezone.localdate():
            said[row.key] = {name: getattr(row, name) for name in SAID}
    return said


def store_rows(
    plan: PlanVersion, rows: Iterable[dict[str, object]], said: dict[str, dict[str, object]]
) -> None:
    """Append exceptions, the first of each key; `said` are people's snoozes and notes by key."""
    unique: dict[str, dict[str, object]] = {}
    for row in rows:
        unique.setdefault(str(row["key"]), row)
    if not unique:
        return
    quiet = {
        "status": ExceptionStatus.OPEN.value,
        "snoozed_until": None,
        "note": "",
        "person_id": None,
        "version": 1,
    }
    whole = [row | quiet | said.get(key, {}) for key, row in unique.items()]
    columns: dict[str, object] = {name: [row[name] for row in whole] for name in whole[0]}
    bulk.copy_in(PlanException, columns | {"plan_id": plan.pk, "rank": 0})
