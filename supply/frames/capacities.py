"""What may be made, bought and shipped a month at the most, as capacities of the engine's buckets."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import Capacities, Kind, Lanes
from supply.engine.basics import MEAN_DAYS, dated_limit
from supply.engine.shapes import Array
from supply.enums import LoadKind

from .places import Places
from .sourcing import Sourcing

Load = tuple[LoadKind, str, str]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A capacity: its kind, code and unit, how much of it a month has, and what a unit on each lane takes of it.

    `monthly` is one figure for all buckets, or one for each (T,).
    """

    load: Load
    monthly: float | Array
    users: list[tuple[int, float]]


def read_capacities(
    plan: PlanVersion, places: Places, lanes: Lanes, sourcing: Sourcing
) -> tuple[Capacities, list[Load]]:
    """Resources by routing, suppliers, and single lanes; monthly figures by each bucket's share of a month."""
    every = [*_resources(places, lanes), *_suppliers(sourcing), *_single_lanes(plan, places, sourcing)]
    used = [limit for limit in every if limit.users]
    share = shares_of_month(plan)
    usage = [(lane, c, per) for c, limit in enumerate(used) for lane, per in limit.users]
    capacities = Capacities(
        available=np.array([limit.monthly * share for limit in used], np.float64).reshape(-1, len(share)).T,
        lane=np.array([lane for lane, _, _ in usage], np.int64),
        capacity=np.array([c for _, c, _ in usage], np.int64),
        per_unit=np.array([per for _, _, per in usage], np.float64),
    )
    return capacities, [limit.load for limit in used]


def shares_of_month(plan: PlanVersion) -> Array:
    """What of a monthly capacity each bucket has: a whole month's in a whole month, else by days."""
    if plan.bucket == "week":
        return np.asarray(np.diff(plans.bucket_edges(plan)) / MEAN_DAYS["month"])
    return plans.remaining_share(plan)


def _resources(places: Places, lanes: Lanes) -> list[Limit]:
    codes, locations, names, limits, units = bulk.lists_out(
        "SELECT r.code, r.location_id, l.code, r.capacity_per_month::float8, r.unit FROM supply_resource r "
        "JOIN catalog_location l ON l.id = r.location_id ORDER BY r.code, l.code"
    )
    made, resources, usages = bulk.lists_out(
        "SELECT item_id, resource, usage_per_unit::float8 FROM supply_routing WHERE item_id = ANY(%s) ORDER BY id",
        [np.unique(places.item).tolist()],
    )
    uses = dict(zip(zip(resources, made, strict=True), usages, strict=True))
    makers = [k for k in range(lanes.count) if lanes.kind[k] == Kind.MAKE] if uses else []
    found = []
    for code, location, name, limit, unit in zip(codes, locations, names, limits, units, strict=True):
        users = [
            (lane, uses[code, int(places.item[lanes.item[lane]])])
            for lane in makers
            if int(places.location[lanes.item[lane]]) == location
            and (code, int(places.item[lanes.item[lane]])) in uses
        ]
        label = code if codes.count(code) == 1 else f"{code} at {name}"
        found.append(Limit(load=(LoadKind.RESOURCE, label, unit), monthly=limit, users=users))
    return found


def _suppliers(sourcing: Sourcing) -> list[Limit]:
    rows = bulk.lists_out(
        "SELECT id, code, capacity_per_month::float8 FROM supply_supplier WHERE capacity_per_month IS NOT NULL ORDER BY code"
    )
    return [
        Limit(
            load=(LoadKind.SUPPLIER, code, "units"),
            monthly=limit,
            users=[(int(k), 1.0) for k in np.flatnonzero(sourcing.supplier == pk)],
        )
        for pk, code, limit in zip(*rows, strict=True)
    ]


def _single_lanes(plan: PlanVersion, places: Places, sourcing: Sourcing) -> list[Limit]:
    """What single lanes may bring, by the dates of their rows: `S1/CAP/NJ/sea` is all of source, item, place and mode."""
    rows = sourcing.rows
    limited = np.unique(sourcing.term_lane[np.isfinite(rows.capacity)])
    if not len(limited):
        return []
    made = np.unique(places.item[sourcing.place[limited]]).tolist()
    items = _by_id(bulk.lists_out("SELECT id, code FROM catalog_item WHERE id = ANY(%s)", [made]))
    locations = _by_id(bulk.lists_out("SELECT id, code FROM catalog_location"))
    suppliers = _by_id(bulk.lists_out("SELECT id, code FROM supply_supplier"))
    modes = _by_id(bulk.lists_out("SELECT id, code FROM supply_mode"))
    edges = plans.bucket_edges(plan)
    found = []
    for lane in limited.tolist():
        place, mine = int(sourcing.place[lane]), np.flatnonzero(sourcing.term_lane == lane)
        own = locations[int(places.location[place])]
        bought = sourcing.kind[lane] == Kind.BUY
        source = (
            suppliers[int(sourcing.supplier[lane])]
            if bought
            else locations.get(int(sourcing.sender[lane]), own)
        )
        mode = modes.get(int(sourcing.mode[lane]), "")
        code = "/".join(filter(None, (source, items[int(places.item[place])], own, mode)))
        load = (LoadKind.SUPPLIER if bought else LoadKind.RESOURCE, code, "units")
        monthly = dated_limit(rows.capacity[mine], since=rows.since[mine], edges=edges)
        found.append(Limit(load=load, monthly=monthly, users=[(lane, 1.0)]))
    return found


def _by_id(columns: list[list[Any]]) -> dict[int, str]:
    return dict(zip(*columns, strict=True))
