"""What open orders still take of capacity: an order that has gone out is made like a planned one, on the same lane."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from .lanes import terms_in_force
from .requirements import lanes_by_preference
from .shapes import Array, BoolArray, IntArray, Kind, PlanInputs


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """Open orders that somebody has still to make or to send, (K,): lane, its terms today, bucket of receipt, units."""

    lane: IntArray
    term: IntArray
    bucket: IntArray
    quantity: Array

    def on(self, lanes: BoolArray) -> Self:
        """Those on some of the lanes, (L,)."""
        kept = lanes[self.lane]
        return replace(self, **{f.name: getattr(self, f.name)[kept] for f in fields(self)})


def open_work(inputs: PlanInputs) -> OpenWork:
    """Open orders that have not left yet, and whose lane is known; what is overdue is still to be made today.

    An order at a supplier comes on the first lane from there, one without a supplier on the first of own production
    or from another site; where there is no such lane, nobody knows whose capacity it takes.
    """
    receipts, calendar = inputs.receipts, inputs.calendar
    lane = _lanes_of(inputs)
    waits = np.flatnonzero((lane >= 0) & ~receipts.afloat if len(receipts.afloat) else lane >= 0)
    arrival = np.maximum(receipts.day, inputs.blocked_until[receipts.item])
    return OpenWork(
        lane=lane[waits],
        term=terms_in_force(inputs.lanes, calendar.as_of)[lane[waits]],
        bucket=calendar.bucket_of(arrival[waits]),
        quantity=receipts.quantity[waits],
    )


def _lanes_of(inputs: PlanInputs) -> IntArray:
    """The lane of each open order (R,), -1 where none is known."""
    receipts, lanes = inputs.receipts, inputs.lanes
    if not lanes.count:
        return np.full(len(receipts.item), -1, np.int64)
    preferred = lanes_by_preference(lanes, day=inputs.calendar.as_of)
    seller = np.where(lanes.kind == Kind.BUY, lanes.source, -1)[preferred]
    asked = receipts.supplier if len(receipts.supplier) else np.full(len(receipts.item), -1)
    sellers = 2 + max(int(seller.max()), int(asked.max(initial=-1)))
    known, first = np.unique(lanes.item[preferred] * sellers + seller + 1, return_index=True)
    wanted = receipts.item * sellers + asked + 1
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, preferred[first[place]], -1)
