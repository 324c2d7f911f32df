"""What becomes of the stock on hand: usable, in excess, obsolete or expiring, each unit counted once."""

from dataclasses import dataclass

import numpy as np

from inventory.engine import StockHealth, expiring_quantities, stock_health
from inventory.engine.arrays import Array, as_array
from inventory.frames import Ints, Lots, StockSettings, read_lots
from inventory.models import InventoryTarget
from siop.plans.models import PlanVersion


@dataclass(frozen=True, kw_only=True)
class OnHand:
    """Stock of item-locations (N,) and what will ask for it: `demand` (T, N) between `edges` (T + 1,)."""

    item: Ints
    location: Ints
    usable: Array
    demand: Array
    edges: Ints


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
    until_end = np.where(ends, _until(demand, stock.edges, settings.end_day), np.inf)
    cover = float(plan.parameters.get("excess_cover_days", 180))
    covered = _until(demand, stock.edges, np.full(len(ahead), stock.edges[0] + cover))
    lots = read_lots(stock.item, stock.location, day=int(stock.edges[0]))
    expiring = expiring_quantities(
        item=lots.place,
        days_to_expiry=lots.days_left,
        quantity=lots.quantity,
        demand_until=_until_expiry(demand, stock.edges, lots),
    )
    health = stock_health(
        on_hand=stock.usable,
        expiring=as_array(np.bincount(lots.place, weights=expiring, minlength=len(ahead))),
        demand_until_end=np.where(ahead > 0, until_end, 0.0),
        highest_stock=np.maximum(_order_up_to(plan, stock), covered),
    )
    return Judged(health=health, expiring_by_period=_by_period(stock, lots, expiring))


def _until(demand: Array, edges: Ints, day: Array | Ints) -> Array:
    """Demand (N,) before a day of each item-location, even over the days of its bucket."""
    share = np.clip((np.asarray(day)[None, :] - edges[:-1, None]) / np.diff(edges)[:, None], 0.0, 1.0)
    return np.asarray((demand * share).sum(axis=0))


def _until_expiry(demand: Array, edges: Ints, lots: Lots) -> Array:
    """Demand (K,) before each lot expires; beyond the horizon it goes on as in the mean of the horizon."""
    until = edges[0] + np.where(np.isinf(lots.days_left), 0.0, lots.days_left)
    within = _until(demand[:, lots.place], edges, np.minimum(until, edges[-1]))
    a_day = demand.sum(axis=0) / (edges[-1] - edges[0])
    return np.asarray(within + a_day[lots.place] * np.maximum(until - edges[-1], 0.0))


def _by_period(stock: OnHand, lots: Lots, expiring: Array) -> Array:
    """Units (T, N) that expire unsold in each period; what does so beyond the horizon is in none of them."""
    table = np.zeros(stock.demand.shape)
    day = stock.edges[0] + lots.days_left
    inside = day < stock.edges[-1]
    period = np.searchsorted(stock.edges, day[inside], side="right") - 1
    np.add.at(table, (period, lots.place[inside]), expiring[inside])
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
