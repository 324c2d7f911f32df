"""The six tables that a planned folder becomes, with the columns of the public contract."""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

import numpy as np

from inventory.engine import days_of_supply, policy_name, reasons
from siop.gather.parsing.formulas import escape_formula
from supply.engine import NEVER, Cause, Kind, Pegs, Reason, Status, SupplyPlan
from supply.engine.ahead import begun_early_for
from supply.engine.basics import Array
from supply.engine.pegging import DEMAND, DEPENDENT, ON_HAND, ORDER, RECEIPT, RETURNED
from supply.freight_reasons import load_reason, premium_reason

from .problem import Problem

Row = Mapping[str, object]
COLUMNS: dict[str, tuple[str, ...]] = {
    "safety_stock": (
        "item", "location", "policy", "target", "protection_days", "error_sd", "safety_stock", "reorder_point",
        "order_up_to", "reason",
    ),
    "projection": (
        "item", "location", "month", "opening", "demand", "dependent_demand", "scheduled_receipts",
        "planned_receipts", "planned_releases", "past_due_release", "closing", "shortage", "below_safety_stock",
        "safety_stock", "days_of_supply", "value",
    ),
    "planned_orders": (
        "order", "item", "location", "source", "kind", "mode", "quantity", "overhang", "overhang_value", "order_by",
        "ship_date", "due_date", "cover_days", "unit_landed_cost", "status", "reason", "pegged_to",
    ),
    "capacity": (
        "resource", "supplier", "location", "month", "available", "required", "utilisation", "value_of_one_more",
    ),
    "exceptions": (
        "rank", "kind", "item", "location", "month", "quantity", "probability", "money_at_risk", "action_cost",
        "avoidable_loss", "last_responsible_date", "root_cause", "suggestion", "status",
    ),
    "pegging": (
        "demand_item", "demand_location", "demand_month", "order", "quantity", "days_late", "first_cause",
    ),
}  # fmt: skip
_SHOWN_PEGS = 5
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")


@dataclass(frozen=True, kw_only=True)
class Names:
    """How orders, receipts and causes are called in every table."""

    problem: Problem
    plan: SupplyPlan

    def order(self, row: int) -> str:
        return f"P-{row + 1:06d}"

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
        return row.resource or row.supplier or row.location

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


def number(value: float) -> str:
    """Shortest exact text, whole numbers without a point, nothing for what is not finite."""
    if not isfinite(value):
        return ""
    tidy = round(float(value), 6)
    return str(int(tidy)) if tidy.is_integer() else repr(tidy)


def day(ordinal: int) -> str:
    return date.fromordinal(int(ordinal)).isoformat() if 0 < ordinal < NEVER else ""


def amount(value: float) -> str:
    """A quantity inside a sentence."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def safety_stock_rows(problem: Problem) -> Iterable[Row]:
    goals = problem.targets
    said = reasons(goals)
    policy = goals.inputs["policy"].ravel()
    for n, (item, location) in enumerate(problem.places.index):
        yield {
            "item": item,
            "location": location,
            "policy": policy_name(int(policy[n])),
            "target": number(goals.inputs["service_target"].ravel()[n]),
            "protection_days": number(goals.protection_days.ravel()[n]),
            "error_sd": number(goals.protection_sd.ravel()[n]),
            "safety_stock": number(problem.inputs.safety_stock[0, n]),
            "reorder_point": number(goals.reorder_point.ravel()[n]),
            "order_up_to": number(goals.order_up_to.ravel()[n]),
            "reason": said[n],
        }


def projection_rows(problem: Problem, plan: SupplyPlan) -> Iterable[Row]:
    record, calendar = plan.projection, problem.inputs.calendar
    cover = days_of_supply(
        record.closing, record.demand + record.dependent_demand, calendar.days.astype(np.float64)
    )
    columns = [
        "opening",
        "demand",
        "dependent_demand",
        "scheduled_receipts",
        "planned_receipts",
        "planned_releases",
    ]
    columns += ["past_due_release", "closing", "shortage", "below_safety_stock", "safety_stock"]
    arrays = {name: getattr(record, name) for name in columns}
    for n, (item, location) in enumerate(problem.places.index):
        for t in range(calendar.buckets):
            yield {
                "item": item,
                "location": location,
                "month": problem.buckets.label(t),
                **{name: number(array[t, n]) for name, array in arrays.items()},
                "days_of_supply": number(cover[t, n]),
                "value": number(record.closing[t, n] * problem.inputs.unit_cost[n]),
            }


def planned_order_rows(problem: Problem, plan: SupplyPlan, pegs: Pegs) -> Iterable[Row]:
    names = Names(problem=problem, plan=plan)
    orders, places = plan.orders, problem.places
    uses = _uses(problem, plan, pegs, names)
    early = begun_early_for(problem.inputs, plan)
    for k in range(orders.count):
        n, lane = int(orders.item[k]), problem.lanes[int(orders.lane[k])]
        yield {
            "order": names.order(k),
            "item": places.items[n],
            "location": places.locations[n],
            "source": lane.source,
            "kind": Kind(lane.kind).name.lower(),
            "mode": lane.mode,
            "quantity": number(orders.quantity[k]),
            "overhang": number(orders.overhang[k]),
            "overhang_value": number(orders.overhang[k] * problem.inputs.unit_cost[n]),
            "order_by": day(orders.order_by[k]),
            "ship_date": day(orders.ship_day[k]),
            "due_date": day(orders.due_day[k]),
            "cover_days": number(orders.cover_days[k]),
            "unit_landed_cost": number(orders.unit_landed_cost[k]),
            "status": Status(int(orders.status[k])).name.lower(),
            "reason": order_reason(plan, k, names) + _begun_early(names, k, int(early[k])),
            "pegged_to": "; ".join(uses.get(k, [])),
        }


def order_reason(plan: SupplyPlan, k: int, names: Names) -> str:
    """`needs 6,200 by 2026-03-10; MOQ adds 3,800`, and why it is late where it is."""
    orders = plan.orders
    said = "lot chosen by cost" if orders.reason[k] == Reason.COST else "needs"
    text = f"{said} {amount(round(float(orders.net[k]), 6))} by {day(orders.need_day[k])}"
    if orders.moq_raise[k] > 0:
        text += f"; MOQ adds {amount(round(float(orders.moq_raise[k]), 6))}"
    if orders.lot_raise[k] > 0:
        rule = {Reason.JOINT_MOQ: "joint MOQ", Reason.LOT_RULE: "lot size", Reason.FIRM: "firm"}
        said = rule.get(Reason(int(orders.reason[k])), "order multiple")
        text += f"; {said} adds {amount(round(float(orders.lot_raise[k]), 6))}"
    late = int(orders.due_day[k] - orders.need_day[k])
    if late > 0:
        text += f"; {late} {'day' if late == 1 else 'days'} late: {names.chain(int(orders.cause[k]), int(orders.cause_ref[k]))}"
    return "; ".join(filter(None, (text, *_freight_reasons(names.problem, plan, k))))


def _begun_early(names: Names, k: int, capacity: int) -> str:
    if capacity < 0:
        return ""
    orders = names.plan.orders
    full = names.problem.buckets.label(int(orders.bucket[k]))
    return f"; begun by {day(orders.order_by[k])}, for {names.capacity(capacity)} is full in {full}"


def _freight_reasons(problem: Problem, plan: SupplyPlan, k: int) -> tuple[str, str]:
    orders, units, place = plan.orders, float(plan.orders.quantity[k]), int(plan.orders.item[k])
    load = problem.mode_loads.get(problem.lanes[int(orders.lane[k])].mode, 0.0)
    return (
        load_reason(units, unit_m3=float(problem.unit_volume[place]), load_m3=load),
        premium_reason(units, premium=float(orders.premium[k]), margin=float(problem.money_margin[place])),
    )


def _uses(problem: Problem, plan: SupplyPlan, pegs: Pegs, names: Names) -> dict[int, list[str]]:
    """What each order is for: the first few of its pegs in words."""
    uses: dict[int, list[str]] = defaultdict(list)
    rows = np.flatnonzero(pegs.supply == ORDER)
    for row in rows.tolist():
        said = uses[int(pegs.supply_ref[row])]
        if len(said) > _SHOWN_PEGS:
            continue
        if len(said) == _SHOWN_PEGS:
            said.append("and more")
        elif pegs.use[row] == DEMAND:
            said.append(
                f"{problem.buckets.label(int(pegs.use_ref[row]))}: {amount(round(float(pegs.quantity[row]), 6))}"
            )
        elif pegs.use[row] == DEPENDENT:
            order = int(plan.dependent.order[pegs.use_ref[row]])
            said.append(
                f"{names.order(order)} {names.place(int(plan.orders.item[order]))}: "
                f"{amount(round(float(pegs.quantity[row]), 6))}"
            )
        else:
            said.append(f"stock: {amount(round(float(pegs.quantity[row]), 6))}")
    return uses


def pegging_rows(problem: Problem, plan: SupplyPlan, pegs: Pegs) -> Iterable[Row]:
    """What meets each requirement, own demand and that of orders above alike: rows sum to both, bucket by bucket."""
    names = Names(problem=problem, plan=plan)
    places, calendar = problem.places, problem.inputs.calendar
    needed = np.flatnonzero(np.isin(pegs.use, (DEMAND, DEPENDENT)))
    bucket = np.minimum(calendar.bucket_of(pegs.need_day[needed]), calendar.buckets - 1)
    for row, t in zip(needed.tolist(), bucket.tolist(), strict=True):
        n = int(pegs.item[row])
        yield {
            "demand_item": places.items[n],
            "demand_location": places.locations[n],
            "demand_month": problem.buckets.label(t),
            "order": names.supply(int(pegs.supply[row]), int(pegs.supply_ref[row])),
            "quantity": number(pegs.quantity[row]),
            "days_late": number(float(pegs.days_late[row])),
            "first_cause": names.chain(int(pegs.cause[row]), int(pegs.cause_ref[row])),
        }


def capacity_rows(problem: Problem, plan: SupplyPlan, value: Array) -> Iterable[Row]:
    """Resources, suppliers, and storage by location; `value` (T, C) is what one more unit would earn."""
    available = problem.inputs.capacities.available
    for c, row in enumerate(problem.capacities):
        for t in range(len(available)):
            yield _capacity_row(
                problem,
                t,
                (row.resource, row.supplier, row.location),
                available[t, c],
                plan.load[t, c],
                value[t, c],
            )
    used = storage_used(problem, plan)
    for location, limit in problem.storage_m3.items():
        for t in range(len(available)):
            yield _capacity_row(problem, t, ("", "", location), limit, float(used[location][t]), 0.0)


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


def write_tables(
    folder: Path, tables: Mapping[str, Iterable[Row]], *, version: str
) -> tuple[dict[str, int], str]:
    """Write each table as CSV; returns its rows, and the content hash over all tables that every row carries.

    The hash is known when the last row is, so the lines wait for it as text, a tenth of what the rows take.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    lines = {name: _lines(name, tables[name], digest.update) for name in sorted(tables)}
    content_hash = digest.hexdigest()
    for name in tables:
        header = ",".join((*COLUMNS[name], "version", "content_hash"))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            stream.write(f"{header}\n")
            stream.writelines(f"{line},{version},{content_hash}\n" for line in lines[name])
    return {name: len(lines[name]) for name in tables}, content_hash


def _lines(name: str, rows: Iterable[Row], digest: Callable[[bytes], None]) -> list[str]:
    """Lines of CSV without their end; what they say goes into the digest."""
    lines: list[str] = []
    writer = csv.writer(_Appending(lines.append), lineterminator="")
    digest(name.encode())
    for row in rows:
        cells = [str(row[column]) for column in COLUMNS[name]]
        digest("\x1f".join(cells).encode())
        digest(b"\x1e")
        writer.writerow([_cell(cell) for cell in cells])
    return lines


@dataclass(frozen=True)
class _Appending:
    """What the csv module writes to: it writes a row at a time."""

    write: Callable[[str], None]


def _cell(text: str) -> str:
    """Text escaped; a number below zero runs nothing and stays one."""
    return text if _NUMBER.fullmatch(text) else escape_formula(text)
