"""The shape every reader produces: a table of text cells with the row numbers of the file."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice

import numpy as np
from numpy.typing import NDArray

from siop.gather.errors import RowError, UnusableFile
from siop.web.templatetags.siop import many

HEADER_SEARCH_ROWS = 50
BLOCK_ROWS = 4096  # small enough that a block stays in the processor's cache
# XML cannot hold NUL, so the workbook reader marks what is no plain value with it.
MARK = "\x00"
MERGED = f"{MARK}merged"
FORMULA = f"{MARK}formula"

Record = tuple[int, list[str]]


@dataclass(frozen=True, kw_only=True)
class TextColumn:
    """A column as its distinct texts and, for each row, the position of its text among them."""

    texts: list[str]
    codes: NDArray[np.int32]

    def cells(self) -> list[str]:
        return [self.texts[code] for code in self.codes]


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """One sheet or one CSV file; `rows` are the row numbers a spreadsheet program would show."""

    sheet: str
    header_row: int
    header: tuple[str, ...]
    columns: tuple[TextColumn, ...]
    rows: NDArray[np.int64]
    faults: tuple[RowError, ...] = ()
    notes: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    date_system: str = ""  # "1900" or "1904" where the file states it
    machine_numbers: bool = False  # a lone dot is known to be a decimal point

    @property
    def read(self) -> int:
        """Rows of data in the file, broken ones included."""
        return len(self.rows) + len({fault.row for fault in self.faults})


@dataclass
class Collector:
    """Gathers records column by column, keeping each distinct text once."""

    width: int
    rows: list[int] = field(default_factory=list)
    faults: list[RowError] = field(default_factory=list)
    short_rows: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._positions: list[defaultdict[str, int]] = [
            defaultdict(count().__next__) for _ in range(self.width)
        ]
        self._codes: list[list[NDArray[np.int32]]] = [[] for _ in range(self.width)]

    def collect(self, records: Iterator[Record]) -> None:
        usable = self._usable(records)
        while block := list(islice(usable, BLOCK_ROWS)):
            for position, codes, cells in zip(
                self._positions, self._codes, zip(*block, strict=True), strict=True
            ):
                codes.append(np.fromiter(map(position.__getitem__, cells), np.int32, len(block)))

    def table(self) -> tuple[NDArray[np.int64], tuple[TextColumn, ...]]:
        """Row numbers and columns, rows without any value left out."""
        empty = np.zeros(0, np.int32)
        columns = [
            TextColumn(texts=list(position), codes=np.concatenate(codes) if codes else empty)
            for position, codes in zip(self._positions, self._codes, strict=True)
        ]
        rows = np.asarray(self.rows, np.int64)
        blank = np.ones(len(rows), np.bool_)
        for column in columns:
            blank &= np.asarray([not text.strip() for text in column.texts], np.bool_)[column.codes]
        if not blank.any():
            return rows, tuple(columns)
        kept = ~blank
        return rows[kept], tuple(replace(column, codes=column.codes[kept]) for column in columns)

    def _usable(self, records: Iterator[Record]) -> Iterator[Sequence[str]]:
        width, number = self.width, self.rows.append
        for row, cells in records:
            if len(cells) != width:
                fitted = self._fit(row, cells)
                if fitted is None:
                    continue
                cells = fitted
            number(row)
            yield cells

    def _fit(self, row: int, cells: list[str]) -> list[str] | None:
        """Spreadsheet programs leave blank cells off the end of a row; surplus values are an error."""
        if len(cells) < self.width:
            if any(cells):
                self.short_rows.append(row)
            return cells + [""] * (self.width - len(cells))
        if _is_blank(cells[self.width :]):
            return cells[: self.width]
        self.faults.append(_surplus(row=row, cells=cells, width=self.width))
        return None

    def notes(self) -> Iterator[str]:
        if self.short_rows:
            yield (
                f"{many(len(self.short_rows), 'row')} without the last columns (first: row {self.short_rows[0]}); "
                "what is missing was read as blank."
            )


def assemble(
    records: Iterable[Record],
    *,
    known: frozenset[str],
    sheet: str = "",
    faults: Sequence[RowError] = (),
    notes: Sequence[str] = (),
    encoding: str = "",
    delimiter: str = "",
    date_system: str = "",
    machine_numbers: bool = False,
) -> TextTable:
    """Find the header, then gather every row below it; `faults` may still grow while records are read."""
    stream = iter(records)
    head = [record for record in islice(stream, HEADER_SEARCH_ROWS) if any(record[1])]
    if not head:
        raise UnusableFile(_where(sheet) + "There is no row with values; the file is empty.")
    start = find_header([cells for _, cells in head], known=known)
    header_row, header = head[start][0], [clean_name(cell) for cell in head[start][1]]
    collector = Collector(width=len(header))
    collector.collect(chain(head[start + 1 :], stream))
    rows, columns = collector.table()
    kept = _named_columns(header, columns, row=header_row, sheet=sheet)
    if delimiter:  # a workbook stores no blank cells at the end of a row, and means nothing by it
        notes = [*notes, *collector.notes()]
    if start:
        notes = [*notes, f"Skipped: {many(start, 'row')} above the header (row {header_row})."]
    return TextTable(
        sheet=sheet,
        header_row=header_row,
        header=tuple(name for name, _ in kept),
        columns=tuple(column for _, column in kept),
        rows=rows,
        faults=tuple(sorted([*faults, *collector.faults], key=lambda fault: fault.row)),
        notes=tuple(notes),
        encoding=encoding,
        delimiter=delimiter,
        date_system=date_system,
        machine_numbers=machine_numbers,
    )


def find_header(records: Sequence[Sequence[str]], *, known: frozenset[str]) -> int:
    """Position of the header: the row with most known names, else the first with two values or more."""
    matches = [len(known & {normal_name(cell) for cell in cells}) for cells in records]
    if any(matches):
        return matches.index(max(matches))
    filled = [sum(1 for cell in cells if cell.strip()) for cells in records]
    return next((index for index, values in enumerate(filled) if values > 1), 0)


def clean_name(text: str) -> str:
    """A header as people see it: one line, single plain spaces, no invisible characters."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return re.sub(r"\s+", " ", visible.replace("\xa0", " ")).strip()


def normal_name(text: str) -> str:
    """A header as programs compare it: `Order no.` and `order_no` are the same name."""
    folded = unicodedata.normalize("NFKC", clean_name(text)).casefold()
    return re.sub(r"[\s\-./#_]+", "_", folded).strip("_")


def _named_columns(
    header: list[str], columns: tuple[TextColumn, ...], *, row: int, sheet: str
) -> list[tuple[str, TextColumn]]:
    seen: dict[str, int] = {}
    kept = []
    for position, (name, column) in enumerate(zip(header, columns, strict=True), start=1):
        if MARK in name:
            raise UnusableFile(
                f"{_where(sheet)}Row {row}: the header has merged cells or formulas; name each column once.",
                row=row,
            )
        if not name:
            if _is_blank(column.texts):
                continue
            raise UnusableFile(
                f"{_where(sheet)}Row {row}: column {position} has values but no name; name or empty it.",
                row=row,
            )
        if (first := seen.setdefault(normal_name(name), position)) != position:
            raise UnusableFile(
                f"{_where(sheet)}Row {row}: columns {first} and {position} are both named {name!r}; "
                "rename one.",
                row=row,
                column=name,
            )
        kept.append((name, column))
    return kept


def _surplus(*, row: int, cells: Sequence[str], width: int) -> RowError:
    return RowError(
        row=row,
        column="",
        value=next(cell for cell in cells[width:] if cell),
        reason=f"The row has {len(cells)} values, the header {width}",
        suggestion="Put text that holds the delimiter in double quotes",
    )


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(map(str.strip, cells))


def _where(sheet: str) -> str:
    return f"Sheet {sheet!r}: " if sheet else ""
