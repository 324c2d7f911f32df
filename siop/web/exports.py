"""What goes out: every kind once, with the same columns as CSV, XLSX and JSON, on pages, by command and by API.

Rooms register their kinds in their exports.py. A kind gives plain rows; version, content hash and the escaping
of what a spreadsheet would run come from here.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice, repeat
from math import isfinite
from pathlib import Path
from secrets import token_hex
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from siop.accounts.access import may, scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.visibility import visible_items, visible_locations
from siop.gather.parsing.formulas import escape_formula
from siop.plans import hashing
from siop.plans.models import PlanVersion
from siop.plans.selectors import plan_named, working_plan

from .kept import kept

Row = Sequence[Any]
CLOSING_COLUMNS = ("version", "content_hash")
FORMATS = ("csv", "xlsx", "json")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
AS_THEY_ARE = {str, int, bool, type(None)}  # no need to ask what becomes of each value
XLSX_ROWS = 1_048_576
ROWS_AT_ONCE = 2000
HASH = token_hex(32)  # stands in kept texts for the hash that the plan has when they are taken out


class ExportError(ValueError):
    """What was asked for cannot be given; the message says what there is."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Items and locations (ids) that a person may see; None means all."""

    items: list[int] | None = None
    locations: list[int] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """For queries: `(%(items)s::bigint[] IS NULL OR x.item_id = ANY(%(items)s))`."""
        return {"items": self.items, "locations": self.locations}

    @property
    def key(self) -> tuple[frozenset[int] | None, ...]:
        """The same for all people who see the same."""
        return tuple(None if ids is None else frozenset(ids) for ids in (self.items, self.locations))

    def where(self, *, item: str, location: str) -> str:
        """The SQL condition on these columns; an empty one is not looked at."""
        parts = [
            f"(%({name})s::bigint[] IS NULL OR {column} = ANY(%({name})s::bigint[]))"
            for name, column in (("items", item), ("locations", location))
            if column
        ]
        return " AND ".join(parts) or "TRUE"


@dataclass(frozen=True, kw_only=True)
class Export:
    """One kind: `rows(plan, scope)` yields what `columns` name; kinds without a plan work without one."""

    kind: str
    label: str
    columns: tuple[str, ...]
    rows: Callable[[PlanVersion, Scope], Iterable[Row]]
    is_whole: bool = False  # rows come in one answer of the database, not in pieces: their text may be kept
    permission: Permission = Permission.VIEW


@dataclass(frozen=True, kw_only=True)
class Extract:
    """One kind of one plan for one person, ready to be written in any format."""

    export: Export
    plan: PlanVersion
    content_hash: str
    scope: Scope

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.export.columns, *CLOSING_COLUMNS)

    @property
    def file_stem(self) -> str:
        return f"{self.export.kind}-v{self.plan.pk}"

    def rows(self) -> Iterator[Row]:
        given = iter(self.export.rows(self.plan, self.scope))
        while piece := list(islice(given, ROWS_AT_ONCE)):
            odd = next((row for row in piece if len(row) != len(self.export.columns)), None)
            if odd is not None:
                raise LookupError(f"A row of {self.export.kind} has {len(odd)} values for its columns.")
            columns = [_plain_column(column) for column in zip(*piece, strict=True)]
            yield from zip(
                *columns, repeat(self.plan.pk, len(piece)), repeat(self.content_hash, len(piece)), strict=True
            )


_exports: dict[str, Export] = {}


def register(export: Export) -> None:
    """Called once for each kind, from the apps.py of its room."""
    if _exports.setdefault(export.kind, export) is not export:
        raise LookupError(f"The export {export.kind!r} is registered twice.")


def kinds() -> list[Export]:
    return [_exports[kind] for kind in sorted(_exports)]


def extract(kind: str, *, person: Person | None, version: str = "") -> Extract:
    """Find the kind and the plan for a person; None is the system itself (a command run on the server).

    Raises ExportError where there is no such kind, version or plan, PermissionDenied without the right.
    """
    if kind not in _exports:
        raise ExportError(f"There is no export {kind!r}; give one of {', '.join(sorted(_exports))}.")
    export = _exports[kind]
    if person is not None and not may(person, export.permission):
        raise PermissionDenied(f"{person} may not {export.permission.label.lower()}.")
    try:
        plan = plan_named(version) if version else working_plan()
    except LookupError as error:
        raise ExportError(str(error)) from error
    if plan is None:
        raise ExportError("There is no plan yet: import sales or demand, then run recompute --wait.")
    tree_hash = plan.content_hash or hashing.current(plan).content_hash
    return Extract(export=export, plan=plan, content_hash=tree_hash, scope=scope_of(person))


def scope_of(person: Person | None) -> Scope:
    """The ids that a person's roles open; nothing is looked up for people who see everything."""
    if person is None:
        return Scope()
    categories, locations = scopes_of(person, Permission.VIEW)
    return Scope(
        items=None if categories is None else list(visible_items(person).values_list("pk", flat=True)),
        locations=None if locations is None else list(visible_locations(person).values_list("pk", flat=True)),
    )


def _plain_column(column: Sequence[Any]) -> Sequence[Any]:
    """A column is mostly of one type, and its values repeat: each is converted once."""
    kinds = set(map(type, column))
    if kinds <= AS_THEY_ARE:
        return column
    # of several types, equal values may be written differently; of a type unknown here they may not be looked up
    if len(kinds - {type(None)}) > 1 or not kinds <= WRITTEN.keys():
        return list(map(plain, column))
    converted = {value: plain(value) for value in set(column)}
    return [converted[value] for value in column]


def plain(value: Any) -> Any:
    """A value as every format writes it: numbers without noise, dates as ISO text, nothing as None."""
    return WRITTEN.get(type(value), _by_kind)(value)


def _by_kind(value: Any) -> Any:
    """What is only derived from one of the types below, or none of them."""
    kind = next((kind for kind in WRITTEN if isinstance(value, kind)), str)
    return WRITTEN[kind](value)


def _number(value: float) -> float | int | None:
    """Six decimals are more than any quantity or price has; NaN and infinity are nothing."""
    if value.is_integer():
        return int(value) if abs(value) < 2**53 else value
    if not isfinite(value):
        return None
    rounded = round(value, 6)
    return int(rounded) if rounded.is_integer() else rounded


def _same(value: Any) -> Any:
    return value


WRITTEN: dict[type, Callable[[Any], Any]] = {
    type(None): _same,
    bool: _same,
    int: _same,
    float: _number,
    Decimal: lambda value: _number(float(value)),
    date: date.isoformat,
    datetime: datetime.isoformat,
    str: str,
}


def csv_lines(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """The file in pieces of some thousand rows, so that large ones stream."""
    yield _csv_text([list(columns)])
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        yield _csv_text(zip(*map(_escaped_column, zip(*piece, strict=True)), strict=True))


def _escaped_column(column: Sequence[Any]) -> Sequence[Any]:
    """Texts of a column mostly repeat: each is looked at once."""
    texts = {cell for cell in column if type(cell) is str}
    escaped = {text: safe for text in texts if (safe := escape_formula(text)) != text}
    return [escaped.get(cell, cell) for cell in column] if escaped else column


def _csv_text(rows: Iterable[Sequence[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def json_pieces(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """A list of objects, one a row; in JSON nothing runs, so nothing is escaped."""
    yield "["
    separator = ""
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        yield separator + json.dumps(named, ensure_ascii=False, default=float)
        separator = ",\n"
    yield "]\n"


def workbook(title: str, columns: Sequence[str], rows: Iterator[Row]) -> bytes:
    """One sheet named after the kind; text cells are marked as text, so that codes and formulas stay text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    for number, row in enumerate(rows, start=2):
        if number > XLSX_ROWS:
            raise ExportError(f"{title} has more rows than a sheet holds; take CSV instead.")
        sheet.append([_text_cell(sheet, value) if isinstance(value, str) else value for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _text_cell(sheet: WriteOnlyWorksheet, value: str) -> Any:
    cell = WriteOnlyCell(sheet, value=escape_formula(value))
    cell.data_type = "s"
    return cell


def written(title: str, columns: Sequence[str], rows: Iterator[Row], *, format: str) -> Iterator[bytes]:
    """The whole file in pieces of bytes."""
    if format == "xlsx":
        yield workbook(title, columns, rows)
        return
    texts = {"csv": csv_lines, "json": json_pieces}
    if format not in texts:
        raise ExportError(f"There is no format {format!r}; give one of {', '.join(FORMATS)}.")
    for text in texts[format](columns, rows):
        yield text.encode()


def pieces(found: Extract, *, format: str) -> Iterator[bytes]:
    if format == "csv" and found.export.is_whole:
        return iter([_kept_csv(found).encode()])
    return written(found.export.kind, found.columns, found.rows(), format=format)


def _kept_csv(found: Extract) -> str:
    """Edits of another part of the plan change its hash, and no row of these."""
    unhashed = replace(found, content_hash=HASH)
    key = ("csv", found.export.kind, found.plan.pk, found.scope.key)
    text = kept(key, lambda: "".join(csv_lines(found.columns, unhashed.rows())), size=len)
    return text.replace(HASH, found.content_hash)


def as_file(found: Extract, *, format: str) -> StreamingHttpResponse:
    """The answer to a browser or a script that asked for the file."""
    answer = attachment(pieces(found, format=format), name=found.file_stem, format=format)
    answer["X-Plan-Version"], answer["X-Content-Hash"] = str(found.plan.pk), found.content_hash
    return answer


def attachment(content: Iterator[bytes], *, name: str, format: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(content, content_type=CONTENT_TYPES[format])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return answer


def write(content: Iterator[bytes], *, path: Path) -> int:
    """Write the file beside its place first, so that nobody reads half of it; returns its size in bytes."""
    partial = path.with_name(path.name + ".part")
    with gzip.open(partial, "wb") if path.suffix == ".gz" else partial.open("wb") as out:
        for piece in content:
            out.write(piece)
    partial.replace(path)
    return path.stat().st_size
