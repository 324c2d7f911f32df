"""Stock that will not earn its money: expiring, obsolete and in excess, each unit counted once."""

from dataclasses import dataclass

import numpy as np

from inventory.engine.arrays import Array, IntArray, as_array, require_at_least_zero


@dataclass(frozen=True, kw_only=True)
class Lots:
    """Usable lots of stock (K,): position of their item-location, days until they expire (infinite: never), units."""

    place: IntArray
    days_left: Array
    quantity: Array

    def by_place(self, units: Array, *, count: int) -> Array:
        """Units of lots (K,) summed by item-location (count,)."""
        return as_array(np.bincount(self.place, weights=units, minlength=count))


@dataclass(frozen=True, kw_only=True)
class StockHealth:
    """Units of stock on hand (N,) by what becomes of them; the four sum to what is on hand."""

    usable: Array
    excess: Array
    obsolete: Array
    expiring: Array

    def value(self, unit_cost: Array) -> dict[str, Array]:
        """The same in money, by name."""
        return {
            name: getattr(self, name) * unit_cost for name in ("usable", "excess", "obsolete", "expiring")
        }


def demand_until_expiry(lots: Lots, demand: Array, edges: IntArray) -> Array:
    """Units (K,) that the item-location of each lot is asked for before it expires; a lot may do so within a month.

    demand: (T, N), units between `edges` (T + 1,), days, even over the days of its bucket. Beyond the horizon demand
    goes on as in the mean of the horizon. 10 a day:

    >>> lots = Lots(place=np.array([0]), days_left=np.array([20.0]), quantity=np.array([250.0]))
    >>> demand_until_expiry(lots, np.array([[300.0]]), np.array([0, 30])).tolist()
    [200.0]
    """
    until = edges[0] + np.where(np.isinf(lots.days_left), 0.0, lots.days_left)
    within = demand_before(demand[:, lots.place], edges, np.minimum(until, edges[-1]))
    a_day = demand.sum(axis=0) / (edges[-1] - edges[0])
    return as_array(within + a_day[lots.place] * np.maximum(until - edges[-1], 0.0))


def demand_before(demand: Array, edges: IntArray, day: Array | IntArray) -> Array:
    """Demand (N,) before a day of each item-location, of demand (T, N) even over the days between `edges` (T + 1,)."""
    share = np.clip((np.asarray(day)[None, :] - edges[:-1, None]) / np.diff(edges)[:, None], 0.0, 1.0)
    return as_array((demand * share).sum(axis=0))


def expiring_quantities(lots: Lots, demand_until: Array) -> Array:
    """Of each lot (K,), the units that will not be sold before they expire when the oldest is sold first.

    demand_until: (K,), units that its item-location is asked for until it expires.

    >>> lots = Lots(place=np.array([0, 0]), days_left=np.array([10.0, 20.0]), quantity=np.array([1500.0, 700.0]))
    >>> expiring_quantities(lots, np.array([1000.0, 2000.0])).tolist()
    [500.0, 0.0]
    """
    require_at_least_zero(quantity=lots.quantity, demand_until=demand_until)
    order = np.lexsort((lots.days_left, lots.place))
    expiring = np.zeros_like(lots.quantity)
    used = np.zeros(int(lots.place.max(initial=-1)) + 1)
    rank = _rank_within(lots.place[order])
    for place in range(int(rank.max(initial=-1)) + 1):
        lot = order[rank == place]
        owner = lots.place[lot]
        room = np.where(np.isinf(lots.days_left[lot]), np.inf, demand_until[lot] - used[owner])
        sold = np.minimum(lots.quantity[lot], np.maximum(room, 0.0))
        expiring[lot] = lots.quantity[lot] - sold
        used[owner] += sold
    return expiring


def _rank_within(sorted_item: IntArray) -> IntArray:
    """0, 1, 2 ... within each run of equal items."""
    positions = np.arange(len(sorted_item))
    starts = np.ones(len(sorted_item), dtype=np.bool_)
    starts[1:] = sorted_item[1:] != sorted_item[:-1]
    return positions - np.maximum.accumulate(np.where(starts, positions, 0))


def stock_health(
    *, on_hand: Array, expiring: Array, demand_until_end: Array, highest_stock: Array
) -> StockHealth:
    """Split what is on hand (N,) into usable, excess, obsolete and expiring units.

    expiring: units that expire unsold (N,). demand_until_end: all demand still to come until the item
    ends, infinite where it goes on; what exceeds it is obsolete (0: all of it). highest_stock: the most
    that the policy ever holds on the shelf, safety stock + one lot; what exceeds it is excess.
    """
    require_at_least_zero(on_hand=on_hand, expiring=expiring, demand_until_end=demand_until_end)
    gone = np.minimum(expiring, on_hand)
    left = on_hand - gone
    obsolete = np.maximum(left - demand_until_end, 0.0)
    left = left - obsolete
    excess = np.maximum(left - np.maximum(highest_stock, 0.0), 0.0)
    return StockHealth(usable=left - excess, excess=excess, obsolete=obsolete, expiring=gone)
