"""The demand plan as a workbook and back: what was changed in it becomes overrides, the rest changes nothing.

Each row carries its series, its version and the values it went out with, so that a cell counts as changed only
where a person changed it, and a row that others edited meanwhile is told apart.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any

import numpy as np
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from forecasting.grid import LEAF, Row
from forecasting.selectors.demand_plan import Shown, version_of
from siop.gather.errors import UnusableFile
from siop.gather.parsing.formulas import escape_formula, restore_formula
from siop.gather.readers.files import read_tables
from siop.gather.readers.table import TextTable

from .override_changes import Typed

KEY, SHEET, BASE = "row", "Demand plan", "as it went out"
LEADING = (KEY, "item", "description", "place")
MAX_ROWS = 20_000


@dataclass(frozen=True)
class Change:
    """One changed cell: what went out, what came back, what stands now."""

    series: int
    version: int
    column: int
    base: float
    mine: float | None
    now: float
    label: str
    month: str

    @property
    def conflict(self) -> bool:
        return self.now != self.base


def write(shown: Shown) -> bytes:
    """A workbook of the series that are shown."""
    leaves = shown.selection.leaves
    if len(leaves) > MAX_ROWS:
        raise UnusableFile(
            f"{len(leaves):,} rows are too many for a workbook; filter to {MAX_ROWS:,} or use the export of the plan."
        )
    book = Workbook(write_only=True)
    months = [month.isoformat()[:7] for month in shown.cube.months]
    sheet, base = book.create_sheet(SHEET), book.create_sheet(BASE)
    for page in (sheet, base):
        page.column_dimensions["A"].hidden = True
        page.freeze_panes = "E2"
    for index, width in enumerate((12, 18, 34, 18), start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    base.sheet_state = "hidden"
    head = [*LEADING, *months]
    sheet.append([_bold(sheet, text) for text in head])
    base.append(head)
    for start in range(0, len(leaves), 1000):
        rows = [Row(f"s{shown.cube.series[leaf]}", LEAF, int(leaf), np.array([leaf]), shown.cube.leaf_node(int(leaf)))
                for leaf in leaves[start : start + 1000]]  # fmt: skip
        for row, payload in zip(rows, shown.payloads(rows), strict=True):
            texts = [escape_formula(text) for text in payload["t"][:3]]
            line = [f"{row.id}v{payload['v']}", *texts, *payload["c"]]
            sheet.append(line)
            base.append(line)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _bold(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def read(shown: Shown, content: IO[bytes]) -> tuple[list[Change], list[str]]:
    """Cells that were changed in a workbook that came from `write`, and lines about what cannot be used.

    Raises UnusableFile where it is no such workbook.
    """
    months = [month.isoformat()[:7] for month in shown.cube.months]
    tables = {table.sheet: table for table in read_tables(content, known=frozenset(LEADING))}
    main = tables.get(SHEET) or next(iter(tables.values()), None)
    if main is None or KEY not in {name.lower() for name in main.header}:
        raise UnusableFile(
            "This is no workbook of the demand plan: its first column, “row”, is missing. Download it again."
        )
    before = _cells(tables[BASE], months) if BASE in tables else {}
    changes: list[Change] = []
    problems: list[str] = []
    for key, (number, cells) in _cells(main, months).items():
        _row(shown, key, number, cells, before.get(key, (0, {}))[1], changes, problems)
    return changes, problems


def _cells(table: TextTable, months: list[str]) -> dict[str, tuple[int, dict[int, str]]]:
    """Texts of the months by row key, with the row number in the file."""
    names = [name.strip().lower() for name in table.header]
    keys = table.columns[names.index(KEY)].cells()
    chosen = {column: table.columns[names.index(m)].cells() for column, m in enumerate(months) if m in names}
    return {
        restore_formula(key.strip()): (
            int(table.rows[at]),
            {c: texts[at].strip() for c, texts in chosen.items()},
        )
        for at, key in enumerate(keys)
        if key.strip()
    }


def _row(
    shown: Shown, key: str, number: int, cells: dict[int, str], before: dict[int, str], changes: list[Change],
    problems: list[str],
) -> None:  # fmt: skip
    head, _, version = key.partition("v")
    series = int(head[1:]) if head[:1] == "s" and head[1:].isdigit() and version.isdigit() else 0
    leaf = shown.cube.position.get(series)
    if leaf is None or not shown.selection.count(leaf, leaf + 1):
        problems.append(f"Row {number}: {key[:40]} is not in this plan or not yours to see; it is left out.")
        return
    row = shown.named(head)
    for column, text in cells.items():
        if before and text == before.get(column):
            continue
        now = shown.values_at(row, column)
        base = _number(before.get(column, "")) if before else Decimal(repr(now))
        mine = _number(text)
        month = f"{shown.cube.months[column]:%b %y}"
        if text and mine is None:
            problems.append(
                f"Row {number}, {month}: “{text[:30]}” is not a number; the cell is left as it is."
            )
        elif mine is not None and mine < 0:
            problems.append(f"Row {number}, {month}: {text} is below 0; demand is 0 or more.")
        elif mine != base:
            changes.append(
                Change(
                    series, int(version), column, float(base or 0), None if mine is None else float(mine), now,
                    shown.full_label(row), month,
                )
            )  # fmt: skip


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 12 else None


def typed_rows(shown: Shown, changes: list[Change]) -> list[Typed]:
    """The changed cells for the service of overrides, on the version that stands now: conflicts were shown."""
    rows: dict[int, dict[int, Decimal | None]] = {}
    for change in changes:
        value = None if change.mine is None else Decimal(repr(change.mine))
        rows.setdefault(change.series, {})[change.column] = value
    out = []
    for series, cells in rows.items():
        row = shown.named(f"s{series}")
        out.append(Typed(row, version_of(shown.cube, row), cells))
    return out
