"""What goes out of this room: projection, orders and their pegging, exceptions, capacity, suppliers, money."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from inventory.engine import days_of_supply
from siop import bulk
from siop.catalog.models import Location
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from siop.web.exports import Export, Row, Scope, register
from supply.engine.lanes import DAYS_PER_YEAR
from supply.enums import LoadKind

from .firm_reasons import firm_reason
from .selectors import money
from .selectors.requirements import supplier_requirements
from .selectors.scorecard import scorecards

LINES_AT_ONCE = 2000
PEGS_SHOWN = 5
PROJECTION = (
    "item", "location", "month", "opening", "demand", "dependent_demand", "scheduled_receipts", "planned_receipts",
    "planned_releases", "past_due_release", "closing", "shortage", "below_safety_stock", "safety_stock",
    "days_of_supply", "value",
)  # fmt: skip
ORDERS = (
    "order", "item", "location", "source", "kind", "mode", "quantity", "overhang", "overhang_value", "order_by",
    "ship_date", "due_date", "cover_days", "unit_landed_cost", "status", "reason", "pegged_to",
)  # fmt: skip
PEGGING = (
    "demand_item", "demand_location", "demand_month", "order", "quantity", "days_late", "first_cause",
)  # fmt: skip
EXCEPTIONS = (
    "rank", "kind", "item", "location", "month", "quantity", "probability", "money_at_risk", "action_cost",
    "avoidable_loss", "last_responsible_date", "root_cause", "suggestion", "status",
)  # fmt: skip
CAPACITY = (
    "resource", "supplier", "location", "month", "available", "required", "utilisation", "value_of_one_more",
)  # fmt: skip
REQUIREMENTS = ("supplier", "item", "month", "quantity", "previous", "change")
SUPPLIERS = ("supplier", "orders", "otif", "mean_delay_days", "requested_days", "actual_days")
RISK = ("supplier", "survive_days", "recover_days", "gap_days", "stock_needed", "exposure")
FINANCIALS = (
    "month", "category", "revenue", "margin", "inventory_value", "cash_out", "budget_revenue", "gap",
)  # fmt: skip
_SERIES = (
    "opening", "demand", "dependent_demand", "scheduled_receipts", "planned_receipts", "planned_releases",
)  # fmt: skip


def projection_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    months = plans.planned_months(plan)
    days = np.diff(plans.bucket_edges(plan)).astype(np.float64)
    query = f"""
        SELECT p.id FROM supply_planline p JOIN catalog_item i ON i.id = p.item_id
        JOIN catalog_location l ON l.id = p.location_id
        WHERE p.plan_id = %(plan)s AND {scope.where(item="p.item_id", location="p.location_id")}
        ORDER BY i.code, l.code
        """  # noqa: S608 - the condition holds column names and placeholders only
    ids = bulk.lists_out(query, scope.parameters | {"plan": plan.pk})[0]
    for low in range(0, len(ids), LINES_AT_ONCE):
        yield from _projection(ids[low : low + LINES_AT_ONCE], months, days)


def _projection(ids: list[int], months: list[Any], days: np.ndarray) -> Iterator[Row]:
    columns = bulk.lists_out(
        f"""
        SELECT i.code, l.code, COALESCE(i.unit_cost, 0)::float8, p.past_due_release, p.closing, p.shortage,
               p.safety_stock, {", ".join(f"p.{name}" for name in _SERIES)}
        FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, k) JOIN supply_planline p ON p.id = wanted.id
        JOIN catalog_item i ON i.id = p.item_id JOIN catalog_location l ON l.id = p.location_id ORDER BY wanted.k
        """,  # noqa: S608 - the constants of this module
        [ids],
    )
    closing, shortage, safety = (np.array(column).T for column in columns[4:7])
    asked = np.array(columns[8]).T + np.array(columns[9]).T
    cover = days_of_supply(closing, np.maximum(asked, 0.0), days)
    below = np.maximum(safety - (closing - shortage), 0.0)
    for n, (item, location, cost, past_due) in enumerate(zip(*columns[:4], strict=True)):
        series = [column[n] for column in columns[7:]]
        for t, month in enumerate(months):
            yield (
                item, location, month, *(values[t] for values in series), past_due if t == 0 else 0.0,
                float(closing[t, n]), float(shortage[t, n]), float(below[t, n]), float(safety[t, n]),
                float(cover[t, n]), float(closing[t, n]) * cost,
            )  # fmt: skip


def order_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    columns = bulk.lists_out(
        f"""
        WITH summed AS MATERIALIZED (
            SELECT p."order", p.demand_month, p.demand_item_id, p.demand_location_id, sum(p.quantity) AS quantity
            FROM supply_peg p
            WHERE p.plan_id = %(plan)s AND p."order" IN (SELECT number FROM supply_plannedorder WHERE plan_id = %(plan)s)
            GROUP BY 1, 2, 3, 4
        ), labelled AS (
            SELECT s."order", row_number() OVER (PARTITION BY s."order" ORDER BY s.demand_month, i.code, l.code) AS place,
                   i.code || ' at ' || l.code || ' ' || to_char(s.demand_month, 'YYYY-MM') || ': '
                   || round(s.quantity::numeric, 3)::text AS label
            FROM summed s JOIN catalog_item i ON i.id = s.demand_item_id
            JOIN catalog_location l ON l.id = s.demand_location_id
        ), pegged AS (
            SELECT "order", string_agg(label, '; ' ORDER BY place) AS labels FROM labelled
            WHERE place <= {PEGS_SHOWN} GROUP BY 1
        )
        SELECT o.number, i.code, l.code, o.source, o.kind, o.mode, o.quantity, o.overhang, o.overhang_value, o.order_by,
               o.ship_date, o.due_date, o.cover_days, o.unit_landed_cost, o.status, o.reason,
               o.computed_quantity, COALESCE(pegged.labels, '')
        FROM supply_plannedorder o JOIN catalog_item i ON i.id = o.item_id JOIN catalog_location l ON l.id = o.location_id
        LEFT JOIN pegged ON pegged."order" = o.number
        WHERE o.plan_id = %(plan)s AND {scope.where(item="o.item_id", location="o.location_id")}
        ORDER BY o.order_by, i.code, l.code, o.number
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters | {"plan": plan.pk},
    )
    quantity_at, cost_at = ORDERS.index("quantity"), ORDERS.index("unit_landed_cost")
    for *order, reason, computed, pegged_to in zip(*columns, strict=True):
        quantity, unit_cost = order[quantity_at], order[cost_at]
        yield (*order, firm_reason(quantity, computed, unit_cost, reason), pegged_to)


def peg_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    """Supply of each demand itself; what its components hang on is seen on the item-location page."""
    columns = bulk.lists_out(
        f"""
        SELECT i.code, l.code, p.demand_month, p."order", p.quantity, p.days_late, p.first_cause
        FROM supply_peg p JOIN catalog_item i ON i.id = p.demand_item_id
        JOIN catalog_location l ON l.id = p.demand_location_id
        WHERE p.plan_id = %(plan)s AND p.level = 0
              AND {scope.where(item="p.demand_item_id", location="p.demand_location_id")}
        ORDER BY i.code, l.code, p.demand_month, p.id
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters | {"plan": plan.pk},
    )
    return zip(*columns, strict=True)


def exception_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    columns = bulk.lists_out(
        f"""
        SELECT e.rank, e.kind, COALESCE(i.code, ''), COALESCE(l.code, ''), e.month, e.quantity, e.probability,
               e.money_at_risk, e.action_cost, e.avoidable_loss, e.last_responsible_date, e.root_cause, e.suggestion,
               e.status
        FROM supply_planexception e LEFT JOIN catalog_item i ON i.id = e.item_id
        LEFT JOIN catalog_location l ON l.id = e.location_id
        WHERE e.plan_id = %(plan)s AND {scope.where(item="e.item_id", location="e.location_id")} ORDER BY e.rank
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters | {"plan": plan.pk},
    )
    return zip(*columns, strict=True)


def capacity_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    months = plans.planned_months(plan)
    place = {LoadKind.RESOURCE: 0, LoadKind.SUPPLIER: 1, LoadKind.STORAGE: 2}
    columns = bulk.lists_out(
        "SELECT kind, code, available, required, value_of_one_more FROM supply_capacityload WHERE plan_id = %s "
        "ORDER BY kind, code",
        [plan.pk],
    )
    of_space = _worth_of_space(plan)
    for kind, code, available, required, worth in zip(*columns, strict=True):
        worth = of_space.get(code, worth) if kind == LoadKind.STORAGE else worth
        names = ["", "", ""]
        names[place[LoadKind(kind)]] = code
        for month, limit, load, value in zip(months, available, required, worth, strict=True):
            yield (*names, month, limit, load, load / limit if limit > 0 else None, value)


def _worth_of_space(plan: PlanVersion) -> dict[str, list[float]]:
    """What one more m3 saves in each period, by location: its share of what it saves a year where targets gave way."""
    prices = plan.inputs.get("prices_of_space", {})
    codes = Location.objects.in_bulk([int(pk) for pk in prices])
    share = np.diff(plans.bucket_edges(plan)) / DAYS_PER_YEAR
    return {codes[int(pk)].code: (price * share).tolist() for pk, price in prices.items() if int(pk) in codes}


def requirement_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    for row in supplier_requirements(plan, items=scope.items, locations=scope.locations):
        yield row.supplier, row.item, row.month, row.quantity, row.previous, row.change


def supplier_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    names = dict(zip(*bulk.lists_out("SELECT id, code FROM supply_supplier ORDER BY code"), strict=True))
    cards = scorecards(day=plans.planning_day(plan))
    for pk, code in names.items():
        if card := cards.get(pk):
            yield code, card.orders, card.otif, card.mean_delay_days, card.requested_days, card.actual_days


def risk_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    columns = bulk.lists_out(
        "SELECT s.code, r.survive_days, r.recover_days, r.gap_days, r.stock_needed, r.exposure FROM supply_supplierrisk r "
        "JOIN supply_supplier s ON s.id = r.supplier_id WHERE r.plan_id = %s ORDER BY r.exposure DESC, s.code",
        [plan.pk],
    )
    return zip(*columns, strict=True)


def financial_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    for row in money.by_month_and_category(plan, items=scope.items, locations=scope.locations):
        yield (
            row.month, row.category, row.revenue, row.margin, row.inventory_value, row.cash_out, row.budget_revenue,
            row.gap,
        )  # fmt: skip


for export in (
    Export(kind="projection", label="Projection", columns=PROJECTION, rows=projection_rows),
    Export(kind="planned_orders", label="Planned orders", columns=ORDERS, rows=order_rows, is_whole=True),
    Export(kind="pegging", label="Pegging", columns=PEGGING, rows=peg_rows),
    Export(kind="exceptions", label="Exceptions", columns=EXCEPTIONS, rows=exception_rows),
    Export(kind="capacity", label="Capacity", columns=CAPACITY, rows=capacity_rows),
    Export(
        kind="supplier_requirements",
        label="Supplier requirements",
        columns=REQUIREMENTS,
        rows=requirement_rows,
    ),
    Export(kind="suppliers", label="Supplier scorecard", columns=SUPPLIERS, rows=supplier_rows),
    Export(kind="risk", label="Supplier risk", columns=RISK, rows=risk_rows),
    Export(kind="financials", label="Financials", columns=FINANCIALS, rows=financial_rows),
):
    register(export)
