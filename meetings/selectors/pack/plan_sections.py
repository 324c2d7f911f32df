"""Sections that are read from the plan: sales, operations, resources and money."""

from typing import Any

import numpy as np

from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from supply.models import CapacityLoad, PlannedOrder

from ...words import listed, many
from .. import comparisons, stock
from ..topics import open_exceptions
from .layout import DATE, MONEY, PERCENT, PRICE, TEXT, UNITS, Section, columns, section

TOP_RISKS, ORDERS_SHOWN, LOADS_SHOWN = 5, 18, 12


def demand(found: comparisons.Comparison) -> Section:
    """Units and money of the plan; the gap over the months that have a budget."""
    rows, budgeted, held = [], found.has(comparisons.BUDGET), found.beside(comparisons.BUDGET)
    for family in found.families:
        units, value = found.of_family(family, comparisons.PLAN) or (0.0, 0.0)
        budget = (found.of_family(family, comparisons.BUDGET) or (0.0, 0.0))[1] if budgeted else None
        against = (held.of_family(family, comparisons.PLAN) or (0.0, 0.0))[1]
        rows.append(_demand_row(family, units, value, budget, against))
    total = _demand_row(
        "Total",
        found.total_units(comparisons.PLAN) or 0.0,
        found.total(comparisons.PLAN) or 0.0,
        found.total(comparisons.BUDGET),
        held.total(comparisons.PLAN) or 0.0,
    )
    total[2] = None
    ends = "" if len(held.months) == len(found.months) else f" of {many(len(held.months), 'month')}"
    return section(
        "demand", f"Demand plan {found.months[0]:%b %Y} to {found.months[-1]:%b %Y} against a budget{ends}",
        columns(("Family", TEXT), ("Units", UNITS), ("Price", PRICE), ("Plan", MONEY), ("Budget", MONEY), ("Gap", MONEY),
                 ("Gap, %", PERCENT)),
        rows, total=total, empty="No demand is planned.",
    )  # fmt: skip


def _demand_row(family: str, units: float, value: float, budget: float | None, held: float) -> list[Any]:
    """`held` is the part of the plan that the budget is about."""
    gap = None if budget is None else held - budget
    return [
        family,
        units,
        value / units if units else None,
        value,
        budget,
        gap,
        gap / budget if gap is not None and budget else None,
    ]


def beside(found: comparisons.Comparison) -> Section:
    names = [name for name in comparisons.LABELS if found.has(name)]
    rows = [
        [family, *[(found.of_family(family, name) or (0.0, 0.0))[1] for name in names]]
        for family in found.families
    ]
    return section(
        "comparisons", "The plan beside " + listed([comparisons.LABELS[name].lower() for name in names[1:]], 4),
        columns(("Family", TEXT), *[(comparisons.LABELS[name], MONEY) for name in names]),
        rows, total=["Total", *[found.total(name) for name in names]], empty="No demand is planned.",
    )  # fmt: skip


def risks(plan: PlanVersion) -> Section:
    rows = open_exceptions(plan)
    shown = [row for row in rows[:TOP_RISKS] if row.avoidable_loss > 0]
    return section(
        "risks", "Top risks by avoidable loss",
        columns(("Risk", TEXT), ("Next best action", TEXT), ("Act by", DATE), ("Loss", MONEY), ("Action", MONEY),
                 ("Avoidable", MONEY)),
        [
            [row.title, row.suggestion, row.last_responsible_date.isoformat() if row.last_responsible_date else None,
             float(row.money_at_risk), float(row.action_cost), float(row.avoidable_loss)]
            for row in shown
        ],
        total=[f"Top {len(shown)} of {len(rows)}", "", None, float(sum(row.money_at_risk for row in shown)),
               float(sum(row.action_cost for row in shown)), float(sum(row.avoidable_loss for row in shown))] if shown else None,
        empty="No exception holds avoidable loss.",
    )  # fmt: skip


def finance(plan: PlanVersion, found: comparisons.Comparison) -> Section:
    """Revenue, budget, money for orders by the month they are placed, and stock at the month's end."""
    value, cash = stock.value_by_month(plan), stock.cash_out_by_month(plan)
    revenue = found.money[comparisons.PLAN].sum(axis=0)
    budget = found.money[comparisons.BUDGET].sum(axis=0) if found.has(comparisons.BUDGET) else None
    rows = [
        [
            month.isoformat(),
            float(revenue[at]),
            float(budget[at]) if budget is not None else None,
            cash[at],
            value[at],
        ]
        for at, month in enumerate(found.months)
    ]
    return section(
        "finance", "Money by month",
        columns(("Month", DATE), ("Revenue", MONEY), ("Budget", MONEY), ("Orders placed", MONEY), ("Stock at month end", MONEY)),
        rows,
        total=["Total", float(revenue.sum()), float(budget.sum()) if budget is not None else None, sum(cash[: len(rows)]), None],
    )  # fmt: skip


def orders(plan: PlanVersion) -> Section:
    rows = (
        PlannedOrder.objects.filter(plan=plan)
        .select_related("item", "location")
        .order_by("order_by", "number")
    )
    count = rows.count()
    return section(
        "orders", f"Operations: the next {min(count, ORDERS_SHOWN)} of {count} planned orders",
        columns(("Order", TEXT), ("Item", TEXT), ("Location", TEXT), ("Source", TEXT), ("Quantity", UNITS), ("Order by", DATE),
                 ("Due", DATE), ("Value", MONEY)),
        [
            [row.number, row.item.code, row.location.code, row.source, float(row.quantity), row.order_by.isoformat(),
             row.due_date.isoformat(), float(row.quantity * row.unit_landed_cost) if row.unit_landed_cost is not None else None]
            for row in rows[:ORDERS_SHOWN]
        ],
        empty="No order is planned.",
    )  # fmt: skip


SUMMED = ("on_hand", "safety_stock", "closing", "lines", "below")


def inventory(held: list[stock.FamilyStock]) -> Section:
    return section(
        "inventory", "Inventory against targets, at cost",
        columns(("Family", TEXT), ("On hand", MONEY), ("Safety stock", MONEY), ("End of horizon", MONEY), ("Item-locations", UNITS),
                 ("Below safety stock", UNITS)),
        [[row.family, row.on_hand, row.safety_stock, row.closing, row.lines, row.below] for row in held],
        total=["Total", *[sum(getattr(row, name) for row in held) for name in SUMMED]] if held else None,
        empty="No inventory targets are computed.",
    )  # fmt: skip


def resources(plan: PlanVersion) -> Section:
    months = planned_months(plan)
    rows: list[list[Any]] = []
    for load in CapacityLoad.objects.filter(plan=plan):
        required, available = np.array(load.required), np.array(load.available)
        used = np.divide(required, available, out=np.zeros_like(required), where=available > 0)
        if used.size:
            peak = int(used.argmax())
            rows.append([load.get_kind_display(), load.code, float(used[peak]), months[peak].isoformat(),
                         float(required[peak]), float(available[peak]), int((used > 1 + 1e-9).sum())])  # fmt: skip
    rows.sort(key=lambda row: row[2], reverse=True)
    return section(
        "resources", "Resources: highest loads",
        columns(("Kind", TEXT), ("Name", TEXT), ("Peak", PERCENT), ("In", DATE), ("Required", UNITS), ("Available", UNITS),
                 ("Periods over", UNITS)),
        rows[:LOADS_SHOWN], empty="No capacity is imported.",
    )  # fmt: skip
