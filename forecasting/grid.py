"""The demand plan as arrays in memory: a tree whose every node is one slice of leaves, and its visible rows.

Leaves (demand series) are sorted by category in depth-first order, item, location and segment, so a category
or an item is a slice and its roll-up one sum. Arrays are time-major, (T, N). Nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siop.web.grid import GridQuery

from .engine import Array, BoolArray, IntArray
from .overrides_book import EVERYTHING, Node, OverrideBook

ALL, CATEGORY, ITEM, LEAF = 3, 0, 1, 2
LEAF_STATE, CLOSED, OPEN = 0, 1, 2
OPEN_ALL_UP_TO = 2000
PREFIX = {ALL: "all", CATEGORY: "c", ITEM: "i", LEAF: "s"}


class UnknownRow(LookupError):
    """An id that names no row of this plan."""


@dataclass(frozen=True)
class Tree:
    """Categories depth first; `start:end` are the leaves of a category with all below, `start:direct` its own."""

    pk: IntArray
    codes: list[str]
    parent: IntArray
    start: IntArray
    direct: IntArray
    end: IntArray

    @property
    def tops(self) -> list[int]:
        return [int(index) for index in np.flatnonzero(self.parent < 0)]

    def children(self, index: int) -> list[int]:
        return [int(child) for child in np.flatnonzero(self.parent == index)]


@dataclass(frozen=True)
class Items:
    pk: IntArray
    codes: list[str]
    descriptions: list[str]
    step: Array
    price: Array
    start: IntArray
    end: IntArray
    searchable: list[str]
    rank: Array  # place of each item by code

    @cached_property
    def longest_code(self) -> int:
        """Characters."""
        return max(map(len, self.codes), default=0)


@dataclass
class Cube:
    """One plan's demand. The forecast is fixed for a baseline; `quantity` and `version` follow the edits."""

    plan_id: int
    runs: frozenset[int]
    months: list[date]
    history_months: list[date]
    tree: Tree
    items: Items
    series: IntArray
    item: IntArray
    location: IntArray
    segment: IntArray
    places: list[str]
    location_codes: dict[int, str]
    segment_codes: dict[int, str]
    statistical: Array
    base: Array  # what stands without overrides: statistical, or the demand made elsewhere
    low: Array
    high: Array
    history: NDArray[np.float32]
    last_year: Array
    last_cycle: Array | None
    quantity: Array
    version: IntArray
    line: IntArray
    book: OverrideBook
    comments: dict[str, set[int]] = field(default_factory=dict)
    comments_seen: str = ""  # which comments those are
    horizon_mark: int = 0
    generation: int = 0
    selections: dict[Any, Selection] = field(default_factory=dict)
    views: dict[Any, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.position = {int(pk): index for index, pk in enumerate(self.series)}
        self.item_position = {int(pk): index for index, pk in enumerate(self.items.pk)}
        self.category_position = {int(pk): index for index, pk in enumerate(self.tree.pk)}
        self.places_text = [place.lower() for place in self.places]
        self._of_leaf_nodes: dict[Node, IntArray] = {}  # a paste asks for each of its rows many times

    @cached_property
    def past_year(self) -> Array:
        """Sales of the last twelve periods by leaf; they decide a split where the forecast is all zero."""
        return np.asarray(self.history[-12:].sum(axis=0), dtype=np.float64)

    @property
    def columns(self) -> int:
        return len(self.months)

    @property
    def leaves(self) -> int:
        return len(self.series)

    def step_of(self, leaves: IntArray) -> Array:
        return np.asarray(self.items.step[self.item[leaves]])

    def leaf_node(self, leaf: int) -> Node:
        return Node(0, int(self.items.pk[self.item[leaf]]), int(self.location[leaf]), int(self.segment[leaf]))

    def leaves_of(self, node: Node) -> IntArray:
        """Leaves beneath a node of the hierarchy; empty where the plan has none."""
        if not node.is_leaf:
            return self._within(node)
        found = self._of_leaf_nodes.get(node)
        if found is None:
            found = self._of_leaf_nodes[node] = self._within(node)
        return found

    def _within(self, node: Node) -> IntArray:
        if node.item:
            at = self.item_position.get(node.item)
            low, high = (0, 0) if at is None else (int(self.items.start[at]), int(self.items.end[at]))
        elif node.category:
            at = self.category_position.get(node.category)
            low, high = (0, 0) if at is None else (int(self.tree.start[at]), int(self.tree.end[at]))
        else:
            low, high = 0, self.leaves
        found = np.arange(low, high, dtype=np.int64)
        if node.location:
            found = found[self.location[found] == node.location]
        if node.segment:
            found = found[self.segment[found] == node.segment]
        return found

    def categories_above(self, node: Node) -> list[int]:
        """Ids of the node's category and those above it, the nearest first; none for everything."""
        at = self.category_position.get(node.category, -1) if node.category else self._category_of(node)
        found: list[int] = []
        while at >= 0:
            found.append(int(self.tree.pk[at]))
            at = int(self.tree.parent[at])
        return found

    def _category_of(self, node: Node) -> int:
        """Place in the tree of an item's category; -1 where the node is of no item."""
        at = self.item_position.get(node.item, -1)
        return int(np.searchsorted(self.tree.direct, self.items.start[at], side="right")) if at >= 0 else -1

    def overridden(self, column: int | slice = slice(None)) -> BoolArray:
        return np.asarray(np.abs(self.quantity[column] - self.base[column]) > 1e-9)


@dataclass(frozen=True)
class Selection:
    """The leaves a query shows, sorted; `whole` where they are all of the plan's."""

    leaves: IntArray
    whole: bool
    sums: dict[str, Any] = field(default_factory=dict, compare=False)

    def within(self, start: int, end: int) -> IntArray:
        low, high = np.searchsorted(self.leaves, [start, end])
        return self.leaves[low:high]

    def count(self, start: int, end: int) -> int:
        low, high = np.searchsorted(self.leaves, [start, end])
        return int(high - low)


@dataclass(frozen=True)
class View:
    """Visible rows in order: what kind each is, which category, item or leaf, how deep, open or closed."""

    kind: NDArray[np.int8]
    ref: IntArray
    level: NDArray[np.int8]
    state: NDArray[np.int8]

    @property
    def total(self) -> int:
        return len(self.kind)


def select(cube: Cube, query: GridQuery, *, scope: BoolArray | None, scope_key: Hashable) -> Selection:
    """The leaves that match a query within what the person may see."""
    key = (query.selection, scope_key, cube.generation if query.only != "all" else None)
    found = cube.selections.get(key)
    if found is None:
        found = _select(cube, query, scope)
        _remember(cube.selections, key, found)
    return found


def _select(cube: Cube, query: GridQuery, scope: BoolArray | None) -> Selection:
    mask = np.ones(cube.leaves, dtype=bool) if scope is None else scope.copy()
    if query.family:
        mask &= _family(cube, query.family)
    for wanted, codes, column in (
        (query.location, cube.location_codes, cube.location),
        (query.segment, cube.segment_codes, cube.segment),
    ):
        if wanted:
            mask &= np.isin(column, [pk for pk, code in codes.items() if code == wanted])
    for word in query.q.lower().split():
        mask &= _containing(cube, word)
    if query.only != "all":
        mask &= _marked(cube, query.only)
    leaves = np.flatnonzero(mask)
    return Selection(leaves=leaves, whole=len(leaves) == cube.leaves)


def _family(cube: Cube, code: str) -> BoolArray:
    mask = np.zeros(cube.leaves, dtype=bool)
    for index in (i for i, known in enumerate(cube.tree.codes) if known == code):
        mask[cube.tree.start[index] : cube.tree.end[index]] = True
    return mask


def _containing(cube: Cube, word: str) -> BoolArray:
    """Leaves whose item (code, description) or place holds the word; items are searched once each."""
    items = np.fromiter(
        (word in text for text in cube.items.searchable), dtype=bool, count=len(cube.items.pk)
    )
    known: dict[str, bool] = {}
    places = np.fromiter(
        (known.setdefault(text, word in text) for text in cube.places_text), dtype=bool, count=cube.leaves
    )
    return np.asarray(items[cube.item] | places)


def _marked(cube: Cube, only: str) -> BoolArray:
    if only == "overrides":
        typed_at_leaves = (node for node in cube.book.nodes() if node.is_leaf)
        return np.asarray(cube.overridden().any(axis=0) | _mask_of(cube, typed_at_leaves))
    if only == "exceptions":
        return np.asarray(exceptions(cube, slice(None)).any(axis=0))
    if only == "comments":
        return _mask_of(cube, (Node.parse(place) for place in cube.comments))
    return _mask_of(cube, (node for node in cube.book.nodes() if cube.book.unexplained(node)))


def _mask_of(cube: Cube, nodes: Iterator[Node]) -> BoolArray:
    mask = np.zeros(cube.leaves, dtype=bool)
    for node in nodes:
        mask[cube.leaves_of(node)] = True
    return mask


def exceptions(cube: Cube, leaves: IntArray | slice) -> BoolArray:
    """Overridden cells that lie outside the 80 % range of the forecast."""
    quantity, base = cube.quantity[:, leaves], cube.base[:, leaves]
    outside = (quantity < cube.low[:, leaves] - 1e-9) | (quantity > cube.high[:, leaves] + 1e-9)
    return np.asarray(outside & (np.abs(quantity - base) > 1e-9))


def view(cube: Cube, query: GridQuery, selection: Selection, *, scope_key: Hashable) -> View:
    """The rows of a query, from top to bottom."""
    sorted_by_value = query.sort not in ("code", "-code")
    fresh = cube.generation if sorted_by_value or query.only != "all" else None
    key = (query.order, scope_key, fresh)
    found = cube.views.get(key)
    if found is None:
        found = _Builder(cube, query, selection).build()
        _remember(cube.views, key, found)
    return found


def _remember(cache: dict[Any, Any], key: Any, value: Any, *, keep: int = 24) -> None:
    for oldest in list(cache)[: max(0, len(cache) - keep + 1)]:
        cache.pop(oldest, None)  # another thread may have been faster
    cache[key] = value


class _Builder:
    """Lays out one view. Categories are walked one by one, what lies in each is handled as arrays."""

    def __init__(self, cube: Cube, query: GridQuery, selection: Selection) -> None:
        self.cube, self.query, self.selection = cube, query, selection
        self.depth = query.depth
        if self.depth is None:
            self.depth = 9 if len(selection.leaves) <= OPEN_ALL_UP_TO else 1
        self.descending = query.sort.startswith("-")
        self.measure = self._measure()
        self.opened_items = {
            cube.item_position[int(one[1:])]
            for one in query.toggled
            if one[:1] == "i" and one[1:].isdigit() and int(one[1:]) in cube.item_position
        }
        self.parts: list[tuple[NDArray[np.int8], IntArray, NDArray[np.int8], NDArray[np.int8]]] = []

    def _measure(self) -> Array | None:
        """What rows are sorted by; None for codes."""
        key = self.query.sort.lstrip("-")
        if key == "total":
            return np.asarray(self.cube.quantity[:12].sum(axis=0))
        if key.isdigit() and int(key) < self.cube.columns:
            return np.asarray(self.cube.quantity[int(key)])
        return None

    def build(self) -> View:
        if self.query.group == "none":
            self._flat()
        else:
            self._tree()
        if not self.parts:
            empty = np.zeros(0, dtype=np.int8)
            return View(empty, np.zeros(0, dtype=np.int64), empty, empty)
        kind, ref, level, state = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        return View(kind, ref, level, state)

    def _flat(self) -> None:
        leaves = self.selection.leaves
        if self.measure is not None:
            leaves = leaves[np.argsort(self._signed(self.measure[leaves]), kind="stable")]
        else:
            leaves = leaves[
                np.argsort(self._signed(self.cube.items.rank[self.cube.item[leaves]]), kind="stable")
            ]
        self._add(LEAF, leaves, level=1, state=LEAF_STATE)

    def _signed(self, values: Array) -> Array:
        return -values if self.descending else values

    def _add(self, kind: int | NDArray[np.int8], ref: IntArray, *, level: Any, state: Any) -> None:
        size = len(ref)
        spread = [
            np.broadcast_to(np.asarray(value, dtype=np.int8), size).copy() for value in (kind, level, state)
        ]
        self.parts.append((spread[0], ref, spread[1], spread[2]))

    def _tree(self) -> None:
        tops = self._siblings(self.cube.tree.tops)
        if len(tops) > 1 or (tops and self.cube.tree.pk[tops[0]] == 0):
            opened = "all" not in self.query.toggled
            self._add(ALL, np.array([-1]), level=1, state=OPEN if opened else CLOSED)
            if opened:
                self._below_everything(tops)
            return
        for top in tops:
            self._category(top, level=1)

    def _below_everything(self, tops: list[int]) -> None:
        tree = self.cube.tree
        if len(tops) == 1:
            self._items(self.selection.within(int(tree.start[tops[0]]), int(tree.end[tops[0]])), level=2)
            return
        for top in tops:
            self._category(top, level=2)

    def _siblings(self, categories: list[int]) -> list[int]:
        tree, chosen = self.cube.tree, self.selection
        shown = [c for c in categories if chosen.count(int(tree.start[c]), int(tree.end[c]))]
        if self.measure is None:
            return shown[::-1] if self.descending else shown
        sums = {
            c: float(self.measure[chosen.within(int(tree.start[c]), int(tree.end[c]))].sum()) for c in shown
        }
        return sorted(shown, key=lambda c: sums[c], reverse=self.descending)

    def _category(self, index: int, *, level: int) -> None:
        tree = self.cube.tree
        assert self.depth is not None  # noqa: S101 - set in __init__
        opened = (level <= self.depth) != (f"c{tree.pk[index]}" in self.query.toggled)
        self._add(CATEGORY, np.array([index]), level=level, state=OPEN if opened else CLOSED)
        if not opened:
            return
        self._items(self.selection.within(int(tree.start[index]), int(tree.direct[index])), level=level + 1)
        for child in self._siblings(tree.children(index)):
            self._category(child, level=level + 1)

    def _items(self, leaves: IntArray, *, level: int) -> None:
        """Items of one category: an item with one leaf is that leaf, others open into theirs."""
        if not len(leaves):
            return
        items = self.cube.item[leaves]
        starts = np.flatnonzero(np.concatenate(([True], items[1:] != items[:-1])))
        counts = np.diff(np.append(starts, len(leaves)))
        order = self._item_order(leaves, starts)
        starts, counts = starts[order], counts[order]
        single = counts == 1
        ref = np.where(single, leaves[starts], items[starts])
        opened = np.isin(items[starts], list(self.opened_items)) & ~single
        kind = np.where(single, LEAF, ITEM).astype(np.int8)
        state = np.where(single, LEAF_STATE, np.where(opened, OPEN, CLOSED)).astype(np.int8)
        done = 0
        for at in np.flatnonzero(opened):
            self._add(kind[done : at + 1], ref[done : at + 1], level=level, state=state[done : at + 1])
            below = leaves[starts[at] : starts[at] + counts[at]]
            if self.measure is not None:
                below = below[np.argsort(self._signed(self.measure[below]), kind="stable")]
            self._add(LEAF, below, level=level + 1, state=LEAF_STATE)
            done = int(at) + 1
        self._add(kind[done:], ref[done:], level=level, state=state[done:])

    def _item_order(self, leaves: IntArray, starts: IntArray) -> IntArray:
        if self.measure is None:
            order = np.arange(len(starts))
            return order[::-1] if self.descending else order
        return np.argsort(self._signed(np.add.reduceat(self.measure[leaves], starts)), kind="stable")


@dataclass(frozen=True)
class Row:
    """One visible row and the leaves behind it."""

    id: str
    kind: int
    ref: int
    leaves: IntArray
    node: Node | None  # None where the row shows only part of its node


def row_at(cube: Cube, query: GridQuery, selection: Selection, shown: View, index: int) -> Row:
    kind, ref = int(shown.kind[index]), int(shown.ref[index])
    return _row(cube, query, selection, kind, ref)


def row_named(cube: Cube, query: GridQuery, selection: Selection, name: str) -> Row:
    """The row of an id, such as `c12`, `i55`, `s901` or `all`; raises UnknownRow."""
    if name == "all":
        return _row(cube, query, selection, ALL, -1)
    positions = {
        "c": (CATEGORY, cube.category_position),
        "i": (ITEM, cube.item_position),
        "s": (LEAF, cube.position),
    }
    kind, known = positions.get(name[:1], (LEAF, {}))
    if not name[1:].isdigit() or int(name[1:]) not in known:
        raise UnknownRow(name)
    row = _row(cube, query, selection, kind, known[int(name[1:])])
    if not len(row.leaves):
        raise UnknownRow(name)
    return row


def _row(cube: Cube, query: GridQuery, selection: Selection, kind: int, ref: int) -> Row:
    if kind == LEAF:
        visible = selection.whole or selection.count(ref, ref + 1)
        leaves = np.array([ref] if visible else [], dtype=np.int64)
        return Row(f"s{cube.series[ref]}", kind, ref, leaves, cube.leaf_node(ref))
    if kind == ALL:
        return Row("all", kind, ref, selection.leaves, _crossed(cube, query, EVERYTHING, selection.leaves))
    source: Tree | Items = cube.tree if kind == CATEGORY else cube.items
    leaves = selection.within(int(source.start[ref]), int(source.end[ref]))
    pk = int(source.pk[ref])
    if kind == CATEGORY and not pk:
        return Row("c0", kind, ref, leaves, None)
    node = Node(pk, 0, 0, 0) if kind == CATEGORY else Node(0, pk, 0, 0)
    return Row(f"{PREFIX[kind]}{pk}", kind, ref, leaves, _crossed(cube, query, node, leaves))


def _crossed(cube: Cube, query: GridQuery, node: Node, shown: IntArray) -> Node | None:
    """The node within the location and segment that the query names; None where only part of it is shown."""
    location = next((pk for pk, code in cube.location_codes.items() if code == query.location), 0)
    segment = next((pk for pk, code in cube.segment_codes.items() if code == query.segment), 0)
    crossed = Node(node.category, node.item, location, segment)
    return crossed if len(cube.leaves_of(crossed)) == len(shown) else None


def total_of(values: Array, row: Row, *, selection: Selection) -> Array:
    """Sum of (T, N) values over a row's leaves, (T,)."""
    if row.kind == LEAF:
        return np.asarray(values[:, row.leaves[0]]) if len(row.leaves) else np.zeros(len(values))
    if len(row.leaves) and row.leaves[-1] - row.leaves[0] + 1 == len(row.leaves):
        return np.asarray(values[:, row.leaves[0] : row.leaves[-1] + 1].sum(axis=1))
    return np.asarray(values[:, row.leaves].sum(axis=1))


def ancestors(cube: Cube, leaves: IntArray) -> set[str]:
    """Ids of all rows above the leaves."""
    found = {"all", *(f"i{pk}" for pk in cube.items.pk[np.unique(cube.item[leaves])])}
    ordered = np.sort(leaves)
    inside = np.searchsorted(ordered, cube.tree.end) > np.searchsorted(ordered, cube.tree.start)
    return found | {f"c{pk}" for pk in cube.tree.pk[inside]}
