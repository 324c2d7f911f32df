"""From tables to the arrays of the engine: item-locations, lanes with dated terms, bills of material, capacities."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supply.engine import NEVER, Bom, Capacities, Kind, Lanes, Returns, ScheduledReceipts

from .calendar import NOMINAL_DAYS, Buckets
from .tables import FileTable, Folder, PlanFilesError

Numbers = NDArray[np.float64]
Ints = NDArray[np.int64]
_KINDS = {"buy": Kind.BUY, "transfer": Kind.TRANSFER, "make": Kind.MAKE}
_OPEN = ("", "open", "confirmed", "in_transit")


@dataclass
class Places:
    """Item-locations in the order in which they were met."""

    index: dict[tuple[str, str], int] = field(default_factory=dict)
    by_item: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    items: list[str] = field(default_factory=list)
    locations: list[str] = field(default_factory=list)
    default: str = ""

    def add(self, item: str, location: str) -> int:
        key = (item, location or self.default)
        if key not in self.index:
            self.index[key] = len(self.index)
            self.by_item[item].append(self.index[key])
            self.items.append(key[0])
            self.locations.append(key[1])
        return self.index[key]

    def columns(self, items: Iterable[str], locations: Iterable[str]) -> Ints:
        return np.array([self.add(i, p) for i, p in zip(items, locations, strict=True)], np.int64)


@dataclass
class LaneRow:
    """One way of supply; `rows` are its dated rows in the sourcing table, None for an implied lane."""

    item: int
    source: str
    mode: str
    kind: Kind
    rows: list[int]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Codes behind the indices of the engine's arrays."""

    places: Places
    lanes: list[LaneRow]
    suppliers: list[str]
    modes: list[str]


def find_places(folder: Folder) -> Places:
    """Every item-location that any table names, and what bills of material add below them."""
    locations = folder["locations"].codes("location").tolist()
    named = {
        str(code) for name in ("demand", "on_hand", "sourcing") for code in folder[name].codes("location")
    }
    named.discard("")
    only = set(locations) | named
    places = Places(default=next(iter(only)) if len(only) == 1 else "")
    for name in ("demand", "on_hand", "scheduled_receipts"):
        table = folder[name]
        places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    bundles = set(folder["bundles"].codes("bundle").tolist())
    for key in [key for key in places.index if key[0] in bundles]:
        _add_bundle(folder, places, *key)
    for name in ("sourcing", "policies", "returns"):
        _add_named(folder[name], places)
    return places


def _add_bundle(folder: Folder, places: Places, bundle: str, location: str) -> None:
    table = folder["bundles"]
    for part in table.codes("item")[table.codes("bundle") == bundle].tolist():
        places.add(part, location)


def _add_named(table: FileTable, places: Places) -> None:
    """A blank location stands for every location of the item; an item known nowhere gets the blank one."""
    for item, location in zip(table.codes("item").tolist(), table.codes("location").tolist(), strict=True):
        if location or not places.by_item.get(item):
            places.add(item, location)
    if table.name == "returns":
        places.columns(table.codes("returns_as").tolist(), table.codes("location").tolist())


def targets_of(places: Places, item: str, location: str) -> list[int]:
    """Item-locations that a row with this item and perhaps blank location speaks of."""
    if location or (item, places.default) in places.index:
        return [places.add(item, location)]
    return list(places.by_item.get(item, []))


def find_lanes(folder: Folder, places: Places, *, implied_buy: bool) -> list[LaneRow]:
    """Lanes of the sourcing table, a make lane without lead time where only a bill of material says how.

    `implied_buy` also gives whatever has no source a lane without lead time: the classic record has no
    other idea of where a receipt comes from.
    """
    table = folder["sourcing"]
    locations = {*folder["locations"].codes("location").tolist(), *places.locations} - {""}
    found: dict[tuple[int, str, str], LaneRow] = {}
    columns = [table.codes(name).tolist() for name in ("item", "location", "source", "mode", "kind")]
    for row, (item, location, source, mode, kind) in enumerate(zip(*columns, strict=True)):
        for place in targets_of(places, item, location):
            own = places.locations[place]
            meant = _kind(table, row, kind, source, own, locations)
            key = (place, source or own, mode)
            lane = found.setdefault(key, LaneRow(place, source or own, mode, meant, []))
            lane.rows.append(row)
            if meant is Kind.TRANSFER:
                places.add(item, source)
    _close_over_bom(folder, places, found, implied_buy=implied_buy)
    return list(found.values())


def _kind(table: FileTable, row: int, kind: str, source: str, own: str, locations: set[str]) -> Kind:
    if kind:
        if kind.lower() not in _KINDS:
            raise PlanFilesError(
                f"sourcing, row {table.rows[row]}: kind is {kind!r}; enter buy, transfer or make."
            )
        return _KINDS[kind.lower()]
    if source == own and own:
        return Kind.MAKE
    return Kind.TRANSFER if source in locations else Kind.BUY


def _close_over_bom(
    folder: Folder, places: Places, found: dict[tuple[int, str, str], LaneRow], *, implied_buy: bool
) -> None:
    """Add components at each place that makes their parent, level by level."""
    children = defaultdict(list)
    for parent, component in zip(
        folder["bom"].codes("parent").tolist(), folder["bom"].codes("component").tolist(), strict=True
    ):
        children[parent].append(component)
    by_place: dict[int, list[LaneRow]] = defaultdict(list)
    for lane in found.values():
        by_place[lane.item].append(lane)
    done = 0
    while done < len(places.index):
        item, location = places.items[done], places.locations[done]
        lanes = by_place.get(done, [])
        if not lanes and (item in children or implied_buy):
            kind = Kind.MAKE if item in children else Kind.BUY
            lane = LaneRow(done, location if kind is Kind.MAKE else "", "", kind, [])
            found[done, lane.source, ""] = lane
            lanes = [lane]
        if any(lane.kind is Kind.MAKE for lane in lanes):
            for component in children.get(item, []):
                places.add(component, location)
        done += 1


def engine_lanes(
    folder: Folder, places: Places, lanes: list[LaneRow], *, step: Numbers, unit_volume: Numbers
) -> tuple[Lanes, list[str], list[str]]:
    """Lanes with their dated terms, tariffs and price breaks; and the suppliers and modes by index."""
    table = folder["sourcing"]
    suppliers = sorted({lane.source for lane in lanes if lane.kind is Kind.BUY})
    modes = sorted({lane.mode for lane in lanes})
    terms = [(number, row) for number, lane in enumerate(lanes) for row in _dated(table, lane)]
    term_lane = np.array([number for number, _ in terms], np.int64)
    row = np.array([row for _, row in terms], np.int64)
    places_of = np.array([lane.item for lane in lanes], np.int64)
    valid_from, valid_to = _validity(table, term_lane, row)
    groups, group_moq = _groups(table, lanes)
    transit = _term(table, "transit_days", row)
    order_multiple = _term(table, "order_multiple", row)
    lane_step = step[places_of[term_lane]] if len(term_lane) else np.zeros(0)
    built = Lanes(
        item=places_of,
        source=np.array([_source_index(places, lane, suppliers) for lane in lanes], np.int64),
        kind=np.array([int(lane.kind) for lane in lanes], np.int64),
        mode=np.array([modes.index(lane.mode) for lane in lanes], np.int64),
        priority=np.array(
            [_first(table.numbers("priority", 1.0), lane.rows, 1.0) for lane in lanes], np.float64
        ).astype(np.int64),
        group=groups,
        group_moq=group_moq,
        term_lane=term_lane,
        valid_from=valid_from,
        valid_to=valid_to,
        lead_time_days=np.ceil(np.maximum(_term(table, "lead_time_days", row), transit)).astype(np.int64),
        transit_days=np.ceil(transit).astype(np.int64),
        moq=_term(table, "moq", row),
        multiple=np.where(order_multiple > 0, order_multiple, lane_step),
        unit_cost=_term(table, "unit_cost", row),
        order_cost=_term(table, "order_cost", row),
        freight_cost=_term(table, "freight_cost", row) + _load_freight(folder, lanes, term_lane, unit_volume),
        **_tariffs(folder, places, lanes),
        **_breaks(folder, places, lanes, term_lane, valid_from),
    )
    return built, suppliers, modes


def _dated(table: FileTable, lane: LaneRow) -> list[int]:
    """Rows of a lane by date; -1 for an implied lane."""
    if not lane.rows:
        return [-1]
    since = table.days("valid_from", 0.0)
    return sorted(lane.rows, key=lambda row: float(since[row]))


def _term(table: FileTable, column: str, row: Ints) -> Numbers:
    values = np.append(table.numbers(column), 0.0)  # the last place serves the implied rows, -1
    return np.asarray(values[row])


def _validity(table: FileTable, term_lane: Ints, row: Ints) -> tuple[Ints, Ints]:
    """First and last order day of each term; an open end runs to the day before the lane's next term."""
    since = np.append(table.days("valid_from", 0.0), 0.0)[row].astype(np.int64)
    until = np.append(table.days("valid_to", float(NEVER)), float(NEVER))[row].astype(np.int64)
    following = np.append(np.where(term_lane[1:] == term_lane[:-1], since[1:] - 1, NEVER), NEVER)
    return since, np.minimum(until, following[: len(until)])


def _first(values: Numbers, rows: list[int], default: float) -> float:
    return float(values[rows[0]]) if rows else default


def _source_index(places: Places, lane: LaneRow, suppliers: list[str]) -> int:
    if lane.kind is Kind.BUY:
        return suppliers.index(lane.source)
    return places.add(places.items[lane.item], lane.source) if lane.kind is Kind.TRANSFER else -1


def _groups(table: FileTable, lanes: list[LaneRow]) -> tuple[Ints, Numbers]:
    """Group number of each lane, -1 without one, and the MOQ that each group shares (the largest given)."""
    names: dict[tuple[str, str], int] = {}
    moqs: list[float] = []
    groups = np.full(len(lanes), -1, np.int64)
    for number, lane in enumerate(lanes):
        code = str(table.codes("order_group")[lane.rows[0]]) if lane.rows else ""
        if not code:
            continue
        key = (lane.source, code)
        if key not in names:
            names[key] = len(moqs)
            moqs.append(0.0)
        groups[number] = names[key]
        moqs[names[key]] = max(moqs[names[key]], float(table.numbers("moq")[lane.rows].max()))
    return groups, np.array(moqs)


def _load_freight(folder: Folder, lanes: list[LaneRow], term_lane: Ints, unit_volume: Numbers) -> Numbers:
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


def _tariffs(folder: Folder, places: Places, lanes: list[LaneRow]) -> dict[str, NDArray[Any]]:
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
        rows[category, origin, destination].append(row)
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
    return rows.get((category, origin, destination), []) if origin != destination else []


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


def _breaks(
    folder: Folder, places: Places, lanes: list[LaneRow], term_lane: Ints, valid_from: Ints
) -> dict[str, NDArray[Any]]:
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


def engine_bom(folder: Folder, places: Places) -> Bom:
    """Lines at every location that knows the parent and the component."""
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
    rows = np.array([row for _, _, row in found], np.int64)
    return Bom(
        parent=np.array([above for above, _, _ in found], np.int64),
        component=np.array([below for _, below, _ in found], np.int64),
        quantity_per=per[rows],
        scrap=scrap[rows],
        valid_from=since[rows].astype(np.int64),
        valid_to=until[rows].astype(np.int64),
    )


@dataclass(frozen=True, kw_only=True)
class CapacityRow:
    """What one column of the capacities is: of a resource, a supplier, or one lane of a supplier."""

    resource: str = ""
    supplier: str = ""
    location: str = ""


def engine_capacities(
    folder: Folder, places: Places, lanes: list[LaneRow], buckets: Buckets
) -> tuple[Capacities, list[CapacityRow]]:
    """Resources by routing, suppliers and single lanes in units; monthly figures by the bucket's share of a month."""
    found: list[tuple[CapacityRow, float, list[tuple[int, float]]]] = []
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
    own = folder["sourcing"].numbers("capacity_per_month", np.inf)
    for number, lane in enumerate(lanes):
        limit = _first(own, lane.rows, np.inf)
        if np.isfinite(limit):
            code = f"{lane.source}/{places.items[lane.item]}"
            row = CapacityRow(supplier=code, location=places.locations[lane.item])
            if lane.kind is not Kind.BUY:
                row = CapacityRow(resource=code, location=places.locations[lane.item])
            found.append((row, limit, [(number, 1.0)]))
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


def _resource_capacities(
    folder: Folder, places: Places, lanes: list[LaneRow]
) -> list[tuple[CapacityRow, float, list[tuple[int, float]]]]:
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
    found = []
    resources = folder["resources"]
    for code, location, limit in zip(
        resources.codes("resource"),
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
        found.append((CapacityRow(resource=code, location=""), float(limit), users))
    return found


@dataclass(frozen=True, kw_only=True)
class OpenOrders:
    """Scheduled receipts with the names that messages and pegs show, (R,)."""

    receipts: ScheduledReceipts
    names: list[str]
    shipments: list[str]


def open_orders(folder: Folder, places: Places, *, as_of: int, suppliers: list[str]) -> OpenOrders:
    """What is still to come: open, confirmed or in transit, less what has been received."""
    table = folder["scheduled_receipts"]
    status = np.array([str(code).lower() for code in table.codes("status")], dtype=object)
    left = table.numbers("quantity") - table.numbers("received_quantity")
    rows = np.flatnonzero(np.isin(status, _OPEN) & (left > 0))
    due = np.where(
        np.isnan(table.days("due_date")), table.days("requested_date", float(as_of)), table.days("due_date")
    )
    shipped = (status == "in_transit") | (table.days("ship_date", np.inf) <= as_of)
    factor = unit_factors(folder, table)
    known = {code: number for number, code in enumerate(suppliers)}
    order, line = table.codes("order"), table.codes("line")
    return OpenOrders(
        receipts=ScheduledReceipts(
            item=places.columns(table.codes("item")[rows].tolist(), table.codes("location")[rows].tolist()),
            day=due[rows].astype(np.int64),
            quantity=left[rows] * factor[rows],
            supplier=np.array([known.get(code, -1) for code in table.codes("supplier")[rows]], np.int64),
            afloat=shipped[rows],
        ),
        names=[
            f"{order[row]}/{line[row]}" if line[row] else str(order[row] or f"row {table.rows[row]}")
            for row in rows
        ],
        shipments=[str(table.codes("shipment")[row]) for row in rows],
    )


def unit_factors(folder: Folder, table: FileTable) -> Numbers:
    """Units of the item in one unit of each row; a unit that the item has not is an error naming the row."""
    given = table.codes("unit")
    base = dict(zip(folder["items"].codes("item"), folder["items"].codes("unit"), strict=True))
    units = folder["units"]
    factors = {
        (item, unit): float(factor)
        for item, unit, factor in zip(
            units.codes("item"), units.codes("unit"), units.numbers("factor"), strict=True
        )
    }
    result = np.ones(len(table))
    for at in np.flatnonzero(given != "").tolist():
        item, unit = table.codes("item")[at], given[at]
        if (item, unit) in factors:
            result[at] = factors[item, unit]
        elif base.get(item, unit) not in ("", unit):
            raise PlanFilesError(
                f"{table.name}, row {table.rows[at]}: {item} has no unit {unit!r}; add it to units, or leave it blank."
            )
    return result


def engine_returns(folder: Folder, places: Places, buckets: Buckets) -> Returns:
    table = folder["returns"]
    items = places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    into = places.columns(table.codes("returns_as").tolist(), table.codes("location").tolist())
    rate = table.numbers("rate")
    if (rate > 1).any():
        row = int(np.flatnonzero(rate > 1)[0])
        raise PlanFilesError(
            f"returns, row {table.rows[row]}: rate is {rate[row]:g}; enter a fraction from 0 to 1."
        )
    return Returns(
        item=items,
        returned=into,
        rate=rate,
        lag_buckets=table.numbers("lag_days") / NOMINAL_DAYS[buckets.bucket],
    )
