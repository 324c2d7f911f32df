"""Workbooks, read in a process that may die: each oddity is read as shown, or refused with a reason."""

import datetime as dt
import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import MAC_EPOCH

from siop.gather.errors import UnusableFile
from siop.gather.readers.files import read_tables
from siop.gather.readers.limits import Limits
from siop.gather.readers.workbook import read_workbook

pytestmark = pytest.mark.slow


def content(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer


def workbook(*rows):
    book = Workbook()
    book.active.title = "sales"
    for row in rows:
        book.active.append(row)
    return book


def read(book):
    return read_tables(content(book), known=frozenset(("item", "quantity", "date")))


def cells(table):
    return {name: column.cells() for name, column in zip(table.header, table.columns, strict=True)}


def test_cells_are_read_as_a_spreadsheet_shows_them():
    book = workbook(
        ["item", "quantity", "date"],
        ["00123", 3, dt.date(2026, 1, 5)],
        [123, 0.1 + 0.2, dt.datetime.fromisoformat("2026-01-05 08:30")],
        ["1E5", 1e20, None],
        [True, 0.12, None],
    )
    book.active["A3"].number_format = "00000"
    book.active["B5"].number_format = "0%"
    (table,) = read(book)
    assert cells(table) == {
        "item": ["00123", "00123", "1E5", "TRUE"],
        "quantity": ["3", "0.3", "1e+20", "12%"],
        "date": ["2026-01-05", "2026-01-05 08:30:00", "", ""],
    }
    assert (table.date_system, table.machine_numbers, table.rows.tolist()) == ("1900", True, [2, 3, 4, 5])


def test_the_calendar_of_1904_is_known():
    book = workbook(["item", "date"], ["A", dt.date(2026, 1, 5)], ["B", 44565])
    book.epoch = MAC_EPOCH
    (table,) = read(book)
    assert table.date_system == "1904"
    assert cells(table)["date"][0] == "2026-01-05"


def test_merged_cells_are_marked_and_never_guessed():
    book = workbook(["item", "quantity"], ["A", 1], ["B", 2])
    book.active.merge_cells("A2:A3")
    (table,) = read(book)
    assert cells(table)["item"] == ["A", "\x00merged"]


def test_a_merged_header_is_refused():
    book = workbook(["item", "quantity"], ["A", 1])
    book.active.merge_cells("A1:B1")
    with pytest.raises(UnusableFile, match="merged"):
        read(book)


def test_a_merged_title_above_the_header_is_harmless():
    book = workbook(["Report", None], ["item", "quantity"], ["A", 1])
    book.active.merge_cells("A1:B1")
    (table,) = read(book)
    assert (table.header_row, cells(table)["item"]) == (2, ["A"])


def test_a_formula_without_a_result_is_marked():
    (table,) = read(workbook(["item", "quantity"], ["A", "=1+1"]))
    assert cells(table)["quantity"] == ["\x00formula"]


def test_hidden_sheets_are_not_read_and_told():
    book = workbook(["item", "quantity"], ["A", 1])
    hidden = book.create_sheet("secret")
    hidden.append(["item"])
    hidden.sheet_state = "hidden"
    (table,) = read(book)
    assert table.notes == ("Sheet 'secret' is hidden and was not read.",)


def test_a_workbook_with_hidden_sheets_only_is_refused():
    book = Workbook()
    book.create_sheet("secret").append(["item"])
    book["secret"].sheet_state = "hidden"
    with pytest.raises(UnusableFile, match="No visible sheet has values"):
        read(book)


def repacked(change):
    """The smallest good workbook with its archive changed."""
    original = zipfile.ZipFile(content(workbook(["item"], ["A"])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in original.infolist():
            archive.writestr(info.filename, original.read(info))
        change(archive)
    return buffer


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda archive: archive.writestr("xl/vbaProject.bin", b"x"), "macros"),
        (lambda archive: archive.writestr("../../etc/passwd", b"x"), "points outside"),
        (lambda archive: [archive.writestr(f"xl/media/{n}", b"") for n in range(1_001)], "parts"),
        (lambda archive: archive.writestr("xl/media/big", b"\0" * (301 * 1024 * 1024)), "300 MB"),
        (lambda archive: archive.writestr("xl/workbook.bin", b"x"), "xlsb"),
    ],
)
def test_archives_that_a_workbook_does_not_need_are_refused(change, reason):
    with pytest.raises(UnusableFile, match=reason):
        read_tables(repacked(change), known=frozenset(("item",)))


def test_more_cells_than_the_limit_are_refused():
    book = workbook(["item", "quantity"], *(["A", 1] for _ in range(100)))
    limits = Limits(cells=50)
    with pytest.raises(UnusableFile, match="cells"):
        read_workbook(content(book), known=frozenset(), limits=limits)


def test_a_parser_that_needs_too_much_memory_dies_alone():
    book = content(workbook(["item"], *([f"{n}" * 500] for n in range(2_000))))
    limits = Limits(child_memory_bytes=40 * 1024 * 1024)
    with pytest.raises(UnusableFile, match="GB of memory"):
        read_workbook(book, known=frozenset(), limits=limits)


def test_a_parser_that_takes_too_long_is_stopped():
    with pytest.raises(UnusableFile, match="s to read"):
        read_workbook(content(workbook(["item"], ["A"])), known=frozenset(), limits=Limits(child_seconds=0))
