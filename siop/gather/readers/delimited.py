"""CSV and its cousins: any delimiter, quoted line breaks, lone carriage returns, exact row numbers."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

from siop.gather.errors import RowError, UnusableFile
from siop.gather.readers.encodings import detect_encoding
from siop.gather.readers.table import HEADER_SEARCH_ROWS, Record, TextTable, assemble, normal_name

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_CHARS = 65_536


def read_delimited(content: IO[bytes], *, known: frozenset[str]) -> TextTable:
    """The one table of a delimited text file."""
    encoding = detect_encoding(content)
    text = io.TextIOWrapper(content, encoding=encoding.name, newline="")
    try:
        delimiter = find_delimiter(text.read(_SAMPLE_CHARS), known=known)
        text.seek(0)
        faults: list[RowError] = []
        return assemble(
            _records(text, delimiter=delimiter, faults=faults),
            known=known,
            faults=faults,
            notes=[encoding.note] if encoding.note else [],
            encoding=encoding.name,
            delimiter=delimiter,
            # Where the comma parts columns, an unquoted number can only carry a decimal point.
            machine_numbers=delimiter == ",",
        )
    finally:
        text.detach()


def find_delimiter(sample: str, *, known: frozenset[str]) -> str:
    """The delimiter that finds most known names, then the most columns in the most rows."""
    declared = sample.partition("\n")[0].strip().lower()
    if declared.startswith("sep=") and declared[4:5] in DELIMITERS:
        return declared[4:5]
    return max(DELIMITERS, key=lambda delimiter: _fitness(sample, delimiter=delimiter, known=known))


def _fitness(sample: str, *, delimiter: str, known: frozenset[str]) -> tuple[int, int]:
    records = _reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=False)
    head = [cells for cells in islice(records, HEADER_SEARCH_ROWS) if any(cells)]
    matches = max((len(known & {normal_name(cell) for cell in cells}) for cells in head), default=0)
    width, times = max(
        Counter(map(len, head)).items(), key=lambda pair: (pair[0] > 1) * pair[1], default=(1, 0)
    )
    return matches, (width - 1) * times


def _records(lines: Iterable[str], *, delimiter: str, faults: list[RowError]) -> Iterator[Record]:
    reader = _reader(lines, delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(_fault(row=row, line=reader.line_num, error=error))
            continue
        if row == 1 and _is_directive(cells):
            continue
        yield row, cells


def _is_directive(cells: list[str]) -> bool:
    """`sep=;` is an order to spreadsheet programs, not data; it splits at its own delimiter."""
    return cells[:1] == ["sep="] or (len(cells) == 1 and cells[0][:4].lower() == "sep=")


def _fault(*, row: int, line: int, error: csv.Error) -> RowError:
    if "field limit" in str(error):
        raise UnusableFile(
            f"Row {row}: a cell is longer than {csv.field_size_limit():,} characters, or its quotes are not closed.",
            row=row,
        ) from error
    if "expected after" not in str(error):
        raise UnusableFile(
            f"Row {row}: a quoted text starts here and does not end by line {line}; close the quotes.",
            row=row,
        ) from error
    return RowError(
        row=row,
        column="",
        value="",
        reason="Text goes on after its closing quote",
        suggestion='Write a double quote inside a quoted text twice: ""',
    )


def _reader(lines: Iterable[str], *, delimiter: str, strict: bool) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)
