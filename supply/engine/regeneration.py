"""Full regeneration of the MRP record by low-level code: netting and explosion as arrays, nothing limited.

Inside, columns stand in the order of their levels, so that each level is a slice and not a gather.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from .levels import low_level_codes
from .netting import Lots, Rank, net_requirements, net_unlimited
from .shapes import Array, Flags, Ints


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Requirements passed down, (E,); a line counts where it is valid on the first day of the bucket."""

    above: Ints
    below: Ints
    quantity_per: Array
    valid_from: Ints
    valid_to: Ints


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is netted: opening stock (N,), own demand, scheduled receipts and safety stock (T, N)."""

    on_hand: Array
    demand: Array
    scheduled: Array
    safety_stock: Array


@dataclass(frozen=True, kw_only=True)
class Supply:
    """How each item-location is supplied, (N,).

    `lead_buckets` from release to receipt, `issue_buckets` from taking what is below to the receipt (the lead
    time where it is made, the transit where it is moved). What is not `sourced` gets no receipts; without it
    everything does. `groups` share one MOQ over their members.
    """

    rule: Ints
    parameter: Array
    moq: Array
    multiple: Array
    lead_buckets: Ints
    issue_buckets: Ints
    groups: Sequence[tuple[Ints, float]] = ()
    sourced: Flags | None = None


@dataclass(frozen=True, kw_only=True)
class Regeneration:
    """Planned receipts and releases (T, N), past-due releases (N,), stock and dependent demand (T, N)."""

    receipts: Array
    releases: Array
    past_due: Array
    stock: Array
    dependent: Array


def regenerate(record: Record, supply: Supply, edges: Edges, *, days: Ints) -> Regeneration:
    """Net every level and pass its issues down; `days` (T,) is the first day of each bucket.

    Raises SupplyCycleError. Source: Orlicky, Material Requirements Planning, ch. 4-7.
    """
    shape = record.demand.shape
    levels = low_level_codes(shape[1], above=edges.above, below=edges.below)
    if not levels.any():
        return _one_level(record, supply)
    order = _sorted_rows(levels)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    bounds = np.searchsorted(levels[order], np.arange(int(levels.max()) + 2))
    sorted_record, sorted_supply = _columns(record, order), _reordered(supply, order, place)
    structure = _Structure(edges, place, shape[1])
    receipts, stock, issues = np.empty(shape), np.empty(shape), np.empty(shape)
    dependent = np.zeros(shape)
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        level = slice(low, high)
        if low:
            structure.explode(issues, low, high, days, out=dependent[:, level])
        receipts[:, level], stock[:, level] = _net(
            _level(sorted_record, dependent, level), _supply_of(sorted_supply, level)
        )
        if high < shape[1]:  # the last level passes nothing down
            moved, overdue = shifted(receipts[:, level], sorted_supply.issue_buckets[level])
            moved[0] += overdue
            issues[:, level] = moved
    receipts, stock, dependent = (
        np.take(table, place, axis=1, mode="clip") for table in (receipts, stock, dependent)
    )
    releases, past_due = shifted(receipts, supply.lead_buckets)
    return Regeneration(
        receipts=receipts, releases=releases, past_due=past_due, stock=stock, dependent=dependent
    )


def _one_level(record: Record, supply: Supply) -> Regeneration:
    receipts, stock = _net(record, supply)
    releases, past_due = shifted(receipts, supply.lead_buckets)
    return Regeneration(
        receipts=receipts,
        releases=releases,
        past_due=past_due,
        stock=stock,
        dependent=np.zeros(receipts.shape),
    )


def shifted(receipts: Array, wait: Ints) -> tuple[Array, Array]:
    """(the same `wait` (N,) buckets earlier (T, N), what would lie before bucket 0 (N,)).

    >>> early, overdue = shifted(np.array([[5.0, 1.0], [7.0, 2.0]]), np.array([0, 1]))
    >>> early.tolist(), overdue.tolist()
    ([[5.0, 2.0], [7.0, 0.0]], [0.0, 1.0])
    """
    buckets, count = receipts.shape
    early, overdue = np.zeros(receipts.shape), np.zeros(count)
    longest = int(wait.max(initial=0))
    flat, cell = receipts.ravel(), wait * count + np.arange(count)
    for t in range(buckets):
        if t < longest:
            overdue += np.where(wait > t, receipts[t], 0.0)
        if t + longest < buckets:
            np.take(flat, cell, out=early[t], mode="clip")
        else:
            early[t] = np.where(t + wait < buckets, np.take(flat, cell, mode="clip"), 0.0)
        cell += count
    return early, overdue


def _sorted_rows(key: Ints) -> Ints:
    """Stable argsort; sorting key and position as one number is several times faster than sorting rows."""
    count = max(len(key), 1)
    return np.asarray(np.sort(key * count + np.arange(len(key))) % count)


def _columns(record: Record, order: Ints) -> Record:
    return Record(
        on_hand=record.on_hand[order],
        demand=np.take(record.demand, order, axis=1, mode="clip"),
        scheduled=np.take(record.scheduled, order, axis=1, mode="clip"),
        safety_stock=np.take(record.safety_stock, order, axis=1, mode="clip"),
    )


def _reordered(supply: Supply, order: Ints, place: Ints) -> Supply:
    return Supply(
        rule=supply.rule[order],
        parameter=supply.parameter[order],
        moq=supply.moq[order],
        multiple=supply.multiple[order],
        lead_buckets=supply.lead_buckets[order],
        issue_buckets=supply.issue_buckets[order],
        groups=[(np.sort(place[group]), moq) for group, moq in supply.groups],
        sourced=None if supply.sourced is None else supply.sourced[order],
    )


def _level(record: Record, dependent: Array, level: slice) -> Record:
    own = record.demand[:, level]
    return Record(
        on_hand=record.on_hand[level],
        demand=own + dependent[:, level] if level.start else own,
        scheduled=record.scheduled[:, level],
        safety_stock=record.safety_stock[:, level],
    )


def _supply_of(supply: Supply, level: slice) -> Supply:
    """The part of one level; a group counts with its members there."""
    inside = [
        (group[(group >= level.start) & (group < level.stop)] - level.start, moq)
        for group, moq in supply.groups
    ]
    return Supply(
        rule=supply.rule[level],
        parameter=supply.parameter[level],
        moq=supply.moq[level],
        multiple=supply.multiple[level],
        lead_buckets=supply.lead_buckets[level],
        issue_buckets=supply.issue_buckets[level],
        groups=[(group, moq) for group, moq in inside if len(group)],
        sourced=None if supply.sourced is None else supply.sourced[level],
    )


def _net(record: Record, supply: Supply) -> tuple[Array, Array]:
    """Receipts and stock (T, n) of one level."""
    lots = Lots(rule=supply.rule, parameter=supply.parameter, groups=supply.groups)
    if not supply.groups and (supply.sourced is None or supply.sourced.all()):
        return net_unlimited(
            opening=record.on_hand,
            demand=record.demand,
            scheduled=record.scheduled,
            safety_stock=record.safety_stock,
            lots=lots,
            moq=supply.moq,
            multiple=supply.multiple,
        )
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
    return netted.receipts[0], netted.stock


class _Structure:
    """Bills of material and moves as one sparse matrix, rows and columns in the order of their levels."""

    def __init__(self, edges: Edges, place: Ints, count: int) -> None:
        row = place[edges.below]
        order = _sorted_rows(row)
        self.starts = np.searchsorted(row[order], np.arange(count + 1))
        self.column = place[edges.above[order]]
        self.per = edges.quantity_per[order]
        self.valid_from, self.valid_to = edges.valid_from[order], edges.valid_to[order]

    def explode(self, issues: Array, low: int, high: int, days: Ints, *, out: Array) -> None:
        """What the item-locations `low` to `high` have to give for the issues (T, N) above them."""
        rows = slice(int(self.starts[low]), int(self.starts[high]))
        starts = self.starts[low : high + 1] - self.starts[low]
        per, since, until = self.per[rows], self.valid_from[rows], self.valid_to[rows]
        dated = bool((since > days[0]).any() or (until < days[-1]).any())
        shape = (high - low, issues.shape[1])
        matrix = csr_array((per, self.column[rows], starts), shape=shape)
        for t, day in enumerate(days.tolist()):
            if dated:
                counted = per * ((since <= day) & (day <= until))
                matrix = csr_array((counted, self.column[rows], starts), shape=shape)
            out[t] = matrix @ issues[t]
