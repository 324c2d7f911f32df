"""The process that parses one workbook and dies: `python -m siop.gather.readers.child LIMITS < file`.

It limits itself before it imports the parser, reads the workbook from standard input and writes one JSON
line per sheet and row. It catches next to nothing: whatever breaks ends this process, not its parent.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from siop.gather.readers.archive import Refused, check_archive

MERGED = "\x00merged"  # as in siop.gather.readers.table, which would load NumPy here
FORMULA = "\x00formula"
_MIDNIGHT = dt.time()
_PADDED = re.compile(r"0{2,}")

Rows = dict[int, dict[int, str]]


def main(arguments: list[str], *, output: TextIO) -> int:
    limits = json.loads(arguments[0])
    _limit_itself(memory_bytes=limits["memory_bytes"], seconds=limits["seconds"])
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it for nothing
    content = io.BytesIO(sys.stdin.buffer.read())
    try:
        check_archive(content, entries=limits["entries"], unpacked_bytes=limits["unpacked_bytes"])
        for line in workbook_lines(content, cells=limits["cells"]):
            output.write(json.dumps(line) + "\n")
    except Refused as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        return 3
    return 0


def workbook_lines(content: io.BytesIO, *, cells: int) -> Iterator[list[object]]:
    """["sheet", name, state, date system] for each sheet, then ["row", number, texts] for each row of it."""
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import MAC_EPOCH

    book = load_workbook(content, read_only=True, data_only=True, keep_links=False)
    date_system = "1904" if book.epoch == MAC_EPOCH else "1900"
    for sheet in book.worksheets:
        yield ["sheet", sheet.title, sheet.sheet_state, date_system]
        rows = _sheet_rows(book, sheet, cells=cells)
        cells -= sum(map(len, rows.values()))
        width = max((max(row) for row in rows.values() if row), default=0)
        for number in sorted(rows):
            row = rows[number]
            last = min(max(row), width)
            yield ["row", number, [row.get(column, "") for column in range(1, last + 1)]]


def _limit_itself(*, memory_bytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _sheet_rows(book: Any, sheet: Any, *, cells: int) -> Rows:
    """The sheet's texts by row and column; blank cells and blank rows are left out."""
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

    class Parser(WorkSheetParser):
        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None:
                cell["data_type"] = "uncached"
            return cell

    rows: Rows = {}
    seen = 0
    with sheet._get_source() as source:
        parser = Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for _, parsed in parser.parse():
            texts = {cell["column"]: text for cell in parsed if (text := _text(book, cell))}
            seen += len(texts)
            if seen > cells:
                raise Refused("The workbook has more cells than the limit of 5,000,000; save it as CSV.")
            if texts:
                rows.setdefault(parsed[0]["row"], {}).update(texts)
        _mark_merged(rows, parser.merged_cells)
    return rows


def _mark_merged(rows: Rows, merged: Any) -> None:
    """Cells under a merge are neither blank nor their neighbour's value: say so, never guess."""
    for area in merged.mergeCell if merged else ():
        for number in rows.keys() & range(area.min_row, area.max_row + 1):
            row = rows[number]
            last = min(area.max_col, max(row) + 1)
            for column in range(area.min_col, last + 1):
                if (number, column) != (area.min_row, area.min_col):
                    row[column] = MERGED


def _text(book: Any, cell: dict[str, Any]) -> str:
    value = cell["value"]
    if cell["data_type"] == "uncached":
        return FORMULA
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value, number_format=_number_format(book, cell["style_id"]))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == _MIDNIGHT else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _number_text(value: int | float, *, number_format: str) -> str:
    """The number as a spreadsheet shows it: 15 digits, padding zeros and per cent kept."""
    if _PADDED.fullmatch(number_format) and value == int(value) and value >= 0:
        return str(int(value)).zfill(len(number_format))
    if "%" in number_format:
        return _shortest(value * 100) + "%"
    return _shortest(value)


def _shortest(value: int | float) -> str:
    if isinstance(value, int):
        return str(value)
    rounded = float(f"{value:.15g}")
    if rounded.is_integer() and abs(rounded) < 1e15:
        return str(int(rounded))
    return repr(rounded)


def _number_format(book: Any, style_id: int) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    if not style_id:
        return "General"
    number = book._cell_styles[style_id].numFmtId
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return BUILTIN_FORMATS.get(number, "General")
    return str(book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], output=sys.stdout))
