"""What the demand plan page shows: rows of the grid, headline figures, one node in depth, and its notes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone

from forecasting.engine import Array, BoolArray, IntArray
from forecasting.enums import OverrideMode
from forecasting.grid import (
    ALL,
    CATEGORY,
    ITEM,
    LEAF,
    Cube,
    Row,
    Selection,
    UnknownRow,
    View,
    exceptions,
    row_at,
    row_named,
    select,
    total_of,
    view,
)
from forecasting.models import Assumption, BudgetLine, Override
from forecasting.overrides_book import Entry, Node
from siop.accounts.access import scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.visibility import with_below
from siop.statements import rows_of
from siop.web.grid import GridQuery
from siop.web.models import Comment
from siop.web.templatetags.siop import many

OVERRIDE, EXCEPTION, COMMENT, LOCKED, UNEXPLAINED, READ_ONLY = 1, 2, 4, 8, 16, 32
YEAR = 12
NAMES = {ALL: "All items", CATEGORY: "", ITEM: "", LEAF: ""}


class Shown:
    """One person's view of a plan under a query: the leaves, the rows, and figures of both."""

    def __init__(self, cube: Cube, query: GridQuery, person: Person) -> None:
        self.cube, self.query, self.person = cube, query, person
        scope, self.scope_key = scope_of(cube, person, Permission.VIEW)
        self.selection: Selection = select(cube, query, scope=scope, scope_key=self.scope_key)

    @property
    def view(self) -> View:
        return view(self.cube, self.query, self.selection, scope_key=self.scope_key)

    def permitted(self, permission: Permission) -> IntArray | None:
        """Leaves of the plan within which the person holds a permission; None for all."""
        mask, _ = scope_of(self.cube, self.person, permission)
        return None if mask is None else np.flatnonzero(mask)

    def named(self, name: str) -> Row:
        return row_named(self.cube, self.query, self.selection, name)

    def window(self, first: int, count: int) -> list[dict[str, Any]]:
        """Rows `first` to `first + count` as the grid takes them."""
        shown = self.view
        indexes = range(first, min(first + count, shown.total))
        rows = [row_at(self.cube, self.query, self.selection, shown, index) for index in indexes]
        payloads = self.payloads(rows)
        for index, payload in zip(indexes, payloads, strict=True):
            payload["l"], payload["x"] = int(shown.level[index]), int(shown.state[index])
        return payloads

    def payloads(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        leaves = np.array([row.leaves[0] for row in rows if row.kind == LEAF], dtype=np.int64)
        values = self.cube.quantity[:, leaves]
        flags = _leaf_flags(self.cube, leaves)
        out, at = [], 0
        for row in rows:
            if row.kind == LEAF:
                out.append(self._leaf(row, values[:, at], flags[:, at]))
                at += 1
            else:
                out.append(self._node(row))
        return out

    def of_ids(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """Rows by id, those that are not shown any more left out; level and state stay what the page has."""
        rows = []
        for name in dict.fromkeys(names):
            try:
                rows.append(self.named(name))
            except UnknownRow:
                continue
        return self.payloads(rows)

    def _leaf(self, row: Row, values: Array, flags: Array) -> dict[str, Any]:
        cube, leaf = self.cube, int(row.leaves[0])
        item = int(cube.item[leaf])
        texts = [cube.items.codes[item], cube.items.descriptions[item], cube.places[leaf]]
        marks = {c: int(bits) for c, bits in enumerate(flags) if bits}
        assert row.node is not None  # noqa: S101 - a leaf is always a node
        return self._payload(row, texts, values, _with_notes(cube, row.node, marks), 1)

    def _node(self, row: Row) -> dict[str, Any]:
        cube, count = self.cube, len(row.leaves)
        texts = [self.label(row), many(count, "row"), ""]
        if row.kind == ITEM:
            texts[1] = cube.items.descriptions[row.ref] or texts[1]
            texts[2] = f"{count} places"
        marks = _with_notes(cube, row.node, {}) if row.node else {}
        return self._payload(row, texts, total_of(cube.quantity, row, selection=self.selection), marks, count)

    def _payload(
        self, row: Row, texts: list[str], values: Array, marks: dict[int, int], count: int
    ) -> dict[str, Any]:
        places = places_of(self.cube, row)
        total = float(values[:YEAR].sum())
        payload: dict[str, Any] = {
            "id": row.id,
            "v": int(self.cube.version[row.leaves].sum()),
            "l": 1,
            "x": 0,
            "n": count,
            "t": [*texts, f"{total:,.{places}f}"],
            "c": _shown(values, places),
        }
        if marks:
            payload["f"] = marks
        if places:
            payload["p"] = places
        return payload

    def label(self, row: Row) -> str:
        if row.kind == ALL:
            return NAMES[ALL]
        if row.kind == CATEGORY:
            return self.cube.tree.codes[row.ref]
        item = row.ref if row.kind == ITEM else int(self.cube.item[row.ref])
        return self.cube.items.codes[item]

    def full_label(self, row: Row) -> str:
        place = self.cube.places[row.ref] if row.kind == LEAF else ""
        return f"{self.label(row)}, {place}" if place else self.label(row)

    def values_at(self, row: Row, column: int) -> float:
        """What the grid shows in a cell now."""
        value = float(self.cube.quantity[column, row.leaves].sum())
        return float(_shown(np.array([value]), places_of(self.cube, row))[0])


def scope_of(cube: Cube, person: Person, permission: Permission) -> tuple[BoolArray | None, Hashable]:
    """Leaves within the categories and locations where the permission holds, None for all; and a cache key."""
    categories, locations = scopes_of(person, permission)
    if categories is None and locations is None:
        return None, None
    mask = np.ones(cube.leaves, dtype=bool)
    if categories is not None:
        mask[:] = False
        for pk in with_below(categories):
            at = cube.category_position.get(pk)
            if at is not None:
                mask[cube.tree.start[at] : cube.tree.direct[at]] = True
    if locations is not None:
        mask &= np.isin(cube.location, list(locations))
    key = (frozenset(categories or ()), categories is None, frozenset(locations or ()), locations is None)
    return mask, key


def _leaf_flags(cube: Cube, leaves: Any) -> Array:
    moved = np.abs(cube.quantity[:, leaves] - cube.base[:, leaves]) > 1e-9
    return np.asarray(moved * OVERRIDE + exceptions(cube, leaves) * EXCEPTION)


def _with_notes(cube: Cube, node: Node, marks: dict[int, int]) -> dict[int, int]:
    """Marks of the overrides and comments at exactly this node."""
    for column, entries in cube.book.at(node).items():
        newest = entries[-1]
        bits = {"release": 0, "lock": OVERRIDE | LOCKED}.get(newest.mode, OVERRIDE)
        if bits and not newest.explained:
            bits |= UNEXPLAINED
        marks[column] = marks.get(column, 0) | bits
    for column in cube.comments.get(node.place, ()):
        marks[column] = marks.get(column, 0) | COMMENT
    return marks


def places_of(cube: Cube, row: Row) -> int:
    """Decimals worth showing: none for whole steps, up to three for finer ones."""
    step = cube.step_of(row.leaves[:1])
    size = float(step[0]) if len(step) else 1.0
    return next(
        (places for places in range(4) if abs(size * 10**places - round(size * 10**places)) < 1e-9), 3
    )


def _shown(values: Array, places: int) -> list[float]:
    """Every displayed sum is rounded once, halves up; whole numbers stay whole on the wire."""
    scaled = np.floor(np.asarray(values) * 10**places + 0.5)
    if places == 0:
        return list(scaled.astype(np.int64).tolist())
    return list((scaled / 10**places).tolist())


def sums(shown: Shown) -> dict[str, Any]:
    """Next twelve months of what is shown: plan and what it is compared with, units; value at list price."""
    cube, chosen = shown.cube, shown.selection
    leaves: Any = slice(None) if chosen.whole else chosen.leaves
    if not chosen.sums:
        chosen.sums.update(_fixed_sums(cube, leaves))
    plan = cube.quantity[:YEAR, leaves]
    per_leaf = plan.sum(axis=0)
    price = cube.items.price[cube.item[leaves]]
    typed, outside = _marks_within(shown)
    return {
        **chosen.sums,
        "plan": float(per_leaf.sum()),
        "value": float((per_leaf * price).sum()),
        "plan_months": plan.sum(axis=1),
        "overrides": typed,
        "exceptions": outside,
    }


def _fixed_sums(cube: Cube, leaves: Any) -> dict[str, Any]:
    """Comparisons that no edit changes."""
    with np.errstate(invalid="ignore"):
        last_cycle = None if cube.last_cycle is None else cube.last_cycle[:YEAR, leaves].sum(axis=1)
        last_year = cube.last_year[:YEAR, leaves].sum(axis=1)
    return {
        "statistical": float(cube.statistical[:YEAR, leaves].sum()),
        "last_cycle_months": last_cycle,
        "last_year_months": last_year,
    }


def _marks_within(shown: Shown) -> tuple[int, int]:
    """Overrides typed within what is shown, and overridden cells outside the forecast range."""
    cube, chosen = shown.cube, shown.selection
    typed = len(typed_within(shown))
    if not chosen.whole:
        return typed, int(exceptions(cube, chosen.leaves).sum())
    nothing = np.zeros(0, dtype=np.int64)
    moved = np.unique(np.concatenate([nothing, *(cube.leaves_of(node) for node in cube.book.nodes())]))
    return typed, int(exceptions(cube, moved).sum())


def typed_within(shown: Shown) -> list[Entry]:
    """Overrides that stand at nodes of which every leaf is shown; a return to the forecast is none."""
    cube, chosen = shown.cube, shown.selection
    standing = [entry for entry in cube.book.all() if entry.mode != OverrideMode.RELEASE]
    if chosen.whole:
        return standing
    inside = np.zeros(cube.leaves, dtype=bool)
    inside[chosen.leaves] = True
    within = {
        node
        for node in {entry.node for entry in standing}
        if len(found := cube.leaves_of(node)) and inside[found].all()
    }
    return [entry for entry in standing if entry.node in within]


def budget(cube: Cube, query: GridQuery) -> dict[str, float] | None:
    """Budget of the next twelve months and the part of the plan beside it; None where it does not fit the query."""
    lines = budget_lines(cube, query)
    rows = [] if lines is None else list(lines.values_list("month", "units", "revenue"))
    if not rows:
        return None
    return {
        "units": float(sum(units or 0 for _, units, _ in rows)),
        "revenue": float(sum(revenue or 0 for _, _, revenue in rows)),
        "months": float(len({month for month, _, _ in rows})),
    }


def budget_lines(cube: Cube, query: GridQuery) -> QuerySet[BudgetLine] | None:
    """Budget of the next twelve months for what a query shows; None where a budget knows no such part."""
    if query.narrows_leaves or query.location:
        return None
    lines = BudgetLine.objects.filter(month__in=cube.months[:YEAR])
    if query.family:
        pks = {
            int(pk) for pk, code in zip(cube.tree.pk, cube.tree.codes, strict=True) if code == query.family
        }
        lines = lines.filter(category_id__in=with_below(pks))
    if query.segment:
        lines = lines.filter(segment__code=query.segment)
    return lines


def comments_of(node: Node, limit: int) -> list[Comment]:
    rest = "WHERE t.place = %s ORDER BY t.created DESC LIMIT %s"
    return rows_of(Comment, rest, [node.place, limit], joined=("person",))


def assumptions_of(cube: Cube, node: Node, limit: int) -> list[Assumption]:
    """Open assumptions, risks and opportunities about the node's category, one above it, or everything."""
    rest = """
    WHERE t.closed IS NULL AND (t.category_id IS NULL OR t.category_id = ANY(%s::bigint[]))
    ORDER BY t.created DESC LIMIT %s
    """
    return rows_of(Assumption, rest, [cube.categories_above(node), limit], joined=("person", "category"))


def overrides_at(node: Node, limit: int, *, month: date | None = None) -> list[Override]:
    """Overrides typed at exactly this node, the newest first, revoked ones too; of one month where it is named."""
    rest = f"""
    WHERE {_at(node)} AND (%(month)s::date IS NULL OR t.month = %(month)s)
    ORDER BY t.sequence DESC LIMIT %(limit)s
    """
    return rows_of(Override, rest, {**node._asdict(), "month": month, "limit": limit}, joined=("person",))


def _at(node: Node) -> str:
    """The condition that a row stands at exactly this node; what stands for all is NULL in the table."""
    parts = (f"t.{name}_id {f'= %({name})s' if pk else 'IS NULL'}" for name, pk in node._asdict().items())
    return " AND ".join(parts)


def last_editor(node: Node, month: date) -> tuple[str, str]:
    """Who changed a cell last, and when, for the dialog of a conflict."""
    newest = overrides_at(node, 1, month=month)
    return (newest[0].person.name, f"{timezone.localtime(newest[0].created):%H:%M}") if newest else ("", "")
