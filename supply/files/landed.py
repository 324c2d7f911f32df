"""What a unit costs on a lane beyond its price: freight by loads, dated tariffs, and price breaks."""

from collections import defaultdict
from typing import Any

import numpy as np

from supply.engine import Kind
from supply.engine.basics import Array, IntArray

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


def price_breaks(
    folder: Folder, places: Places, lanes: list[LaneRow], term_lane: IntArray, valid_from: IntArray
) -> dict[str, Any]:
    """Price breaks of each term: those with the latest date not after the term's own."""
    table = folder["price_breaks"]
    if not len(table):
        return {}
    by_lane: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    names = ("item", "location", "source", "mode")
    for row, (item, location, source, mode) in enumerate(
        zip(*(table.codes(n).tolist() for n in names), strict=True)
    ):
        for place in targets_of(places, item, location):
            by_lane[place, source, mode].append(row)
    since, quantity, cost = (
        table.days("valid_from", 0.0),
        table.numbers("min_quantity"),
        table.numbers("unit_cost"),
    )
    found: list[tuple[int, float, float]] = []
    for term, number in enumerate(term_lane.tolist()):
        lane = lanes[number]
        rows = by_lane.get((lane.item, lane.source, lane.mode), [])
        dates = [float(since[row]) for row in rows if since[row] <= max(int(valid_from[term]), 0)]
        chosen = max(dates) if dates else min((float(since[row]) for row in rows), default=0.0)
        found += [(term, float(quantity[row]), float(cost[row])) for row in rows if since[row] == chosen]
    found.sort()
    return {
        "break_term": np.array([term for term, _, _ in found], np.int64),
        "break_quantity": np.array([low for _, low, _ in found], np.float64),
        "break_cost": np.array([price for _, _, price in found], np.float64),
    }
