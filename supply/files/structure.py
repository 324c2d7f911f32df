"""Bills of material, returns and capacities between the item-locations."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from supply.engine import NEVER, Bom, Capacities, Kind, Returns
from supply.engine.basics import NOMINAL_DAYS, Array, dated_limit, last_days

from .calendar import Buckets
from .places import LaneRow, Places, return_rows
from .tables import Folder, PlanFilesError


def engine_bom(folder: Folder, places: Places) -> Bom:
    """Lines at every location that knows the parent and the component; a later line replaces the one before it."""
    table = folder["bom"]
    per, scrap = table.numbers("quantity_per", 1.0), table.numbers("scrap_pct") / 100
    since, until = table.days("valid_from", 0.0), table.days("valid_to", float(NEVER))
    found = []
    for row, (parent, component) in enumerate(
        zip(table.codes("parent").tolist(), table.codes("component").tolist(), strict=True)
    ):
        if scrap[row] >= 1:
            raise PlanFilesError(
                f"bom, row {table.rows[row]}: scrap_pct is {100 * scrap[row]:g}; enter less than 100."
            )
        for place in places.by_item.get(parent, []):
            below = places.index.get((component, places.locations[place]))
            if below is not None:
                found.append((place, below, row))
    parent_place, part_place, rows = np.array(found, np.int64).reshape(-1, 3).T
    valid_from = since[rows].astype(np.int64)
    return Bom(
        parent=parent_place,
        component=part_place,
        quantity_per=per[rows],
        scrap=scrap[rows],
        valid_from=valid_from,
        valid_to=last_days(
            parent_place * len(places.items) + part_place,
            since=valid_from,
            until=until[rows].astype(np.int64),
        ),
    )


def engine_returns(folder: Folder, places: Places, buckets: Buckets) -> Returns:
    table = folder["returns"]
    rate = table.numbers("rate")
    if (rate > 1).any():
        row = int(np.flatnonzero(rate > 1)[0])
        raise PlanFilesError(
            f"returns, row {table.rows[row]}: rate is {rate[row]:g}; enter a fraction from 0 to 1."
        )
    found = [
        (row, place, places.index[returned])
        for row, place, returned in return_rows(folder, places)
        if returned in places.index  # a place that only passes goods on ships to nobody
    ]
    rows, item, into = np.array(found, np.int64).reshape(-1, 3).T
    return Returns(
        item=item,
        returned=into,
        rate=rate[rows],
        lag_buckets=table.numbers("lag_days")[rows] / NOMINAL_DAYS[buckets.bucket],
    )


@dataclass(frozen=True, kw_only=True)
class CapacityRow:
    """What one column of the capacities is: of a resource, a supplier, or one lane of either."""

    resource: str = ""
    supplier: str = ""


# What a month has of it, in all buckets or in each (T,), and what a unit on each lane takes.
_Limit = tuple[CapacityRow, float | Array, list[tuple[int, float]]]


def engine_capacities(
    folder: Folder, places: Places, lanes: list[LaneRow], buckets: Buckets
) -> tuple[Capacities, list[CapacityRow]]:
    """Resources by routing, suppliers and single lanes in units; monthly figures by the bucket's share of a month."""
    found: list[_Limit] = []
    found += _resource_capacities(folder, places, lanes)
    table = folder["suppliers"]
    limits = dict(zip(table.codes("supplier"), table.numbers("capacity_per_month", np.inf), strict=True))
    for supplier, limit in limits.items():
        users = [
            (number, 1.0)
            for number, lane in enumerate(lanes)
            if lane.source == supplier and lane.kind is Kind.BUY
        ]
        if np.isfinite(limit) and users:
            found.append((CapacityRow(supplier=supplier), float(limit), users))
    found += _lane_capacities(folder, places, lanes, buckets)
    shares = buckets.shares_of_month
    available = (
        np.stack([limit * shares for _, limit, _ in found], axis=1) if found else np.zeros((len(shares), 0))
    )
    usage = [(lane, c, per) for c, (_, _, users) in enumerate(found) for lane, per in users]
    built = Capacities(
        available=available,
        lane=np.array([lane for lane, _, _ in usage], np.int64),
        capacity=np.array([c for _, c, _ in usage], np.int64),
        per_unit=np.array([per for _, _, per in usage], np.float64),
    )
    return built, [row for row, _, _ in found]


def _lane_capacities(folder: Folder, places: Places, lanes: list[LaneRow], buckets: Buckets) -> list[_Limit]:
    """What single lanes may bring, by the dates of their rows: `S1/CAP/NJ/sea` is all of source, item, place and mode."""
    table = folder["sourcing"]
    limit, since = table.numbers("capacity_per_month", np.inf), table.days("valid_from", 0.0).astype(np.int64)
    found: list[_Limit] = []
    for number, lane in enumerate(lanes):
        rows = np.array(lane.rows, np.int64)
        if np.isfinite(limit[rows]).any():
            parts = (lane.source, places.items[lane.item], places.locations[lane.item], lane.mode)
            code = "/".join(filter(None, parts))
            row = CapacityRow(supplier=code) if lane.kind is Kind.BUY else CapacityRow(resource=code)
            monthly = dated_limit(limit[rows], since=since[rows], edges=buckets.calendar.edges)
            found.append((row, monthly, [(number, 1.0)]))
    return found


def _resource_capacities(folder: Folder, places: Places, lanes: list[LaneRow]) -> list[_Limit]:
    routings = defaultdict(list)
    table = folder["routings"]
    for item, resource, usage in zip(
        table.codes("item"), table.codes("resource"), table.numbers("usage_per_unit", 1.0), strict=True
    ):
        routings[resource].append((item, float(usage)))
    makers = defaultdict(list)
    for number, lane in enumerate(lanes):
        if lane.kind is Kind.MAKE:
            makers[places.items[lane.item]].append(number)
    found: list[_Limit] = []
    resources = folder["resources"]
    codes = resources.codes("resource").tolist()
    for code, location, limit in zip(
        codes,
        resources.codes("location"),
        resources.numbers("capacity_per_month"),
        strict=True,
    ):
        users = [
            (number, usage)
            for item, usage in routings[code]
            for number in makers[item]
            if not location or places.locations[lanes[number].item] == location
        ]
        label = code if codes.count(code) == 1 else f"{code} at {location}"
        found.append((CapacityRow(resource=label), float(limit), users))
    return found
