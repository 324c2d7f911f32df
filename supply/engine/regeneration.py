"""Full regeneration of the MRP record by low-level code: netting and explosion as arrays, nothing limited.

Block by block of one level: what a block needs is gathered once, and goes through netting, offsetting and
passing down while it is still in the cache.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array, csr_array

from .levels import low_level_codes
from .netting import Lots, Rank, net_requirements, net_unlimited
from .shapes import Array, BoolArray, IntArray
from .sorting import stable_order

_BLOCK = 4096  # columns worked on together: what one step touches stays in the cache
_MOST_PASSES = 1.5  # over the blocks of neighbours on average: beyond it copying costs less

_Turn = tuple[slice, int]  # a block, and how often it is worked on


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Requirements passed down, (E,); a line counts where it is valid on the first day of the bucket."""

    above: IntArray
    below: IntArray
    quantity_per: Array
    valid_from: IntArray
    valid_to: IntArray


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is netted: opening stock (N,), own demand, scheduled receipts and safety stock (T, N)."""

    on_hand: Array
    demand: Array
    scheduled: Array
    safety_stock: Array


@dataclass(frozen=True, kw_only=True)
class Supply:
    """How each item-location is supplied, (N,); lots and waits by the bucket of the receipt, (T, N), where terms change.

    `lead_buckets` from release to receipt, `issue_buckets` from taking what is below to the receipt (the lead
    time where it is made, the transit where it is moved). What is not `sourced` gets no receipts; without it
    everything does. `groups` share one MOQ over their members.
    """

    rule: IntArray
    parameter: Array
    moq: Array
    multiple: Array
    lead_buckets: IntArray
    issue_buckets: IntArray
    groups: Sequence[tuple[IntArray, float]] = ()
    sourced: BoolArray | None = None


@dataclass(frozen=True, kw_only=True)
class Regeneration:
    """Planned receipts and stock at the end of each bucket, (T, N); `shifted` moves receipts to their releases."""

    receipts: Array
    stock: Array


def regenerate(record: Record, supply: Supply, edges: Edges, *, days: IntArray) -> Regeneration:
    """Net every level and pass its issues down; `days` (T,) is the first day of each bucket.

    Raises SupplyCycleError. Source: Orlicky, Material Requirements Planning, ch. 4-7.
    """
    count = record.demand.shape[1]
    blocks = None if supply.groups else _blocks_of_neighbours(count, edges)
    if blocks is not None:
        return _worked(record, supply, edges, blocks, days)
    levels = low_level_codes(count, above=edges.above, below=edges.below)
    order = stable_order(levels)
    place = np.empty_like(order)
    place[order] = np.arange(count)
    answer = _worked(
        _columns(record, order),
        _terms(supply, order),
        replace(edges, above=place[edges.above], below=place[edges.below]),
        [(block, 1) for block in _blocks(levels[order], width=count if supply.groups else _BLOCK)],
        days,
    )
    return Regeneration(receipts=_taken(answer.receipts, place), stock=_taken(answer.stock, place))


def _worked(
    record: Record, supply: Supply, edges: Edges, turns: Iterable[_Turn], days: IntArray
) -> Regeneration:
    """Net block after block of neighbours, each below all that requires of it or worked on once for each of its levels."""
    shape = record.demand.shape
    answer = Regeneration(receipts=np.empty(shape), stock=np.empty(shape))
    structure = _Structure(edges, shape[1], days)
    for block, passes in turns:
        given, terms = _columns(record, block), _terms(supply, block)
        receipts, stock = answer.receipts[:, block], answer.stock[:, block]
        if passes > 1:
            structure.clear(block)
        for _ in range(passes):
            part = structure.required(given, block)
            _net(part, terms, receipts, stock)
            structure.issue(block, receipts, terms.issue_buckets)
    return answer


def _blocks_of_neighbours(count: int, edges: Edges) -> list[_Turn] | None:
    """Blocks in the order of their numbers, where these follow the structure: nothing need be copied.

    A block that requires of itself is worked on once for each of its levels: None where these are too many.
    """
    if (edges.above >= edges.below).any():
        return None
    width = -(-count // -(-count // _BLOCK)) if count else 1
    first = np.arange(0, count, width)
    inside = edges.above // width == edges.below // width
    codes = low_level_codes(count, above=edges.above[inside], below=edges.below[inside])
    passes = 1 + np.maximum.reduceat(codes, first) if count else first
    if passes.sum() > _MOST_PASSES * len(first):
        return None
    blocks = (slice(low, min(low + width, count)) for low in first.tolist())
    return list(zip(blocks, passes.tolist(), strict=True))


def _blocks(levels: IntArray, *, width: int) -> Iterator[slice]:
    """Neighbours of one level, at most `width` of them; `levels` ascend.

    >>> list(_blocks(np.array([0, 0, 0, 1]), width=2))
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    borders = np.flatnonzero(np.diff(levels, append=-1)) + 1
    low = 0
    for high in borders.tolist():
        for first in range(low, high, width):
            yield slice(first, min(first + width, high))
        low = high


def shifted(receipts: Array, wait: IntArray) -> tuple[Array, Array]:
    """(the same `wait` (N,) buckets earlier (T, N), what would lie before bucket 0 (N,)).

    >>> early, overdue = shifted(np.array([[5.0, 1.0], [7.0, 2.0]]), np.array([0, 1]))
    >>> early.tolist(), overdue.tolist()
    ([[5.0, 2.0], [7.0, 0.0]], [0.0, 1.0])
    """
    early = np.empty(receipts.shape)
    return early, _shift(receipts, wait, early)


def _shift(receipts: Array, wait: IntArray, early: Array) -> Array:
    """Fill `early` (T, N); returns what would lie before bucket 0, (N,)."""
    if wait.ndim > 1:
        return _shift_each(receipts, wait, early)
    buckets, count = receipts.shape
    longest = int(wait.max(initial=0))
    if longest == wait.min(initial=longest):
        kept = max(buckets - longest, 0)
        early[:kept], early[kept:] = receipts[longest:], 0.0
        return np.asarray(receipts[:longest].sum(axis=0))
    overdue = np.zeros(count)
    flat, cell = receipts.ravel(), wait * count + np.arange(count)
    for t in range(buckets):
        if t < longest:
            overdue += np.where(wait > t, receipts[t], 0.0)
        if t + longest < buckets:
            np.take(flat, cell, out=early[t], mode="clip")
        else:
            early[t] = np.where(t + wait < buckets, np.take(flat, cell, mode="clip"), 0.0)
        cell += count
    return overdue


def _shift_each(receipts: Array, wait: IntArray, early: Array) -> Array:
    """The same where the wait differs from receipt to receipt, (T, N)."""
    bucket, item = np.nonzero(receipts)
    released, quantity = bucket - wait[bucket, item], receipts[bucket, item]
    ahead = released >= 0
    early[:] = 0.0
    np.add.at(early, (released[ahead], item[ahead]), quantity[ahead])
    late = np.bincount(item[~ahead], weights=quantity[~ahead], minlength=receipts.shape[1])
    return late.astype(np.float64)


def _columns(record: Record, members: slice | IntArray) -> Record:
    return Record(
        on_hand=record.on_hand[members],
        demand=_taken(record.demand, members),
        scheduled=_taken(record.scheduled, members),
        safety_stock=_taken(record.safety_stock, members),
    )


def _taken(table: Array, members: slice | IntArray) -> Array:
    """Columns of (T, N); neighbours are not copied."""
    return table[:, members] if isinstance(members, slice) else np.take(table, members, axis=1, mode="clip")


def _terms(supply: Supply, members: slice | IntArray) -> Supply:
    """The part of one block; a group counts with its members there."""
    groups = []
    if supply.groups:
        place = np.full(len(supply.rule), -1)
        place[members] = np.arange(len(supply.rule[members]))
        inside = [(place[group][place[group] >= 0], moq) for group, moq in supply.groups]
        groups = [(np.sort(group), moq) for group, moq in inside if len(group)]
    return Supply(
        rule=supply.rule[members],
        parameter=supply.parameter[members],
        moq=supply.moq[..., members],
        multiple=supply.multiple[..., members],
        lead_buckets=supply.lead_buckets[..., members],
        issue_buckets=supply.issue_buckets[..., members],
        groups=groups,
        sourced=None if supply.sourced is None else supply.sourced[members],
    )


def _net(record: Record, supply: Supply, receipts: Array, stock: Array) -> None:
    """Fill receipts and stock (T, n) of one block."""
    lots = Lots(rule=supply.rule, parameter=supply.parameter, groups=supply.groups)
    standing = supply.moq.ndim == 1
    if standing and not supply.groups and (supply.sourced is None or supply.sourced.all()):
        net_unlimited(
            opening=record.on_hand,
            demand=record.demand,
            scheduled=record.scheduled,
            safety_stock=record.safety_stock,
            lots=lots,
            moq=supply.moq,
            multiple=supply.multiple,
            receipts=receipts,
            stock=stock,
        )
        return
    shape = record.demand.shape
    rank = Rank(
        moq=np.broadcast_to(supply.moq, shape),
        multiple=np.broadcast_to(supply.multiple, shape),
        allowed=None if supply.sourced is None else np.broadcast_to(supply.sourced, shape),
    )
    netted = net_requirements(
        opening=record.on_hand,
        demand=record.demand,
        scheduled=record.scheduled,
        safety_stock=record.safety_stock,
        lots=lots,
        ranks=[rank],
    )
    receipts[:], stock[:] = netted.receipts[0], netted.stock


class _Structure:
    """Bills of material and moves: what each item-location gives to those above it.

    For each run of buckets in which the same lines are valid a sparse matrix of these lines, and what has been
    issued in these buckets, (N, t): by rows, so that a line reads all its buckets in one go.
    """

    def __init__(self, edges: Edges, count: int, days: IntArray) -> None:
        self.runs: list[tuple[slice, csr_array, Array]] = []
        if not len(edges.above):
            return
        above, below = edges.above.astype(np.int32), edges.below.astype(np.int32)
        for first, last in _runs(edges.valid_from, edges.valid_to, days):
            valid = (edges.valid_from <= days[first]) & (days[first] <= edges.valid_to)
            lines = coo_array((edges.quantity_per * valid, (below, above)), shape=(count, count)).tocsr()
            self.runs.append((slice(first, last), lines, np.empty((count, last - first))))

    def clear(self, block: slice) -> None:
        """Nothing issued yet in a block that requires of itself."""
        for _, _, issues in self.runs:
            issues[block] = 0.0

    def required(self, record: Record, block: slice) -> Record:
        """The record of a block with what its item-locations have to give for what was issued above them."""
        if not self.runs:
            return record
        demand = np.empty(record.demand.shape)
        for buckets, lines, issues in self.runs:
            np.add(record.demand[buckets], (lines[block] @ issues).T, out=demand[buckets])
        return replace(record, demand=demand)

    def issue(self, block: slice, receipts: Array, wait: IntArray) -> None:
        """Take over what a block issues for its receipts, (T, n), `wait` buckets earlier; in bucket 0 what is past due."""
        if not self.runs:
            return
        releases, past_due = shifted(receipts, wait)
        for buckets, _, issues in self.runs:
            issues[block] = releases[buckets].T
        self.runs[0][2][block, 0] += past_due


def _runs(since: IntArray, until: IntArray, days: IntArray) -> list[tuple[int, int]]:
    """Runs of buckets in which the same lines are valid.

    >>> _runs(np.array([0, 0]), np.array([99, 15]), np.array([10, 20, 30]))
    [(0, 1), (1, 3)]
    """
    begins = np.zeros(len(days) + 1, bool)
    begins[[0, -1]] = True
    begins[np.searchsorted(days, since[since > days[0]])] = True
    begins[np.searchsorted(days, until[until < days[-1]], side="right")] = True
    return list(pairwise(np.flatnonzero(begins).tolist()))
