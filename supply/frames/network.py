"""Lanes with their dated terms, bills of material, returns and capacities between the item-locations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from siop import bulk
from siop.catalog.models import Category
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import NEVER, Bom, Capacities, Closures, Kind, Lanes, Returns
from supply.engine.basics import MEAN_DAYS, NOMINAL_DAYS
from supply.engine.lanes import known_unit_costs
from supply.engine.shapes import Array, Ints
from supply.enums import LoadKind

from .places import Places


@dataclass(frozen=True, kw_only=True)
class Network:
    """The engine's lanes, and what their indices stand for.

    `term_id` (V,) is the sourcing row of each term, 0 for an implied make lane; `supplier`, `sender`, `mode`
    (L,) are database ids, 0 for none. `lead_time_sd` (V,). `suppliers` are the ids behind the sources of bought
    lanes, sorted. `loads` name the capacities in order.
    """

    lanes: Lanes
    suppliers: Ints
    term_id: Ints
    lead_time_sd: Array
    supplier: Ints
    sender: Ints
    mode: Ints
    bom: Bom
    returns: Returns
    capacities: Capacities
    loads: list[tuple[LoadKind, str, str]]

    def first_lane(self, count: int) -> Ints:
        """The lane of each item-location (N,) that comes first by priority; -1 without one."""
        order = np.lexsort((np.arange(self.lanes.count), self.lanes.priority))[::-1]
        first = np.full(count, -1, np.int64)
        first[self.lanes.item[order]] = order
        return first

    def first_terms(self) -> Ints:
        """The first dated term of each lane (L,)."""
        return np.searchsorted(self.lanes.term_lane, np.arange(self.lanes.count))


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Sourcing rows (V,) with their place, sorted by lane and date."""

    pk: Ints
    place: Ints
    kind: Ints
    supplier: Ints
    sender: Ints
    mode: Ints
    since: Ints
    until: Ints
    lead: Ints
    lead_sd: Array
    transit: Ints
    moq: Array
    multiple: Array
    unit_cost: Array
    order_cost: Array
    freight: Array
    capacity: Array
    priority: Ints
    group: Ints


def read_network(
    plan: PlanVersion, places: Places, *, step: Array, unit_volume: Array, unit_cost: Array
) -> Network:
    """Everything about supply that joins the given item-locations; the arrays are (N,), of the items.

    `unit_cost` of the items, NaN where unknown, is the cost of a lane that has none of its own.
    """
    bom = _read_bom(places)
    rows = _read_rows(places, bom)
    lane_columns = np.stack([rows.place, rows.kind, rows.supplier, rows.sender, rows.mode], axis=1)
    heads, term_lane = np.unique(lane_columns, axis=0, return_inverse=True)
    order = np.lexsort((rows.since, term_lane))
    rows = _Rows(**{name: values[order] for name, values in vars(rows).items()})
    term_lane = np.asarray(term_lane.reshape(-1)[order], np.int64)
    first = np.searchsorted(term_lane, np.arange(len(heads)))
    group, group_moq = _groups(rows, first, term_lane)
    following = np.append(np.where(term_lane[1:] == term_lane[:-1], rows.since[1:] - 1, NEVER), NEVER)
    own_step = step[rows.place] if len(rows.place) else np.zeros(0)
    heads = heads.astype(np.int64)
    tariffs, breaks = _tariffs(places, heads), _breaks(places, heads, term_lane, rows.since)
    lanes = Lanes(
        item=heads[:, 0],
        source=_source_index(places, heads),
        kind=heads[:, 1],
        mode=heads[:, 4],
        priority=rows.priority[first],
        group=group,
        group_moq=group_moq,
        term_lane=term_lane,
        valid_from=rows.since,
        valid_to=np.minimum(rows.until, following[: len(rows.until)]),
        lead_time_days=np.maximum(rows.lead, rows.transit),
        transit_days=rows.transit,
        moq=rows.moq,
        multiple=np.where(rows.multiple > 0, rows.multiple, own_step),
        unit_cost=known_unit_costs(rows.unit_cost, item=rows.place, of_item=unit_cost),
        order_cost=rows.order_cost,
        freight_cost=rows.freight + _load_freight(rows, unit_volume),
        tariff_lane=tariffs[0].astype(np.int64),
        tariff_from=tariffs[1].astype(np.int64),
        tariff_pct=tariffs[2],
        break_term=breaks.term,
        break_quantity=breaks.quantity,
        break_cost=breaks.cost,
        **_closures(places, heads),
    )
    capacities, loads = _capacities(plan, places, lanes, rows, heads, first)
    return Network(
        lanes=lanes,
        suppliers=np.unique(heads[:, 2]),
        term_id=rows.pk,
        lead_time_sd=rows.lead_sd,
        supplier=heads[:, 2],
        sender=heads[:, 3],
        mode=heads[:, 4],
        bom=bom,
        returns=_read_returns(plan, places),
        capacities=capacities,
        loads=loads,
    )


def _read_bom(places: Places) -> Bom:
    """Lines at every location that holds parent and component."""
    parent, component, per, scrap, since, until = bulk.copy_out(
        "SELECT parent_id, component_id, quantity_per::float8, scrap_pct::float8 / 100, "
        "COALESCE(valid_from, '0001-01-01'), COALESCE(valid_to, '9999-12-31') FROM supply_bomline "
        "WHERE parent_id = ANY(%s) ORDER BY id",
        [np.unique(places.item).tolist()],
        columns="i i f f d d",
    )
    order = np.argsort(parent, kind="stable")
    low = np.searchsorted(parent[order], places.item)
    high = np.searchsorted(parent[order], places.item, side="right")
    counts = high - low
    owner = np.repeat(np.arange(places.count), counts)
    row = order[np.repeat(low - (np.cumsum(counts) - counts), counts) + np.arange(len(owner))]
    below = places.index(component[row], places.location[owner])
    known = below >= 0
    row = row[known]
    return Bom(
        parent=owner[known],
        component=below[known],
        quantity_per=per[row],
        scrap=scrap[row],
        valid_from=since[row],
        valid_to=until[row],
    )


def _read_rows(places: Places, bom: Bom) -> _Rows:
    """Sourcing rows of the places, and an implied make lane where only a bill of material says how."""
    columns = bulk.copy_out(
        """
        SELECT id, item_id, location_id, CASE kind WHEN 'buy' THEN 0 WHEN 'transfer' THEN 1 ELSE 2 END::bigint,
               COALESCE(supplier_id, 0), CASE WHEN kind = 'transfer' THEN from_location_id ELSE 0 END,
               COALESCE(mode_id, 0), COALESCE(valid_from, '0001-01-01'), COALESCE(valid_to, '9999-12-31'),
               lead_time_days::bigint, lead_time_sd_days, transit_days::bigint, moq::float8, order_multiple::float8,
               COALESCE(unit_cost::float8, 'nan'), COALESCE(order_cost, 0)::float8, COALESCE(freight_cost, 0)::float8,
               COALESCE(capacity_per_month::float8, 'infinity'), priority::bigint,
               CASE WHEN order_group = '' THEN 0 ELSE dense_rank() OVER (ORDER BY order_group) END
        FROM supply_sourcinglane WHERE item_id = ANY(%s)
        """,
        [np.unique(places.item).tolist()],
        columns="i i i i i i i d d i f i f f f f f f i i",
    )
    place = places.index(columns[1], columns[2])
    sender = np.where(columns[3] == Kind.TRANSFER, columns[5], 0)
    kept = (place >= 0) & ((sender == 0) | (places.index(columns[1], np.maximum(sender, 0)) >= 0))
    found = [columns[0], place, columns[3], columns[4], sender, *columns[6:]]
    found = [column[kept] for column in found]
    implied = np.setdiff1d(np.unique(bom.parent), found[1])
    extra = len(implied)
    defaults: list[object] = [0, implied, int(Kind.MAKE), 0, 0, 0, 0, NEVER, 0, 0.0, 0]
    defaults += [0.0, 0.0, np.nan, 0.0, 0.0, np.inf, 1, 0]
    names = list(_Rows.__dataclass_fields__)
    joined = {
        name: np.concatenate([column, np.broadcast_to(np.asarray(default, dtype=column.dtype), extra)])
        for name, column, default in zip(names, found, defaults, strict=True)
    }
    return _Rows(**joined)


def _source_index(places: Places, heads: Ints) -> Ints:
    """Supplier number for what is bought, the sending item-location for transfers, -1 for what is made."""
    suppliers = np.unique(heads[:, 2])
    sending = places.index(places.item[heads[:, 0]], heads[:, 3]) if len(heads) else np.zeros(0, np.int64)
    bought = np.searchsorted(suppliers, heads[:, 2])
    return np.where(heads[:, 1] == Kind.BUY, bought, np.where(heads[:, 1] == Kind.TRANSFER, sending, -1))


def _groups(rows: _Rows, first: Ints, term_lane: Ints) -> tuple[Ints, Array]:
    """Joint MOQ groups: lanes of one source and group code; the largest MOQ given in the group counts."""
    code = rows.group[first] if len(first) else np.zeros(0, np.int64)
    if not (code > 0).any():
        return np.full(len(first), -1, np.int64), np.zeros(0)
    source = np.stack([rows.supplier[first], rows.sender[first], code], axis=1)
    grouped = code > 0
    _, number = np.unique(source[grouped], axis=0, return_inverse=True)
    group = np.full(len(first), -1, np.int64)
    group[grouped] = number.reshape(-1)
    moq = np.zeros(int(group.max()) + 1)
    inside = group[term_lane] >= 0
    np.maximum.at(moq, group[term_lane[inside]], rows.moq[inside])
    return group, moq


def _load_freight(rows: _Rows, unit_volume: Array) -> Array:
    """Freight of one unit by its share of a load of the lane's mode."""
    mode, per_m3 = bulk.copy_out(
        "SELECT id, (load_cost / load_m3)::float8 FROM supply_mode WHERE load_m3 > 0 AND load_cost IS NOT NULL",
        columns="i f",
    )
    cost = dict(zip(mode.tolist(), per_m3.tolist(), strict=True))
    if not cost or not len(rows.mode):
        return np.zeros(len(rows.mode))
    return np.array([cost.get(m, 0.0) for m in rows.mode.tolist()]) * unit_volume[rows.place]


def _tariffs(places: Places, heads: Ints) -> tuple[Array, Array, Array]:
    """(lane, from day, percent), sorted: the row of the item's category before that of a parent, before all."""
    category, since, rate = bulk.copy_out(
        "SELECT COALESCE(category_id, 0), valid_from, rate_pct::float8 FROM supply_tariff ORDER BY id",
        columns="i d f",
    )
    nothing = np.zeros(0), np.zeros(0), np.zeros(0)
    if not len(category) or not len(heads):
        return nothing
    ways = bulk.lists_out("SELECT lower(origin), lower(destination) FROM supply_tariff ORDER BY id")
    rows: dict[tuple[int, str, str], list[int]] = {}
    for k, (kind, origin, destination) in enumerate(zip(category.tolist(), *ways, strict=True)):
        rows.setdefault((kind, origin, destination), []).append(k)
    countries = dict(zip(*bulk.lists_out("SELECT id, lower(country) FROM catalog_location"), strict=True))
    suppliers = dict(zip(*bulk.lists_out("SELECT id, lower(country) FROM supply_supplier"), strict=True))
    items = dict(zip(*bulk.lists_out("SELECT id, category_id FROM catalog_item"), strict=True))
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    found: list[tuple[int, int, float]] = []
    for lane, (place, kind, supplier, sender, _) in enumerate(heads.tolist()):
        origin = suppliers.get(supplier, "") if kind == Kind.BUY else countries.get(sender, "")
        destination = countries.get(int(places.location[place]), "")
        if not origin or not destination or origin == destination:
            continue
        here = items.get(int(places.item[place]))
        for node in (*_upwards(here, parents), 0):
            if (node, origin, destination) in rows:
                found += [(lane, int(since[k]), float(rate[k])) for k in rows[node, origin, destination]]
                break
    found.sort()
    return tuple(np.array(c, np.float64) for c in zip(*found, strict=True)) if found else nothing  # type: ignore[return-value]


def _upwards(category: int | None, parents: Mapping[int, int | None]) -> list[int]:
    path: list[int] = []
    while category and category not in path:
        path.append(category)
        category = parents.get(category)
    return path


@dataclass(frozen=True, kw_only=True)
class _Breaks:
    """Price breaks (B,): row of the terms, from this quantity, unit cost."""

    term: Ints
    quantity: Array
    cost: Array


def _breaks(places: Places, heads: Ints, term_lane: Ints, since: Ints) -> _Breaks:
    """Price breaks of each term: those with the latest date not after the term's own."""
    item, location, mode, start, low, cost = bulk.copy_out(
        "SELECT item_id, location_id, COALESCE(mode_id, 0), COALESCE(valid_from, '0001-01-01'), "
        "min_quantity::float8, unit_cost::float8 FROM supply_pricebreak WHERE item_id = ANY(%s) ORDER BY id",
        [np.unique(places.item).tolist()],
        columns="i i i d f f",
    )
    if not len(item):
        return _Breaks(term=np.zeros(0, np.int64), quantity=np.zeros(0), cost=np.zeros(0))
    (sources,) = bulk.lists_out(
        "SELECT source FROM supply_pricebreak WHERE item_id = ANY(%s) ORDER BY id",
        [np.unique(places.item).tolist()],
    )
    codes = dict(zip(*bulk.lists_out("SELECT id, code FROM supply_supplier"), strict=True))
    senders = dict(zip(*bulk.lists_out("SELECT id, code FROM catalog_location"), strict=True))
    place = places.index(item, location)
    rows: dict[tuple[int, str, int], list[int]] = {}
    for k, (where, source, way) in enumerate(zip(place.tolist(), sources, mode.tolist(), strict=True)):
        rows.setdefault((where, source, way), []).append(k)
    found: list[tuple[int, float, float]] = []
    for term, lane in enumerate(term_lane.tolist()):
        where, kind, supplier, sender, way = heads[lane].tolist()
        source = codes.get(supplier, "") if kind == Kind.BUY else senders.get(sender, "")
        here = rows.get((where, source, way)) or rows.get((where, source, 0), [])
        dates = [int(start[k]) for k in here if start[k] <= max(int(since[term]), 1)]
        chosen = max(dates) if dates else min((int(start[k]) for k in here), default=0)
        found += [(term, float(low[k]), float(cost[k])) for k in here if start[k] == chosen]
    found.sort()
    return _Breaks(
        term=np.array([term for term, _, _ in found], np.int64),
        quantity=np.array([from_quantity for _, from_quantity, _ in found], np.float64),
        cost=np.array([price for _, _, price in found], np.float64),
    )


def _closures(places: Places, heads: Ints) -> dict[str, Any]:
    """Closed days, and the calendars of each lane's source and receiver; nothing where none closes."""
    codes, days = bulk.lists_out("SELECT upper(calendar), date - DATE '0001-01-01' + 1 FROM catalog_closure")
    if not codes:
        return {}
    numbers = {code: number for number, code in enumerate(dict.fromkeys(codes))}
    suppliers = dict(zip(*bulk.lists_out("SELECT id, upper(code) FROM supply_supplier"), strict=True))
    locations = dict(zip(*bulk.lists_out("SELECT id, upper(code) FROM catalog_location"), strict=True))
    own = [locations[pk] for pk in places.location[heads[:, 0]].tolist()]
    sources = [
        suppliers.get(supplier) or locations.get(sender) or here
        for supplier, sender, here in zip(heads[:, 2].tolist(), heads[:, 3].tolist(), own, strict=True)
    ]
    return {
        "closures": Closures(
            calendar=np.array([numbers[code] for code in codes], np.int64), day=np.array(days, np.int64)
        ),
        "source_calendar": np.array([numbers.get(code, -1) for code in sources], np.int64),
        "receiving_calendar": np.array([numbers.get(code, -1) for code in own], np.int64),
    }


def _read_returns(plan: PlanVersion, places: Places) -> Returns:
    item, back, location, rate, lag = bulk.copy_out(
        "SELECT item_id, returns_as_id, location_id, rate, lag_days::float8 FROM supply_returnrule ORDER BY id",
        columns="i i i f f",
    )
    here, there = places.index(item, location), places.index(back, location)
    known = (here >= 0) & (there >= 0)
    return Returns(
        item=here[known],
        returned=there[known],
        rate=rate[known],
        lag_buckets=lag[known] / NOMINAL_DAYS[plan.bucket],
    )


def _capacities(
    plan: PlanVersion, places: Places, lanes: Lanes, rows: _Rows, heads: Ints, first: Ints
) -> tuple[Capacities, list[tuple[LoadKind, str, str]]]:
    """Resources by routing, suppliers, and single lanes; monthly figures by each bucket's share of a month."""
    found: list[tuple[tuple[LoadKind, str, str], float, list[tuple[int, float]]]] = []
    found += _resources(places, lanes)
    found += _suppliers(heads)
    found += _single_lanes(places, rows, heads, first)
    found = [row for row in found if row[2]]
    share = shares_of_month(plan)
    usage = [(lane, c, per) for c, (_, _, users) in enumerate(found) for lane, per in users]
    return (
        Capacities(
            available=np.stack([limit * share for _, limit, _ in found], axis=1)
            if found
            else np.zeros((plan.horizon, 0)),
            lane=np.array([lane for lane, _, _ in usage], np.int64),
            capacity=np.array([c for _, c, _ in usage], np.int64),
            per_unit=np.array([per for _, _, per in usage], np.float64),
        ),
        [name for name, _, _ in found],
    )


def shares_of_month(plan: PlanVersion) -> Array:
    """What of a monthly capacity each bucket has: a whole month's in a whole month, else by days."""
    if plan.bucket == "week":
        return np.asarray(np.diff(plans.bucket_edges(plan)) / MEAN_DAYS["month"])
    return plans.remaining_share(plan)


def _resources(
    places: Places, lanes: Lanes
) -> list[tuple[tuple[LoadKind, str, str], float, list[tuple[int, float]]]]:
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
        found.append(((LoadKind.RESOURCE, label, unit), limit, users))
    return found


def _suppliers(heads: Ints) -> list[tuple[tuple[LoadKind, str, str], float, list[tuple[int, float]]]]:
    rows = bulk.lists_out(
        "SELECT id, code, capacity_per_month::float8 FROM supply_supplier WHERE capacity_per_month IS NOT NULL ORDER BY code"
    )
    return [
        (
            (LoadKind.SUPPLIER, code, "units"),
            limit,
            [(int(k), 1.0) for k in np.flatnonzero(heads[:, 2] == pk)],
        )
        for pk, code, limit in zip(*rows, strict=True)
    ]


def _single_lanes(
    places: Places, rows: _Rows, heads: Ints, first: Ints
) -> list[tuple[tuple[LoadKind, str, str], float, list[tuple[int, float]]]]:
    limits = rows.capacity[first] if len(first) else np.zeros(0)
    limited = np.flatnonzero(np.isfinite(limits))
    if not len(limited):
        return []
    items = dict(
        zip(
            *bulk.lists_out(
                "SELECT id, code FROM catalog_item WHERE id = ANY(%s)",
                [np.unique(places.item[heads[limited, 0]]).tolist()],
            ),
            strict=True,
        )
    )
    locations = dict(zip(*bulk.lists_out("SELECT id, code FROM catalog_location"), strict=True))
    suppliers = dict(zip(*bulk.lists_out("SELECT id, code FROM supply_supplier"), strict=True))
    found = []
    for lane in limited.tolist():
        place, kind, supplier, sender, mode = heads[lane].tolist()
        own = locations[int(places.location[place])]
        source = suppliers[supplier] if kind == Kind.BUY else locations.get(sender, own)
        code = f"{source}/{items[int(places.item[place])]}/{own}" + (f"/{mode}" if mode else "")
        load = LoadKind.SUPPLIER if kind == Kind.BUY else LoadKind.RESOURCE
        found.append(((load, code, "units"), float(limits[lane]), [(lane, 1.0)]))
    return found
