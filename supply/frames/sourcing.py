"""Sourcing rows of some item-locations, as lanes and their dated terms."""

from dataclasses import dataclass, replace

import numpy as np

from siop import bulk
from supply.engine import NEVER, Bom, Kind
from supply.engine.basics import last_days
from supply.engine.price_breaks import PriceBreaks
from supply.engine.shapes import Array, IntArray

from .places import Places


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Sourcing rows (V,) with their place; 0 stands for no supplier, sender, mode or group."""

    pk: IntArray
    place: IntArray
    kind: IntArray
    supplier: IntArray
    sender: IntArray
    mode: IntArray
    since: IntArray
    until: IntArray
    lead: IntArray
    lead_sd: Array
    transit: IntArray
    moq: Array
    multiple: Array
    unit_cost: Array
    order_cost: Array
    freight: Array
    capacity: Array
    priority: IntArray
    group: IntArray


@dataclass(frozen=True, kw_only=True)
class Sourcing:
    """Rows (V,) sorted by lane and date, the lane of each (V,), and what tells lanes apart (L,).

    `first` (L,) is the first row of each lane; `supplier`, `sender` and `mode` are database ids, 0 for none.
    """

    rows: Rows
    term_lane: IntArray
    first: IntArray
    place: IntArray
    kind: IntArray
    supplier: IntArray
    sender: IntArray
    mode: IntArray

    @property
    def count(self) -> int:
        return len(self.place)

    def priced_anew(self, breaks: PriceBreaks) -> "Sourcing":
        """The same with rows begun again wherever the prices of their lane change."""
        row, since = breaks.terms_anew(self.term_lane, since=self.rows.since, until=self.rows.until)
        rows = Rows(**{name: values[row] for name, values in vars(self.rows).items()} | {"since": since})
        lane = self.term_lane[row]
        return replace(self, rows=rows, term_lane=lane, first=np.searchsorted(lane, np.arange(self.count)))

    def valid_to(self) -> IntArray:
        """Last day of each row (V,)."""
        return last_days(self.term_lane, since=self.rows.since, until=self.rows.until)


def read_sourcing(places: Places, bom: Bom) -> Sourcing:
    """Rows that differ only in their dates and terms are one lane."""
    rows = _read_rows(places, bom)
    told_apart = np.stack([rows.place, rows.kind, rows.supplier, rows.sender, rows.mode], axis=1)
    lanes, lane = np.unique(told_apart, axis=0, return_inverse=True)
    order = np.lexsort((rows.since, lane))
    term_lane = np.asarray(lane.reshape(-1)[order], np.int64)
    place, kind, supplier, sender, mode = lanes.astype(np.int64).T
    return Sourcing(
        rows=Rows(**{name: values[order] for name, values in vars(rows).items()}),
        term_lane=term_lane,
        first=np.searchsorted(term_lane, np.arange(len(lanes))),
        place=place,
        kind=kind,
        supplier=supplier,
        sender=sender,
        mode=mode,
    )


def _read_rows(places: Places, bom: Bom) -> Rows:
    """Sourcing rows of the places, and an implied make lane where only a bill of material says how."""
    columns = bulk.copy_out(
        """
        SELECT id, item_id, location_id, CASE kind WHEN 'buy' THEN 0 WHEN 'transfer' THEN 1 ELSE 2 END::bigint,
               COALESCE(supplier_id, 0), CASE WHEN kind = 'transfer' THEN from_location_id ELSE 0 END,
               COALESCE(mode_id, 0), COALESCE(valid_from, '0001-01-01'), COALESCE(valid_to, '9999-12-31'),
               lead_time_days::bigint, lead_time_sd_days,
               COALESCE(transit_days, CASE WHEN kind = 'transfer' THEN lead_time_days ELSE 0 END)::bigint,
               moq::float8, order_multiple::float8,
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
    names = list(Rows.__dataclass_fields__)
    joined = {
        name: np.concatenate([column, np.broadcast_to(np.asarray(default, dtype=column.dtype), extra)])
        for name, column, default in zip(names, found, defaults, strict=True)
    }
    return Rows(**joined)
