"""Every column of every table with values it cannot hold: each is refused at its row and column, with the reason.

The cases are made from the registry, so a new column is judged from its first day.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from table_rows import CATALOG, ROWS, cells

from siop.gather import services, tables
from siop.gather.columns import Column, Kind
from siop.gather.parts import Options, read_parts

pytestmark = pytest.mark.django_db

FORMS = {
    Kind.NUMBER: {"three": "not a number", "NaN": "not finite", "#DIV/0!": "spreadsheet error"},
    Kind.DATE: {"31.11.2025": "November has 30 days", "0026-01-05": "outside", "soon": "date"},
    Kind.MONTH: {"2026-13": "13", "soon": ""},
    Kind.CHOICE: {"perhaps": "none of"},
}


def _bad_values(column: Column) -> dict[str, str]:
    """Texts that this column cannot hold, and a word of the reason."""
    bad = dict(FORMS.get(column.kind, {}))
    if column.required:
        bad[""] = "missing"
    if column.references:
        bad["NOBODY"] = "nknown"
    elif column.kind in (Kind.CODE, Kind.TEXT):
        bad["x" * (column.max_length + 1)] = f"longer than {column.max_length}"
    return bad


def _cases() -> Iterator[Any]:
    for name, row in ROWS.items():
        for column in tables.get(name).all_columns:
            for value, word in _bad_values(column).items():
                label = f"{name}-{column.name}-{value[:12] or 'blank'}"
                yield pytest.param(name, row, column.name, value, word, id=label)


@pytest.fixture(scope="module", autouse=True)
def catalog(kept_rows: None) -> None:
    """Loaded once and rolled back at the end: every case is a dry run."""
    services.load_tables(CATALOG)


def judge(table: str, row: dict[str, str]) -> list[tuple[int, str, str]]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    parts = read_parts(io.BytesIO(text.getvalue().encode()), file_name="file.csv", table=table)
    (outcome,) = services.load(parts, options=Options(dry_run=True))
    return [(error.row, error.column, error.reason) for error in outcome.errors]


def test_there_is_a_row_of_every_table() -> None:
    assert set(ROWS) == set(tables.names())


@pytest.mark.parametrize("table", ROWS)
def test_the_row_itself_is_accepted(table: str) -> None:
    assert judge(table, cells(ROWS[table])) == []


@pytest.mark.parametrize(("table", "row", "column", "value", "word"), list(_cases()))
def test_a_value_that_the_column_cannot_hold_is_refused_there(
    table: str, row: str, column: str, value: str, word: str
) -> None:
    errors = judge(table, cells(row) | {column: value})
    assert [reason for at, name, reason in errors if (at, name) == (2, column) and word in reason], errors
