"""From typed cells to the overrides they mean and the quantities these make; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import numpy as np

from forecasting.engine import Array, IntArray
from forecasting.enums import OverrideMode
from forecasting.grid import Cube, Row
from forecasting.overrides_book import CannotApply, Column, Entry, Node, contains, derive, start, weights_of

from .override_store import NewOverride

PREVIEW_OVER = 500


@dataclass(frozen=True)
class Typed:
    """Cells of one row: a value, or None for the statistical one; `version` is the one they were typed on."""

    row: Row
    version: int
    cells: dict[int, Decimal | None]
    base: dict[int, float | None] = field(default_factory=dict)


class Released(NamedTuple):
    """A node that returns to the forecast in a month; `origin` is the cell, (row id, column), that asked for it."""

    node: Node
    month: date
    origin: tuple[str, int]


@dataclass
class Changes:
    """What an edit comes to: overrides to add, to revoke, and cells that return to the forecast with them."""

    added: list[NewOverride] = field(default_factory=list)
    revoked: set[int] = field(default_factory=set)
    released: list[Released] = field(default_factory=list)
    errors: list[tuple[str, int, str]] = field(default_factory=list)

    def columns(self, cube: Cube) -> dict[int, tuple[list[NewOverride], list[Released]]]:
        """Changes by column of this plan; months that it does not hold are left out."""
        place = {month: column for column, month in enumerate(cube.months)}
        found: dict[int, tuple[list[NewOverride], list[Released]]] = {}
        for added in self.added:
            if added.month in place:
                found.setdefault(place[added.month], ([], []))[0].append(added)
        for released in self.released:
            if released.month in place:
                found.setdefault(place[released.month], ([], []))[1].append(released)
        return found


def plan_changes(cube: Cube, typed: Iterable[Typed], *, mode: str) -> Changes:
    """Overrides that the typed cells mean; errors name the cells that cannot be changed and why."""
    changes = Changes()
    columns: dict[int, _Month] = {}
    for one in typed:
        step = cube.step_of(one.row.leaves).min()
        for column, value in one.cells.items():
            month = columns.get(column) or columns.setdefault(column, _Month(cube, column))
            reason = month.refusal(one.row, value, mode)
            if reason:
                changes.errors.append((one.row.id, column, reason))
            elif value is None:
                month.release(one.row, changes)
            else:
                month.set(one.row, to_step(value, step), mode, changes)
    return changes


class _Month:
    """One month of the plan, with what is needed to decide about its cells looked up once."""

    def __init__(self, cube: Cube, column: int) -> None:
        self.cube, self.column = cube, column
        self.entries = cube.book.column(column)
        self.locks = {lock.node: lock for lock in cube.book.locks(column)}
        self.wide = [
            (entry, frozenset(cube.leaves_of(entry.node).tolist()))
            for entry in self.entries
            if not entry.node.is_leaf
        ]

    def refusal(self, row: Row, value: Decimal | None, mode: str) -> str:
        if value is not None and value < 0:
            return "demand is 0 or more"
        if mode == "set" and row.node in self.locks:
            return "this cell is locked; press L to unlock it first"
        if mode == "unlock" and row.node not in self.locks:
            return "this cell is not locked"
        if mode == "lock" and row.node is None:
            return "a row that shows only part of its items cannot be locked; clear the filter first"
        return ""

    def set(self, row: Row, value: Decimal, mode: str, changes: Changes) -> None:
        origin = (row.id, self.column)
        kind = OverrideMode.LOCK if mode == "lock" else OverrideMode.SET
        if row.node is None:
            self._set_part(row, value, changes, origin)
            return
        self._supersede(row.node, changes)
        changes.added.append(NewOverride(row.node, self.cube.months[self.column], kind, value, origin))

    def _set_part(self, row: Row, value: Decimal, changes: Changes, origin: tuple[str, int]) -> None:
        """A row that shows part of its leaves: the split becomes an override at each leaf shown."""
        month = open_month(self.cube, self.column, weighed=True)
        before = month.quantity[row.leaves].copy()
        try:
            month.spread(row.leaves, float(value))
        except CannotApply as error:
            changes.errors.append((row.id, self.column, str(error)))
            return
        for leaf, old, new in zip(row.leaves, before, month.quantity[row.leaves], strict=True):
            node = self.cube.leaf_node(int(leaf))
            if abs(new - old) < 1e-9 or node in self.locks:
                continue
            self._supersede(node, changes)
            quantity = to_step(Decimal(repr(float(new))), Decimal("0.001"))
            changes.added.append(
                NewOverride(node, self.cube.months[self.column], OverrideMode.SET, quantity, origin)
            )

    def release(self, row: Row, changes: Changes) -> None:
        """Back to the forecast: overrides below go; where one above reaches in, a release stands behind it."""
        origin = (row.id, self.column)
        nodes = [row.node] if row.node else [self.cube.leaf_node(int(leaf)) for leaf in row.leaves]
        for node in nodes:
            self._release_node(node, changes, origin)

    def _release_node(self, node: Node, changes: Changes, origin: tuple[str, int]) -> None:
        inside, across = [], False
        mine = frozenset(self.cube.leaves_of(node).tolist())
        for entry in self.entries if not node.is_leaf else self._touching(node):
            if entry.id in changes.revoked:
                continue
            if contains(node, entry.node, leaves=self.cube):
                inside.append(entry)
            elif not mine.isdisjoint(self.cube.leaves_of(entry.node).tolist()):
                across = True
        revocable = [entry for entry in inside if self._revocable(entry)]
        changes.revoked.update(entry.id for entry in revocable)
        month = self.cube.months[self.column]
        if across or len(revocable) < len(inside):
            changes.added.append(NewOverride(node, month, OverrideMode.RELEASE, Decimal(0), origin))
        else:
            changes.released.append(Released(node, month, origin))

    def _touching(self, leaf: Node) -> list[Entry]:
        """Entries at a leaf and around it, without a look at the thousands at other leaves."""
        at = self.cube.book.at_cell(leaf, self.column)
        found = self.cube.leaves_of(leaf)
        around = [entry for entry, leaves in self.wide if len(found) and int(found[0]) in leaves]
        return [*at, *around]

    def _supersede(self, node: Node, changes: Changes) -> None:
        for entry in self.cube.book.at_cell(node, self.column):
            if self._revocable(entry):
                changes.revoked.add(entry.id)

    def _revocable(self, entry: Entry) -> bool:
        """Whether dropping an override that is overtaken leaves every other leaf as it is.

        What was typed at a leaf also weighs in later splits of the nodes above it, so it stays with those.
        """
        if not entry.node.is_leaf or not self.wide:
            return True
        found = self.cube.leaves_of(entry.node)
        if not len(found):
            return True
        leaf = int(found[0])
        return not any(wide.sequence > entry.sequence and leaf in leaves for wide, leaves in self.wide)


def open_month(cube: Cube, column: int, *, weighed: bool, without: Iterable[int] = ()) -> Column:
    """A month as it stands now, ready for further overrides."""
    gone = set(without)
    month = start(cube, column, quantity=cube.quantity[column])
    if weighed:
        month.weight = weights_of(cube, column, (e for e in cube.book.column(column) if e.id not in gone))
    month.locks = [
        (lock, cube.leaves_of(lock.node)) for lock in cube.book.locks(column) if lock.id not in gone
    ]
    return month


def quantities(cube: Cube, changes: Changes) -> dict[int, Array]:
    """New quantities (N,) of the changed months; a change that does not fit is added to the errors."""
    out = {}
    for column, (added, released) in changes.columns(cube).items():
        wide = any(not one.node.is_leaf for one in added) or bool(cube.book.locks(column))
        month = open_month(cube, column, weighed=wide, without=changes.revoked)
        for one in released:
            found = cube.leaves_of(one.node)
            month.quantity[found] = month.weight[found] = cube.base[column, found]
        entries = [
            Entry(-1 - place, 2**62 + place, new.node, column, new.mode, float(new.value), True, None)
            for place, new in enumerate(added)
        ]
        if wide:
            changes.errors += _applied(month, entries, [new.origin for new in added])
        else:
            month.apply(entries)
        out[column] = month.quantity
    return out


def _applied(
    month: Column, entries: list[Entry], origins: list[tuple[str, int]]
) -> list[tuple[str, int, str]]:
    """Apply overrides one by one; returns row, column and reason of those that do not fit."""
    errors = []
    for entry, origin in zip(entries, origins, strict=True):
        try:
            month.apply([entry])
        except CannotApply as error:
            errors.append((*origin, str(error)))
    return errors


def replayed(cube: Cube, columns: Iterable[int], *, off: set[int], on: list[Entry]) -> dict[int, Array]:
    """Quantities (N,) of months with some overrides taken away and others brought back, from the forecast on."""
    out = {}
    for column in columns:
        entries = [entry for entry in cube.book.column(column) if entry.id not in off]
        entries += [entry for entry in on if entry.column == column]
        out[column] = derive(cube, column, sorted(entries, key=lambda e: e.sequence), skip=lambda _: None)
    return out


def reach(cube: Cube, toggled: Iterable[Entry]) -> IntArray:
    """Leaves that may move when these overrides come or go: theirs, and those of later splits that reach in."""
    mask = np.zeros(cube.leaves, dtype=bool)
    by_column: dict[int, list[Entry]] = {}
    for entry in toggled:
        by_column.setdefault(entry.column, []).append(entry)
    for column, entries in by_column.items():
        own = np.zeros(cube.leaves, dtype=bool)
        for entry in entries:
            own[cube.leaves_of(entry.node)] = True
        first = min(entry.sequence for entry in entries)
        for entry in cube.book.column(column):
            if not entry.node.is_leaf and (entry.sequence > first or entry.mode == OverrideMode.LOCK):
                found = cube.leaves_of(entry.node)
                if own[found].any():
                    own[found] = True
        mask |= own
    return np.flatnonzero(mask)


def around_locks(cube: Cube, changes: Changes) -> IntArray:
    """Leaves that a change may move: those of its nodes, and those of locked nodes around them."""
    mask = np.zeros(cube.leaves, dtype=bool)
    for column, (added, released) in changes.columns(cube).items():
        own = np.zeros(cube.leaves, dtype=bool)
        for node in [one.node for one in added] + [back.node for back in released]:
            own[cube.leaves_of(node)] = True
        for lock in cube.book.locks(column):
            found = cube.leaves_of(lock.node)
            if own[found].any():
                own[found] = True
        mask |= own
    return np.flatnonzero(mask)


def to_step(value: Decimal, step: Decimal | float) -> Decimal:
    """The multiple of the step next to a value, halves up."""
    size = Decimal(str(step))
    return (value / size).quantize(Decimal(1), rounding=ROUND_HALF_UP) * size
