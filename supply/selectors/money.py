"""The plan in money: revenue, margin, stock and cash by month and category, beside the budget."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from siop import bulk
from siop.catalog import calendar
from siop.catalog.models import Category
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion


@dataclass(frozen=True, kw_only=True)
class Financials:
    """One period of one category; `budget_revenue` and `gap` are None where nobody budgeted it."""

    month: date
    category: str
    revenue: float
    margin: float
    inventory_value: float
    cash_out: float
    budget_revenue: float | None

    @property
    def gap(self) -> float | None:
        return None if self.budget_revenue is None else self.revenue - self.budget_revenue


@dataclass
class _Totals:
    revenue: np.ndarray
    margin: np.ndarray
    stock: np.ndarray
    cash: np.ndarray
    budget: dict[int, float] = field(default_factory=dict)


def by_month_and_category(
    plan: PlanVersion, *, items: list[int] | None = None, locations: list[int] | None = None
) -> list[Financials]:
    """Rows by period, then category: an item counts at the nearest category that has a budget, else at its own."""
    months = plans.planned_months(plan)
    budget = _budget(plan)
    heads = _heads(set(budget))
    zeros = plan.horizon
    totals: dict[int, _Totals] = defaultdict(
        lambda: _Totals(np.zeros(zeros), np.zeros(zeros), np.zeros(zeros), np.zeros(zeros))
    )
    scope = {"plan": plan.pk, "items": items, "locations": locations}
    for category, price, cost, demand, closing in _lines(scope):
        head = totals[heads.get(category, category)]
        head.revenue += np.array(demand) * price
        head.margin += np.array(demand) * (price - cost)
        head.stock += np.array(closing) * cost
    for category, day, value in _purchases(scope):
        period = calendar.load().between(plan.as_of, day)
        if 0 <= period < plan.horizon:
            totals[heads.get(category, category)].cash[period] += value
    for category, values in budget.items():
        totals[category].budget = values
    codes = dict(Category.objects.values_list("pk", "code"))
    return [
        Financials(
            month=month,
            category=codes.get(category, ""),
            revenue=float(found.revenue[t]),
            margin=float(found.margin[t]),
            inventory_value=float(found.stock[t]),
            cash_out=float(found.cash[t]),
            budget_revenue=found.budget.get(t),
        )
        for t, month in enumerate(months)
        for category, found in sorted(totals.items(), key=lambda pair: codes.get(pair[0], ""))
    ]


_SCOPED = """
    (%(items)s::bigint[] IS NULL OR x.item_id = ANY(%(items)s::bigint[]))
    AND (%(locations)s::bigint[] IS NULL OR x.location_id = ANY(%(locations)s::bigint[]))
"""


def _lines(scope: dict[str, Any]) -> Any:
    """Category, price, cost, demand and closing of every line; demand in money is what customers ask for."""
    columns = bulk.lists_out(
        f"""
        SELECT COALESCE(i.category_id, 0), COALESCE(i.unit_price, 0)::float8, COALESCE(i.unit_cost, 0)::float8,
               x.demand, x.closing
        FROM supply_planline x JOIN catalog_item i ON i.id = x.item_id WHERE x.plan_id = %(plan)s AND {_SCOPED}
        """,  # noqa: S608 - the constant of this module
        scope,
    )
    return zip(*columns, strict=True)


def _purchases(scope: dict[str, Any]) -> Any:
    """What is bought, at landed cost, on the day it is due; open orders at the item's cost."""
    columns = bulk.lists_out(
        f"""
        SELECT COALESCE(i.category_id, 0), x.due_date, (x.quantity * COALESCE(x.unit_landed_cost, i.unit_cost, 0))::float8
        FROM supply_plannedorder x JOIN catalog_item i ON i.id = x.item_id
        WHERE x.plan_id = %(plan)s AND x.kind = 'buy' AND x.status <> 'released' AND {_SCOPED}
        UNION ALL
        SELECT COALESCE(i.category_id, 0), x.due_date,
               ((x.quantity - COALESCE(x.received_quantity, 0)) * COALESCE(i.unit_cost, 0))::float8
        FROM supply_scheduledreceipt x JOIN catalog_item i ON i.id = x.item_id
        WHERE x.status IN ('open', 'confirmed', 'in_transit') AND x.due_date IS NOT NULL AND x.supplier_id IS NOT NULL
              AND {_SCOPED}
        """,  # noqa: S608 - the constant of this module
        scope,
    )
    return zip(*columns, strict=True)


def _budget(plan: PlanVersion) -> dict[int, dict[int, float]]:
    """Budgeted revenue by category and planned period; units at price where no revenue is given are left out."""
    rows = bulk.lists_out(
        "SELECT category_id, month, sum(revenue)::float8 FROM forecasting_budgetline WHERE revenue IS NOT NULL "
        "GROUP BY category_id, month"
    )
    periods = calendar.load()
    found: dict[int, dict[int, float]] = {}
    for category, month, revenue in zip(*rows, strict=True):
        period = periods.between(plan.as_of, month)
        if 0 <= period < plan.horizon:
            mine = found.setdefault(category, {})
            mine[period] = mine.get(period, 0.0) + revenue
    return found


def _heads(budgeted: set[int]) -> dict[int, int]:
    """For each category the nearest one at or above it that has a budget, itself where there is none."""
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    heads = {}
    for category in parents:
        here: int | None = category
        seen: set[int] = set()
        while here and here not in budgeted and here not in seen:
            seen.add(here)
            here = parents.get(here)
        heads[category] = here if here in budgeted else category
    return heads


COST_PARTS = ("landed", "ordering", "holding", "short", "below")


@dataclass(frozen=True, kw_only=True)
class PlanChange:
    """What choosing lots by cost has changed: money by part, orders, those that wait for release, and
    item-locations that are supplied earlier or another way."""

    saved: dict[str, float]
    orders_before: int
    orders_after: int
    soon_before: int
    soon_after: int
    earlier: int
    other_way: int


@dataclass(frozen=True, kw_only=True)
class PlanCost:
    """What the orders that leave a choice cost, by part, the bound below it, and what improving has saved."""

    parts: dict[str, float]
    bound: float
    saved: float
    items: int
    looked_at: int
    change: "PlanChange | None"

    @property
    def total(self) -> float:
        return sum(self.parts.values())

    @property
    def gap(self) -> float:
        return self.total / self.bound - 1 if self.bound else 0.0


def plan_cost(plan: PlanVersion) -> PlanCost | None:
    """As the workers noted it on the plan; None before that, or where no order leaves a choice."""
    noted = plan.totals.get("cost")
    if not noted or noted["bound"] <= 0:
        return None
    parts = {name: noted[name] for name in COST_PARTS}
    return PlanCost(
        parts=parts,
        bound=noted["bound"],
        saved=max(noted["before"] - sum(parts.values()), 0.0),
        items=int(noted["items"]),
        looked_at=int(noted["looked_at"]),
        change=_change(noted),
    )


def _change(noted: dict[str, float]) -> PlanChange | None:
    """None where no lot is chosen by cost, or the plan was noted before changes were."""
    saved = {name: noted.get(f"before_{name}", noted[name]) - noted[name] for name in COST_PARTS}
    if "orders_before" not in noted or not any(abs(money) >= 0.005 for money in saved.values()):
        return None
    counts = ("orders_before", "orders_after", "soon_before", "soon_after", "earlier", "other_way")
    return PlanChange(saved=saved, **{name: int(noted[name]) for name in counts})
