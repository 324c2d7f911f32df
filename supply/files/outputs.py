"""The six tables that a planned folder becomes, with the columns of the public contract."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inventory.engine import days_of_supply, policy_name, reasons
from supply.engine import Cause, Kind, Orders, Pegs, Reason, Status, SupplyPlan
from supply.engine.ahead import begun_early_for
from supply.engine.basics import Array
from supply.engine.lanes import DAYS_PER_YEAR
from supply.engine.orders import parts_of_runs
from supply.engine.pegging import DEMAND, DEPENDENT, ON_HAND, ORDER, RECEIPT, RETURNED
from supply.engine.sorting import run_starts, stable_order
from supply.freight_reasons import load_reason, premium_reason

from .columns import Columns, amount, day, days, number, numbers, of_rows, said, said_of_pairs, taken
from .problem import Problem

_SHOWN_PEGS = 5


Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Names:
    """How orders, receipts and causes are called in every table."""

    problem: Problem
    plan: SupplyPlan

    def order(self, row: int) -> str:
        return f"P-{row + 1:06d}"

    def orders(self) -> list[str]:
        return list(map(self.order, range(self.plan.orders.count)))

    def place(self, column: int) -> str:
        return self.problem.places.name(column)

    def supply(self, kind: int, ref: int) -> str:
        if kind == ORDER:
            return self.order(ref)
        if kind == RECEIPT:
            return self.problem.open_orders.names[ref]
        return {ON_HAND: "on hand", RETURNED: "returns"}.get(kind, "short")

    def capacity(self, column: int) -> str:
        row = self.problem.capacities[column]
        return row.resource or row.supplier

    def cause(self, cause: int, ref: int) -> str:
        """One cause in words: `component CAP-37`, `capacity LINE-1`, `lead time`."""
        kind = Cause(cause)
        if kind is Cause.NONE:
            return ""
        if kind is Cause.COMPONENT and ref >= 0:
            return f"component {self.place(ref)}"
        if kind is Cause.CAPACITY and ref >= 0:
            return f"capacity {self.capacity(ref)}"
        if kind is Cause.RECEIPT_LATE and ref >= 0:
            return f"receipt {self.problem.open_orders.names[ref]} late"
        return _CAUSES[kind]

    def chain(self, cause: int, ref: int) -> str:
        """A cause with the causes behind it, down to the part or capacity at the root."""
        said = [self.cause(cause, ref)]
        while cause == Cause.COMPONENT and ref >= 0:
            cause, ref = int(self.plan.root_cause[ref]), int(self.plan.root_ref[ref])
            said.append(self.cause(cause, ref))
        return ": ".join(filter(None, said))


_CAUSES = {
    Cause.LEAD_TIME: "lead time",
    Cause.CAPACITY: "capacity",
    Cause.COMPONENT: "component",
    Cause.BLOCKED: "blocked until its certificate date",
    Cause.NO_SOURCE: "no source",
    Cause.RECEIPT_LATE: "receipt late",
}


def safety_stock_table(problem: Problem) -> Columns:
    targets, places = problem.goals.targets, problem.places
    return {
        "item": places.items,
        "location": places.locations,
        "policy": said(targets.inputs["policy"], policy_name),
        "target": numbers(targets.inputs["service_target"]),
        "protection_days": numbers(targets.protection_days),
        "error_sd": numbers(targets.protection_sd),
        "safety_stock": numbers(problem.inputs.safety_stock[0]),
        "reorder_point": numbers(targets.reorder_point),
        "order_up_to": numbers(targets.order_up_to),
        "reason": reasons(targets),
    }


def projection_table(problem: Problem, plan: SupplyPlan) -> Columns:
    record, calendar, places = plan.projection, problem.inputs.calendar, problem.places
    cover = days_of_supply(
        record.closing, record.demand + record.dependent_demand, calendar.days.astype(np.float64)
    )
    place, bucket = np.divmod(np.arange(cover.size), calendar.buckets)
    return {
        "item": taken(places.items, place),
        "location": taken(places.locations, place),
        "month": taken(_labels(problem), bucket),
        **{name: numbers(getattr(record, name).T) for name in _RECORDED},
        "days_of_supply": numbers(cover.T),
        "value": numbers((record.closing * problem.inputs.unit_cost).T),
    }


_RECORDED = (
    "opening", "demand", "dependent_demand", "scheduled_receipts", "planned_receipts", "planned_releases",
    "past_due_release", "closing", "shortage", "below_safety_stock", "safety_stock",
)  # fmt: skip


def _labels(problem: Problem) -> list[str]:
    return [problem.buckets.label(t) for t in range(problem.inputs.calendar.buckets)]


def planned_order_table(problem: Problem, plan: SupplyPlan, pegs: Pegs) -> Columns:
    names = Names(problem=problem, plan=plan)
    orders, places, lanes = plan.orders, problem.places, problem.lanes
    return {
        "order": names.orders(),
        "item": taken(places.items, orders.item),
        "location": taken(places.locations, orders.item),
        "source": taken([lane.source for lane in lanes], orders.lane),
        "kind": taken([Kind(lane.kind).name.lower() for lane in lanes], orders.lane),
        "mode": taken([lane.mode for lane in lanes], orders.lane),
        "quantity": numbers(orders.quantity),
        "overhang": numbers(orders.overhang),
        "overhang_value": numbers(orders.overhang * problem.inputs.unit_cost[orders.item]),
        "order_by": days(orders.order_by),
        "ship_date": days(orders.ship_day),
        "due_date": days(orders.due_day),
        "cover_days": numbers(orders.cover_days),
        "unit_landed_cost": numbers(orders.unit_landed_cost),
        "status": said(orders.status, lambda code: Status(code).name.lower()),
        "reason": order_reasons(problem, plan, names),
        "pegged_to": _uses(problem, plan, pegs, names),
    }


def order_reasons(problem: Problem, plan: SupplyPlan, names: Names) -> list[str]:
    """`needs 6,200 by 2026-03-10; MOQ adds 3,800`, and why it is late where it is."""
    orders = plan.orders
    parts = (
        said(orders.reason, lambda code: "lot chosen by cost " if code == Reason.COST else "needs "),
        said(orders.net, amount),
        said(orders.need_day, lambda ordinal: f" by {day(ordinal)}"),
        said(orders.moq_raise, lambda units: f"; MOQ adds {amount(units)}" if units > 0 else ""),
        _lot_reasons(problem, orders),
        _run_reasons(orders),
        _late_reasons(orders, names),
        _freight_reasons(problem, orders),
        _early_reasons(problem, plan, names),
    )
    return list(map("".join, zip(*parts, strict=True)))


def _lot_reasons(problem: Problem, orders: Orders) -> list[str]:
    multiple, step = problem.inputs.lanes.multiple[orders.term], problem.step[orders.item]
    rule = {Reason.JOINT_MOQ: "joint MOQ", Reason.LOT_RULE: "lot size", Reason.FIRM: "firm"}
    found = [""] * orders.count
    for k in np.flatnonzero(orders.lot_raise > 0).tolist():
        rounding = f"rounding to {_steps(float(step[k]))}" if multiple[k] == step[k] else "order multiple"
        name = rule.get(Reason(int(orders.reason[k])), rounding)
        found[k] = f"; {name} adds {amount(orders.lot_raise[k])}"
    return found


def _steps(step: float) -> str:
    return "whole units" if step == 1 else f"steps of {amount(step)}"


def _run_reasons(orders: Orders) -> list[str]:
    part, parts, units = parts_of_runs(orders)
    found = [""] * orders.count
    for k in np.flatnonzero(parts > 1).tolist():
        found[k] = f"; part {part[k]} of {parts[k]} of a run of {amount(units[k])}"
    return found


def _late_reasons(orders: Orders, names: Names) -> list[str]:
    late, found = orders.due_day - orders.need_day, [""] * orders.count
    for k in np.flatnonzero(late > 0).tolist():
        chain = names.chain(int(orders.cause[k]), int(orders.cause_ref[k]))
        found[k] = f"; {late[k]} {'day' if late[k] == 1 else 'days'} late: {chain}"
    return found


def _freight_reasons(problem: Problem, orders: Orders) -> list[str]:
    """How loads fill, and what a dearer way is worth."""
    load = np.array([problem.mode_loads.get(lane.mode, 0.0) for lane in problem.lanes])[orders.lane]
    found = [""] * orders.count
    for k in np.flatnonzero((load > 0) | (orders.premium > 0)).tolist():
        units, place = float(orders.quantity[k]), int(orders.item[k])
        texts = (
            load_reason(units, unit_m3=float(problem.unit_volume[place]), load_m3=float(load[k])),
            premium_reason(
                units, premium=float(orders.premium[k]), margin=float(problem.money_margin[place])
            ),
        )
        found[k] = "".join(f"; {text}" for text in texts if text)
    return found


def _early_reasons(problem: Problem, plan: SupplyPlan, names: Names) -> list[str]:
    orders, capacity = plan.orders, begun_early_for(problem.inputs, plan)
    found = [""] * orders.count
    for k in np.flatnonzero(capacity >= 0).tolist():
        full = problem.buckets.label(int(orders.bucket[k]))
        found[k] = (
            f"; begun by {day(orders.order_by[k])}, for {names.capacity(int(capacity[k]))} is full in {full}"
        )
    return found


def _uses(problem: Problem, plan: SupplyPlan, pegs: Pegs, names: Names) -> list[str]:
    """What each order is for: the first few of its pegs in words."""
    rows = np.flatnonzero(pegs.supply == ORDER)
    rows = rows[stable_order(pegs.supply_ref[rows])]
    turn = np.arange(len(rows)) - run_starts(pegs.supply_ref[rows])
    shown = rows[turn < _SHOWN_PEGS]
    uses: list[list[str]] = [[] for _ in range(plan.orders.count)]
    above, of_order = plan.dependent.order, names.orders()

    def use(kind: int, ref: int) -> str:
        if kind == DEMAND:
            return problem.buckets.label(ref)
        if kind == DEPENDENT:
            return f"{of_order[above[ref]]} {names.place(int(plan.orders.item[above[ref]]))}"
        return "stock"

    for order, what, units in zip(
        pegs.supply_ref[shown].tolist(),
        said_of_pairs(pegs.use[shown], pegs.use_ref[shown], use),
        said(pegs.quantity[shown], amount),
        strict=True,
    ):
        uses[order].append(f"{what}: {units}")
    for order in pegs.supply_ref[rows[turn == _SHOWN_PEGS]].tolist():
        uses[order].append("and more")
    return ["; ".join(texts) for texts in uses]


def pegging_table(problem: Problem, plan: SupplyPlan, pegs: Pegs) -> Columns:
    """What meets each requirement, own demand and that of orders above alike: rows sum to both, bucket by bucket."""
    names = Names(problem=problem, plan=plan)
    places, calendar = problem.places, problem.inputs.calendar
    needed = np.flatnonzero(np.isin(pegs.use, (DEMAND, DEPENDENT)))
    bucket = np.minimum(calendar.bucket_of(pegs.need_day[needed]), calendar.buckets - 1)
    return {
        "demand_item": taken(places.items, pegs.item[needed]),
        "demand_location": taken(places.locations, pegs.item[needed]),
        "demand_month": taken(_labels(problem), bucket),
        "order": said_of_pairs(pegs.supply[needed], pegs.supply_ref[needed], names.supply),
        "quantity": numbers(pegs.quantity[needed]),
        "days_late": said(pegs.days_late[needed], str),
        "first_cause": said_of_pairs(pegs.cause[needed], pegs.cause_ref[needed], names.chain),
    }


def capacity_table(problem: Problem, plan: SupplyPlan, value: Array) -> Columns:
    """Resources, suppliers, and storage by location; `value` (T, C) is what one more unit would earn.

    One more m3 earns its bucket's share of what it saves a year, where targets gave way to fit.
    """
    available = problem.inputs.capacities.available
    found: list[Row] = []
    for c, row in enumerate(problem.capacities):
        codes = (row.resource, row.supplier, "")
        for t in range(len(available)):
            found.append(_capacity_row(problem, t, codes, available[t, c], plan.load[t, c], value[t, c]))
    used = storage_used(problem, plan)
    share = problem.inputs.calendar.days / DAYS_PER_YEAR
    for location, limit in problem.storage_m3.items():
        codes, yearly = ("", "", location), problem.goals.price_of_space.get(location, 0.0)
        for t in range(len(available)):
            found.append(_capacity_row(problem, t, codes, limit, float(used[location][t]), yearly * share[t]))
    return of_rows(found, _CAPACITY)


_CAPACITY = (
    "resource", "supplier", "location", "month", "available", "required", "utilisation", "value_of_one_more",
)  # fmt: skip


def _capacity_row(
    problem: Problem, t: int, codes: tuple[str, str, str], available: float, required: float, value: float
) -> Row:
    return {
        "resource": codes[0],
        "supplier": codes[1],
        "location": codes[2],
        "month": problem.buckets.label(t),
        "available": number(available),
        "required": number(required),
        "utilisation": number(required / available) if available > 0 else "",
        "value_of_one_more": number(value),
    }


def storage_used(problem: Problem, plan: SupplyPlan) -> dict[str, Array]:
    """Cubic metres at the end of each bucket by location, (T,)."""
    volume = plan.projection.closing * problem.unit_volume
    used = {location: np.zeros(len(volume)) for location in problem.storage_m3}
    for n, location in enumerate(problem.places.locations):
        if location in used:
            used[location] = used[location] + volume[:, n]
    return used
