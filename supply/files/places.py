"""Item-locations that the tables name, the ways of supply between them, and the units that rows are in."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from supply.engine import Kind
from supply.engine.basics import Array, IntArray

from .tables import FileTable, Folder, PlanFilesError


@dataclass
class Places:
    """Item-locations in the order in which they were met."""

    index: dict[tuple[str, str], int] = field(default_factory=dict)
    by_item: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    items: list[str] = field(default_factory=list)
    locations: list[str] = field(default_factory=list)
    default: str = ""

    def add(self, item: str, location: str) -> int:
        key = (item, location or self.default)
        if key not in self.index:
            self.index[key] = len(self.index)
            self.by_item[item].append(self.index[key])
            self.items.append(key[0])
            self.locations.append(key[1])
        return self.index[key]

    def name(self, column: int) -> str:
        """`CAP@NJ`; the item alone where it has no location."""
        item, location = self.items[column], self.locations[column]
        return f"{item}@{location}" if location else item

    def columns(self, items: Iterable[str], locations: Iterable[str]) -> IntArray:
        return np.array([self.add(i, p) for i, p in zip(items, locations, strict=True)], np.int64)


@dataclass
class LaneRow:
    """One way of supply; `rows` are its rows in the sourcing table by date, none for an implied lane."""

    item: int
    source: str
    mode: str
    kind: Kind
    rows: list[int]

    def first(self, values: Array, default: float) -> float:
        """The value of its first row of the sourcing table."""
        return float(values[self.rows[0]]) if self.rows else default


def find_places(folder: Folder) -> Places:
    """Every item-location that any table names, and what bills of material add below them."""
    locations = folder["locations"].codes("location").tolist()
    named = {
        str(code) for name in ("demand", "on_hand", "sourcing") for code in folder[name].codes("location")
    }
    named.discard("")
    only = set(locations) | named
    places = Places(default=next(iter(only)) if len(only) == 1 else "")
    for name in ("demand", "on_hand", "scheduled_receipts"):
        table = folder[name]
        places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    bundles = bundle_contents(folder)
    for bundle, location in [key for key in places.index if key[0] in bundles]:
        for item in bundles[bundle]:
            places.add(item, location)
    for name in ("sourcing", "policies", "returns"):
        _add_named(folder[name], places)
    for _, _, returned in return_rows(folder, places):
        places.add(*returned)
    return places


def bundle_contents(folder: Folder) -> dict[str, dict[str, float]]:
    """Units of each item in one bundle; a bundle within a bundle is taken apart too."""
    table = folder["bundles"]
    lines: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for bundle, item, per in zip(
        table.codes("bundle").tolist(),
        table.codes("item").tolist(),
        table.numbers("quantity", 1.0).tolist(),
        strict=True,
    ):
        lines[bundle].append((item, per))

    def taken_apart(bundle: str, outer: tuple[str, ...]) -> dict[str, float]:
        if bundle in outer:
            raise PlanFilesError(f"bundles: {' -> '.join((*outer, bundle))} goes round; take one line out.")
        contents: dict[str, float] = defaultdict(float)
        for item, per in lines[bundle]:
            inner = taken_apart(item, (*outer, bundle)) if item in lines else {item: 1.0}
            for part, units in inner.items():
                contents[part] += per * units
        return contents

    return {bundle: taken_apart(bundle, ()) for bundle in list(lines)}


def _add_named(table: FileTable, places: Places) -> None:
    """A blank location stands for every location of the item; an item known nowhere gets the blank one."""
    for item, location in zip(table.codes("item").tolist(), table.codes("location").tolist(), strict=True):
        if location or not places.by_item.get(item):
            places.add(item, location)


def return_rows(folder: Folder, places: Places) -> list[tuple[int, int, tuple[str, str]]]:
    """(row, item-location that ships, item and location it comes back as) of the returns.

    A blank location stands for every location of the item: each gets back what it shipped.
    """
    table = folder["returns"]
    codes = (table.codes(name).tolist() for name in ("item", "returns_as", "location"))
    return [
        (row, place, (returned, places.locations[place]))
        for row, (item, returned, location) in enumerate(zip(*codes, strict=True))
        for place in targets_of(places, item, location)
    ]


def targets_of(places: Places, item: str, location: str) -> list[int]:
    """Item-locations that a row with this item and perhaps blank location speaks of; none where nobody knows it."""
    key = (item, location or places.default)
    if location or key in places.index:
        return [places.index[key]] if key in places.index else []
    return list(places.by_item.get(item, []))


def unit_factors(folder: Folder, table: FileTable) -> Array:
    """Units of the item in one unit of each row; a unit that the item has not is an error naming the row.

    Where nothing says what the item is counted in, the first unit that is met is its own, which is said.
    """
    given = table.codes("unit")
    base = dict(zip(folder["items"].codes("item"), folder["items"].codes("unit"), strict=True))
    units = folder["units"]
    factors = {
        (item, unit): float(factor)
        for item, unit, factor in zip(
            units.codes("item"), units.codes("unit"), units.numbers("factor"), strict=True
        )
    }
    result = np.ones(len(table))
    for at in np.flatnonzero(given != "").tolist():
        item, unit = table.codes("item")[at], given[at]
        if (item, unit) in factors:
            result[at] = factors[item, unit]
        elif not base.get(item):
            base[item] = unit
            folder.notes.append(
                f"{table.name}: {unit!r} is taken for the unit that {item} is counted in, for items names none."
            )
        elif base[item] != unit:
            raise PlanFilesError(
                f"{table.name}, row {table.rows[at]}: {item} has no unit {unit!r}; add it to units, or leave it blank."
            )
    return result
