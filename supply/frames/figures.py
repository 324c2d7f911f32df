"""A stored plan in money: its lines, orders and what units are worth, read as the engine's figures take them."""

from dataclasses import dataclass

import numpy as np

from inventory.engine import Policy
from inventory.frames import read_settings
from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import Calendar
from supply.engine.figures import Figures, Receipts, Stock, Worth, figures, joined, open_purchases, priced
from supply.engine.shapes import Array, IntArray

from .places import Places
from .problem import capital_rate

_STOCK = """
SELECT item_id, location_id, demand, closing, shortage, safety_stock FROM supply_planline x
WHERE plan_id = %(plan)s AND (%(items)s::bigint[] IS NULL OR item_id = ANY(%(items)s::bigint[]))
  AND (%(locations)s::bigint[] IS NULL OR location_id = ANY(%(locations)s::bigint[]))
ORDER BY item_id, location_id
"""
_ORDERS = """
SELECT o.item_id, o.location_id, o.due_date, o.quantity::float8, COALESCE(o.unit_landed_cost, 0)::float8,
       CASE o.kind WHEN 'buy' THEN 0 WHEN 'transfer' THEN 1 ELSE 2 END::bigint,
       COALESCE(l.unit_cost, i.unit_cost, 0)::float8,
       CASE WHEN o.run IN ('', o.number) THEN COALESCE(l.order_cost, 0) ELSE 0 END::float8
FROM supply_plannedorder o JOIN catalog_item i ON i.id = o.item_id LEFT JOIN supply_sourcinglane l ON l.id = o.lane_id
WHERE o.plan_id = %(plan)s AND o.status <> 'released'
"""
_OPEN = """
SELECT item_id, location_id, COALESCE(due_date, requested_date, %(today)s),
       (quantity - COALESCE(received_quantity, 0))::float8
FROM supply_scheduledreceipt
WHERE status IN ('open', 'confirmed', 'in_transit') AND quantity > COALESCE(received_quantity, 0)
  AND supplier_id IS NOT NULL
"""
_LANE_COST = """
SELECT DISTINCT ON (item_id, location_id) item_id, location_id, unit_cost::float8 FROM supply_sourcinglane
WHERE unit_cost > 0 ORDER BY item_id, location_id, priority, id
"""


@dataclass(frozen=True, kw_only=True)
class PlanFigures:
    """Figures (T, N) of the item-locations that were asked for."""

    places: Places
    figures: Figures


def read_figures(
    plan: PlanVersion, *, items: list[int] | None = None, locations: list[int] | None = None
) -> PlanFigures:
    """A stored plan in units and money; `items` and `locations` (ids) narrow it, None means all."""
    series = f"f{plan.horizon}"
    item, location, *arrays = bulk.copy_out(
        _STOCK,
        {"plan": plan.pk, "items": items, "locations": locations},
        columns=f"i i {series} {series} {series} {series}",
    )
    places = Places(item=item, location=location)
    demand, closing, shortage, safety = (np.ascontiguousarray(array.T) for array in arrays)
    calendar = Calendar(edges=plans.bucket_edges(plan))
    worth = read_worth(plan, places)
    stock = Stock(demand=demand, closing=closing, shortage=shortage, safety_stock=safety)
    receipts = _receipts(plan, places, calendar, worth.cost)
    return PlanFigures(places=places, figures=figures(stock, receipts, worth, calendar=calendar))


def read_worth(plan: PlanVersion, places: Places) -> Worth:
    """Prices, costs and space of units. Where the item names no cost, the lane's; no rate of holding, the
    company's cost of capital; else 0."""
    if not places.count:
        none = np.zeros(0)
        return Worth(price=none, cost=none, holding_rate=none, volume=none, hard=np.zeros(0, bool))
    settings = read_settings(places.item, places.location)
    return Worth(
        price=np.where(np.isfinite(settings.unit_price), settings.unit_price, 0.0),
        cost=np.where(np.isfinite(settings.unit_cost), settings.unit_cost, _lane_cost(places)),
        holding_rate=np.where(np.isfinite(settings.holding_rate), settings.holding_rate, capital_rate(plan)),
        volume=settings.unit_volume,
        hard=settings.policy == Policy.NEVER_RUN_OUT,
    )


def _lane_cost(places: Places) -> Array:
    item, location, cost = bulk.copy_out(_LANE_COST, columns="i i f")
    found = np.zeros(places.count)
    place = places.index(item, location)
    found[place[place >= 0]] = cost[place >= 0]
    return found


def _receipts(plan: PlanVersion, places: Places, calendar: Calendar, cost: Array) -> Receipts:
    item, location, due, quantity, landed, kind, price, order_cost = bulk.copy_out(
        _ORDERS, {"plan": plan.pk}, columns="i i d f f i f f"
    )
    place = places.index(item, location)
    mine = place >= 0
    planned = priced(
        item=place[mine],
        bucket=_buckets(calendar, due[mine]),
        quantity=quantity[mine],
        kind=kind[mine],
        landed=landed[mine],
        price=price[mine],
        order_cost=order_cost[mine],
        cost=cost,
    )
    return joined(planned, _open_purchases(plan, places, calendar, cost))


def _open_purchases(plan: PlanVersion, places: Places, calendar: Calendar, cost: Array) -> Receipts:
    item, location, due, quantity = bulk.copy_out(
        _OPEN, {"today": plans.planning_day(plan)}, columns="i i d f"
    )
    place = places.index(item, location)
    mine = place >= 0
    value = quantity[mine] * cost[place[mine]]
    return open_purchases(item=place[mine], bucket=_buckets(calendar, due[mine]), value=value)


def _buckets(calendar: Calendar, day: IntArray) -> IntArray:
    """What is overdue counts as of today."""
    return calendar.bucket_of(np.maximum(day, calendar.as_of))
