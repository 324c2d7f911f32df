"""A change on a few item-locations, planned again without the rest: what-if in milliseconds."""

from dataclasses import dataclass, fields, replace

import numpy as np

from .feasibility import plan_supply
from .limits import Limits
from .open_orders import open_work
from .planner import precedence, requirement_edges
from .shapes import (
    Array,
    Bom,
    BoolArray,
    Capacities,
    DependentDemand,
    FirmOrders,
    IntArray,
    Lanes,
    PlanInputs,
    Projection,
    Returns,
    ScheduledReceipts,
    SupplyPlan,
)


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """The part of the plan that a change touches. `members` (M,) are its item-locations in the whole plan.

    `base` is their record before, `inputs` and `plan` that part after: same shapes, (T, M).
    """

    members: IntArray
    inputs: PlanInputs
    base: Projection
    plan: SupplyPlan


def what_if(inputs: PlanInputs, plan: SupplyPlan, changed: PlanInputs, *, touched: IntArray) -> WhatIf:
    """Plan `touched` item-locations and all they require again under `changed` inputs.

    `changed` has the shapes of `inputs`; what other items require stays as planned, and capacity is what
    they leave. Touching components reaches the orders above them through `affected_by`.
    """
    members = below(inputs, touched)
    after, order = restrict(changed, plan, members)
    return WhatIf(
        members=order, inputs=after, base=columns_of(plan.projection, members), plan=plan_supply(after)
    )


def columns_of(record: Projection, members: IntArray) -> Projection:
    """The record of some item-locations."""
    return Projection(**{f.name: getattr(record, f.name)[:, members] for f in fields(Projection)})


def below(inputs: PlanInputs, items: IntArray) -> IntArray:
    """The item-locations and everything that they require, sorted."""
    above, under = _edges(inputs)
    return _closure(inputs.count, above, under, items)


def affected_by(inputs: PlanInputs, items: IntArray) -> IntArray:
    """Everything that a change of these can reach: what requires them, and all that those require."""
    above, under = _edges(inputs)
    return _closure(inputs.count, above, under, _closure(inputs.count, under, above, items))


def _edges(inputs: PlanInputs) -> tuple[IntArray, IntArray]:
    above, under = requirement_edges(inputs.lanes, inputs.bom)
    returns = inputs.returns
    return np.concatenate([above, returns.item]), np.concatenate([under, returns.returned])


def _closure(count: int, start: IntArray, end: IntArray, items: IntArray) -> IntArray:
    reached = np.zeros(count, bool)
    reached[items] = True
    while True:
        fresh = end[reached[start] & ~reached[end]]
        if not len(fresh):
            return np.flatnonzero(reached)
        reached[fresh] = True


def restrict(inputs: PlanInputs, plan: SupplyPlan, members: IntArray) -> tuple[PlanInputs, IntArray]:
    """The problem of `members` alone (closed downwards): what others require or load is taken as planned.

    Its priorities are their places in line in the whole, for products that they serve may not be among the members.
    """
    place = np.full(inputs.count, -1, np.int64)
    place[members] = np.arange(len(members))
    lane_kept = place[inputs.lanes.item] >= 0
    lane_place = np.cumsum(lane_kept) - 1
    return (
        replace(
            inputs,
            demand=inputs.demand[:, members],
            on_hand=inputs.on_hand[members],
            safety_stock=inputs.safety_stock[:, members],
            lanes=_lanes(inputs.lanes, lane_kept, lane_place, place),
            bom=_bom(inputs.bom, place),
            receipts=_receipts(inputs.receipts, place, lane_place),
            firm=_firm(inputs.firm, lane_kept, lane_place),
            chosen=_firm(inputs.chosen, lane_kept, lane_place),
            capacities=_capacities(inputs, plan, lane_kept, lane_place),
            returns=_returns(inputs.returns, place),
            outside=_outside(plan, place),
            priority=precedence(inputs, plan.levels)[members],
            margin=inputs.margin[members],
            unit_cost=inputs.unit_cost[members],
            blocked_until=inputs.blocked_until[members],
            lot_rule=inputs.lot_rule[members],
            lot_parameter=inputs.lot_parameter[members],
            shelf_life_days=inputs.shelf_life_days[members],
        ),
        members,
    )


def _lanes(lanes: Lanes, kept: BoolArray, lane_place: IntArray, place: IntArray) -> Lanes:
    term = kept[lanes.term_lane]
    tariff = kept[lanes.tariff_lane]
    term_place = np.cumsum(term) - 1
    broken = term[lanes.break_term]
    names = ["valid_from", "valid_to", "lead_time_days", "transit_days", "moq", "multiple"]
    names += ["unit_cost", "order_cost", "freight_cost"]
    moved = lanes.kind[kept] == 1
    return Lanes(
        item=place[lanes.item[kept]],
        source=np.where(moved, place[np.maximum(lanes.source[kept] * moved, 0)], lanes.source[kept]),
        kind=lanes.kind[kept],
        mode=lanes.mode[kept],
        priority=lanes.priority[kept],
        group=lanes.group[kept],
        group_moq=lanes.group_moq,
        term_lane=lane_place[lanes.term_lane[term]],
        tariff_lane=lane_place[lanes.tariff_lane[tariff]],
        tariff_from=lanes.tariff_from[tariff],
        tariff_pct=lanes.tariff_pct[tariff],
        break_term=term_place[lanes.break_term[broken]],
        break_quantity=lanes.break_quantity[broken],
        break_cost=lanes.break_cost[broken],
        closures=lanes.closures,
        source_calendar=lanes.source_calendar[kept] if lanes.ever_close else lanes.source_calendar,
        receiving_calendar=lanes.receiving_calendar[kept] if lanes.ever_close else lanes.receiving_calendar,
        **{name: getattr(lanes, name)[term] for name in names},
    )


def _bom(bom: Bom, place: IntArray) -> Bom:
    kept = place[bom.parent] >= 0
    columns = {f.name: getattr(bom, f.name)[kept] for f in fields(Bom)}
    return Bom(**{**columns, "parent": place[columns["parent"]], "component": place[columns["component"]]})


def _receipts(receipts: ScheduledReceipts, place: IntArray, lane_place: IntArray) -> ScheduledReceipts:
    """Open orders of the members; each comes on a lane of its own item-location, which is kept with it."""
    kept = place[receipts.item] >= 0
    optional = {
        name: getattr(receipts, name)[kept] for name in ("supplier", "afloat") if len(getattr(receipts, name))
    }
    if len(receipts.lane):
        lane = receipts.lane[kept]
        optional["lane"] = np.where(lane >= 0, lane_place[lane], -1)
    return ScheduledReceipts(
        item=place[receipts.item[kept]], day=receipts.day[kept], quantity=receipts.quantity[kept], **optional
    )


def _firm(firm: FirmOrders, lane_kept: BoolArray, lane_place: IntArray) -> FirmOrders:
    kept = lane_kept[firm.lane]
    return FirmOrders(
        lane=lane_place[firm.lane[kept]], quantity=firm.quantity[kept], due_day=firm.due_day[kept]
    )


def _capacities(
    inputs: PlanInputs, plan: SupplyPlan, lane_kept: BoolArray, lane_place: IntArray
) -> Capacities:
    """What the orders of other item-locations leave, open ones and planned ones."""
    capacities = inputs.capacities
    if not capacities.count:
        return capacities
    limits = Limits(calendar=inputs.calendar, lanes=inputs.lanes, capacities=capacities, material=None)
    limits.book_open_orders(open_work(inputs).on(~lane_kept))
    orders = plan.orders
    others = np.flatnonzero(~lane_kept[orders.lane])
    limits.book(
        orders.lane[others],
        term=orders.term[others],
        bucket=orders.bucket[others],
        quantity=orders.quantity[others],
    )
    used = lane_kept[capacities.lane]
    return Capacities(
        available=np.maximum(limits.remaining, 0.0),
        lane=lane_place[capacities.lane[used]],
        capacity=capacities.capacity[used],
        per_unit=capacities.per_unit[used],
    )


def _returns(returns: Returns, place: IntArray) -> Returns:
    kept = (place[returns.item] >= 0) & (place[returns.returned] >= 0)
    return Returns(
        item=place[returns.item[kept]],
        returned=place[returns.returned[kept]],
        rate=returns.rate[kept],
        lag_buckets=returns.lag_buckets[kept],
    )


def _outside(plan: SupplyPlan, place: IntArray) -> DependentDemand:
    """What orders of other item-locations take from the members."""
    needed = plan.dependent
    if not len(needed.item):
        return needed
    owner = np.where(needed.order >= 0, place[plan.orders.item[needed.order]], -1)
    kept = (place[needed.item] >= 0) & (owner < 0)
    return DependentDemand(
        order=np.full(int(kept.sum()), -1, np.int64),
        item=place[needed.item[kept]],
        day=needed.day[kept],
        quantity=needed.quantity[kept],
    )


def newly_short(record: Projection) -> Array:
    """Units of each item-location that ever go short, (N,), each counted once when it does."""
    shortage = record.shortage
    before = np.vstack([np.zeros((1, shortage.shape[1])), shortage[:-1]])
    return np.asarray(np.maximum(shortage - before, 0.0).sum(axis=0))
