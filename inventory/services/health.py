"""What becomes of the stock on hand: usable, in excess, obsolete or expiring, each unit counted once."""

from dataclasses import dataclass

import numpy as np

from inventory.engine import Lots, StockHealth, demand_before, stock_health
from inventory.engine.arrays import Array, IntArray
from inventory.frames import StockSettings
from inventory.models import InventoryTarget
from siop.plans.models import PlanVersion


@dataclass(frozen=True, kw_only=True)
class OnHand:
    """Stock of item-locations (N,) and what will ask for it: `demand` (T, N) between `edges` (T + 1,).

    `expiring` (K,): of each of its `lots`, the units that expire unsold.
    """

    item: IntArray
    location: IntArray
    usable: Array
    lots: Lots
    expiring: Array
    demand: Array
    edges: IntArray


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What becomes of the stock on hand, and what of it expires unsold in each planned period (T, N), units."""

    health: StockHealth
    expiring_by_period: Array


def judge_stock(plan: PlanVersion, stock: OnHand, settings: StockSettings) -> Judged:
    """Excess is beyond the order-up-to level and the demand of the cover horizon; obsolete what nothing asks for.

    `settings` of the same item-locations: an item that ends has no demand from its last day on.
    """
    demand = np.maximum(stock.demand, 0.0)
    ahead = demand.sum(axis=0)
    ends = settings.end_day < stock.edges[-1]
    until_end = np.where(ends, demand_before(demand, stock.edges, settings.end_day), np.inf)
    cover = float(plan.parameters.get("excess_cover_days", 180))
    covered = demand_before(demand, stock.edges, np.full(len(ahead), stock.edges[0] + cover))
    health = stock_health(
        on_hand=stock.usable,
        expiring=stock.lots.by_place(stock.expiring, count=len(ahead)),
        demand_until_end=np.where(ahead > 0, until_end, 0.0),
        highest_stock=np.maximum(_order_up_to(plan, stock), covered),
    )
    return Judged(health=health, expiring_by_period=_by_period(stock))


def _by_period(stock: OnHand) -> Array:
    """Units (T, N) that expire unsold in each period; what does so beyond the horizon is in none of them."""
    lots, table = stock.lots, np.zeros(stock.demand.shape)
    day = stock.edges[0] + lots.days_left
    inside = day < stock.edges[-1]
    period = np.searchsorted(stock.edges, day[inside], side="right") - 1
    np.add.at(table, (period, lots.place[inside]), stock.expiring[inside])
    return table


def _order_up_to(plan: PlanVersion, stock: OnHand) -> Array:
    levels = {
        (item, location): level
        for item, location, level in InventoryTarget.objects.filter(
            plan=plan, item__in=np.unique(stock.item).tolist()
        ).values_list("item_id", "location_id", "order_up_to")
    }
    keys = zip(stock.item.tolist(), stock.location.tolist(), strict=True)
    return np.array([levels.get(key, 0.0) for key in keys])
