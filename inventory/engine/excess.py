"""Stock that will not earn its money: expiring, obsolete and in excess, each unit counted once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, require_at_least_zero


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


def expiring_quantities(
    *, item: NDArray[np.intp], days_to_expiry: Array, quantity: Array, demand_until: Array
) -> Array:
    """Of each lot, the units that will not be sold before they expire when the oldest is sold first.

    item: (K,) position of the lot's item-location. days_to_expiry: (K,), infinite where it never expires.
    quantity: (K,), units. demand_until: (K,), units that its item-location is asked for until it expires.
    Returns (K,), units.

    >>> expiring_quantities(
    ...     item=np.array([0, 0]), days_to_expiry=np.array([10.0, 20.0]),
    ...     quantity=np.array([1500.0, 700.0]), demand_until=np.array([1000.0, 2000.0])).tolist()
    [500.0, 0.0]
    """
    require_at_least_zero(quantity=quantity, demand_until=demand_until)
    order = np.lexsort((days_to_expiry, item))
    expiring = np.zeros_like(quantity)
    used = np.zeros(int(item.max(initial=-1)) + 1)
    rank = _rank_within(item[order])
    for place in range(int(rank.max(initial=-1)) + 1):
        lot = order[rank == place]
        owner = item[lot]
        room = np.where(np.isinf(days_to_expiry[lot]), np.inf, demand_until[lot] - used[owner])
        sold = np.minimum(quantity[lot], np.maximum(room, 0.0))
        expiring[lot] = quantity[lot] - sold
        used[owner] += sold
    return expiring


def _rank_within(sorted_item: NDArray[np.intp]) -> NDArray[np.intp]:
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
