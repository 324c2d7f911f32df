"""The tables of a folder, read by the same readers as an import, typed and complete, or refused with a list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siop.gather.errors import UnusableFile
from siop.gather.parsing.cells import BadValue, code, plain, word
from siop.gather.parsing.dates import date_order, parse_date
from siop.gather.parsing.numbers import NumberRule, decimal_mark, parse_number
from siop.gather.readers.files import read_tables
from siop.gather.readers.limits import STREAMED
from siop.gather.readers.table import TextColumn, TextTable, normal_name
from supply.engine.basics import Array, IntArray

Codes = NDArray[np.object_]
_SHOWN_ERRORS = 20

# what the plan reads of each table; the first columns are the key
CODES: dict[str, tuple[str, ...]] = {
    "items": ("item", "category", "unit", "service_policy"),
    "categories": ("category", "parent"),
    "units": ("item", "unit"),
    "periods": (),
    "closures": ("calendar",),
    "parameters": ("name", "value"),
    "locations": ("location", "country", "kind"),
    "on_hand": ("item", "location", "unit"),
    "scheduled_receipts": (
        "order",
        "line",
        "item",
        "location",
        "supplier",
        "mode",
        "shipment",
        "status",
        "unit",
    ),
    "policies": ("item", "location", "service_policy", "lot_sizing"),
    "suppliers": ("supplier", "country"),
    "sourcing": ("item", "location", "source", "mode", "kind", "order_group"),
    "modes": ("mode",),
    "price_breaks": ("item", "location", "source", "mode"),
    "tariffs": ("category", "origin", "destination"),
    "bom": ("parent", "component"),
    "resources": ("resource", "location", "unit"),
    "routings": ("item", "resource"),
    "returns": ("item", "returns_as", "location"),
    "bundles": ("bundle", "item"),
    "demand": ("item", "location", "unit"),
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "items": ("item",),
    "categories": ("category",),
    "units": ("item", "unit", "factor"),
    "periods": ("start",),
    "closures": ("calendar", "date"),
    "parameters": ("name",),
    "locations": ("location",),
    "on_hand": ("item", "quantity"),
    "scheduled_receipts": ("item", "quantity"),
    "policies": ("item",),
    "suppliers": ("supplier",),
    "sourcing": ("item",),
    "modes": ("mode",),
    "price_breaks": ("item", "unit_cost"),
    "tariffs": ("origin", "destination", "rate_pct"),
    "bom": ("parent", "component"),
    "resources": ("resource", "capacity_per_month"),
    "routings": ("item", "resource"),
    "returns": ("item", "returns_as", "rate"),
    "bundles": ("bundle", "item"),
    "demand": ("item", "date", "quantity"),
}
NUMBERS: dict[str, tuple[str, ...]] = {
    "items": (
        "step",
        "priority",
        "unit_cost",
        "unit_price",
        "volume_m3",
        "units_per_carton",
        "holding_cost_pct",
        "shelf_life_days",
        "service_target",
    ),
    "units": ("factor",),
    "locations": ("storage_m3",),
    "on_hand": ("quantity",),
    "scheduled_receipts": ("quantity", "received_quantity"),
    "policies": (
        "service_target",
        "review_days",
        "lot_parameter",
        "min_qty",
        "max_qty",
        "reserve_ashore",
        "max_per_shipment_pct",
    ),
    "suppliers": ("time_to_recover_days", "capacity_per_month"),
    "sourcing": (
        "lead_time_days",
        "lead_time_sd_days",
        "transit_days",
        "moq",
        "order_multiple",
        "unit_cost",
        "order_cost",
        "freight_cost",
        "capacity_per_month",
        "priority",
    ),
    "modes": ("load_m3", "load_cost"),
    "price_breaks": ("min_quantity", "unit_cost"),
    "tariffs": ("rate_pct",),
    "bom": ("quantity_per", "scrap_pct"),
    "resources": ("capacity_per_month",),
    "routings": ("usage_per_unit",),
    "returns": ("rate", "lag_days"),
    "bundles": ("quantity",),
    "demand": ("quantity", "error_sd"),
}
DATES: dict[str, tuple[str, ...]] = {
    "items": ("certificate_date", "launch_date", "end_date"),
    "periods": ("start", "end"),
    "closures": ("date",),
    "on_hand": ("date", "expiry_date"),
    "scheduled_receipts": ("order_date", "requested_date", "ship_date", "due_date", "received_date"),
    "sourcing": ("valid_from", "valid_to"),
    "price_breaks": ("valid_from",),
    "tariffs": ("valid_from",),
    "bom": ("valid_from", "valid_to"),
    "demand": ("date",),
}
_WORDS = ("service_policy", "lot_sizing", "kind", "status")
_SIGNED = {("demand", "quantity"), ("on_hand", "quantity")}
_NO_PERCENT = NumberRule(places=None)
_FRACTION = NumberRule(places=None, percent="fraction")
_POINTS = NumberRule(places=None, percent="points")


class PlanFilesError(Exception):
    """Files that cannot be planned; the message lists where, what and what next."""


@dataclass(frozen=True, kw_only=True)
class CellError:
    """One cell that cannot be read."""

    table: str
    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.table}, row {self.row}, {self.column} {self.value!r}: {self.reason}."


@dataclass(frozen=True, kw_only=True)
class FileTable:
    """One table by columns; a column that the file lacks reads as blank throughout."""

    name: str
    rows: IntArray
    code_columns: dict[str, Codes]
    number_columns: dict[str, Array]
    day_columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.rows)

    def codes(self, column: str) -> Codes:
        if column in self.code_columns:
            return self.code_columns[column]
        return np.full(len(self.rows), "", dtype=object)

    def numbers(self, column: str, default: float = 0.0) -> Array:
        """Array, blanks as the default."""
        values = self.number_columns.get(column, np.full(len(self.rows), np.nan))
        return np.where(np.isnan(values), default, values)

    def days(self, column: str, default: float = np.nan) -> Array:
        """Day ordinals, blanks as the default."""
        values = self.day_columns.get(column, np.full(len(self.rows), np.nan))
        return np.where(np.isnan(values), default, values)

    def arranged(self) -> "FileTable":
        """The same rows in the order of what they say, so that no plan hangs on the order of lines in a file."""
        said = [
            *(pd.factorize(column, sort=True)[0] for column in self.code_columns.values()),
            *self.day_columns.values(),
            *self.number_columns.values(),
        ]
        order = np.lexsort(said[::-1])
        return FileTable(
            name=self.name,
            rows=self.rows[order],
            code_columns={name: column[order] for name, column in self.code_columns.items()},
            number_columns={name: column[order] for name, column in self.number_columns.items()},
            day_columns={name: column[order] for name, column in self.day_columns.items()},
        )


@dataclass
class Folder:
    """All tables of a folder, and what was met but not used."""

    tables: dict[str, FileTable] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)

    def __getitem__(self, name: str) -> FileTable:
        empty = FileTable(
            name=name, rows=np.zeros(0, np.int64), code_columns={}, number_columns={}, day_columns={}
        )
        return self.tables.get(name, empty)

    def arrange(self) -> None:
        """Put the rows of each table in the order of what they say."""
        self.tables = {name: table.arranged() for name, table in self.tables.items()}

    def refuse_errors(self) -> None:
        if self.errors:
            shown = [str(error) for error in self.errors[:_SHOWN_ERRORS]]
            more = len(self.errors) - len(shown)
            shown += [f"... and {more} more."] if more else []
            raise PlanFilesError("\n".join(shown))


def read_folder(path: Path) -> Folder:
    """Read every table in a folder (CSV, .gz, or a workbook); PlanFilesError where one cannot be used."""
    if not path.is_dir():
        raise PlanFilesError(
            f"{path} is not a folder; name the folder that holds demand.csv and the other tables."
        )
    folder = Folder()
    for file in sorted(path.iterdir()):
        if file.is_file() and not file.name.startswith("."):
            _read_file(folder, file)
    folder.refuse_errors()
    if "demand" not in folder.tables:
        raise PlanFilesError(
            f"{path} holds no demand table; add demand.csv with item, location, date and quantity."
        )
    return folder


def _read_file(folder: Folder, file: Path) -> None:
    stem = normal_name(file.name.split(".")[0])
    workbook = file.suffix.lower() in (".xlsx", ".xlsm")
    if stem not in CODES and not workbook:
        folder.notes.append(f"{file.name} is none of the planning tables and was not read.")
        return
    known = (
        frozenset(_columns(stem)) if stem in CODES else frozenset().union(*(_columns(name) for name in CODES))
    )
    try:
        with file.open("rb") as content:
            found = read_tables(content, known=known, limits=STREAMED)
    except UnusableFile as error:
        raise PlanFilesError(f"{file.name}: {error}") from error
    for text in found:
        name = normal_name(text.sheet) if workbook else stem
        if name in CODES:
            _add(folder, name, text)
        else:
            folder.notes.append(f"{file.name}: sheet {text.sheet!r} is none of the planning tables.")


def _columns(name: str) -> set[str]:
    return {*CODES[name], *NUMBERS.get(name, ()), *DATES.get(name, ())}


def _add(folder: Folder, name: str, text: TextTable) -> None:
    if name in folder.tables:
        raise PlanFilesError(f"{name} is there twice, in two files or sheets; keep one of them.")
    columns = {normal_name(head): column for head, column in zip(text.header, text.columns, strict=True)}
    for fault in text.faults:
        folder.errors.append(
            CellError(table=name, row=fault.row, column=fault.column, value=fault.value, reason=fault.reason)
        )
    unknown = [head for head in columns if head not in _columns(name) and head not in _IGNORED.get(name, ())]
    if unknown:
        folder.notes.append(f"{name}: not used by the plan: {', '.join(unknown)}.")
    for column in REQUIRED[name]:
        if column not in columns:
            raise PlanFilesError(f"{name} has no column {column!r}; add it.")
    reader = _Reader(folder=folder, name=name, text=text)
    folder.tables[name] = FileTable(
        name=name,
        rows=text.rows,
        code_columns={c: reader.codes(c, columns[c]) for c in CODES[name] if c in columns},
        number_columns={c: reader.numbers(c, columns[c]) for c in NUMBERS.get(name, ()) if c in columns},
        day_columns={c: reader.days(c, columns[c]) for c in DATES.get(name, ()) if c in columns},
    )


_IGNORED = {
    "closures": ("note",),
    "items": ("description",),
    "locations": ("description",),
    "suppliers": ("description",),
}


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Turns the distinct texts of a column into values, and remembers which rows cannot be read."""

    folder: Folder
    name: str
    text: TextTable

    def codes(self, column: str, cells: TextColumn) -> Codes:
        spelt = word if column in _WORDS else code
        texts = np.array([spelt(_safe(text)) for text in cells.texts] or [""], dtype=object)
        values: Codes = texts[cells.codes] if len(cells.codes) else np.zeros(0, dtype=object)
        if column in REQUIRED[self.name]:
            for at in np.flatnonzero(values == "").tolist():
                self._error(at, column, "", "is blank; enter a code")
        return values

    def numbers(self, column: str, cells: TextColumn) -> Array:
        mark = decimal_mark(
            filter(None, map(_safe, cells.texts)), machine_numbers=True
        )  # 1.234 is no thousand
        rule = _POINTS if column.endswith("_pct") else _FRACTION
        if column in ("quantity", "moq", "order_multiple"):
            rule = _NO_PERCENT
        values = self._values(column, cells, lambda text: float(parse_number(text, mark=mark, rule=rule)))
        if (self.name, column) not in _SIGNED:
            for at in np.flatnonzero(values < 0).tolist():
                self._error(at, column, f"{values[at]:g}", "is below 0; enter 0 or more")
        return values

    def days(self, column: str, cells: TextColumn) -> Array:
        order = date_order(map(_safe, cells.texts))
        system = self.text.date_system

        def read(text: str) -> float:
            day: date = parse_date(text, order=order, date_system=system, month=True)
            return float(day.toordinal())

        return self._values(column, cells, read)

    def _values(self, column: str, cells: TextColumn, read: Callable[[str], float]) -> Array:
        values = np.full(max(len(cells.texts), 1), np.nan)
        reasons: dict[int, str] = {}
        for at, text in enumerate(cells.texts):
            try:
                stripped = plain(text)
                if stripped:
                    values[at] = read(stripped)
            except BadValue as error:
                reasons[at] = str(error)
        for row in np.flatnonzero(np.isin(cells.codes, list(reasons))).tolist():
            self._error(row, column, cells.texts[cells.codes[row]], reasons[int(cells.codes[row])])
        taken = values[cells.codes] if len(cells.codes) else np.zeros(0)
        if column in REQUIRED[self.name]:
            blank = [
                at for at in np.flatnonzero(np.isnan(taken)).tolist() if int(cells.codes[at]) not in reasons
            ]
            for at in blank:
                self._error(at, column, "", "is blank; enter a value")
        return taken

    def _error(self, at: int, column: str, value: str, reason: str) -> None:
        self.folder.errors.append(
            CellError(
                table=self.name,
                row=int(self.text.rows[at]),
                column=column,
                value=value,
                reason=reason.rstrip("."),
            )
        )


def _safe(text: str) -> str:
    """The cell's text, blank where it holds no value: only for guessing how a column is written."""
    try:
        return plain(text)
    except BadValue:
        return ""
