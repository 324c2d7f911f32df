"""What threatens the plan, in money, ranked by avoidable loss: one row for each root cause, not for each symptom."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from .explosion import taken_per_unit
from .lanes import arrival_days, landed_unit_cost, smallest_lot_price
from .messages import Message, Messages
from .pegging import DEMAND, ON_HAND, ORDER, RECEIPT, STOCK, Pegs
from .shapes import NEVER, TOLERANCE, Array, Cause, IntArray, Kind, PlanInputs, SupplyPlan
from .threat_rows import NOTICEABLE, Action, Threat, ThreatRow, ranked


def find_threats(
    inputs: PlanInputs,
    plan: SupplyPlan,
    pegs: Pegs,
    messages: Messages,
    *,
    margin: Array,
    holding_rate: Array,
    protection_sd: Array,
) -> list[ThreatRow]:
    """Shortages by root cause, safety stock, overdue orders, messages on open orders and excess; ranked.

    `margin` (N,) finite money lost with a unit short, `holding_rate` (N,) a year, `protection_sd` (N,) sd of
    demand over the protection interval: it turns thin stock into a probability.
    """
    short = _shortages(inputs, plan, pegs, margin)
    rows = [
        *short,
        *_thin_stock(
            inputs, plan, margin, protection_sd, told={row.scarce for row in short if _of_a_part(row)}
        ),
        *_overdue(inputs, plan, pegs, told={row.order for row in short}),
        *_rescheduled(inputs, plan, pegs, messages, margin, holding_rate),
        *_excess(inputs, pegs, holding_rate),
    ]
    return ranked(rows)


def _shortages(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, margin: Array) -> list[ThreatRow]:
    """Late own demand, one row for each part, capacity, receipt or item that is its root."""
    late = np.flatnonzero((pegs.use == DEMAND) & (pegs.days_late > 0))
    groups: dict[tuple[Cause, int], list[int]] = {}
    for row in late.tolist():
        groups.setdefault(_root_of(plan, pegs, row), []).append(row)
    return [_one_shortage(inputs, plan, pegs, margin, np.array(rows)) for rows in groups.values()]


def _root_of(plan: SupplyPlan, pegs: Pegs, row: int) -> tuple[Cause, int]:
    """What late pegs have in common that belong together: a capacity, or a part and why it is late.

    Demand for the part itself joins the assemblies that wait for it.
    """
    cause, ref = Cause(int(pegs.cause[row])), int(pegs.cause_ref[row])
    if cause is Cause.CAPACITY:
        return cause, ref
    parts, root, _ = _behind(plan, cause, ref)
    if not parts:
        return cause, int(pegs.item[row])
    return (Cause.COMPONENT if root is Cause.CAPACITY else root), parts[-1]


def _one_shortage(
    inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, margin: Array, rows: IntArray
) -> ThreatRow:
    quantity = pegs.quantity[rows]
    items, place = np.unique(pegs.item[rows], return_inverse=True)
    units = np.bincount(place, weights=quantity)
    money = units * margin[items]
    worst = int(items[np.argmax(money + 1e-9 * units)])
    first = int(rows[np.argmin(pegs.need_day[rows])])
    cause, ref = Cause(int(pegs.cause[first])), int(pegs.cause_ref[first])
    parts, root, root_ref = _behind(plan, cause, ref)
    waits = int(pegs.item[first])
    scarce = parts[-1] if parts else worst if cause is Cause.CAPACITY else waits
    wanted = _units_of_root(inputs, plan, pegs, rows)
    need = int(pegs.need_day[first])
    above = _days_above(inputs, [waits, *parts])
    way = _way_out(inputs, plan, root, scarce, wanted, int(pegs.supply_day[rows].max()) - above)
    order = int(pegs.supply_ref[first]) if pegs.supply[first] == ORDER else -1
    receipt = root_ref if root is Cause.RECEIPT_LATE else -1
    if way.action is Action.EXPEDITE and receipt < 0:
        receipt, order = _next_supply(inputs, plan, scarce, need - above)
    return ThreatRow(
        kind=Threat.SHORTAGE,
        item=worst,
        bucket=inputs.calendar.inside(need),
        quantity=float(quantity.sum()),
        money_at_risk=float(money.sum()),
        lost_anyway=_lost_before(inputs, pegs, margin, rows, way.first_day + above),
        action_cost=way.cost,
        last_day=max(need - (way.arrival - inputs.calendar.as_of), inputs.calendar.as_of)
        if way.arrival >= 0
        else inputs.calendar.as_of,
        cause=cause,
        cause_ref=ref,
        root_cause=root,
        root_ref=root_ref,
        scarce=scarce,
        order=way.order if way.order >= 0 else order,
        receipt=receipt,
        action=way.action,
        action_quantity=wanted,
        action_day=need - above if way.action is Action.EXPEDITE else way.arrival,
        lane=way.lane,
        stops=tuple(zip(items.tolist(), units.tolist(), money.tolist(), strict=True)),
    )


def _behind(plan: SupplyPlan, cause: Cause, ref: int) -> tuple[list[int], Cause, int]:
    """(late components from the upper to the one at the root, why that one is late, what it refers to)."""
    parts: list[int] = []
    while cause is Cause.COMPONENT and ref >= 0 and ref not in parts:
        parts.append(ref)
        cause, ref = Cause(int(plan.root_cause[ref])), int(plan.root_ref[ref])
    return parts, cause, ref


def _next_supply(inputs: PlanInputs, plan: SupplyPlan, item: int, day: int) -> tuple[int, int]:
    """(receipt, order): the supply of an item-location that lands first on a day or later; -1 for what it is not."""
    receipts, orders = inputs.receipts, plan.orders
    open_orders, planned = receipts.of(item), orders.of(item)
    open_orders = open_orders[receipts.day[open_orders] >= day]
    planned = planned[orders.due_day[planned] >= day]
    landing = np.concatenate([receipts.day[open_orders], orders.due_day[planned]])
    if not len(landing):
        return -1, -1
    first = int(landing.argmin())
    if first < len(open_orders):
        return int(open_orders[first]), -1
    return -1, int(planned[first - len(open_orders)])


def _units_of_part(
    inputs: PlanInputs, items: IntArray, quantity: Array, *, parts: list[int], day: IntArray
) -> float:
    """What late units (P,) of `items`, begun on a day, take of the last of `parts`, a chain of late components."""
    units, above = quantity, items
    for part in parts:
        below = np.full(len(above), part)
        units, above = units * taken_per_unit(inputs.bom, above, below, day=day), below
    return float(units.sum())


def _units_of_root(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, rows: IntArray) -> float:
    """What late units, pegs `rows`, take of the part at their root, whichever assemblies lie between."""
    causes = np.stack([pegs.cause[rows], pegs.cause_ref[rows]])
    return sum(
        _units_of_part(
            inputs,
            pegs.item[mine],
            pegs.quantity[mine],
            parts=_behind(plan, Cause(cause), ref)[0],
            day=pegs.begun(mine, plan.orders),
        )
        for cause, ref in np.unique(causes, axis=1).T.tolist()
        for mine in [rows[(causes[0] == cause) & (causes[1] == ref)]]
    )


def _days_above(inputs: PlanInputs, chain: list[int]) -> int:
    """Days from the arrival of the last item-location of a chain to the first one's: their shortest lead times."""
    lanes = inputs.lanes
    days = [lanes.lead_time_days[np.searchsorted(lanes.term_lane, lanes.of(item))] for item in chain[:-1]]
    return sum(int(each.min()) for each in days if len(each))


@dataclass(frozen=True, kw_only=True)
class _WayOut:
    """What to do about a shortage; `arrival` of the fastest lane (-1: none), `order` that flies already.

    `first_day` on which it brings more than the plan: 0 where nothing is known against today, NEVER where all
    that can be done is in the plan.
    """

    action: Action
    arrival: int
    first_day: int = 0
    cost: float = 0.0
    lane: int = -1
    order: int = -1


def _way_out(
    inputs: PlanInputs, plan: SupplyPlan, root: Cause, scarce: int, wanted: float, latest: int
) -> _WayOut:
    """The way for `wanted` units of the scarce part; it must arrive before `latest` to better the plan."""
    lane, premium, arrival = faster_lane(inputs, scarce)
    if root is Cause.CAPACITY:
        return _WayOut(action=Action.ADD_CAPACITY, arrival=arrival)
    if root is Cause.NO_SOURCE:
        return _WayOut(action=Action.FIND_SOURCE, arrival=arrival)
    order = _planned_there(plan, scarce, lane, arrival, wanted) if premium > 0 else -1
    if order >= 0:
        return _WayOut(
            action=Action.ORDER_NOW, arrival=arrival, first_day=NEVER, cost=premium * wanted, order=order
        )
    if lane < 0 or arrival >= latest:
        return _WayOut(action=Action.EXPEDITE, arrival=arrival)
    return _WayOut(
        action=Action.FASTER_LANE, arrival=arrival, first_day=arrival, cost=premium * wanted, lane=lane
    )


def _lost_before(inputs: PlanInputs, pegs: Pegs, margin: Array, rows: IntArray, day: int) -> float:
    """Money of the late units of own demand, pegs `rows`, that are needed before a day; demand is even in a bucket."""
    item, bucket = pegs.item[rows], pegs.use_ref[rows]
    per_day = inputs.demand[bucket, item] / inputs.calendar.days[bucket]
    units = np.minimum(pegs.quantity[rows], per_day * np.maximum(day - pegs.need_day[rows], 0))
    return float((units * margin[item]).sum())


def _planned_there(plan: SupplyPlan, item: int, lane: int, arrival: int, wanted: float) -> int:
    """The first order of an item that brings it all on the lane by its earliest arrival; -1 where none does."""
    orders = plan.orders
    rows = orders.of(item)
    rows = rows[(orders.lane[rows] == lane) & (orders.due_day[rows] <= arrival)]
    enough = len(rows) > 0 and orders.quantity[rows].sum() >= wanted - NOTICEABLE
    return int(rows[0]) if enough else -1


def faster_lane(inputs: PlanInputs, item: int) -> tuple[int, float, int]:
    """(lane, premium per unit over the cheapest, first arrival) of the fastest lane of an item.

    Lane -1 where nothing is bought or flown any faster: without a lane, and where making it is the fastest way.
    """
    lanes = inputs.lanes
    mine = lanes.of(item)
    if not len(mine):
        return -1, 0.0, -1
    term = np.searchsorted(lanes.term_lane, mine)
    as_of = inputs.calendar.as_of
    arrival = arrival_days(lanes, order_day=np.maximum(lanes.valid_from[term], as_of), rows=term)
    arrival = np.maximum(arrival, inputs.blocked_until[item])
    cost = landed_unit_cost(
        smallest_lot_price(lanes, term=term),
        tariff_pct=np.zeros(len(mine)),
        freight=lanes.freight_cost[term],
        capital_rate=inputs.capital_rate,
        transit_days=lanes.transit_days[term],
    )
    best = int(np.lexsort((cost, arrival))[0])
    if lanes.kind[mine[best]] == Kind.MAKE:
        return -1, 0.0, int(arrival[best])
    return int(mine[best]), float(cost[best] - cost.min()), int(arrival[best])


def _of_a_part(row: ThreatRow) -> bool:
    """Is it a part that keeps something else waiting?"""
    return any(item != row.scarce for item, _, _ in row.stops) and row.root_cause is not Cause.CAPACITY


def _thin_stock(
    inputs: PlanInputs, plan: SupplyPlan, margin: Array, protection_sd: Array, *, told: set[int]
) -> list[ThreatRow]:
    """Safety stock used up without a shortage: what more demand than planned would cost, a row for each root.

    Left out where the part that is scarce is `told` of already, with everything that it stops.
    """
    record = plan.projection
    thin = np.where(record.shortage > TOLERANCE, 0.0, record.below_safety_stock)
    rows = [
        _one_thin_stock(inputs, plan, item, thin[:, item], margin, protection_sd)
        for item in np.flatnonzero((thin > NOTICEABLE).any(axis=0)).tolist()
    ]
    groups: dict[tuple[Cause, int], list[ThreatRow]] = {}
    for row in rows:
        if row.scarce not in told:
            full = row.root_cause is Cause.CAPACITY
            groups.setdefault((row.root_cause, row.root_ref if full else row.scarce), []).append(row)
    return [_gathered(group) for group in groups.values()]


def _gathered(rows: list[ThreatRow]) -> ThreatRow:
    """Item-locations whose stock is thin for one late part or full capacity as one row, for the first day of all."""
    if len(rows) == 1:
        return rows[0]
    money = sum(row.money_at_risk for row in rows)
    worst = max(rows, key=lambda row: (row.money_at_risk, row.quantity))
    return replace(
        min(rows, key=lambda row: row.action_day),
        item=worst.item,
        quantity=sum(row.quantity for row in rows),
        money_at_risk=money,
        probability=sum(row.probability * row.money_at_risk for row in rows) / money if money > 0 else 0.0,
        action_quantity=sum(row.action_quantity for row in rows),
        stops=tuple((row.item, row.quantity, row.money_at_risk) for row in rows),
    )


def _one_thin_stock(
    inputs: PlanInputs, plan: SupplyPlan, item: int, thin: Array, margin: Array, protection_sd: Array
) -> ThreatRow:
    """`thin` (T,) units below the safety stock of one item-location."""
    bucket = int((thin > NOTICEABLE).argmax())
    quantity, left = float(thin.max()), float(plan.projection.closing[int(thin.argmax()), item])
    spread = float(protection_sd[item])
    cause, ref = Cause(int(plan.unmet_cause[item])), int(plan.unmet_ref[item])
    parts, root, root_ref = _behind(plan, cause, ref)
    scarce = parts[-1] if parts else item
    by = int(inputs.calendar.edges[bucket + 1]) - 1
    action = {Cause.CAPACITY: Action.ADD_CAPACITY, Cause.NO_SOURCE: Action.FIND_SOURCE}.get(
        root, Action.EXPEDITE
    )
    receipt, order = _next_supply(inputs, plan, scarce, by + 1) if action is Action.EXPEDITE else (-1, -1)
    return ThreatRow(
        kind=Threat.BELOW_SAFETY_STOCK,
        item=item,
        bucket=bucket,
        quantity=quantity,
        money_at_risk=quantity * float(margin[item]),
        probability=float(ndtr(-left / spread)) if spread > 0 else 0.0,
        last_day=inputs.calendar.as_of,
        cause=cause,
        cause_ref=ref,
        root_cause=root,
        root_ref=root_ref,
        scarce=scarce,
        receipt=receipt,
        order=order,
        action=action,
        action_quantity=_units_of_part(
            inputs, np.array([item]), np.array([quantity]), parts=parts, day=np.array([by])
        ),
        action_day=by,
    )


def _overdue(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, *, told: set[int]) -> list[ThreatRow]:
    """Orders that should have left before today but make no demand late, nor are `told` of: they must leave now."""
    orders = plan.orders
    harmful = np.zeros(orders.count, bool)
    harmful[pegs.supply_ref[(pegs.supply == ORDER) & (pegs.days_late > 0)]] = True
    return [
        ThreatRow(
            kind=Threat.ORDER_LATE,
            item=int(orders.item[k]),
            bucket=0,
            quantity=float(orders.quantity[k]),
            money_at_risk=0.0,
            last_day=inputs.calendar.as_of,
            cause=Cause.LEAD_TIME,
            order=int(k),
            action=Action.ORDER_NOW,
            action_quantity=float(orders.quantity[k]),
            action_day=inputs.calendar.as_of,
        )
        for k in np.flatnonzero(orders.late_release & ~harmful).tolist()
        if k not in told
    ]


def _rescheduled(
    inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, messages: Messages, margin: Array, holding_rate: Array
) -> list[ThreatRow]:
    receipts, calendar = inputs.receipts, inputs.calendar
    late = (pegs.supply == RECEIPT) & (pegs.days_late > 0)
    short = np.bincount(pegs.supply_ref[late], weights=pegs.quantity[late], minlength=len(receipts.item))
    under_way = _days_under_way(inputs)
    kinds = {
        int(Message.EXPEDITE): (Threat.EXPEDITE, Action.EXPEDITE),
        int(Message.DEFER): (Threat.DEFER, Action.DEFER),
        int(Message.CANCEL): (Threat.CANCEL, Action.CANCEL),
    }
    rows = []
    for r in np.flatnonzero(messages.message != Message.NONE).tolist():
        kind, action = kinds[int(messages.message[r])]
        item = int(receipts.item[r])
        value = float(receipts.quantity[r] * inputs.unit_cost[item])
        money = {
            Threat.EXPEDITE: float(short[r] * margin[item]),
            Threat.DEFER: value * float(holding_rate[item]) * -int(messages.days[r]) / 365.0,
            Threat.CANCEL: value,
        }[kind]
        due = max(int(receipts.day[r]), calendar.as_of)
        rows.append(
            ThreatRow(
                kind=kind,
                item=item,
                bucket=calendar.inside(due),
                quantity=float(receipts.quantity[r]),
                money_at_risk=money,
                last_day=max(min(int(messages.need_day[r]), due) - int(under_way[item]), calendar.as_of),
                cause=Cause.RECEIPT_LATE if kind is Threat.EXPEDITE else Cause.NONE,
                cause_ref=r if kind is Threat.EXPEDITE else -1,
                receipt=r,
                action=action,
                action_quantity=float(receipts.quantity[r]),
                action_day=int(messages.need_day[r]) if kind is not Threat.CANCEL else -1,
            )
        )
    return rows


def _days_under_way(inputs: PlanInputs) -> IntArray:
    """Days (N,) that an order is on its way on the item-location's usual lane: then it can be asked nothing more."""
    lanes, days = inputs.lanes, np.zeros(inputs.count, np.int64)
    usual_last = np.lexsort((np.arange(lanes.count), lanes.priority))[::-1]
    term = np.searchsorted(lanes.term_lane, usual_last)
    days[lanes.item[usual_last]] = lanes.transit_days[term]
    return days


def _excess(inputs: PlanInputs, pegs: Pegs, holding_rate: Array) -> list[ThreatRow]:
    """Stock on hand that neither demand nor safety stock asks for within the horizon, at a year of holding."""
    idle = (pegs.use == STOCK) & (pegs.supply == ON_HAND)
    unused = np.bincount(pegs.item[idle], weights=pegs.quantity[idle], minlength=inputs.count)
    excess = unused - inputs.safety_stock[-1]
    return [
        ThreatRow(
            kind=Threat.EXCESS,
            item=int(item),
            bucket=0,
            quantity=float(excess[item]),
            money_at_risk=float(excess[item] * inputs.unit_cost[item] * holding_rate[item]),
            last_day=int(inputs.calendar.edges[-1]),
            action=Action.USE_UP,
            action_quantity=float(excess[item]),
        )
        for item in np.flatnonzero(excess > NOTICEABLE)
    ]
