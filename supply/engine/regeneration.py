"""Full regeneration of the MRP record by low-level code: netting and explosion as arrays, nothing limited.

Block by block of one level: what a block needs is gathered once, and goes through netting, offsetting and
passing down while it is still in the cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

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
    """Planned receipts and releases (T, N), past-due releases (N,), stock and dependent demand (T, N)."""

    receipts: Array
    releases: Array
    past_due: Array
    stock: Array
    dependent: Array


def regenerate(record: Record, supply: Supply, edges: Edges, *, days: IntArray) -> Regeneration:
    """Net every level and pass its issues down; `days` (T,) is the first day of each bucket.

    Raises SupplyCycleError. Source: Orlicky, Material Requirements Planning, ch. 4-7.
    """
    count = record.demand.shape[1]
    order, turns = _by_level(count, edges, width=count) if supply.groups else _turns(count, edges)
    structure = _Structure(edges, order, days)
    answer = _unfilled(record.demand.shape, linked=structure.linked)
    for block, passes in turns:
        members = _members(order, block)
        given, terms = _columns(record, members), _terms(supply, members)
        if passes > 1:
            structure.clear(block)
        for _ in range(passes):
            part = given
            if structure.linked:
                dependent = structure.explode(block)
                answer.dependent[:, members] = dependent
                part = replace(given, demand=given.demand + dependent)
            receipts, releases, past_due = _supplied(part, terms, answer, members)
            if structure.linked:
                if not np.array_equal(terms.issue_buckets, terms.lead_buckets):
                    releases, past_due = shifted(receipts, terms.issue_buckets)
                structure.issue(block, releases, past_due)
    return answer


def _supplied(
    record: Record, supply: Supply, answer: Regeneration, members: slice | IntArray
) -> tuple[Array, Array, Array]:
    """Net one block and offset its receipts, into the answer: (receipts, releases (T, n), past due (n,))."""
    tables = answer.receipts, answer.stock, answer.releases
    if isinstance(members, slice):
        receipts, stock, releases = (table[:, members] for table in tables)
    else:
        receipts, stock, releases = (np.empty(record.demand.shape) for _ in tables)
    _net(record, supply, receipts, stock)
    past_due = _shift(receipts, supply.lead_buckets, releases)
    answer.past_due[members] = past_due
    if not isinstance(members, slice):
        for table, filled in zip(tables, (receipts, stock, releases), strict=True):
            table[:, members] = filled
    return receipts, releases, past_due


def _unfilled(shape: tuple[int, int], *, linked: bool) -> Regeneration:
    """The answer (T, N) to be filled block by block; where nothing is `linked`, dependent demand stays zero."""
    receipts, releases, stock = (np.empty(shape) for _ in range(3))
    return Regeneration(
        receipts=receipts,
        releases=releases,
        past_due=np.empty(shape[1]),
        stock=stock,
        dependent=np.empty(shape) if linked else np.zeros(shape),
    )


def _turns(count: int, edges: Edges) -> tuple[IntArray, list[_Turn]]:
    """(item-locations in the order they are worked on (N,), blocks of that order in turn).

    Where numbers follow the structure, neighbours are worked on together and nothing need be copied; a block that
    requires of itself is worked on once for each of its levels, so these must be few.
    """
    width = -(-count // -(-count // _BLOCK)) if count else 1
    first = np.arange(0, count, width)
    if (edges.above >= edges.below).any():
        return _by_level(count, edges)
    inside = edges.above // width == edges.below // width
    codes = low_level_codes(count, above=edges.above[inside], below=edges.below[inside])
    passes = 1 + np.maximum.reduceat(codes, first) if count else first
    if passes.sum() > _MOST_PASSES * len(first):
        return _by_level(count, edges)
    blocks = (slice(low, min(low + width, count)) for low in first.tolist())
    return np.arange(count), list(zip(blocks, passes.tolist(), strict=True))


def _by_level(count: int, edges: Edges, *, width: int = _BLOCK) -> tuple[IntArray, list[_Turn]]:
    """The same level by level, in blocks of at most `width`."""
    levels = low_level_codes(count, above=edges.above, below=edges.below)
    order = stable_order(levels)
    blocks = _blocks(levels[order], width=max(width, 1))
    return order, [(block, 1) for block in blocks]


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


def _members(order: IntArray, block: slice) -> slice | IntArray:
    """The columns of a block, ascending; as a slice where they are neighbours, so that nothing need be copied."""
    members = order[block]
    first, last = int(members[0]), int(members[-1])
    return slice(first, last + 1) if last - first == len(members) - 1 else members


def _columns(record: Record, members: slice | IntArray) -> Record:
    def taken(table: Array) -> Array:
        if isinstance(members, slice):
            return table[:, members]
        return np.take(table, members, axis=1, mode="clip")

    return Record(
        on_hand=record.on_hand[members],
        demand=taken(record.demand),
        scheduled=taken(record.scheduled),
        safety_stock=taken(record.safety_stock),
    )


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
    """Bills of material and moves, in the order that item-locations are worked on: what each gives to those above.

    For each run of buckets in which the same lines are valid a sparse matrix of these lines, and what has been
    issued in these buckets, (N, t): by rows, so that a line reads all its buckets in one go.
    """

    def __init__(self, edges: Edges, order: IntArray, days: IntArray) -> None:
        count = len(order)
        place = np.empty_like(order)
        place[order] = np.arange(count)
        row = place[edges.below]
        line = stable_order(row)
        starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))])
        column, per = place[edges.above[line]], edges.quantity_per[line]
        since, until = edges.valid_from[line], edges.valid_to[line]
        self.linked = len(line) > 0
        self.runs: list[tuple[slice, csr_array, Array]] = []
        for first, last in _runs(since, until, days) if self.linked else []:
            valid = (since <= days[first]) & (days[first] <= until)
            lines = csr_array((per * valid, column, starts), shape=(count, count))
            self.runs.append((slice(first, last), lines, np.empty((count, last - first))))

    def clear(self, block: slice) -> None:
        """Nothing issued yet in a block that requires of itself."""
        for _, _, issues in self.runs:
            issues[block] = 0.0

    def explode(self, block: slice) -> Array:
        """What the item-locations of a block have to give for what was issued above them, (T, n)."""
        return np.vstack([(lines[block] @ issues).T for _, lines, issues in self.runs])

    def issue(self, block: slice, releases: Array, past_due: Array) -> None:
        """Take over what a block issues, (T, n), and in bucket 0 what is past due, (n,)."""
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
