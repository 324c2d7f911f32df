"""Ways of supply: the lanes of the sourcing table, and those that only a bill of material implies."""

from collections import defaultdict
from typing import Any

import numpy as np

from supply.engine import Closures, Kind, Lanes
from supply.engine.basics import Array, BoolArray, IntArray
from supply.engine.lanes import known_unit_costs

from .items import Items
from .landed import load_freight, tariffs
from .places import LaneRow, Places, targets_of
from .tables import FileTable, Folder
from .terms import Terms

_KINDS = {"buy": Kind.BUY, "transfer": Kind.TRANSFER, "make": Kind.MAKE}
_COMPANY = "company"  # working days of meetings, not of goods


def find_lanes(folder: Folder, places: Places, *, implied_buy: bool) -> list[LaneRow]:
    """Lanes of the sourcing table, a make lane without lead time where only a bill of material says how.

    `implied_buy` also gives whatever has no source a lane without lead time: the classic record has no
    other idea of where a receipt comes from.
    """
    table = folder["sourcing"]
    locations = {*folder["locations"].codes("location").tolist(), *places.locations} - {""}
    found: dict[tuple[int, str, str], LaneRow] = {}
    columns = [table.codes(name).tolist() for name in ("item", "location", "source", "mode", "kind")]
    rows = list(zip(*columns, strict=True))
    for row in np.argsort(table.days("valid_from", 0.0), kind="stable").tolist():
        item, location, source, mode, kind = rows[row]
        for place in targets_of(places, item, location):
            own = places.locations[place]
            meant = _kind(kind, source, own, locations)
            key = (place, source or own, mode)
            lane = found.setdefault(key, LaneRow(place, source or own, mode, meant, []))
            lane.rows.append(row)
            if meant is Kind.TRANSFER:
                places.add(item, source)
    _close_over_bom(folder, places, found, implied_buy=implied_buy)
    return list(found.values())


def _kind(kind: str, source: str, own: str, locations: set[str]) -> Kind:
    if kind:
        return _KINDS[kind]
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
    folder: Folder,
    places: Places,
    lanes: list[LaneRow],
    terms: Terms,
    items: Items,
) -> tuple[Lanes, list[str], list[str]]:
    """Lanes with their dated terms, tariffs and price breaks; and the suppliers and modes by index.

    A lane without a cost or multiple of its own has those of its item.
    """
    table = folder["sourcing"]
    suppliers = sorted({lane.source for lane in lanes if lane.kind is Kind.BUY})
    modes = sorted({lane.mode for lane in lanes})
    term_lane, row = terms.lane, terms.row
    break_term, break_quantity, break_cost = terms.breaks.of_terms(term_lane, terms.valid_from)
    places_of = np.array([lane.item for lane in lanes], np.int64)
    groups, group_moq = _groups(table, lanes)
    priority = table.numbers("priority", 1.0)
    kind = np.array([int(lane.kind) for lane in lanes], np.int64)
    lead = np.ceil(_term(table, "lead_time_days", row))
    transit = _transit_days(table, row, lead=lead, moved=kind[term_lane] == Kind.TRANSFER)
    order_multiple = _term(table, "order_multiple", row)
    lane_place = places_of[term_lane] if len(term_lane) else term_lane
    lane_step = items.step[lane_place]
    own_cost = np.append(table.numbers("unit_cost", np.nan), np.nan)[row]
    built = Lanes(
        item=places_of,
        source=np.array([_source_index(places, lane, suppliers) for lane in lanes], np.int64),
        kind=kind,
        mode=np.array([modes.index(lane.mode) for lane in lanes], np.int64),
        priority=np.array([lane.first(priority, 1.0) for lane in lanes], np.float64).astype(np.int64),
        group=groups,
        group_moq=group_moq,
        term_lane=term_lane,
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        lead_time_days=np.maximum(lead, transit).astype(np.int64),
        transit_days=transit.astype(np.int64),
        moq=_term(table, "moq", row),
        multiple=np.where(order_multiple > 0, order_multiple, lane_step),
        unit_cost=known_unit_costs(own_cost, item=lane_place, of_item=items.unit_cost),
        order_cost=_term(table, "order_cost", row),
        freight_cost=_term(table, "freight_cost", row)
        + load_freight(folder, lanes, term_lane, items.unit_volume),
        **tariffs(folder, places, lanes),
        break_term=break_term,
        break_quantity=break_quantity,
        break_cost=break_cost,
        **_closures(folder, places, lanes),
    )
    return built, suppliers, modes


def _term(table: FileTable, column: str, row: IntArray) -> Array:
    values = np.append(table.numbers(column), 0.0)  # the last place serves the implied rows, -1
    return np.asarray(values[row])


def _transit_days(table: FileTable, row: IntArray, *, lead: Array, moved: BoolArray) -> Array:
    """Days on the way, (V,): where nobody says, the whole lead time of a transfer, none of other ways."""
    told = np.append(table.numbers("transit_days", np.nan), np.nan)[row]
    return np.where(np.isnan(told), np.where(moved, lead, 0.0), np.ceil(told))


def _source_index(places: Places, lane: LaneRow, suppliers: list[str]) -> int:
    if lane.kind is Kind.BUY:
        return suppliers.index(lane.source)
    return places.add(places.items[lane.item], lane.source) if lane.kind is Kind.TRANSFER else -1


def _groups(table: FileTable, lanes: list[LaneRow]) -> tuple[IntArray, Array]:
    """Group number of each lane, -1 without one, and the MOQ that each group shares (the largest given)."""
    names: dict[tuple[str, str], int] = {}
    moqs: list[float] = []
    groups = np.full(len(lanes), -1, np.int64)
    codes = table.codes("order_group")
    for number, lane in enumerate(lanes):
        code = str(codes[lane.rows[0]]) if lane.rows else ""
        if not code:
            continue
        key = (lane.source, code)
        if key not in names:
            names[key] = len(moqs)
            moqs.append(0.0)
        groups[number] = names[key]
        moqs[names[key]] = max(moqs[names[key]], float(table.numbers("moq")[lane.rows].max()))
    return groups, np.array(moqs)


def _closures(folder: Folder, places: Places, lanes: list[LaneRow]) -> dict[str, Any]:
    """Closed days, and the calendars of each lane's source and receiver; nothing where none closes."""
    table = folder["closures"]
    codes = [str(code) for code in table.codes("calendar").tolist()]
    numbers = {code: number for number, code in enumerate(dict.fromkeys(codes))}
    used = {lane.source for lane in lanes} | set(places.locations)
    idle = [code for code in numbers if code not in used and code.lower() != _COMPANY]
    if idle:
        folder.notes.append(f"closures: no source or location is called {', '.join(idle)}.")
    if not codes:
        return {}
    return {
        "closures": Closures(
            calendar=np.array([numbers[code] for code in codes], np.int64),
            day=table.days("date").astype(np.int64),
        ),
        "source_calendar": np.array([numbers.get(lane.source, -1) for lane in lanes], np.int64),
        "receiving_calendar": np.array(
            [numbers.get(places.locations[lane.item], -1) for lane in lanes], np.int64
        ),
    }
