"""What open orders still take of capacity: an order that has gone out is made like a planned one, on the same lane."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from .lanes import terms_in_force
from .requirements import lanes_by_preference
from .shapes import Array, BoolArray, IntArray, Kind, Lanes, PlanInputs

OWN = -1  # the seller of what is made here or comes from another site


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

    Where a lane is not known nobody knows whose capacity an order takes.
    """
    receipts, calendar = inputs.receipts, inputs.calendar
    lane = receipts.lane if len(receipts.lane) else np.full(len(receipts.item), -1, np.int64)
    waits = np.flatnonzero((lane >= 0) & ~receipts.afloat if len(receipts.afloat) else lane >= 0)
    arrival = np.maximum(receipts.day, inputs.blocked_until[receipts.item])
    return OpenWork(
        lane=lane[waits],
        term=terms_in_force(inputs.lanes, calendar.as_of)[lane[waits]],
        bucket=calendar.bucket_of(arrival[waits]),
        quantity=receipts.quantity[waits],
    )


def lanes_of_orders(lanes: Lanes, *, item: IntArray, seller: IntArray, mode: IntArray, day: int) -> IntArray:
    """The lane (R,) on which each open order comes, -1 where none is known.

    The first by priority, then cost as of a `day`, that comes by its `mode`, else the first of any mode: from its
    `seller`, the source of bought lanes; where that is `OWN` of own production or from another site.

    >>> lanes = Lanes(item=np.zeros(2, np.int64), source=np.array([7, 7]), kind=np.array([0, 0]), mode=np.array([0, 1]),
    ...     priority=np.array([1, 2]), term_lane=np.array([0, 1]), valid_from=np.zeros(2, np.int64),
    ...     moq=np.zeros(2), multiple=np.zeros(2), unit_cost=np.ones(2), freight_cost=np.zeros(2))
    >>> of = lanes_of_orders(lanes, item=np.zeros(3, np.int64), seller=np.array([7, 7, 8]), mode=np.array([1, 5, 1]), day=0)
    >>> of.tolist()
    [1, 0, -1]
    """
    if not lanes.count:
        return np.full(len(item), -1, np.int64)
    preferred = lanes_by_preference(lanes, day=day)
    known = lanes.item, np.where(lanes.kind == Kind.BUY, lanes.source, OWN), lanes.mode
    ways = [column[preferred] for column in known]
    exact = _first_alike(ways, [item, seller, mode])
    found = np.where(exact >= 0, exact, _first_alike(ways[:2], [item, seller]))
    return np.where(found >= 0, preferred[found], -1)


def _first_alike(known: Sequence[IntArray], wanted: Sequence[IntArray]) -> IntArray:
    """The first row of `known` columns (L,) that equals each row of the `wanted` ones (R,), -1 for none."""
    both = np.concatenate([np.stack(known, axis=1), np.stack(wanted, axis=1)])
    number = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    first = np.full(len(both), -1, np.int64)
    rows = np.arange(len(known[0]))[::-1]
    first[number[rows]] = rows  # the first written last
    return first[number[len(rows) :]]
