"""From the columns of a foreign file to the columns of one of our tables: pure, and described as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siop.gather.columns import UNIT, Column, Kind
from siop.gather.errors import UnusableFile
from siop.gather.parsing.cells import BadValue, plain
from siop.gather.parsing.numbers import NumberRule, decimal_mark, parse_number
from siop.gather.readers.table import TextColumn, TextTable, normal_name
from siop.gather.tables import Table

_ANY_NUMBER = NumberRule(places=None, percent="points")
TESTS = ("one_of", "starts_with", "zero", "negative", "blank")


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Rows that are left out and counted under `name`: where `column` of the file passes `test`."""

    name: str
    column: str
    test: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SignRule:
    """`field` becomes negative (or positive) where `column` of the file passes `test`."""

    field: str
    column: str
    test: str
    values: tuple[str, ...] = ()
    negative: bool = True


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A mapping under a name: `columns` gives our field the file's column, `creates` a table the attributes

    of the codes that it may create: {"items": {"description": "Description"}}.
    """

    name: str
    table: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()
    signs: tuple[SignRule, ...] = ()
    upper: tuple[str, ...] = ()
    creates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: str = ""
    decimal_mark: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Profile:
        return Profile(
            **{
                **data,
                "exclusions": tuple(
                    Exclusion(**{**d, "values": tuple(d["values"])}) for d in data["exclusions"]
                ),
                "signs": tuple(SignRule(**{**d, "values": tuple(d["values"])}) for d in data["signs"]),
                "upper": tuple(data["upper"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """The rows of a file under our names; `negative` and `positive` mark rows whose sign a rule decides."""

    columns: Mapping[str, TextColumn]
    sources: Mapping[str, str]  # our name -> the name in the file, for messages
    rows: NDArray[np.int64]
    excluded: Mapping[str, int]
    unknown: tuple[str, ...]
    negative: Mapping[str, NDArray[np.bool_]]
    positive: Mapping[str, NDArray[np.bool_]]
    attributes: Mapping[str, Mapping[str, TextColumn]]  # table -> attribute -> cells, for codes to create


def by_name(table: Table) -> Profile:
    """The mapping of a file that already uses our names."""
    return Profile(name="", table=table.name)


def apply_profile(file: TextTable, table: Table, profile: Profile) -> Mapped:
    """Pick, rename, exclude and complete; raises UnusableFile where a needed column is missing."""
    positions = {normal_name(name): position for position, name in enumerate(file.header)}
    chosen = _chosen(table, profile, positions, file)
    excluded, kept = _exclude(file, profile, positions)
    columns = {name: _take(file.columns[position], kept) for name, position in chosen.items()}
    for name in profile.upper:
        if name in columns:
            columns[name] = replace(columns[name], texts=[text.upper() for text in columns[name].texts])
    rows = file.rows[kept]
    for name, value in profile.constants.items():
        columns[name] = TextColumn(texts=[value], codes=np.zeros(len(rows), np.int32))
    _require(table, columns, file)
    used = {*chosen.values(), *_also_read(profile, positions)}
    return Mapped(
        columns=columns,
        sources={name: file.header[position] for name, position in chosen.items()},
        rows=rows,
        excluded=excluded,
        unknown=tuple(name for position, name in enumerate(file.header) if position not in used),
        negative=_signs(file, profile, positions, kept, negative=True),
        positive=_signs(file, profile, positions, kept, negative=False),
        attributes=_attributes(file, profile, positions, kept),
    )


def passes(column: TextColumn, *, test: str, values: Iterable[str] = ()) -> NDArray[np.bool_]:
    """The rows whose cell passes one of the tests; letters are compared without regard to case."""
    wanted = tuple(value.strip().casefold() for value in values)
    cells = [text.strip().casefold() for text in column.texts]
    if test == "one_of":
        verdicts = [cell in wanted for cell in cells]
    elif test == "starts_with":
        verdicts = [cell.startswith(wanted) for cell in cells]
    elif test == "blank":
        verdicts = [not cell for cell in cells]
    elif test in ("zero", "negative"):
        mark = decimal_mark(filter(None, cells), machine_numbers=True)
        verdicts = [_number_passes(cell, test, mark) for cell in cells]
    else:
        raise LookupError(f"There is no test {test!r}; choose from {', '.join(TESTS)}.")
    return np.asarray(verdicts, np.bool_)[column.codes]


def _number_passes(cell: str, test: str, mark: str) -> bool:
    try:
        value = parse_number(plain(cell), mark=mark, rule=_ANY_NUMBER)
    except BadValue:
        return False  # the row is judged, and refused with its reason, when its column is read
    return value == 0 if test == "zero" else value < 0


def _chosen(table: Table, profile: Profile, positions: dict[str, int], file: TextTable) -> dict[str, int]:
    if not profile.columns:
        return _chosen_by_name(table, positions, file)
    chosen = {}
    for name, source in profile.columns.items():
        position = positions.get(normal_name(source))
        if position is None:
            raise UnusableFile(
                f"{_where(file)}The column {source!r}, mapped to {name}, is missing; "
                f"found: {', '.join(file.header)}.",
                row=file.header_row,
                column=source,
            )
        chosen[name] = position
    return chosen


def _chosen_by_name(table: Table, positions: dict[str, int], file: TextTable) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for column in _accepted(table):
        found = [positions[name] for name in sorted(column.names) if name in positions]
        if len(found) > 1:
            names = " and ".join(repr(file.header[position]) for position in found)
            raise UnusableFile(
                f"{_where(file)}The columns {names} both mean {column.name}; remove one.", row=file.header_row
            )
        if found:
            chosen[column.name] = found[0]
    return chosen


def _accepted(table: Table) -> tuple[Column, ...]:
    """The table's columns, and `unit` where quantities may come in another unit than the item's."""
    unit = Column(name=UNIT, kind=Kind.CODE, field=UNIT, stored=False, max_length=30, aliases=("uom",))
    return (*table.all_columns, unit) if table.measured else table.all_columns


def unit_column(table: Table) -> Column:
    return _accepted(table)[-1]


def _require(table: Table, columns: Mapping[str, TextColumn], file: TextTable) -> None:
    missing = [column.name for column in table.required if column.name not in columns]
    if missing:
        raise UnusableFile(
            f"{_where(file)}The table {table.name} needs the column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(missing)}; row {file.header_row} has: {', '.join(file.header)}.",
            row=file.header_row,
            column=missing[0],
        )


def _exclude(
    file: TextTable, profile: Profile, positions: dict[str, int]
) -> tuple[dict[str, int], NDArray[np.bool_]]:
    """Each row counts under the first rule that it meets."""
    kept = np.ones(len(file.rows), np.bool_)
    excluded: dict[str, int] = {}
    for rule in profile.exclusions:
        column = file.columns[_position(rule.column, positions, file)]
        hit = passes(column, test=rule.test, values=rule.values) & kept
        excluded[rule.name] = excluded.get(rule.name, 0) + int(hit.sum())
        kept &= ~hit
    return excluded, kept


def _signs(
    file: TextTable, profile: Profile, positions: dict[str, int], kept: NDArray[np.bool_], *, negative: bool
) -> dict[str, NDArray[np.bool_]]:
    masks: dict[str, NDArray[np.bool_]] = {}
    for rule in profile.signs:
        if rule.negative is negative:
            column = file.columns[_position(rule.column, positions, file)]
            hit = passes(column, test=rule.test, values=rule.values)[kept]
            masks[rule.field] = masks.get(rule.field, np.zeros(len(hit), np.bool_)) | hit
    return masks


def _attributes(
    file: TextTable, profile: Profile, positions: dict[str, int], kept: NDArray[np.bool_]
) -> dict[str, dict[str, TextColumn]]:
    return {
        table: {
            attribute: _take(file.columns[_position(source, positions, file)], kept)
            for attribute, source in attributes.items()
        }
        for table, attributes in profile.creates.items()
    }


def _also_read(profile: Profile, positions: dict[str, int]) -> set[int]:
    """Columns that only rules and created codes read are not unknown."""
    names = {rule.column for rule in profile.exclusions} | {rule.column for rule in profile.signs}
    names |= {source for attributes in profile.creates.values() for source in attributes.values()}
    return {positions[normal_name(name)] for name in names if normal_name(name) in positions}


def _position(source: str, positions: dict[str, int], file: TextTable) -> int:
    position = positions.get(normal_name(source))
    if position is None:
        raise UnusableFile(
            f"{_where(file)}The profile reads the column {source!r}, which is missing; "
            f"found: {', '.join(file.header)}.",
            row=file.header_row,
            column=source,
        )
    return position


def _take(column: TextColumn, kept: NDArray[np.bool_]) -> TextColumn:
    return column if kept.all() else replace(column, codes=column.codes[kept])


def _where(file: TextTable) -> str:
    return f"Sheet {file.sheet!r}: " if file.sheet else ""
