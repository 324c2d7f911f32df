"""What joins item-locations: lanes, bills of material, returns and capacities, as the engine takes them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from siop import bulk
from siop.plans.models import PlanVersion
from supply.engine import Bom, Capacities, Closures, Kind, Lanes, Returns
from supply.engine.basics import NOMINAL_DAYS, last_days
from supply.engine.lanes import known_unit_costs
from supply.engine.price_breaks import PriceBreaks
from supply.engine.shapes import Array, IntArray

from .capacities import Load, read_capacities
from .landed import load_freight, price_breaks, tariffs
from .places import Places
from .sourcing import Sourcing, read_sourcing


@dataclass(frozen=True, kw_only=True)
class Network:
    """The engine's lanes, and what their indices stand for.

    `term_id` (V,) is the sourcing row of each term, that of several where prices change, 0 for an implied make lane;
    `supplier`, `sender`, `mode` (L,) are database ids, 0 for none. `lead_time_sd` (V,). `suppliers` are the ids
    behind the sources of bought lanes, sorted. `loads` name the capacities in order.
    """

    lanes: Lanes
    suppliers: IntArray
    term_id: IntArray
    lead_time_sd: Array
    supplier: IntArray
    sender: IntArray
    mode: IntArray
    bom: Bom
    returns: Returns
    capacities: Capacities
    loads: list[Load]


def read_network(
    plan: PlanVersion, places: Places, *, step: Array, unit_volume: Array, unit_cost: Array
) -> Network:
    """Everything about supply that joins the given item-locations; the arrays are (N,), of the items.

    `unit_cost` of the items, NaN where unknown, is the cost of a lane that has none of its own.
    """
    bom = _read_bom(places)
    sourcing = read_sourcing(places, bom)
    breaks = price_breaks(places, sourcing)
    sourcing = sourcing.priced_anew(breaks)
    lanes = _lanes(places, sourcing, breaks, step=step, unit_volume=unit_volume, unit_cost=unit_cost)
    capacities, loads = read_capacities(plan, places, lanes, sourcing)
    return Network(
        lanes=lanes,
        suppliers=np.unique(sourcing.supplier),
        term_id=sourcing.rows.pk,
        lead_time_sd=sourcing.rows.lead_sd,
        supplier=sourcing.supplier,
        sender=sourcing.sender,
        mode=sourcing.mode,
        bom=bom,
        returns=_read_returns(plan, places),
        capacities=capacities,
        loads=loads,
    )


def _lanes(
    places: Places,
    sourcing: Sourcing,
    breaks: PriceBreaks,
    *,
    step: Array,
    unit_volume: Array,
    unit_cost: Array,
) -> Lanes:
    """The engine's lanes; a term without a multiple of its own comes in the item's steps."""
    rows, tariff = sourcing.rows, tariffs(places, sourcing)
    break_term, break_quantity, break_cost = breaks.of_terms(sourcing.term_lane, rows.since)
    group, group_moq = _groups(sourcing)
    return Lanes(
        item=sourcing.place,
        source=_source_index(places, sourcing),
        kind=sourcing.kind,
        mode=sourcing.mode,
        priority=rows.priority[sourcing.first],
        group=group,
        group_moq=group_moq,
        term_lane=sourcing.term_lane,
        valid_from=rows.since,
        valid_to=sourcing.valid_to(),
        lead_time_days=np.maximum(rows.lead, rows.transit),
        transit_days=rows.transit,
        moq=rows.moq,
        multiple=np.where(rows.multiple > 0, rows.multiple, step[rows.place]),
        unit_cost=known_unit_costs(rows.unit_cost, item=rows.place, of_item=unit_cost),
        order_cost=rows.order_cost,
        freight_cost=rows.freight + load_freight(rows, unit_volume),
        tariff_lane=tariff.lane,
        tariff_from=tariff.since,
        tariff_pct=tariff.percent,
        break_term=break_term,
        break_quantity=break_quantity,
        break_cost=break_cost,
        **_closures(places, sourcing),
    )


def _read_bom(places: Places) -> Bom:
    """Lines at every location that holds parent and component; a later line replaces the one before it."""
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
    owner, below, row = owner[known], below[known], row[known]
    return Bom(
        parent=owner,
        component=below,
        quantity_per=per[row],
        scrap=scrap[row],
        valid_from=since[row],
        valid_to=last_days(owner * places.count + below, since=since[row], until=until[row]),
    )


def _source_index(places: Places, sourcing: Sourcing) -> IntArray:
    """Supplier number for what is bought, the sending item-location for transfers, -1 for what is made."""
    sending = places.index(places.item[sourcing.place], sourcing.sender)
    bought = np.searchsorted(np.unique(sourcing.supplier), sourcing.supplier)
    kind = sourcing.kind
    return np.where(kind == Kind.BUY, bought, np.where(kind == Kind.TRANSFER, sending, -1))


def _groups(sourcing: Sourcing) -> tuple[IntArray, Array]:
    """Joint MOQ groups: lanes of one source and group code; the largest MOQ given in the group counts."""
    code = sourcing.rows.group[sourcing.first]
    grouped = code > 0
    if not grouped.any():
        return np.full(sourcing.count, -1, np.int64), np.zeros(0)
    source = np.stack([sourcing.supplier, sourcing.sender, code], axis=1)
    _, number = np.unique(source[grouped], axis=0, return_inverse=True)
    group = np.full(sourcing.count, -1, np.int64)
    group[grouped] = number.reshape(-1)
    moq = np.zeros(int(group.max()) + 1)
    of_row = group[sourcing.term_lane]
    np.maximum.at(moq, of_row[of_row >= 0], sourcing.rows.moq[of_row >= 0])
    return group, moq


def _closures(places: Places, sourcing: Sourcing) -> dict[str, Any]:
    """Closed days, and the calendars of each lane's source and receiver; nothing where none closes."""
    codes, days = bulk.lists_out("SELECT upper(calendar), date - DATE '0001-01-01' + 1 FROM catalog_closure")
    if not codes:
        return {}
    numbers = {code: number for number, code in enumerate(dict.fromkeys(codes))}
    suppliers = dict(zip(*bulk.lists_out("SELECT id, upper(code) FROM supply_supplier"), strict=True))
    locations = dict(zip(*bulk.lists_out("SELECT id, upper(code) FROM catalog_location"), strict=True))
    own = [locations[pk] for pk in places.location[sourcing.place].tolist()]
    sources = [
        suppliers.get(supplier) or locations.get(sender) or here
        for supplier, sender, here in zip(
            sourcing.supplier.tolist(), sourcing.sender.tolist(), own, strict=True
        )
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
