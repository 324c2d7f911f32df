"""Texts that do harm elsewhere: stored as they were typed or refused with a reason, and run by no spreadsheet."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook
from shared_data import shared
from table_rows import CATALOG, ROWS, cells

from forecasting.models import Event
from siop.gather import downloads, services, tables
from siop.gather.columns import Column, Kind
from siop.gather.parsing.formulas import restore_formula
from siop.gather.parts import Options, read_parts

pytestmark = pytest.mark.django_db
FORMULAS = ("=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(1)", "|calc", "%0A=1", "\uff1d1+1")
PADDING = " \t\n\r\v\f\ufeff\u200b\u3000\u2007\u202f\xa0"
OF_OTHER_TABLES = {("closures", "calendar"), ("price_breaks", "source"), ("routings", "resource"), ("sourcing", "source")}  # fmt: skip
OWN_FEW = ["", "undefined", "1/0", "＂ﾟ･✿", "<script>alert(1)</script>", "'; DROP TABLE items--", "\u202etest"]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def catalog(kept_rows: None) -> None:
    services.load_tables(CATALOG)


def _holds_free_text(table: str, column: Column) -> bool:
    own = column.kind in (Kind.TEXT, Kind.CODE) and not column.references
    return own and (table, column.name) not in OF_OTHER_TABLES


TEXT_COLUMNS = [
    (name, column.name)
    for name in ROWS
    for column in tables.get(name).all_columns
    if _holds_free_text(name, column)
]


@pytest.mark.parametrize(("table", "column"), TEXT_COLUMNS)
def test_no_text_column_of_any_table_gives_a_spreadsheet_something_to_run(table: str, column: str) -> None:
    rows = [cells(ROWS[table]) | {column: formula} for formula in FORMULAS]
    if column not in {one.name for one in tables.get(table).key}:
        rows = rows[:1]  # the same row again would be a second one of its key
    services.load_tables({table: rows})

    text = b"".join(downloads.pieces(tables.get(table), format="csv")).decode()
    written = {row[column] for row in csv.DictReader(io.StringIO(text))}
    assert {"'" + row[column] for row in rows} <= written

    book = io.BytesIO(b"".join(downloads.pieces(tables.get(table), format="xlsx")))
    shown = [cell for row in load_workbook(book).active.iter_rows(min_row=2) for cell in row]  # type: ignore[union-attr]
    assert {cell.data_type for cell in shown if str(cell.value)[:2] in {f"'{f[0]}" for f in FORMULAS}} == {
        "s"
    }
    assert "f" not in {cell.data_type for cell in shown}

    (again,) = services.load(read_parts(io.BytesIO(text.encode()), file_name=f"{table}.csv", table=table))
    assert (again.errors, again.stored.changed) == ((), 0)


@pytest.mark.parametrize("source", ["few", "blns/blns.json"])
def test_naughty_strings_are_kept_as_they_are_or_refused_with_a_reason(source: str) -> None:
    texts = OWN_FEW if source == "few" else json.loads(shared(f"hostile_files/{source}").read_text())
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["event", "kind", "item", "start", "end", "note"])
    writer.writerows(
        [f"E{n}", "launch", "BTL", "2026-01-01", "2026-01-31", text] for n, text in enumerate(texts)
    )
    parts = read_parts(io.BytesIO(file.getvalue().encode()), file_name="events.csv")
    (outcome,) = services.load(parts, options=Options(valid_rows_only=True))

    refused = {error.row for error in outcome.errors}
    assert all(error.column == "note" and error.reason for error in outcome.errors)
    assert len(refused) <= len(texts) / 50
    kept = dict(Event.objects.values_list("code", "note"))
    assert len(kept) + len(refused) == len(texts)
    changed = {
        text: kept[f"E{n}"]
        for n, text in enumerate(texts)
        if f"E{n}" in kept and kept[f"E{n}"].strip() != restore_formula(text.strip(PADDING)).strip()
    }
    assert changed == {}
