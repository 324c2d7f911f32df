"""Exceptions of a planned folder: the engine's threats, and those that need codes: space, ships, tariffs, failures."""

from collections import defaultdict
from dataclasses import replace
from math import ceil, floor

import numpy as np

from supply.engine import Cause, Kind, Pegs, SupplyPlan, reschedule_messages
from supply.engine.hazards import Surroundings, find_hazards
from supply.engine.risk import SupplierRisk, supplier_risks
from supply.engine.room import Fitting, Forward, fit_in_turn
from supply.engine.threat_rows import NOTICEABLE, Action, Threat, ThreatRow, ranked
from supply.engine.threats import find_threats
from supply.expiry import expiring_soon, outliving

from .columns import Columns, amount, day, number, of_rows
from .outputs import Names, Row, storage_used
from .problem import Problem
from .promises import broken_promises

_RISK_LIMIT = 80  # suppliers re-planned one by one; more would take longer than the plan itself


def exception_table(problem: Problem, plan: SupplyPlan, pegs: Pegs) -> Columns:
    """All exceptions, ranked by avoidable loss."""
    inputs = problem.inputs
    found = find_threats(
        inputs,
        plan,
        pegs,
        reschedule_messages(inputs, plan),
        margin=problem.money_margin,
        holding_rate=problem.holding_rate,
        protection_sd=problem.goals.targets.protection_sd.ravel(),
    )
    found += find_hazards(
        inputs,
        plan,
        Surroundings(
            margin=problem.money_margin,
            holding_rate=problem.holding_rate,
            reserve_ashore=problem.policies.reserve_ashore,
            max_per_shipment=problem.policies.max_per_shipment,
            expired=problem.stock.expired,
            expiring=expiring_soon(problem.stock.lots, inputs, plan),
            outliving=outliving(inputs, plan, problem.stock.lots),
        ),
    )
    found = _kept_to_space(problem, plan, found)
    more = [
        *_storage(problem, plan),
        *_risks(problem, plan),
        *broken_promises(problem, plan),
    ]
    names = Names(problem=problem, plan=plan)
    said = [(row, _root(names, row), _suggestion(names, row)) for row in found]
    said += more
    order = {id(row): place for place, row in enumerate(ranked([row for row, _, _ in said]))}
    said.sort(key=lambda s: order[id(s[0])])
    rows = (_row(problem, rank, *words) for rank, words in enumerate(said, start=1))
    return of_rows(rows, _EXCEPTION)


_EXCEPTION = (
    "rank", "kind", "item", "location", "month", "quantity", "probability", "money_at_risk", "action_cost",
    "avoidable_loss", "last_responsible_date", "root_cause", "suggestion", "status",
)  # fmt: skip


def _row(problem: Problem, rank: int, row: ThreatRow, root: str, suggestion: str) -> Row:
    return {
        "rank": str(rank),
        "kind": row.kind.name.lower(),
        "item": problem.places.items[row.item] if row.item >= 0 else "",
        "location": problem.places.locations[row.item] if row.item >= 0 else "",
        "month": problem.buckets.label(row.bucket),
        "quantity": number(row.quantity),
        "probability": number(row.probability),
        "money_at_risk": number(row.money_at_risk),
        "action_cost": number(row.action_cost),
        "avoidable_loss": number(row.avoidable),
        "last_responsible_date": day(row.last_day),
        "root_cause": root,
        "suggestion": suggestion,
        "status": "open",
    }


Said = tuple[ThreatRow, str, str]


def _root(names: Names, row: ThreatRow) -> str:
    if row.cause is Cause.COMPONENT:
        return names.chain(int(row.cause), row.cause_ref)
    if row.kind is Threat.EXCESS:
        return "more stock than the horizon needs"
    if row.kind in (Threat.DEFER, Threat.CANCEL):
        return "open order earlier or larger than needed"
    if row.kind is Threat.RESERVE:
        return "reserve ashore" if row.action is Action.HOLD_BACK else "too much on one vessel"
    if row.kind is Threat.TARIFF:
        return f"tariff from {day(row.action_day)}"
    if row.kind is Threat.EXPIRY:
        return _EXPIRES[row.action]
    return names.cause(int(row.cause), row.cause_ref)


_EXPIRES = {
    Action.WRITE_OFF: "expired",
    Action.USE_UP: "expires before its turn to be sold",
    Action.SMALLER_LOT: "lot larger than what sells before it expires",
}


def _suggestion(names: Names, row: ThreatRow) -> str:
    """The next best action in one sentence; without a price nobody knows what a shortage may cost to mend."""
    if row.money_at_risk > 0 and not row.pays:
        return f"Accept {_loss(row)}: acting costs {amount(round(row.action_cost))}, more than it saves"
    receipt = names.problem.open_orders.names[row.receipt] if row.receipt >= 0 else ""
    quantity = amount(round(row.action_quantity, 6))
    scarce = names.place(row.scarce if row.scarce >= 0 else row.item)
    when = day(row.action_day)
    said = {
        Action.ORDER_NOW: f"Release {names.order(row.order)} today: {quantity} of {scarce}{_no_faster(row)}",
        Action.FASTER_LANE: f"Bring {quantity} of {scarce} by {_way(names, row)}",
        Action.EXPEDITE: _sooner(names, row, scarce),
        Action.DEFER: f"Defer {receipt} to {when}",
        Action.CANCEL: f"Cancel {receipt}: not needed within the horizon",
        Action.ADD_CAPACITY: f"Add {_line(names, row)} for {quantity} of {scarce}, or accept {_loss(row)}",
        Action.FIND_SOURCE: f"Enter a source for {scarce}",
        Action.USE_UP: f"Use up or sell {quantity}{f' by {when}' if when else ''}",
        Action.WRITE_OFF: f"Write off {quantity} expired units",
        Action.SMALLER_LOT: _smaller_lot(names, row, quantity),
    }
    return said[row.action] if row.action in said else _freight_advice(names, row)


def _smaller_lot(names: Names, row: ThreatRow, sells: str) -> str:
    if row.action is not Action.SMALLER_LOT:
        return ""
    lost, earned = row.figures
    text = f"Agree a lot of {sells} instead of {names.order(row.order)}: {amount(round(lost, 6))} of it expire unsold"
    if lost * float(names.problem.inputs.unit_cost[row.item]) > earned:
        text += f" and cost more than the {amount(round(earned))} that the rest earns; else order none"
    return text


def _loss(row: ThreatRow) -> str:
    return "the shortage" if row.kind is Threat.SHORTAGE else "less than the safety stock"


def _sooner(names: Names, row: ThreatRow, scarce: str) -> str:
    if row.root_cause is Cause.BLOCKED:
        return f"Have {scarce} certified sooner, or accept {_loss(row)}"
    return f"Expedite {_coming(names, row) or f'supply of {scarce}'}{_to(names, row)}"


def _coming(names: Names, row: ThreatRow) -> str:
    """The order, open or planned, that brings it; nothing where none does."""
    if row.receipt >= 0:
        return names.problem.open_orders.names[row.receipt]
    return names.order(row.order) if row.order >= 0 else ""


def _to(names: Names, row: ThreatRow) -> str:
    """The day on which it is needed, unless that is over."""
    return f" to {day(row.action_day)}" if row.action_day > names.problem.inputs.calendar.as_of else ""


def _no_faster(row: ThreatRow) -> str:
    return f" by {day(row.action_day)}, no way is faster" if row.kind is Threat.SHORTAGE else ""


def _line(names: Names, row: ThreatRow) -> str:
    """The capacity at the root; nothing where the cause is another one."""
    return names.cause(Cause.CAPACITY, row.root_ref) if row.root_cause is Cause.CAPACITY else ""


def _way(names: Names, row: ThreatRow) -> str:
    """Source and mode of the faster lane."""
    if row.lane < 0:
        return ""
    lane = names.problem.lanes[row.lane]
    return f"{lane.source} {lane.mode}".rstrip()


def _of_which_fit(row: ThreatRow) -> str:
    cut = row.quantity - row.action_quantity > NOTICEABLE
    return f", no more of {amount(round(row.quantity, 6))} fit" if cut else ""


def _freight_advice(names: Names, row: ThreatRow) -> str:
    """What to do about ships and tariffs, with the figures of its kind."""
    quantity, when = amount(round(row.action_quantity, 6)), day(row.action_day)
    if row.action is Action.HOLD_BACK:
        afloat, total = row.figures
        return f"Hold back or fly {quantity}: {amount(afloat)} of {amount(total)} are afloat"
    if row.action is Action.SPLIT_OFF:
        return f"Ship {names.order(row.order)} as {' + '.join(map(amount, row.figures))}"
    if row.action is Action.BUY_AHEAD:
        rise, holding, net = row.figures
        if not row.action_quantity:
            return f"No room to receive {amount(round(row.quantity, 6))} before {when}; find some elsewhere"
        return (
            f"Receive {quantity} before {when}{_of_which_fit(row)}: +{rise:.2f} a unit saved, "
            f"{amount(round(holding))} to hold, net {amount(round(net))}"
        )
    return ""


def _kept_to_space(problem: Problem, plan: SupplyPlan, found: list[ThreatRow]) -> list[ThreatRow]:
    """Advice to buy ahead cut to what fits, what saves most for its space first; the rest is lost anyway."""
    free = {
        place: np.maximum(problem.storage_m3[place] - used, 0.0)
        for place, used in storage_used(problem, plan).items()
    }
    places, volume = problem.places.locations, problem.unit_volume
    bulky = [
        k
        for k, row in enumerate(found)
        if row.action is Action.BUY_AHEAD and volume[row.item] > 0 and places[row.item] in free
    ]
    turn = sorted(bulky, key=lambda k: -found[k].avoidable / (found[k].quantity * volume[found[k].item]))
    asked = [
        (places[row.item], float(volume[row.item]), _forward(problem, plan, row))
        for row in (found[k] for k in turn)
    ]
    cut = dict(zip(turn, fit_in_turn(asked, free), strict=True))
    return [_with(row, cut[k]) if k in cut else row for k, row in enumerate(found)]


def _forward(problem: Problem, plan: SupplyPlan, row: ThreatRow) -> Forward:
    """The orders that the advice brings forward: the next ones on the lane of the first, up to its quantity."""
    orders, lanes = plan.orders, problem.inputs.lanes
    term, alone = int(orders.term[row.order]), lanes.group[orders.lane[row.order]] < 0
    later = np.flatnonzero((orders.lane == orders.lane[row.order]) & (orders.due_day >= row.action_day))
    return Forward.of_next(
        problem.inputs.calendar,
        units=row.quantity,
        quantity=orders.quantity[later],
        due_day=orders.due_day[later],
        rise=row.action_day,
        step=float(lanes.multiple[term]) or 1.0,
        least=float(lanes.moq[term]) if alone else 0.0,
        saving=row.money_at_risk,
        holding=row.action_cost,
    )


def _with(row: ThreatRow, fitting: Fitting) -> ThreatRow:
    return replace(
        row,
        action_quantity=fitting.quantity,
        action_cost=fitting.holding,
        lost_anyway=row.money_at_risk - fitting.saving,
        figures=(row.figures[0], fitting.holding, fitting.saving - fitting.holding),
    )


def _storage(problem: Problem, plan: SupplyPlan) -> list[Said]:
    """Space over the limit, and which planned orders to split so that it fits."""
    found: list[Said] = []
    names = Names(problem=problem, plan=plan)
    for location, used in storage_used(problem, plan).items():
        over = used - problem.storage_m3[location]
        if not (over > 1e-9).any():
            continue
        t = int((over > 1e-9).argmax())
        split, left = _orders_to_split(problem, plan, location, t, float(over[t]))
        text = f"{amount(round(float(over[t]), 3))} m³ over the limit"
        if split:
            offs = ", ".join(f"{amount(units)} off {names.order(k)}" for k, units in split)
            text += f": split {offs} and take them later"
        if left > 1e-9:
            text += f"; {amount(round(left, 3))} m³ are no planned order of this period"
        first, units = split[0] if split else (-1, 0.0)
        row = ThreatRow(
            kind=Threat.STORAGE,
            item=int(plan.orders.item[first]) if split else -1,
            bucket=t,
            quantity=float(over[t]),
            money_at_risk=0.0,
            last_day=int(plan.orders.ship_day[first]) if split else -1,
            action=Action.SPLIT_OFF,
            action_quantity=units,
        )
        found.append((row, f"storage of {location}", text))
    return found


def _orders_to_split(
    problem: Problem, plan: SupplyPlan, location: str, t: int, over: float
) -> tuple[list[tuple[int, float]], float]:
    """Orders of the bucket at the location, the bulkiest first, with the units (whole steps) of each that free `over`.

    Also what no order frees, m3. What is needed within the bucket stays.
    """
    orders, split = plan.orders, []
    volume, stock = problem.unit_volume[orders.item], plan.projection.closing[t].copy()
    here = [
        k
        for k in np.flatnonzero((orders.bucket == t) & (volume > 0)).tolist()
        if problem.places.locations[int(orders.item[k])] == location
    ]
    for k in sorted(here, key=lambda row: -float(orders.quantity[row] * volume[row])):
        item = int(orders.item[k])
        step = float(problem.step[item]) or 1.0
        spare = floor(min(float(orders.quantity[k]), float(stock[item])) / step + 1e-7) * step
        units = min(ceil(over / float(volume[k]) / step - 1e-7) * step, spare)
        if units > 0:
            split.append((k, units))
            stock[item] -= units
            over -= units * float(volume[k])
    return split, max(over, 0.0)


def _risks(problem: Problem, plan: SupplyPlan) -> list[Said]:
    """Suppliers whose failure would last longer than stock survives."""
    bought = defaultdict(list)
    for number_, lane in enumerate(problem.lanes):
        if lane.kind is Kind.BUY and lane.source in problem.recover_days:
            bought[problem.suppliers.index(lane.source)].append(number_)
    suppliers = np.array(sorted(bought)[:_RISK_LIMIT], np.int64)
    recover = np.array([problem.recover_days[problem.suppliers[s]] for s in suppliers.tolist()])
    found: list[Said] = []
    for risk in supplier_risks(
        problem.inputs, plan, suppliers=suppliers, recover_days=recover, margin=problem.money_margin
    ):
        if risk.gap_days > 0:
            found.append(_risk_row(problem, risk))
    return found


def _risk_row(problem: Problem, risk: SupplierRisk) -> Said:
    calendar = problem.inputs.calendar
    first = calendar.as_of + int(risk.survive_days)
    row = ThreatRow(
        kind=Threat.SUPPLIER_RISK,
        item=risk.item,
        bucket=calendar.inside(first),
        quantity=risk.stock_needed,
        money_at_risk=risk.exposure,
        probability=0.0,
        last_day=calendar.as_of,
        action=Action.RAISE_STOCK,
        action_quantity=risk.stock_needed,
    )
    supplier = problem.suppliers[risk.supplier]
    text = (
        f"Survives {amount(risk.survive_days)} days, recovery takes {amount(risk.recover_days)}: "
        f"{amount(risk.stock_needed)} more in stock would bridge {amount(risk.gap_days)} days"
    )
    return row, f"failure of {supplier}", text
