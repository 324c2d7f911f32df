"""What is asked for and what is there: the demand and on_hand tables as arrays, with notes of what is not used."""

from dataclasses import dataclass

import numpy as np

from inventory.engine import Lots
from siop.web.templatetags.siop import many
from supply.engine.basics import Array, IntArray

from .calendar import Buckets, demand_by_bucket
from .columns import amount
from .items import Items
from .places import Places, bundle_contents, unit_factors
from .tables import Folder

_SHOWN = 20  # item-locations of one kind that notes name


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Demand (T, N) with bundles taken apart, and the sd of a bucket's forecast error (N,)."""

    units: Array
    error_sd: Array
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Usable stock of the newest count not after the planning date, what of it has expired by then, (N,), and its lots."""

    on_hand: Array
    expired: Array
    lots: Lots
    notes: list[str]


def read_demand(folder: Folder, places: Places, items: Items, buckets: Buckets) -> Demand:
    table, count = folder["demand"], len(places.items)
    column = places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    factor = unit_factors(folder, table)
    error_sd = _error_sd(column, table.numbers("error_sd", np.nan) * factor, count)
    column, day, quantity = _take_bundles_apart(
        folder, places, column, table.days("date").astype(np.int64), table.numbers("quantity") * factor
    )
    net, missed = demand_by_bucket(buckets, column=column, day=day, quantity=quantity, count=count)
    units = np.maximum(net, 0.0)
    notes = [
        *_missed(missed),
        *_below_zero(int((net < 0).sum())),
        *_outside_life(units, items, places, buckets),
    ]
    return Demand(units=units, error_sd=error_sd, notes=notes)


def _error_sd(column: IntArray, sd: Array, count: int) -> Array:
    """Root mean square of what the rows of each item-location say, 0 where none says it."""
    given = ~np.isnan(sd)
    rows = np.bincount(column[given], minlength=count)
    squares = np.bincount(column[given], weights=sd[given] ** 2, minlength=count)
    return np.asarray(np.sqrt(squares / np.maximum(rows, 1)))


def _take_bundles_apart(
    folder: Folder, places: Places, column: IntArray, day: IntArray, quantity: Array
) -> tuple[IntArray, IntArray, Array]:
    """A bundle has no demand of its own: it is that of its items."""
    parts = bundle_contents(folder)
    bundled = np.array([places.items[c] in parts for c in column.tolist()], bool)
    columns, days, quantities = [column[~bundled]], [day[~bundled]], [quantity[~bundled]]
    for row in np.flatnonzero(bundled).tolist():
        place = int(column[row])
        for item, per in parts[places.items[place]].items():
            columns.append(np.array([places.add(item, places.locations[place])]))
            days.append(day[row : row + 1])
            quantities.append(quantity[row : row + 1] * per)
    return np.concatenate(columns), np.concatenate(days), np.concatenate(quantities)


def _missed(rows: int) -> list[str]:
    said = f"demand: {many(rows, 'row')} before the planning date's bucket or beyond the horizon left out."
    return [said] if rows else []


def _below_zero(buckets: int) -> list[str]:
    said = f"demand: {many(buckets, 'bucket')} of item-locations below zero counted as none."
    return [said] if buckets else []


def _outside_life(demand: Array, items: Items, places: Places, buckets: Buckets) -> list[str]:
    """What is asked for (T, N) in buckets that are over before the item's launch, or begin after its end."""
    edges = buckets.calendar.edges[:, None]
    early = (edges[1:] <= items.days("launch_date", -np.inf)) & (demand > 0)
    late = (edges[:-1] > items.days("end_date", np.inf)) & (demand > 0)
    return [
        f"demand: {amount(float(demand[:, place][outside[:, place]].sum()))} of {places.name(place)} "
        f"are asked for {when}; they are planned all the same."
        for outside, when in ((early, "before its launch_date"), (late, "after its end_date"))
        for place in np.flatnonzero(outside.any(axis=0)).tolist()[:_SHOWN]
    ]


def read_stock(folder: Folder, places: Places, *, as_of: int) -> Stock:
    table, count = folder["on_hand"], len(places.items)
    column = places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    day = table.days("date", as_of)
    quantity = table.numbers("quantity") * unit_factors(folder, table)
    usable = day <= as_of
    newest = np.full(count, -np.inf)
    np.maximum.at(newest, column[usable], day[usable])
    current = usable & (day == newest[column])
    days_left = table.days("expiry_date", np.inf) - as_of
    good, gone = current & (days_left > 0), current & (days_left <= 0)
    there = good & (quantity > 0)
    return Stock(
        on_hand=np.bincount(column[good], weights=quantity[good], minlength=count).astype(np.float64),
        expired=np.bincount(column[gone], weights=quantity[gone], minlength=count).astype(np.float64),
        lots=Lots(place=column[there], days_left=days_left[there], quantity=quantity[there]),
        notes=_later(int((~usable).sum())),
    )


def _later(rows: int) -> list[str]:
    said = f"on_hand: {many(rows, 'row')} counted after the planning date left out."
    return [said] if rows else []
