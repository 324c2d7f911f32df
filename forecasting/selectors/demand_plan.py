"""What the demand plan page shows: rows of the grid, headline figures, one node in depth, and its notes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

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
from forecasting.overrides_book import Entry, Node
from siop.accounts.access import scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.visibility import with_below
from siop.statements import answers
from siop.web.grid import GridQuery
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
        values, places = self._quantities(rows), [places_of(self.cube, row) for row in rows]
        totals = values[:, :YEAR].sum(axis=1).tolist()
        flagged = _flagged(self.cube, np.array([row.ref for row in rows if row.kind == LEAF], dtype=np.int64))
        return [
            self._payload(
                row, cells, total, _with_notes(self.cube, row.node, flagged.get(row.id, {})), decimals
            )
            for row, cells, total, decimals in zip(rows, _shown(values, places), totals, places, strict=True)
        ]

    def _quantities(self, rows: Sequence[Row]) -> Array:
        """(rows, T); those of leaves, which are most, are taken at once."""
        quantity, out = self.cube.quantity, np.empty((len(rows), self.cube.columns))
        leaves = [row.ref if row.kind == LEAF else -1 for row in rows]
        single = np.array(leaves, dtype=np.int64) >= 0
        out[single] = quantity[:, [leaf for leaf in leaves if leaf >= 0]].T
        for at in np.flatnonzero(~single).tolist():
            out[at] = total_of(quantity, rows[at], selection=self.selection)
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

    def _payload(
        self, row: Row, cells: list[float], total: float, marks: dict[int, int], places: int
    ) -> dict[str, Any]:
        payload: dict[str, Any] = {
            "id": row.id,
            "v": version_of(self.cube, row),
            "l": 1,
            "x": 0,
            "n": len(row.leaves),
            "t": [*self._texts(row), f"{total:,.{places}f}"],
            "c": cells,
        }
        if marks:
            payload["f"] = marks
        if places:
            payload["p"] = places
        return payload

    def _texts(self, row: Row) -> list[str]:
        cube, count = self.cube, len(row.leaves)
        if row.kind == LEAF:
            item = int(cube.item[row.ref])
            return [cube.items.codes[item], cube.items.descriptions[item], cube.places[row.ref]]
        if row.kind == ITEM:
            return [
                self.label(row),
                cube.items.descriptions[row.ref] or many(count, "row"),
                f"{count} places",
            ]
        return [self.label(row), many(count, "row"), ""]

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
        return _shown(np.array([[value]]), [places_of(self.cube, row)])[0][0]


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


def version_of(cube: Cube, row: Row) -> int:
    """What an edit of the row is checked against: it grows with each change of a leaf."""
    return int(cube.version[row.ref] if row.kind == LEAF else cube.version[row.leaves].sum())


def _flagged(cube: Cube, leaves: IntArray) -> dict[str, dict[int, int]]:
    """By id of the row, marks of its months: moved by an override, outside the range of the forecast."""
    moved = np.abs(cube.quantity[:, leaves] - cube.base[:, leaves]) > 1e-9
    flags = (moved * OVERRIDE + exceptions(cube, leaves) * EXCEPTION).T
    return {
        f"s{series}": {column: flag for column, flag in enumerate(row) if flag}
        for series, row in zip(cube.series[leaves].tolist(), flags.tolist(), strict=True)
    }


def _with_notes(cube: Cube, node: Node | None, marks: dict[int, int]) -> dict[int, int]:
    """Marks of the overrides and comments at exactly this node."""
    if node is None:
        return marks
    for column, newest in cube.book.newest(node).items():
        bits = {"release": 0, "lock": OVERRIDE | LOCKED}.get(newest.mode, OVERRIDE)
        if bits and not newest.explained:
            bits |= UNEXPLAINED
        marks[column] = marks.get(column, 0) | bits
    for column in cube.comments.get(node.place, ()):
        marks[column] = marks.get(column, 0) | COMMENT
    return marks


def places_of(cube: Cube, row: Row) -> int:
    """Decimals worth showing: none for whole steps, up to three for finer ones."""
    return _decimals(float(cube.items.step[cube.item[row.leaves[0]]])) if len(row.leaves) else 0


@cache
def _decimals(step: float) -> int:
    return next(
        (places for places in range(4) if abs(step * 10**places - round(step * 10**places)) < 1e-9), 3
    )


def _shown(values: Array, places: Sequence[int]) -> list[list[float]]:
    """(rows, T) with the decimals of each row: sums are rounded once, halves up; whole numbers stay whole on the wire."""
    scale = 10.0 ** np.array(places)[:, None]
    scaled = np.floor(values * scale + 0.5)
    whole = scaled.astype(np.int64).tolist()
    if not any(places):
        return list(whole)
    parts = (scaled / scale).tolist()
    return [part if decimals else row for row, part, decimals in zip(whole, parts, places, strict=True)]


def sums(shown: Shown) -> dict[str, Any]:
    """Next twelve months of what is shown: plan and what it is compared with, units; value at list price."""
    cube, chosen = shown.cube, shown.selection
    leaves: Any = slice(None) if chosen.whole else chosen.leaves
    if not chosen.sums:
        chosen.sums.update(_fixed_sums(cube, leaves))
    plan = cube.quantity[:YEAR, leaves]
    value_months = plan @ cube.items.price[cube.item[leaves]]
    typed, outside = _marks_within(shown)
    return {
        **chosen.sums,
        "plan": float(plan.sum()),
        "value": float(value_months.sum()),
        "plan_months": plan.sum(axis=1),
        "value_months": value_months,
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


@dataclass(frozen=True)
class Budgeted:
    """Budget of the next twelve months; `known` (12,) says which of them it covers."""

    units: float
    revenue: float
    known: BoolArray


def budget(cube: Cube, query: GridQuery) -> Budgeted | None:
    """None where a budget does not fit the query."""
    lines = budget_lines(cube, query)
    if not lines:
        return None
    return Budgeted(
        units=float(sum(units or 0 for _, _, units, _ in lines)),
        revenue=float(sum(revenue or 0 for *_, revenue in lines)),
        known=budgeted_months(cube, lines),
    )


def budgeted_months(cube: Cube, lines: Sequence[BudgetOf]) -> BoolArray:
    """Which of the next twelve months (12,) have a budget."""
    months = {month for month, *_ in lines}
    return np.array([month in months for month in cube.months[:YEAR]])


BUDGET = """
SELECT b.month, b.category_id, b.units, b.revenue FROM forecasting_budgetline b
LEFT JOIN catalog_segment s ON s.id = b.segment_id
WHERE b.month = ANY(%(months)s) AND (%(categories)s::bigint[] IS NULL OR b.category_id = ANY(%(categories)s::bigint[]))
      AND (%(segment)s = '' OR s.code = %(segment)s)
"""
BudgetOf = tuple[date, int, Decimal | None, Decimal | None]  # month, category, units, revenue


def budget_lines(cube: Cube, query: GridQuery) -> list[BudgetOf]:
    """Budget of the next twelve months for what a query shows; nothing where a budget knows no such part."""
    if query.narrows_leaves or query.location:
        return []
    tops = {int(pk) for pk, code in zip(cube.tree.pk, cube.tree.codes, strict=True) if code == query.family}
    categories = list(with_below(tops)) if query.family else None
    asked = {"months": cube.months[:YEAR], "categories": categories, "segment": query.segment}
    return answers(BUDGET, asked)
