"""What planners typed, and what it makes of a column of leaves: active overrides and their replay in sequence.

A leaf keeps a weight beside its quantity: the statistical value, replaced by what was typed at that very leaf.
A number typed at a node is split by these weights, so it does not matter what had been typed there before, and a
node set to 0 can be raised again in its old shape. Locked leaves stay; a locked node keeps its total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import NamedTuple, Protocol

import numpy as np

from .engine import Array, BoolArray, ImpossibleLocks, IntArray, disaggregate
from .enums import OverrideMode


class Node(NamedTuple):
    """Item or category (neither: everything) x location or all x segment or all; 0 stands for all."""

    category: int
    item: int
    location: int
    segment: int

    @property
    def is_leaf(self) -> bool:
        return bool(self.item and self.location and self.segment)

    @property
    def place(self) -> str:
        """How comments name it."""
        return f"demand:{self.category}.{self.item}.{self.location}.{self.segment}"

    @classmethod
    def parse(cls, place: str) -> Node:
        return cls(*(int(part) for part in place.removeprefix("demand:").split(".")))


EVERYTHING = Node(0, 0, 0, 0)


class Entry(NamedTuple):
    """An active override."""

    id: int
    sequence: int
    node: Node
    column: int
    mode: str
    value: float
    explained: bool
    expires: date | None


class Leaves(Protocol):
    """What replay needs to know of the plan."""

    base: Array

    @property
    def past_year(self) -> Array: ...

    def leaves_of(self, node: Node) -> IntArray: ...

    def step_of(self, leaves: IntArray) -> Array: ...


_SEQUENCE = attrgetter("sequence")


class CannotApply(ValueError):
    """An override that cannot be split over its leaves; the message says why and what next."""

    def __init__(self, message: str, entry: Entry) -> None:
        super().__init__(message)
        self.entry = entry


@dataclass
class OverrideBook:
    """Active overrides of a plan's months, found by month and by node.

    Threads of the web process share it: readers walk over copies, because another one may write meanwhile.
    """

    entries: dict[int, Entry] = field(default_factory=dict)
    by_column: dict[int, dict[int, Entry]] = field(default_factory=dict)
    by_node: dict[Node, dict[int, Entry]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)  # of every override read, revoked ones too

    def put(self, entry: Entry) -> None:
        self.drop(entry.id)
        self.entries[entry.id] = entry
        self.by_column.setdefault(entry.column, {})[entry.id] = entry
        self.by_node.setdefault(entry.node, {})[entry.id] = entry

    def drop(self, entry_id: int) -> None:
        entry = self.entries.pop(entry_id, None)
        if entry is None:
            return
        self.by_column[entry.column].pop(entry_id)
        at_node = self.by_node[entry.node]
        at_node.pop(entry_id)
        if not at_node:
            self.by_node.pop(entry.node)

    def column(self, column: int) -> list[Entry]:
        """Entries of a month in the order of replay."""
        return sorted(self.by_column.get(column, {}).values(), key=_SEQUENCE)

    def at(self, node: Node) -> dict[int, list[Entry]]:
        """Entries at exactly this node by column, oldest first."""
        found: dict[int, list[Entry]] = {}
        for entry in sorted(self._standing_at(node), key=_SEQUENCE):
            found.setdefault(entry.column, []).append(entry)
        return found

    def newest(self, node: Node) -> dict[int, Entry]:
        """The newest entry at exactly this node by column."""
        return {entry.column: entry for entry in sorted(self._standing_at(node), key=_SEQUENCE)}

    def at_cell(self, node: Node, column: int) -> list[Entry]:
        """Entries at exactly this node in one month, in no order."""
        return [entry for entry in self._standing_at(node) if entry.column == column]

    def all(self) -> list[Entry]:
        return list(self.entries.values())

    def _standing_at(self, node: Node) -> list[Entry]:
        return list(self.by_node.get(node, {}).values())

    def nodes(self) -> Iterator[Node]:
        return iter(list(self.by_node))

    def unexplained(self, node: Node) -> bool:
        return any(not entry.explained for entry in self._standing_at(node))

    def locks(self, column: int) -> list[Entry]:
        """Locks that hold in a month: of the entries at each node only the newest counts."""
        nodes = {
            one.node for one in list(self.by_column.get(column, {}).values()) if one.mode == OverrideMode.LOCK
        }
        newest = {one.node: one for one in self.column(column) if one.node in nodes} if nodes else {}
        return [entry for entry in newest.values() if entry.mode == OverrideMode.LOCK]

    def __len__(self) -> int:
        return len(self.entries)


# Stands for leaves that no node holds together, so that no lock is taken for theirs.
_LEAVES_ALONE = Entry(0, 0, Node(-1, 0, 0, 0), 0, OverrideMode.SET, 0.0, True, None)


@dataclass
class Column:
    """One month while overrides are applied to it."""

    leaves: Leaves
    quantity: Array
    weight: Array
    history: Array
    locks: list[tuple[Entry, IntArray]] = field(default_factory=list)

    def apply(self, entries: Iterable[Entry]) -> None:
        """Apply overrides in the given order; raises CannotApply and leaves the column half done."""
        pending: list[Entry] = []
        for entry in entries:
            if entry.node.is_leaf and entry.mode == OverrideMode.SET and not self.locks:
                pending.append(entry)
                continue
            self._set_leaves(pending)
            pending = []
            self._one(entry)
        self._set_leaves(pending)

    def spread(self, found: IntArray, total: float) -> None:
        """Split a total over leaves that are no node of their own, by their weights; raises CannotApply."""
        self._spread(_LEAVES_ALONE, found, total, self.weight)

    def _set_leaves(self, entries: list[Entry]) -> None:
        """Numbers typed at leaves, all at once; of two at the same leaf the later one stays."""
        if not entries:
            return
        found = [self.leaves.leaves_of(entry.node) for entry in entries]
        at = np.concatenate(found)
        self.quantity[at] = self.weight[at] = np.repeat(
            [entry.value for entry in entries], [len(one) for one in found]
        )

    def _one(self, entry: Entry) -> None:
        found = self.leaves.leaves_of(entry.node)
        if not len(found):
            return
        self.locks = [(lock, within) for lock, within in self.locks if lock.node != entry.node]
        {
            OverrideMode.SET: self._set,
            OverrideMode.LOCK: self._set,
            OverrideMode.ADD: self._shift,
            OverrideMode.MULTIPLY: self._shift,
            OverrideMode.RELEASE: self._release,
        }[OverrideMode(entry.mode)](entry, found)
        if entry.mode == OverrideMode.LOCK:
            self.locks.append((entry, found))

    def _set(self, entry: Entry, found: IntArray) -> None:
        self._spread(entry, found, entry.value, self.weight)
        if entry.node.is_leaf:
            self.weight[found] = self.quantity[found]
        self._keep_locked_totals(entry, found)

    def _shift(self, entry: Entry, found: IntArray) -> None:
        now = float(self.quantity[found].sum())
        target = now + entry.value if entry.mode == OverrideMode.ADD else now * entry.value
        self._spread(entry, found, max(0.0, target), self.quantity.copy())
        if entry.node.is_leaf:
            self.weight[found] = self.quantity[found]
        self._keep_locked_totals(entry, found)

    def _release(self, entry: Entry, found: IntArray) -> None:
        free = found[~self._frozen(entry, found)]
        base = self.leaves.base[entry.column, free]
        self.quantity[free] = base
        self.weight[free] = base
        self._keep_locked_totals(entry, found)

    def _frozen(self, entry: Entry, found: IntArray) -> BoolArray:
        """Leaves held by locks that lie within the node or cross it; a lock around it is kept afterwards."""
        held = np.zeros(len(found), dtype=bool)
        for lock, within in self.locks:
            inside = np.isin(found, within, assume_unique=True)
            around = bool(inside.all()) and len(within) > len(found)
            if lock.node != entry.node and not around:
                held |= inside
        return held

    def _spread(self, entry: Entry, found: IntArray, total: float, weights: Array) -> None:
        held = self._frozen(entry, found)
        self.quantity[found] = self._split(entry, found, total, weights[found], held)

    def _split(self, entry: Entry, found: IntArray, total: float, weights: Array, held: BoolArray) -> Array:
        if len(found) == 1 and not held.any():
            return np.array([total])
        locks = np.where(held, self.quantity[found], np.nan)[None] if held.any() else None
        try:
            return np.asarray(
                disaggregate(
                    np.array([total]),
                    np.maximum(weights, 0.0)[None],
                    locks=locks,
                    history_weights=self.history[found][None],
                    step=self.leaves.step_of(found),
                )[0]
            )
        except ImpossibleLocks as error:
            kept = float(self.quantity[found][held].sum())
            raise CannotApply(
                f"{_plain(kept)} of it is locked, so {_plain(total)} cannot be reached; release a lock or "
                "choose another number",
                entry,
            ) from error
        except ValueError as error:
            raise CannotApply(
                "its items are planned in steps that do not divide each other, so this number cannot be split "
                "exactly; set the items one by one",
                entry,
            ) from error

    def _keep_locked_totals(self, entry: Entry, found: IntArray) -> None:
        """A locked node around what was just changed keeps its total: its other leaves take the difference."""
        for lock, within in sorted(self.locks, key=lambda pair: len(pair[1])):
            if len(within) <= len(found) or not np.isin(found, within, assume_unique=True).all():
                continue
            rest = within[~np.isin(within, found, assume_unique=True)]
            left = lock.value - float(self.quantity[found].sum())
            if left < 0:
                raise CannotApply(
                    f"the level above is locked at {_plain(lock.value)}; release that lock or stay below it",
                    entry,
                )
            held = self._frozen(lock, rest)
            self.quantity[rest] = self._split(entry, rest, left, self.weight[rest], held)


def start(leaves: Leaves, column: int, *, quantity: Array | None = None) -> Column:
    """A month before any override: everything as the statistical forecast has it."""
    base = leaves.base[column]
    return Column(
        leaves=leaves,
        quantity=(base if quantity is None else quantity).copy(),
        weight=base.copy(),
        history=leaves.past_year,
    )


def derive(
    leaves: Leaves, column: int, entries: Iterable[Entry], *, skip: Callable[[CannotApply], None]
) -> Array:
    """Consensus of one month (N,): all active overrides replayed on the statistical forecast.

    An override that no longer fits its locks (a new baseline, a lock set later) is told to `skip` and left out,
    so that one old edit never stops a plan from being computed.
    """
    at = start(leaves, column)
    waiting = list(entries)
    while waiting:
        try:
            at.apply(waiting)
            break
        except CannotApply as error:
            skip(error)
            waiting = [entry for entry in waiting if entry.id != error.entry.id]
            at = start(leaves, column)
    return at.quantity


def weights_of(leaves: Leaves, column: int, entries: Iterable[Entry]) -> Array:
    """Weights by which a node is split now (N,): statistical, replaced by what was typed at leaves."""
    weight = leaves.base[column].copy()
    for entry in entries:
        if entry.mode == OverrideMode.RELEASE:
            found = leaves.leaves_of(entry.node)
            weight[found] = leaves.base[column, found]
        elif entry.node.is_leaf and entry.mode in (OverrideMode.SET, OverrideMode.LOCK):
            weight[leaves.leaves_of(entry.node)] = entry.value
    return np.asarray(weight)


def contains(outer: Node, inner: Node, *, leaves: Leaves) -> bool:
    """Whether every leaf of `inner` lies beneath `outer`."""
    if outer in (inner, EVERYTHING):
        return True
    return bool(np.isin(leaves.leaves_of(inner), leaves.leaves_of(outer), assume_unique=True).all())


def _plain(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")
