"""Dated lane terms: what a lane costs and when it can deliver, and the order that meets a need date."""

from dataclasses import dataclass

import numpy as np

from .shapes import NEVER, TOLERANCE, Array, BoolArray, Calendar, IntArray, Lanes

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class LaneTable:
    """Terms of every lane for a receipt in every bucket.

    `term` (T, L): row of the terms; `valid` (T, L): there is such a row; `reachable` (T, L): an order placed
    from the planning date on can land in the bucket; `earliest` (L,): first day it can land; `landed` (T, L): a unit of the least lot.
    """

    term: IntArray
    valid: BoolArray
    reachable: BoolArray
    earliest: IntArray
    landed: Array


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Dates of orders, (K,): term row, order_by, ship and due day, and whether the need date was out of reach."""

    term: IntArray
    order_by: IntArray
    ship_day: IntArray
    due_day: IntArray
    late_release: BoolArray


def first_terms(lanes: Lanes) -> IntArray:
    """Offsets (L + 1,) of each lane's rows in the term arrays."""
    return np.searchsorted(lanes.term_lane, np.arange(lanes.count + 1))


def terms_in_force(lanes: Lanes, day: int) -> IntArray:
    """The row (L,) of each lane's terms for what is ordered on a day; the first one where none has begun.

    >>> lanes = Lanes(item=np.array([0]), term_lane=np.array([0, 0]), valid_from=np.array([0, 130]),
    ...     valid_to=np.array([129, 999]), lead_time_days=np.array([30, 45]))
    >>> terms_in_force(lanes, 129).tolist(), terms_in_force(lanes, 130).tolist()
    ([0], [1])
    """
    begun = np.bincount(lanes.term_lane, weights=lanes.valid_from <= day, minlength=lanes.count)
    return first_terms(lanes)[:-1] + np.maximum(begun.astype(np.int64) - 1, 0)


def ready_days(lanes: Lanes, *, order_day: IntArray, rows: IntArray) -> IntArray:
    """First day on which the source can ship what is ordered from each day on, under each term row."""
    work = lanes.lead_time_days[rows] - lanes.transit_days[rows]
    if not lanes.ever_close:
        return np.asarray(order_day + work)
    source, shut = lanes.source_calendar[lanes.term_lane[rows]], lanes.closures
    return shut.open_day(source, shut.open_days_before(source, order_day) + work)


def arrival_days(lanes: Lanes, *, order_day: IntArray, rows: IntArray) -> IntArray:
    """First day on which what is ordered from each day on can be received, under each term row."""
    arrival = ready_days(lanes, order_day=order_day, rows=rows) + lanes.transit_days[rows]
    if not lanes.ever_close:
        return np.asarray(arrival)
    return lanes.closures.next_open(lanes.receiving_calendar[lanes.term_lane[rows]], arrival)


def ship_days(lanes: Lanes, *, due_day: IntArray, rows: IntArray) -> IntArray:
    """Last day on which the source can ship what is received on each day."""
    shipped = due_day - lanes.transit_days[rows]
    if not lanes.ever_close:
        return np.asarray(shipped)
    return lanes.closures.last_open(lanes.source_calendar[lanes.term_lane[rows]], shipped)


def release_days(lanes: Lanes, *, due_day: IntArray, rows: IntArray) -> IntArray:
    """Last day on which to order what is received on each day, whatever the term's validity."""
    lead = lanes.lead_time_days[rows]
    if not lanes.ever_close:
        return np.asarray(due_day - lead)
    source, shut = lanes.source_calendar[lanes.term_lane[rows]], lanes.closures
    shipped = ship_days(lanes, due_day=due_day, rows=rows)
    return shut.open_day(source, shut.open_days_before(source, shipped) - (lead - lanes.transit_days[rows]))


def receiving_days(lanes: Lanes, *, lane: IntArray, day: IntArray, not_before: IntArray) -> IntArray:
    """The day on which each lane's receiver takes what is wanted by a day: that day or the last open one before.

    Where that would be before `not_before`, the next open day.
    """
    if not lanes.ever_close:
        return day
    receiver = lanes.receiving_calendar[lane]
    before = lanes.closures.last_open(receiver, day)
    return np.where(before >= not_before, before, lanes.closures.next_open(receiver, day))


def _first_order_days(lanes: Lanes, *, rows: IntArray, as_of: int) -> IntArray:
    """First day on which each term row takes an order, NEVER where its time is over."""
    day = np.maximum(lanes.valid_from[rows], as_of)
    if lanes.ever_close:
        day = lanes.closures.next_open(lanes.source_calendar[lanes.term_lane[rows]], day)
    return np.where(day <= lanes.valid_to[rows], day, NEVER)


def earliest_arrivals(lanes: Lanes, *, as_of: int) -> IntArray:
    """First day on which each lane can deliver, (L,), over all its dated terms; NEVER where none is left."""
    rows = np.arange(len(lanes.term_lane))
    order_day = _first_order_days(lanes, rows=rows, as_of=as_of)
    arrival = np.where(order_day < NEVER, arrival_days(lanes, order_day=order_day, rows=rows), NEVER)
    if not lanes.count:
        return arrival
    return np.asarray(np.minimum.reduceat(arrival, first_terms(lanes)[:-1]))


def latest_order_days(lanes: Lanes, *, need_day: IntArray, as_of: int, rows: IntArray) -> IntArray:
    """Latest day d with d + lead_time(d) <= need day under each term row, -1 where there is none.

    >>> lanes = Lanes(item=np.array([0]), term_lane=np.array([0, 0]), valid_from=np.array([0, 130]),
    ...     valid_to=np.array([129, NEVER]), lead_time_days=np.array([30, 45]), transit_days=np.array([0, 0]))
    >>> latest_order_days(lanes, need_day=np.array([161, 161]), as_of=0, rows=np.array([0, 1])).tolist()
    [129, -1]
    """
    until = lanes.valid_to[rows]
    if lanes.ever_close:
        until = lanes.closures.last_open(lanes.source_calendar[lanes.term_lane[rows]], until)
    day = np.minimum(until, release_days(lanes, due_day=need_day, rows=rows))
    return np.where(day >= np.maximum(lanes.valid_from[rows], as_of), day, -1)


def time_orders(
    lanes: Lanes,
    *,
    lane: IntArray,
    quantity: Array,
    need_day: IntArray,
    not_before: IntArray,
    term: IntArray,
    as_of: int,
) -> Timing:
    """Date each order: as late as the need allows, else today and late.

    (K,) arrays; `not_before` is the first day the receipt may land (capacity, certificate); `term` is the row
    that sized the lot: another row is taken only where it allows the quantity.
    """
    starts = first_terms(lanes)
    wanted = receiving_days(lanes, lane=lane, day=np.maximum(need_day, not_before), not_before=not_before)
    best_day = np.full(len(lane), -1, np.int64)
    best_term = term.copy()
    soonest = np.full(len(lane), NEVER, np.int64)
    soonest_order, soonest_term = soonest.copy(), term.copy()
    for k in range(int(np.diff(starts).max(initial=0))):
        row = starts[lane] + k
        here = row < starts[lane + 1]
        row = np.where(here, row, term)
        fits = here & ((row == term) | _accepts(lanes, row, quantity))
        day = np.where(fits, latest_order_days(lanes, need_day=wanted, as_of=as_of, rows=row), -1)
        better = day > best_day
        best_day, best_term = np.where(better, day, best_day), np.where(better, row, best_term)
        order_day = _first_order_days(lanes, rows=row, as_of=as_of)
        arrival = arrival_days(lanes, order_day=order_day, rows=row)
        sooner = fits & (order_day < NEVER) & (arrival < soonest)
        soonest, soonest_term = np.where(sooner, arrival, soonest), np.where(sooner, row, soonest_term)
        soonest_order = np.where(sooner, order_day, soonest_order)
    on_time = best_day >= 0
    chosen = np.where(on_time, best_term, soonest_term)
    due = np.where(on_time, wanted, np.maximum(soonest, wanted))
    order_by = np.where(on_time, best_day, soonest_order)
    return Timing(
        term=chosen,
        order_by=order_by,
        ship_day=np.maximum(ship_days(lanes, due_day=due, rows=chosen), order_by),
        due_day=due,
        late_release=~on_time | (release_days(lanes, due_day=need_day, rows=chosen) < as_of),
    )


def _accepts(lanes: Lanes, rows: IntArray, quantity: Array) -> BoolArray:
    multiple = lanes.multiple[rows]
    step = np.where(multiple > 0, multiple, 1.0)
    whole = np.abs(quantity / step - np.rint(quantity / step)) < TOLERANCE * np.maximum(1.0, quantity)
    return (quantity + TOLERANCE >= lanes.moq[rows]) & ((multiple <= 0) | whole)


def known_unit_costs(own: Array, *, item: IntArray, of_item: Array) -> Array:
    """Unit cost of each of M lanes' terms: its `own`, else its item's, else the first known of the same item-location.

    `own` (M,) NaN where a lane has none; `item` (M,) its item-location; `of_item` (N,) NaN where unknown. 0 where
    nobody knows any: a lane that merely lacks a price must not look cheaper than one that has it.

    >>> own = np.array([np.nan, 5.0, np.nan])
    >>> known_unit_costs(own, item=np.array([0, 0, 1]), of_item=np.array([np.nan, 2.0])).tolist()
    [5.0, 5.0, 2.0]
    """
    known = np.flatnonzero(np.isfinite(own))[::-1]
    beside = np.zeros(len(of_item))
    beside[item[known]] = own[known]
    of_place = np.where(np.isnan(of_item), beside, of_item)
    return np.where(np.isnan(own), of_place[item], own)


def landed_unit_cost(
    price: Array, *, tariff_pct: Array, freight: Array, capital_rate: float, transit_days: Array | IntArray
) -> Array:
    """Price with tariff, freight and the capital that is tied up on the way, per unit.

    >>> float(landed_unit_cost(np.array(4.0), tariff_pct=np.array(10.0), freight=np.array(0.0), capital_rate=0.24,
    ...     transit_days=np.array(0)))
    4.4
    """
    return price * (1 + tariff_pct / 100) + freight + price * capital_rate * transit_days / DAYS_PER_YEAR


def tariff_on(lanes: Lanes, *, lane: IntArray, day: IntArray) -> Array:
    """Percent that applies to an arrival on each day; 0 before the first dated row."""
    if not len(lanes.tariff_lane):
        return np.zeros(np.broadcast_shapes(np.shape(lane), np.shape(day)))
    width = NEVER + 1
    keys = lanes.tariff_lane * width + np.clip(lanes.tariff_from, 0, NEVER)
    place = np.searchsorted(keys, lane * width + day, side="right") - 1
    found = (place >= 0) & (lanes.tariff_lane[np.maximum(place, 0)] == lane)
    return np.where(found, lanes.tariff_pct[np.maximum(place, 0)], 0.0)


def price_at(lanes: Lanes, *, term: IntArray, quantity: Array) -> Array:
    """Unit price at an order quantity, by all-units price breaks where there are any.

    `break_term` must be sorted, then `break_quantity`.
    """
    price = lanes.unit_cost[term].astype(np.float64)
    starts = np.searchsorted(lanes.break_term, term)
    ends = np.searchsorted(lanes.break_term, term, side="right")
    for k in range(int((ends - starts).max(initial=0))):
        row = np.minimum(starts + k, len(lanes.break_term) - 1)
        hit = (starts + k < ends) & (quantity + TOLERANCE >= lanes.break_quantity[row])
        price = np.where(hit, lanes.break_cost[row], price)
    return price


def smallest_lot_price(lanes: Lanes, *, term: IntArray) -> Array:
    """Unit price of the least that can be ordered under terms of any shape."""
    return price_at(lanes, term=term, quantity=np.maximum(lanes.moq, lanes.multiple)[term])


def lane_table(
    lanes: Lanes, *, calendar: Calendar, blocked_until: IntArray, capital_rate: float
) -> LaneTable:
    """Terms, reach and landed cost of each lane by bucket; `blocked_until` (L,) is the item's certificate day."""
    edges, as_of = calendar.edges, calendar.as_of
    earliest = np.maximum(earliest_arrivals(lanes, as_of=as_of), blocked_until)
    reference = np.maximum(edges[:-1, None], np.minimum(earliest, NEVER)[None, :])
    starts = first_terms(lanes)
    span = int(np.diff(starts).max(initial=1))
    longest = np.maximum.reduceat(lanes.lead_time_days, starts[:-1]) if lanes.count else lanes.lead_time_days
    best = np.full(reference.shape, -1, np.int64)
    term = np.broadcast_to(starts[:-1], reference.shape).copy()
    for k in range(span):
        row = np.minimum(starts[:-1] + k, starts[1:] - 1)
        day = latest_order_days(
            lanes, need_day=reference, as_of=as_of, rows=np.broadcast_to(row, reference.shape)
        )
        idle = reference - day - longest
        day = np.where(idle > calendar.days.max(), -1, day)  # terms that ran out are no standing offer
        better = day > best
        best, term = np.where(better, day, best), np.where(better, row, term)
    reachable = (earliest[None, :] < edges[1:, None]) & (best >= 0)
    lane = np.broadcast_to(np.arange(lanes.count), reference.shape)
    landed = landed_unit_cost(
        smallest_lot_price(lanes, term=term),
        tariff_pct=tariff_on(lanes, lane=lane, day=reference),
        freight=lanes.freight_cost[term],
        capital_rate=capital_rate,
        transit_days=lanes.transit_days[term],
    )
    return LaneTable(term=term, valid=best >= 0, reachable=reachable, earliest=earliest, landed=landed)
