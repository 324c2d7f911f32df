"""Planned orders once their quantities stand: what set them, what they cost and what they leave over."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lanes import landed_unit_cost, lane_table, price_at, tariff_on
from .records import cover_days, overhang, project, tally
from .shapes import (
    TOLERANCE,
    Array,
    DependentDemand,
    IntArray,
    LotRule,
    Orders,
    PlanInputs,
    Reason,
    SupplyPlan,
)
from .sorting import run_starts


def quantity_parts(
    inputs: PlanInputs, *, lane: IntArray, quantity: Array, net: Array, term: IntArray
) -> tuple[IntArray, Array, Array]:
    """Split quantity = net + lot rule and multiple + MOQ: (reason, lot raise, MOQ raise), each (K,)."""
    lanes = inputs.lanes
    extra = quantity - net
    at_moq = (lanes.moq[term] > net + TOLERANCE) & (lanes.group[lane] < 0)
    moq_raise = np.where(at_moq, np.minimum(extra, lanes.moq[term] - net), 0.0)
    rest = extra - moq_raise
    reason = np.where(rest > TOLERANCE, int(Reason.MULTIPLE), int(Reason.NET_REQUIREMENT))
    ruled = inputs.lot_rule[lanes.item[lane]] != LotRule.LOT_FOR_LOT
    reason = np.where(ruled & (rest > TOLERANCE), int(Reason.LOT_RULE), reason)
    joint = (lanes.group[lane] >= 0) & (rest > np.maximum(lanes.multiple[term], TOLERANCE))
    reason = np.where(joint, int(Reason.JOINT_MOQ), reason)
    return np.where(at_moq, int(Reason.MOQ), reason), rest, moq_raise


def parts_of_runs(orders: Orders) -> tuple[IntArray, IntArray, Array]:
    """(which part, of how many, units of all) of the run of each order, (K,); a whole lot is its only part."""
    row = np.arange(orders.count)
    run = np.where(orders.run >= 0, orders.run, row)
    order = np.lexsort((row, orders.due_day, run))
    part = np.empty(orders.count, np.int64)
    part[order] = row - run_starts(run[order]) + 1
    units = np.bincount(run, weights=orders.quantity)
    return part, np.asarray(np.bincount(run)[run], np.int64), np.asarray(units[run], np.float64)


def renumbered(number: IntArray, order: IntArray) -> IntArray:
    """The new `number` (K,) of each order that rows refer to; -1 (required from outside the plan, part of no run) stays."""
    return np.where(order >= 0, number[order], -1) if len(number) else order


def in_order(plan: SupplyPlan) -> SupplyPlan:
    """The same plan with its orders by item-location and due day."""
    orders = plan.orders
    order = np.lexsort((orders.due_day, orders.item))
    number = np.empty_like(order)
    number[order] = np.arange(orders.count)
    columns = {f.name: getattr(orders, f.name)[order] for f in fields(orders)}
    columns["run"] = renumbered(number, columns["run"])
    return replace(
        plan,
        orders=Orders(**columns),
        dependent=replace(plan.dependent, order=renumbered(number, plan.dependent.order)),
    )


def finish(
    inputs: PlanInputs,
    *,
    orders: Orders,
    dependent: DependentDemand,
    scheduled: Array,
    load: Array,
    levels: IntArray,
    unmet: tuple[IntArray, IntArray],
) -> SupplyPlan:
    """The plan of these orders with its record; `priced` adds what each order costs and leaves over."""
    required = tally(
        inputs.calendar.bucket_of(dependent.day),
        dependent.item,
        dependent.quantity,
        shape=inputs.demand.shape,
    )
    return SupplyPlan(
        orders=orders,
        dependent=dependent,
        projection=project(inputs, orders=orders, dependent=required, scheduled=scheduled),
        load=load,
        levels=levels,
        unmet_cause=unmet[0],
        unmet_ref=unmet[1],
        root_cause=np.zeros(inputs.count, np.int64),
        root_ref=np.full(inputs.count, -1, np.int64),
    )


def priced(inputs: PlanInputs, plan: SupplyPlan) -> SupplyPlan:
    """The same plan with each order's overhang, cover and landed cost."""
    orders, record = plan.orders, plan.projection
    landed = landed_unit_cost(
        price_at(inputs.lanes, term=orders.term, quantity=orders.quantity),
        tariff_pct=tariff_on(inputs.lanes, lane=orders.lane, day=orders.due_day),
        freight=inputs.lanes.freight_cost[orders.term],
        capital_rate=inputs.capital_rate,
        transit_days=inputs.lanes.transit_days[orders.term],
    )
    left_over = overhang(
        net_stock=record.net_stock,
        safety_stock=inputs.safety_stock,
        item=orders.item,
        bucket=np.minimum(orders.bucket, inputs.calendar.buckets),
        quantity=orders.quantity,
    )
    cover = cover_days(
        calendar=inputs.calendar,
        net_stock=record.net_stock,
        total_demand=record.demand + record.dependent_demand,
        item=orders.item,
        day=orders.due_day,
    )
    return replace(
        plan,
        orders=replace(
            orders,
            overhang=left_over,
            cover_days=cover,
            unit_landed_cost=landed,
            premium=np.maximum(landed - _cheapest(inputs, orders), 0.0),
        ),
    )


def _cheapest(inputs: PlanInputs, orders: Orders) -> Array:
    """Landed cost of one unit by the cheapest lane of each order's item at its time, (K,); its own where it has one."""
    lanes, calendar = inputs.lanes, inputs.calendar
    choices = np.bincount(lanes.item, minlength=inputs.count)
    chosen = np.flatnonzero(choices[orders.item] > 1)
    cheapest = np.full(orders.count, np.inf)
    if not len(chosen):
        return cheapest
    table = lane_table(
        lanes,
        calendar=calendar,
        blocked_until=np.zeros(lanes.count, np.int64),
        capital_rate=inputs.capital_rate,
    )
    best = np.full((inputs.count, calendar.buckets), np.inf)
    np.minimum.at(best, lanes.item, np.where(table.valid, table.landed, np.inf).T)
    bucket = np.minimum(orders.need_bucket[chosen], calendar.buckets - 1)
    cheapest[chosen] = best[orders.item[chosen], bucket]
    return cheapest


def no_orders() -> dict[str, NDArray[Any]]:
    """Empty columns, so that a plan without orders has the shape of any other."""
    whole = ["item", "lane", "bucket", "need_bucket", "need_day", "order_by", "ship_day", "due_day"]
    whole += ["status", "cause", "cause_ref", "reason", "term", "run"]
    columns: dict[str, NDArray[Any]] = {name: np.zeros(0, np.int64) for name in whole}
    columns |= {name: np.zeros(0) for name in ("quantity", "net", "lot_raise", "moq_raise", "ahead")}
    columns["late_release"] = np.zeros(0, bool)
    return columns
