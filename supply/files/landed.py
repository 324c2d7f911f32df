"""What a unit costs on a lane beyond its price: freight by loads, dated tariffs, and price breaks."""

from collections import defaultdict
from typing import Any

import numpy as np

from supply.engine import Kind
from supply.engine.basics import Array, IntArray
from supply.engine.price_breaks import PriceBreaks

from .places import LaneRow, Places, targets_of
from .tables import Folder


def load_freight(folder: Folder, lanes: list[LaneRow], term_lane: IntArray, unit_volume: Array) -> Array:
    """Freight of one unit by its share of a load of the lane's mode."""
    table = folder["modes"]
    per_m3: dict[str, float] = {}
    for mode, size, cost in zip(
        table.codes("mode").tolist(),
        table.numbers("load_m3").tolist(),
        table.numbers("load_cost").tolist(),
        strict=True,
    ):
        per_m3[mode] = cost / size if size > 0 else 0.0
    cost = np.array([per_m3.get(lane.mode, 0.0) * unit_volume[lane.item] for lane in lanes])
    return np.asarray(cost[term_lane]) if len(lanes) else np.zeros(0)


def tariffs(folder: Folder, places: Places, lanes: list[LaneRow]) -> dict[str, Any]:
    """Dated percent by lane: the row of the item's own category before that of a parent category, before blank."""
    table = folder["tariffs"]
    if not len(table):
        return {}
    country = dict(
        zip(folder["locations"].codes("location"), folder["locations"].codes("country"), strict=True)
    )
    origin_of = dict(
        zip(folder["suppliers"].codes("supplier"), folder["suppliers"].codes("country"), strict=True)
    )
    chains = _category_chains(folder)
    rows = defaultdict(list)
    for row, (category, origin, destination) in enumerate(
        zip(*(table.codes(name).tolist() for name in ("category", "origin", "destination")), strict=True)
    ):
        rows[category, origin.casefold(), destination.casefold()].append(row)
    since, rate = table.days("valid_from", 0.0), table.numbers("rate_pct")
    found: list[tuple[int, int, float]] = []
    for number, lane in enumerate(lanes):
        source = origin_of if lane.kind is Kind.BUY else country
        origin, destination = source.get(lane.source, ""), country.get(places.locations[lane.item], "")
        for category in (*chains.get(places.items[lane.item], ()), ""):
            matches = _matching(rows, category, origin, destination)
            if matches:
                found += [(number, int(since[row]), float(rate[row])) for row in matches]
                break
    found.sort()
    return {
        "tariff_lane": np.array([lane for lane, _, _ in found], np.int64),
        "tariff_from": np.array([day for _, day, _ in found], np.int64),
        "tariff_pct": np.array([pct for _, _, pct in found], np.float64),
    }


def _matching(
    rows: dict[tuple[str, str, str], list[int]], category: str, origin: str, destination: str
) -> list[int]:
    if not origin or not destination:
        return []
    way = origin.casefold(), destination.casefold()
    return rows.get((category, *way), []) if way[0] != way[1] else []


def _category_chains(folder: Folder) -> dict[str, tuple[str, ...]]:
    """Each item's category and the categories above it."""
    above = dict(
        zip(folder["categories"].codes("category"), folder["categories"].codes("parent"), strict=True)
    )
    chains = {}
    for item, category in zip(folder["items"].codes("item"), folder["items"].codes("category"), strict=True):
        chain: list[str] = []
        while category and category not in chain:
            chain.append(category)
            category = above.get(category, "")
        chains[item] = tuple(chain)
    return chains


def price_breaks(folder: Folder, places: Places, lanes: list[LaneRow]) -> PriceBreaks:
    """Price breaks by lane; those that name no mode are of every mode that has none of its own."""
    table = folder["price_breaks"]
    by_way: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    columns = (table.codes(name).tolist() for name in ("item", "location", "source", "mode"))
    for at, (item, location, source, mode) in enumerate(zip(*columns, strict=True)):
        for place in targets_of(places, item, location):
            by_way[place, source, mode].append(at)
    found = [
        (number, at)
        for number, lane in enumerate(lanes)
        for at in by_way.get((lane.item, lane.source, lane.mode))
        or by_way.get((lane.item, lane.source, ""), [])
    ]
    lane_of, row = np.array(found, np.int64).reshape(-1, 2).T
    return PriceBreaks(
        lane=lane_of,
        since=table.days("valid_from", 0.0)[row].astype(np.int64),
        quantity=table.numbers("min_quantity")[row],
        cost=table.numbers("unit_cost")[row],
    )
