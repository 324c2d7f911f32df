"""What a unit costs until it has landed: freight by load, tariffs by category and way, price breaks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siop import bulk
from siop.catalog.models import Category
from supply.engine import Kind
from supply.engine.price_breaks import PriceBreaks
from supply.engine.shapes import Array, IntArray

from .places import Places
from .sourcing import Rows, Sourcing


def load_freight(rows: Rows, unit_volume: Array) -> Array:
    """Freight of one unit by its share of a load of the lane's mode."""
    mode, per_m3 = bulk.copy_out(
        "SELECT id, (load_cost / load_m3)::float8 FROM supply_mode WHERE load_m3 > 0 AND load_cost IS NOT NULL",
        columns="i f",
    )
    cost = dict(zip(mode.tolist(), per_m3.tolist(), strict=True))
    if not cost or not len(rows.mode):
        return np.zeros(len(rows.mode))
    return np.array([cost.get(m, 0.0) for m in rows.mode.tolist()]) * unit_volume[rows.place]


@dataclass(frozen=True, kw_only=True)
class Tariffs:
    """Tariffs (F,): the lane, from which day, and per cent of the price."""

    lane: IntArray
    since: IntArray
    percent: Array


def tariffs(places: Places, sourcing: Sourcing) -> Tariffs:
    """Sorted by lane and day: the row of the item's category before that of a parent, before all."""
    category, since, rate = bulk.copy_out(
        "SELECT COALESCE(category_id, 0), valid_from, rate_pct::float8 FROM supply_tariff ORDER BY id",
        columns="i d f",
    )
    if not len(category) or not sourcing.count:
        return _tariffs_of([])
    ways = bulk.lists_out("SELECT lower(origin), lower(destination) FROM supply_tariff ORDER BY id")
    rows: dict[tuple[int, str, str], list[int]] = {}
    for k, (kind, origin, destination) in enumerate(zip(category.tolist(), *ways, strict=True)):
        rows.setdefault((kind, origin, destination), []).append(k)
    countries = dict(zip(*bulk.lists_out("SELECT id, lower(country) FROM catalog_location"), strict=True))
    suppliers = dict(zip(*bulk.lists_out("SELECT id, lower(country) FROM supply_supplier"), strict=True))
    items = dict(zip(*bulk.lists_out("SELECT id, category_id FROM catalog_item"), strict=True))
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    found: list[tuple[int, int, float]] = []
    for lane, (place, kind, supplier, sender) in enumerate(_ends(sourcing)):
        origin = suppliers.get(supplier, "") if kind == Kind.BUY else countries.get(sender, "")
        destination = countries.get(int(places.location[place]), "")
        if not origin or not destination or origin == destination:
            continue
        here = items.get(int(places.item[place]))
        for node in (*_upwards(here, parents), 0):
            if (node, origin, destination) in rows:
                found += [(lane, int(since[k]), float(rate[k])) for k in rows[node, origin, destination]]
                break
    return _tariffs_of(sorted(found))


def _tariffs_of(found: list[tuple[int, int, float]]) -> Tariffs:
    return Tariffs(
        lane=np.array([lane for lane, _, _ in found], np.int64),
        since=np.array([day for _, day, _ in found], np.int64),
        percent=np.array([percent for _, _, percent in found], np.float64),
    )


def _ends(sourcing: Sourcing) -> list[tuple[int, int, int, int]]:
    """(place, kind, supplier, sender) of each lane."""
    columns = sourcing.place, sourcing.kind, sourcing.supplier, sourcing.sender
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _upwards(category: int | None, parents: Mapping[int, int | None]) -> list[int]:
    path: list[int] = []
    while category and category not in path:
        path.append(category)
        category = parents.get(category)
    return path


def price_breaks(places: Places, sourcing: Sourcing) -> PriceBreaks:
    """Price breaks by lane; those that name no mode are of every mode that has none of its own."""
    item, location, mode, start, low, cost = bulk.copy_out(
        "SELECT item_id, location_id, COALESCE(mode_id, 0), COALESCE(valid_from, '0001-01-01'), "
        "min_quantity::float8, unit_cost::float8 FROM supply_pricebreak WHERE item_id = ANY(%s) ORDER BY id",
        [np.unique(places.item).tolist()],
        columns="i i i d f f",
    )
    found = _lanes_of_breaks(places, sourcing, item=item, location=location, mode=mode) if len(item) else []
    lane, row = np.array(found, np.int64).reshape(-1, 2).T
    return PriceBreaks(lane=lane, since=start[row], quantity=low[row], cost=cost[row])


def _lanes_of_breaks(
    places: Places, sourcing: Sourcing, *, item: IntArray, location: IntArray, mode: IntArray
) -> list[tuple[int, int]]:
    """(lane, row) of each price break, (B,), and each lane that it is of."""
    (sources,) = bulk.lists_out(
        "SELECT source FROM supply_pricebreak WHERE item_id = ANY(%s) ORDER BY id",
        [np.unique(places.item).tolist()],
    )
    codes = dict(zip(*bulk.lists_out("SELECT id, code FROM supply_supplier"), strict=True))
    senders = dict(zip(*bulk.lists_out("SELECT id, code FROM catalog_location"), strict=True))
    rows: dict[tuple[int, str, int], list[int]] = {}
    ways = zip(places.index(item, location).tolist(), sources, mode.tolist(), strict=True)
    for at, way in enumerate(ways):
        rows.setdefault(way, []).append(at)
    found: list[tuple[int, int]] = []
    for lane, ((where, kind, supplier, sender), by) in enumerate(
        zip(_ends(sourcing), sourcing.mode.tolist(), strict=True)
    ):
        source = codes.get(supplier, "") if kind == Kind.BUY else senders.get(sender, "")
        here = rows.get((where, source, by)) or rows.get((where, source, 0), [])
        found += [(lane, at) for at in here]
    return found
