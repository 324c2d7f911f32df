"""Overrides: what planners type into the demand plan, with who, when and why; undone, explained and replayed here.

They stand at the node where they were typed and belong to no plan: the live plan and an open cycle plan are both
derived from them, and a new baseline splits them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from forecasting.engine import Array, IntArray
from forecasting.enums import EditKind
from forecasting.grid import Cube
from forecasting.models import EditBatch, Override
from forecasting.overrides_book import Entry, Node
from forecasting.selectors.demand_cube import cube_of, holds, load
from siop.accounts.models import Person
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plans
from siop.transactions import repeatable
from siop.web import audit

from . import override_store as store
from .following import UNFOLLOWED, follow
from .override_changes import (
    PREVIEW_OVER,
    Changes,
    Typed,
    around_locks,
    plan_changes,
    quantities,
    reach,
    replayed,
)

SAMPLE = 12


class Stale(Exception):
    """Rows were changed since they were read: nothing was applied. `rows` are the typed rows concerned."""

    def __init__(self, rows: list[Typed]) -> None:
        super().__init__("changed in the meantime")
        self.rows = rows


class Refused(Exception):
    """Cells that cannot be changed, as (row id, column, reason): nothing was applied."""

    def __init__(self, errors: list[tuple[str, int, str]]) -> None:
        super().__init__(errors[0][2] if errors else "refused")
        self.errors = errors


class NotEditable(Exception):
    """The plan as a whole is read-only; the message says why and what to do."""


@dataclass(frozen=True)
class Preview:
    """What a change of a node over many leaves would do; nothing was applied."""

    leaves: int
    before: float
    after: float
    sample: list[tuple[int, float, float]]  # leaf, before, after


@dataclass(frozen=True)
class Saved:
    batch: UUID
    cells: int
    leaves: IntArray
    message: str
    wide: bool  # more than the rows that were named have changed


@repeatable
@transaction.atomic
def save(**edit: Any) -> Saved | Preview:
    """`record`, with everything that follows from it planned again before it returns."""
    saved = record(**edit)
    if isinstance(saved, Saved):
        follow(person=edit["person"], batch_ids=[saved.batch])
    return saved


@repeatable
def record(
    *,
    plan: PlanVersion,
    cube: Cube,
    person: Person,
    key: UUID,
    typed: Sequence[Typed],
    mode: str = "set",
    reason: str = "",
    expires: date | None = None,
    confirm: bool = False,
    kind: EditKind = EditKind.EDIT,
    permitted: IntArray | None = None,
) -> Saved | Preview:
    """Turn typed cells into overrides and derive the plans from them, all or nothing.

    The rows are places in `cube`. The same `key` again returns the first answer. `permitted` are the leaves
    this person may edit, None for all. Raises Stale, Refused or NotEditable.
    """
    with transaction.atomic():
        batch, fresh = _open_batch(plan, person, key, kind=kind, reason=reason)
        if not fresh:
            return _repeated(batch)
        cubes = _held(plan, lambda other: _leaves_of_rows(other, cube, typed), known=cube)
        if cubes[0] is not cube:
            raise Stale(list(typed))
        stale = [one for one in typed if int(cube.version[one.row.leaves].sum()) != one.version]
        if stale:
            raise Stale(stale)
        _refuse_foreign(typed, permitted)
        changes = plan_changes(cube, typed, mode=mode)
        new = quantities(cube, changes)
        if changes.errors:
            raise Refused(changes.errors)
        large = max((len(one.row.leaves) for one in typed), default=0)
        if large > PREVIEW_OVER and not confirm:
            transaction.set_rollback(True)
            return _preview(cube, new)
        single = [int(one.row.leaves[0]) for one in typed if len(one.row.leaves) == 1]
        named = np.unique(np.array(single, dtype=np.int64))
        moved = _write(cubes, changes, {0: new}, always=named)
        ids = store.insert_overrides(
            changes.added, batch=key, person_id=person.pk, reason=reason, expires=expires
        )
        store.revoke(changes.revoked)
        cells = sum(len(one.cells) for one in typed)
        return _close(batch, person, cubes, added=ids, revoked=sorted(changes.revoked), cells=cells, moved=moved,
                      message=f"{_cells(cells)} saved", wide=large > 1)  # fmt: skip


@repeatable
@transaction.atomic
def undo(*, plan: PlanVersion, person: Person, key: UUID, batch_id: UUID) -> Saved:
    """`take_back`, with everything that follows from it planned again before it returns."""
    saved = take_back(plan=plan, person=person, key=key, batch_id=batch_id)
    follow(person=person, batch_ids=[saved.batch])
    return saved


@repeatable
def take_back(*, plan: PlanVersion, person: Person, key: UUID, batch_id: UUID) -> Saved:
    """Take a batch of this person back; an undo undone is a redo. Cells edited again since then keep that."""
    with transaction.atomic():
        done = EditBatch.objects.filter(pk=batch_id, person=person).first()
        if done is None:
            raise NotEditable("That edit is not one of yours, or it is too old to be undone.")
        kind = EditKind.REDO if done.kind == EditKind.UNDO else EditKind.UNDO
        batch, fresh = _open_batch(plan, person, key, kind=kind, reason=done.reason, undo_of=done)
        if not fresh:
            return _repeated(batch)
        off, on, overtaken = _toggles(done)
        rows = list(Override.objects.filter(pk__in=[*off, *on]))
        cubes = _held(plan, lambda cube: reach(cube, [e for o in rows if (e := _entry(cube, o))]))
        moved = []
        for cube in cubes:
            entries = [e for o in rows if (e := _entry(cube, o))]
            back = [e for e in entries if e.id in on]
            new = replayed(cube, {e.column for e in entries}, off=off, on=back)
            own = _own_leaves(cube, entries)
            moved.append(_write_columns(cube, new, within=reach(cube, entries), always=own))
        store.revoke(off)
        store.reinstate(on)
        cells = int(done.images.get("cells", len(off)))
        word = "redone" if kind == EditKind.REDO else "undone"
        message = f"{_cells(cells - overtaken)} {word}"
        if overtaken:
            message += f"; {overtaken} were changed since and stay as they are"
        return _close(batch, person, cubes, added=sorted(on), revoked=sorted(off), cells=cells,
                      moved=moved, message=message, wide=True)  # fmt: skip


@repeatable
def explain(*, person: Person, cells: Iterable[tuple[Node, date]], reason: str, expires: date | None) -> int:
    """Give the active overrides of these cells a reason and an expiry date; returns how many there were."""
    wanted = set(cells)
    with transaction.atomic():
        locks.require_open(PlanPart.DEMAND)
        months = {month for _, month in wanted}
        active = Override.objects.filter(revoked__isnull=True, month__in=months)
        found = [one.pk for one in active if (_node(one), one.month) in wanted]
        audit.because(reason)
        store.explain(found, reason=reason, expires=expires)
    return len(found)


def replay(*, plan: PlanVersion) -> int:
    """Apply the active overrides, in the order they were typed, to a plan's fresh consensus; returns changed lines."""
    if not Override.objects.filter(revoked__isnull=True, month__gte=plan.as_of).exists():
        return 0
    cube = load(plan)
    cube.base = cube.quantity.copy()
    return len(_replayed_anew(cube))


def derive_again(*, plan: PlanVersion) -> list[int]:
    """Apply them to forecasts of which some were exchanged; returns the ids of the items whose demand moved."""
    cube = load(plan)
    return [int(pk) for pk in np.unique(cube.items.pk[cube.item[_replayed_anew(cube)]])]


def _replayed_anew(cube: Cube) -> IntArray:
    """Store what all active overrides make of the forecasts; returns the leaves that differ from what was stored."""
    columns = [column for column in range(cube.columns) if cube.book.by_column.get(column)]
    new = replayed(cube, columns, off=set(), on=[])
    return _write_columns(cube, new, within=np.arange(cube.leaves), always=np.zeros(0, dtype=np.int64))


def editable_plans(plan: PlanVersion) -> list[PlanVersion]:
    """The plan that is edited, and the others that follow the same overrides."""
    open_ones = working_plans()
    if plan.pk not in {one.pk for one in open_ones}:
        raise NotEditable(f"{plan} is kept as it was; open the working plan to make changes.")
    return sorted(open_ones, key=lambda one: one.pk != plan.pk)


def _open_batch(
    plan: PlanVersion,
    person: Person,
    key: UUID,
    *,
    kind: EditKind,
    reason: str,
    undo_of: EditBatch | None = None,
) -> tuple[EditBatch, bool]:
    """The batch of a request, and whether it is new; a request sent twice waits here for its first run."""
    batch = EditBatch(pk=key, plan=plan, person=person, kind=kind, reason=reason, undo_of=undo_of)
    fresh = store.open_batch(batch)
    if not fresh:
        batch = EditBatch.objects.get(pk=key)
    if batch.person_id != person.pk:
        raise NotEditable("This request has been used by somebody else; reload the page.")
    if fresh:
        locks.require_open(PlanPart.DEMAND)
        if reason:
            audit.because(reason)
    return batch, fresh


def _repeated(batch: EditBatch) -> Saved:
    images = batch.images
    return Saved(
        batch.pk, images["cells"], np.array(images["leaves"], dtype=np.int64), images["message"], True
    )


def _close(
    batch: EditBatch, person: Person, cubes: list[Cube], *, added: list[int], revoked: list[int], cells: int,
    moved: list[IntArray], message: str, wide: bool,
) -> Saved:  # fmt: skip
    few = moved[0][:2000].tolist()
    items = {
        cube.plan_id: np.unique(cube.items.pk[cube.item[leaves]]).tolist()
        for cube, leaves in zip(cubes, moved, strict=True)
    }
    batch.images = {"added": added, "revoked": revoked, "cells": cells, "leaves": few, "message": message}
    batch.images[UNFOLLOWED] = {pk: found for pk, found in items.items() if found}
    store.close_batch(batch)
    return Saved(batch.pk, cells, moved[0], message, wide)


def _held(plan: PlanVersion, leaves: Callable[[Cube], IntArray], *, known: Cube | None = None) -> list[Cube]:
    """Arrays of the edited plan and of those that follow it, with the lines in question locked, as of now."""
    plans = editable_plans(plan)
    for one in sorted(plans, key=lambda p: p.pk):
        cube = known if known is not None and known.plan_id == one.pk else cube_of(one)
        store.lock_lines(cube, leaves(cube))
    return [cube_of(one) for one in plans]


def _leaves_of_rows(cube: Cube, source: Cube, typed: Sequence[Typed]) -> IntArray:
    """Leaves that the rows can move in a plan: theirs, and those of locked nodes around them."""
    mask = np.zeros(cube.leaves, dtype=bool)
    columns = {column for one in typed for column in one.cells}
    for one in typed:
        if cube is source:
            mask[one.row.leaves] = True
        elif one.row.node is not None:
            mask[cube.leaves_of(one.row.node)] = True
        else:
            for leaf in one.row.leaves:
                mask[cube.leaves_of(source.leaf_node(int(leaf)))] = True
    for column in columns:
        for lock in cube.book.locks(column):
            found = cube.leaves_of(lock.node)
            if mask[found].any():
                mask[found] = True
    return np.flatnonzero(mask)


def _refuse_foreign(typed: Sequence[Typed], permitted: IntArray | None) -> None:
    if permitted is None:
        return
    errors = [
        (one.row.id, column, "parts of this row lie outside the categories and locations you may edit")
        for one in typed
        if not np.isin(one.row.leaves, permitted).all()
        for column in one.cells
    ]
    if errors:
        raise Refused(errors)


def _write(
    cubes: list[Cube], changes: Changes, known: dict[int, dict[int, Array]], *, always: IntArray
) -> list[IntArray]:
    """Store the change in every plan; returns the leaves of each that were written."""
    written = []
    for index, cube in enumerate(cubes):
        new = known.get(index)
        if new is None:
            # In the plan that follows, overrides are told apart by their id, and one that does not fit is left out.
            new = quantities(cube, Changes(changes.added, changes.revoked, changes.released))
        mine = always if index == 0 else np.zeros(0, dtype=np.int64)
        written.append(_write_columns(cube, new, within=around_locks(cube, changes), always=mine))
    return written


def _write_columns(cube: Cube, new: dict[int, Array], *, within: IntArray, always: IntArray) -> IntArray:
    """Store the leaves whose quantity differs, and those in `always`; returns them."""
    if not new and not len(always):
        return np.zeros(0, dtype=np.int64)
    columns = sorted(new)
    fresh = np.stack([new[column][within] for column in columns]) if columns else np.zeros((0, len(within)))
    differs = (np.abs(fresh - cube.quantity[columns][:, within]) > 1e-9).any(axis=0)
    moved = np.union1d(within[differs], always).astype(np.int64)
    quantity = cube.quantity[:, moved].copy()
    inside = np.isin(moved, within)
    for column in columns:
        quantity[column, inside] = new[column][moved[inside]]
    store.write_lines(cube, moved, quantity)
    return moved


def _toggles(done: EditBatch) -> tuple[set[int], set[int], int]:
    """Overrides to switch off and on again, and how many of the batch were overtaken by a later edit."""
    added, revoked = set(done.images.get("added", [])), set(done.images.get("revoked", []))
    rows = {one.pk: one for one in Override.objects.filter(pk__in=added | revoked).select_for_update()}
    off = {pk for pk in added if pk in rows and rows[pk].revoked is None}
    taken = {(_node(rows[pk]), rows[pk].month) for pk in added - off if pk in rows}
    on = {
        pk
        for pk in revoked
        if pk in rows and rows[pk].revoked is not None and (_node(rows[pk]), rows[pk].month) not in taken
    }
    return off, on, len(added - off)


def _entry(cube: Cube, override: Override) -> Entry | None:
    """The override as this plan knows it; None where its month or its expiry lies outside."""
    columns = {month: column for column, month in enumerate(cube.months)}
    plan = PlanVersion(pk=cube.plan_id, as_of=cube.months[0])
    if override.month not in columns or not holds(override.expires, plan):
        return None
    return Entry(
        override.pk, override.sequence, _node(override), columns[override.month], override.mode,
        float(override.value), bool(override.reason), override.expires,
    )  # fmt: skip


def _own_leaves(cube: Cube, entries: list[Entry]) -> IntArray:
    mask = np.zeros(cube.leaves, dtype=bool)
    for entry in entries:
        if entry.node.is_leaf:
            mask[cube.leaves_of(entry.node)] = True
    return np.flatnonzero(mask)


def _node(override: Override) -> Node:
    return Node(
        override.category_id or 0, override.item_id or 0, override.location_id or 0, override.segment_id or 0
    )


def _preview(cube: Cube, new: dict[int, Array]) -> Preview:
    before = np.sum([cube.quantity[column] for column in new], axis=0)
    after = np.sum(list(new.values()), axis=0)
    moved = np.flatnonzero(np.abs(after - before) > 1e-9)
    largest = moved[np.argsort(-np.abs(after - before)[moved], kind="stable")][:SAMPLE]
    return Preview(
        leaves=len(moved),
        before=float(before[moved].sum()),
        after=float(after[moved].sum()),
        sample=[(int(leaf), float(before[leaf]), float(after[leaf])) for leaf in largest],
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"
