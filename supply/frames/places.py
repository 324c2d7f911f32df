"""Item-locations that a plan plans, and which items have to be planned together."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array

from forecasting.frames import series_keys
from siop import bulk
from siop.plans.models import PlanVersion
from supply.engine.shapes import IntArray

from .firm import keeps_firm_orders_of


@dataclass(frozen=True)
class Places:
    """Item-locations (N,) by database ids, sorted by item, then location."""

    item: IntArray
    location: IntArray

    @property
    def count(self) -> int:
        return len(self.item)

    @cached_property
    def keys(self) -> IntArray:
        return place_keys(self.item, self.location)

    @cached_property
    def item_ids(self) -> list[int]:
        """Each item once, for queries."""
        ids: list[int] = np.unique(self.item).tolist()
        return ids

    def index(self, item: IntArray, location: IntArray) -> IntArray:
        """Position of each item-location, -1 where it is not among these."""
        if not self.count:
            return np.full(len(item), -1, np.int64)
        wanted = place_keys(item, location)
        found = np.minimum(np.searchsorted(self.keys, wanted), self.count - 1)
        return np.where(self.keys[found] == wanted, found, -1)


def place_keys(item: IntArray, location: IntArray) -> IntArray:
    return series_keys(item, location, np.zeros_like(item))


# Every item-location that something speaks of; bills of material add what lies below them.
NAMED = """
    SELECT s.item_id, s.location_id FROM forecasting_consensusline c
    JOIN forecasting_demandseries s ON s.id = c.series_id WHERE c.plan_id = %(plan)s AND {items}
    UNION SELECT s.item_id, s.location_id FROM inventory_stockonhand s WHERE {items}
    UNION SELECT s.item_id, s.location_id FROM inventory_policy s WHERE {items}
    UNION SELECT s.item_id, s.location_id FROM supply_scheduledreceipt s
          WHERE s.status NOT IN ('received', 'cancelled') AND {items}
    UNION SELECT s.item_id, s.location_id FROM supply_sourcinglane s WHERE {items}
    UNION SELECT s.item_id, s.from_location_id FROM supply_sourcinglane s WHERE s.kind = 'transfer' AND {items}
    UNION SELECT s.item_id, s.location_id FROM supply_plannedorder s
          WHERE s.plan_id = ANY(%(firm)s) AND s.status = 'firm' AND {items}
    UNION SELECT s.item_id, s.location_id FROM supply_returnrule s WHERE {items}
    UNION SELECT s.returns_as_id, s.location_id FROM supply_returnrule s WHERE {returned}
"""


def read_places(plan: PlanVersion, *, items: Iterable[int] | None = None) -> Places:
    """Item-locations of the plan, of all items or of some; `items` must hold all that are linked to them."""
    only = None if items is None else sorted(items)
    query = NAMED.format(
        items="TRUE" if only is None else "s.item_id = ANY(%(items)s)",
        returned="TRUE" if only is None else "s.returns_as_id = ANY(%(items)s)",
    )
    firm = [other.pk for other in keeps_firm_orders_of(plan)]
    item, location = bulk.copy_out(query, {"plan": plan.pk, "items": only, "firm": firm}, columns="i i")
    keys = np.unique(place_keys(item, location))
    return _with_components(keys)


def _with_components(keys: IntArray) -> Places:
    """Add each component at every place that makes its parent, level by level."""
    parent, component = bulk.copy_out(
        "SELECT DISTINCT parent_id, component_id FROM supply_bomline", columns="i i"
    )
    if not len(parent):
        return _places(keys)
    makers, sourced = _makers()
    fresh = keys
    while len(fresh):
        item, location = fresh >> 40, (fresh >> 20) & 0xFFFFF
        makes = np.isin(fresh, makers) | ~np.isin(fresh, sourced)
        item, location = item[makes], location[makes]
        order = np.argsort(parent, kind="stable")
        low = np.searchsorted(parent[order], item)
        high = np.searchsorted(parent[order], item, side="right")
        owner = np.repeat(np.arange(len(item)), high - low)
        row = order[
            np.repeat(low, high - low)
            + np.arange(len(owner))
            - np.repeat(np.cumsum(high - low) - (high - low), high - low)
        ]
        below = np.unique(place_keys(component[row], location[owner]))
        fresh = np.setdiff1d(below, keys, assume_unique=True)
        keys = np.union1d(keys, fresh)
    return _places(keys)


def _places(keys: IntArray) -> Places:
    return Places(item=keys >> 40, location=(keys >> 20) & 0xFFFFF)


def _makers() -> tuple[IntArray, IntArray]:
    """Keys of the places that have a make lane, and of those that have any lane."""
    item, location, make = bulk.copy_out(
        "SELECT item_id, location_id, bool_or(kind = 'make') FROM supply_sourcinglane GROUP BY item_id, location_id",
        columns="i i b",
    )
    keys = place_keys(item, location)
    return keys[make], keys


# Pairs of items whose plans depend on each other.
LINKS = """
    SELECT parent_id, component_id FROM supply_bomline
    UNION ALL SELECT item_id, returns_as_id FROM supply_returnrule
    UNION ALL SELECT item_id, min(item_id) OVER (PARTITION BY supplier_id, from_location_id, order_group)
        FROM supply_sourcinglane WHERE order_group <> ''
    UNION ALL SELECT l.item_id, min(l.item_id) OVER (PARTITION BY l.supplier_id) FROM supply_sourcinglane l
        JOIN supply_supplier s ON s.id = l.supplier_id WHERE s.capacity_per_month IS NOT NULL
    UNION ALL SELECT r.item_id, min(r.item_id) OVER (PARTITION BY r.resource) FROM supply_routing r
        JOIN supply_resource x ON x.code = r.resource
"""


def linked_parts(items: IntArray) -> IntArray:
    """Number of the part (N,) to which each item belongs: items of different parts can be planned apart."""
    ids = np.unique(items)
    one, other = bulk.copy_out(LINKS, columns="i i")
    return np.asarray(_parts(ids, one, other)[np.searchsorted(ids, items)], np.int64)


def _parts(ids: IntArray, one: IntArray, other: IntArray) -> IntArray:
    """Number of the part of each of the sorted `ids` (M,), by the pairs among them."""
    from scipy.sparse.csgraph import connected_components  # loads slowly, so only where it is used

    inside = np.isin(one, ids) & np.isin(other, ids)
    left, right = np.searchsorted(ids, one[inside]), np.searchsorted(ids, other[inside])
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(ids), len(ids)))
    _, part = connected_components(graph, directed=False)
    return np.asarray(part, np.int64)


def linked_items(items: Iterable[int]) -> list[int]:
    """The items with all that share a bill of material, a return loop, a joint MOQ or a capacity with them."""
    one, other = bulk.copy_out(LINKS, columns="i i")
    ids = np.unique(np.concatenate([one, other, np.array(sorted(items), np.int64)]))
    part = _parts(ids, one, other)
    wanted = np.unique(part[np.isin(ids, sorted(items))])
    return [int(pk) for pk in ids[np.isin(part, wanted)]]
