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
from siop.catalog.models import Item
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from siop.web.templatetags.siop import day as day_in_words
from supply.engine import Cause, Pegs, PlanInputs, SupplyPlan, reschedule_messages
from supply.engine.hazards import Surroundings, find_hazards
from supply.engine.risk import supplier_risks
from supply.engine.shapes import Array
from supply.engine.threats import Action, Threat, ThreatRow, find_threats
from supply.enums import ExceptionKind, ExceptionStatus, LoneCause
from supply.frames import Problem
from supply.models import PlanException, PlannedOrder, SupplierRisk

from .orders_store import read_names
from .words import Names

SAID = ("status", "snoozed_until", "note", "person_id", "version")
_AT_MOST = (Threat.EXCESS, Threat.EXPIRY)  # what is there: whole steps of it; what is needed is rounded up
_ROOTS = {
    Threat.RESERVE: LoneCause.RESERVE.value,
    Threat.TARIFF: "Tariff rises",
    Threat.EXPIRY: LoneCause.EXPIRY.value,
    Threat.EXCESS: LoneCause.EXCESS.value,
}
MOST_STOPS = 12
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
        ),
    )
    names = read_names(problem)
    rows = [_row(problem, names, threat, numbers) for threat in found]
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
    root = _ROOTS.get(threat.kind) or names.cause(*_root(threat))
    item_pk, location_pk = int(problem.places.item[place]), int(problem.places.location[place])
    scarce = threat.scarce if threat.scarce >= 0 else place
    steps = problem.settings.step[[place, scarce]]
    threat = _in_steps(threat, steps)
    parts = _parts(names, threat, problem.settings.step)
    return {
        "key": _key(kind, item_pk, location_pk, threat, order, scarce=int(problem.places.item[scarce])),
        "kind": kind.value,
        "title": f"{kind.label}: {quantity(threat.quantity)} of {_among(names, threat)}"[:300],
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
        "suggestion": _suggestion(problem, names, threat, order),
        "action": threat.action.name.lower() if threat.pays else "",
        "order": order[:120],
        "parts": [[label, money] for label, money in parts],
    }


def _root(threat: ThreatRow) -> tuple[Cause, int]:
    """The cause at the root, and what it refers to; a part that is late of itself is named, not only its lead time."""
    if threat.root_cause is Cause.NONE:
        return threat.cause, threat.cause_ref
    by_itself = threat.root_cause in (Cause.LEAD_TIME, Cause.BLOCKED, Cause.NO_SOURCE)
    if by_itself and threat.cause is Cause.COMPONENT:
        return Cause.COMPONENT, threat.scarce
    return threat.root_cause, threat.root_ref


def _among(names: Names, threat: ThreatRow) -> str:
    """The item-location, and how many more stop with it."""
    place = f"{names.item(threat.item)} at {names.location(threat.item)}"
    more = len(threat.stops) - 1
    return f"{place} and {more} more" if more > 0 else place


def _parts(names: Names, threat: ThreatRow, step: Array) -> list[tuple[str, float]]:
    """The money at risk by what stops, the dearest first; units in whole steps (N,) of each item."""
    if not threat.stops:
        return [(f"{quantity(threat.quantity)} units at risk", round(threat.money_at_risk, 4))]
    stops = sorted(threat.stops, key=lambda stop: (-stop[2], stop[0]))
    parts = [
        (f"{_whole(units, step[item])} of {names.item(item)} at {names.location(item)}", round(money, 4))
        for item, units, money in stops[:MOST_STOPS]
    ]
    rest = stops[MOST_STOPS:]
    if rest:
        parts.append((f"{len(rest)} more item-locations", round(sum(money for _, _, money in rest), 4)))
    return parts


def _whole(units: float, step: float) -> str:
    return quantity(float(round_up(np.array([units]), np.array([step]))[0]))


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


def _suggestion(problem: Problem, names: Names, threat: ThreatRow, order: str) -> str:
    """The next best action as a sentence; nothing to do where acting costs more than it saves."""
    if not threat.pays:
        return f"Accept it: acting would cost {quantity(threat.action_cost)}, more than it saves."
    item, units = names.item(threat.item), quantity(threat.action_quantity)
    scarce = names.item(threat.scarce) if threat.scarce >= 0 else item
    day = day_in_words(date.fromordinal(threat.action_day)) if threat.action_day > 0 else ""
    texts = {
        Action.NONE: "",
        Action.ORDER_NOW: f"Release {order or item} now{_brings(names, threat, units, day)}.",
        Action.FASTER_LANE: f"Order {units} of {scarce} on its faster lane, to arrive by {day}.",
        Action.EXPEDITE: f"Ask for {order or f'{units} of {scarce}'} earlier{_by(problem, threat)}.",
        Action.DEFER: f"Put {order} off to {day}.",
        Action.CANCEL: f"Cancel {order}: nothing needs it within the horizon.",
        Action.ADD_CAPACITY: f"Add capacity at {names.capacity(threat.root_ref)} or plan earlier.",
        Action.FIND_SOURCE: f"Name a source for {scarce}.",
        Action.WRITE_OFF: f"Write off {units} of {item}: their life is over.",
        Action.USE_UP: f"Sell or use up {units} of {item} before ordering more.",
        Action.RAISE_STOCK: f"Hold {units} more of {item}.",
    }
    return texts[threat.action] if threat.action in texts else _freight_advice(threat, item, order)


def _by(problem: Problem, threat: ThreatRow) -> str:
    """Until when it has to come, unless that day is over."""
    if threat.action_day <= problem.calendar.as_of:
        return ""
    return f", by {day_in_words(date.fromordinal(threat.action_day))}"


def _brings(names: Names, threat: ThreatRow, units: str, day: str) -> str:
    """What an order that the plan has already does about a shortage."""
    if threat.kind is not Threat.SHORTAGE:
        return ""
    return (
        f": it brings the {units} of {names.item(threat.scarce)} that are missing, by {day}; no way is faster"
    )


def _freight_advice(threat: ThreatRow, item: str, order: str) -> str:
    """What to do about ships and tariffs, with the figures of its kind."""
    units = quantity(threat.action_quantity)
    if threat.action is Action.HOLD_BACK:
        afloat, total = threat.figures
        return f"Hold {units} of {item} back or fly them: {quantity(afloat)} of {quantity(total)} are afloat."
    if threat.action is Action.SPLIT_OFF:
        return (
            f"Ship {order} as {' + '.join(map(quantity, threat.figures))}, no vessel with too much of {item}."
        )
    rise, holding, net = threat.figures
    day = day_in_words(date.fromordinal(threat.action_day))
    return (
        f"Receive {units} of {item} before {day}: saves {rise:.2f} a unit, "
        f"costs {quantity(round(holding))} to hold, net {quantity(round(net))}."
    )


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


def store_loads_exceeded(*, plan: PlanVersion) -> None:
    """Locations that hold more than fits: one exception a location, with what to split off so that it fits."""
    months = plans.planned_months(plan)
    PlanException.objects.filter(plan=plan, kind=ExceptionKind.STORAGE).delete()
    rows = []
    for load in plan.loads.filter(kind="storage"):
        over = np.array(load.required) - np.array(load.available)
        if (over > 1e-9).any():
            rows.append(_storage_row(plan, load.code, over, months))
    store_rows(plan, rows, people_said(plan))


def _storage_row(plan: PlanVersion, code: str, over: Array, months: list[date]) -> dict[str, object]:
    first = int((over > 1e-9).argmax())
    space, month = float(over[first]), months[first]
    advice, last_day, order = _split(plan, code, space, months, first)
    return {
        "key": f"storage/{code}"[:120],
        "kind": ExceptionKind.STORAGE.value,
        "title": f"Storage: {quantity(space)} m3 more than fits at {code} in {month:%B %Y}"[:300],
        "item_id": None,
        "location_id": int(bulk.lists_out("SELECT id FROM catalog_location WHERE code = %s", [code])[0][0]),
        "month": month,
        "quantity": space,
        "probability": 1.0,
        "money_at_risk": 0,
        "action_cost": 0,
        "avoidable_loss": 0,
        "last_responsible_date": last_day,
        "root_cause": f"Space at {code}"[:120],
        "suggestion": advice,
        "action": Action.SPLIT_OFF.name.lower(),
        "order": order,
        "parts": [],
    }


def _split(
    plan: PlanVersion, code: str, space: float, months: list[date], first: int
) -> tuple[str, date, str]:
    """(what to split off which delivery, last day to say so, order): the bulkiest order of the period that is over."""
    orders = (
        PlannedOrder.objects.filter(
            plan=plan, location__code=code, item__volume_m3__gt=0, due_date__gte=months[first]
        )
        .filter(due_date__lt=months[first + 1] if first + 1 < len(months) else date.max)
        .select_related("item")
    )
    found = max(orders, key=lambda o: (float(o.quantity) * _volume(o.item), o.number), default=None)
    if found is None:
        return f"Find {quantity(space)} m3 elsewhere: no delivery of the month takes it.", months[first], ""
    wanted = round_up(np.array([space / _volume(found.item)]), np.array([float(found.item.step)]))
    units = min(float(wanted[0]), float(found.quantity))
    advice = (
        f"Split {quantity(units)} of {found.item.code} off {found.number} and take them in a later month."
    )
    return advice, found.ship_date, found.number


def _volume(item: Item) -> float:
    """Cubic metres of one unit."""
    return float(item.volume_m3 or 0) / float(item.units_per_carton or 1)


def store_risks(problem: Problem, inputs: PlanInputs, answer: SupplyPlan) -> None:
    """What the failure of each supplier of these items would do, where its time to recover is known."""
    known = bulk.lists_out(
        "SELECT id, time_to_recover_days FROM supply_supplier WHERE time_to_recover_days IS NOT NULL AND id = ANY(%s)",
        [problem.network.suppliers.tolist()],
    )
    days = dict(zip(*known, strict=True))
    numbers = np.array([k for k, pk in enumerate(problem.network.suppliers.tolist()) if pk in days], np.int64)
    if not len(numbers):
        return
    ids = problem.network.suppliers[numbers]
    risks = supplier_risks(
        inputs,
        answer,
        suppliers=numbers,
        recover_days=np.array([float(days[int(pk)]) for pk in ids]),
        margin=problem.margin,
    )
    for risk in risks:
        supplier = int(problem.network.suppliers[risk.supplier])
        values: dict[str, object] = {
            "survive_days": risk.survive_days,
            "recover_days": risk.recover_days,
            "gap_days": risk.gap_days,
            "stock_needed": risk.stock_needed,
            "exposure": round(risk.exposure, 4),
            "first_short_item_id": int(problem.places.item[risk.item]) if risk.item >= 0 else None,
        }
        _merge_risk(problem.plan, supplier, values)


def _merge_risk(plan: PlanVersion, supplier: int, values: dict[str, object]) -> None:
    """A supplier of several chunks: what survives shortest counts, the losses add up."""
    known = SupplierRisk.objects.select_for_update().filter(plan=plan, supplier_id=supplier).first()
    if known is None:
        SupplierRisk.objects.create(plan=plan, supplier_id=supplier, **values)
        return
    known.exposure = float(known.exposure) + float(values["exposure"])  # type: ignore[arg-type]
    if float(values["survive_days"]) < known.survive_days:  # type: ignore[arg-type]
        for name in ("survive_days", "gap_days", "stock_needed", "first_short_item_id"):
            setattr(known, name, values[name])
    known.save()
