"""Delimited text: every dialect, exact row numbers, nothing dropped in silence."""

import gzip
import io

import pytest

from siop.gather.errors import UnusableFile
from siop.gather.readers.files import read_tables
from siop.gather.readers.limits import Limits

KNOWN = frozenset(("item", "quantity", "note"))


def read(content, known=KNOWN, **kwargs):
    if isinstance(content, str):
        content = content.encode()
    (table,) = read_tables(io.BytesIO(content), known=known, **kwargs)
    return table


def cells(table):
    return {name: column.cells() for name, column in zip(table.header, table.columns, strict=True)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter, end):
    text = end.join(
        [delimiter.join(["item", "quantity"]), delimiter.join(["A", "1"]), delimiter.join(["B", "2"])]
    )
    assert cells(read(text)) == {"item": ["A", "B"], "quantity": ["1", "2"]}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(encoding):
    table = read("item,quantity\nCafé,1\nNaïve,2\n".encode(encoding))
    assert cells(table)["item"] == ["Café", "Naïve"]
    assert bool(table.notes) == (encoding == "cp1252")


def test_a_decimal_comma_does_not_win_over_the_semicolon():
    table = read("item;quantity\nA;1,5\nB;2,5\n")
    assert (table.delimiter, table.machine_numbers) == (";", False)
    assert cells(table)["quantity"] == ["1,5", "2,5"]


def test_quoted_line_breaks_count_as_one_row():
    table = read('item,note\nA,"two\nlines"\nB,x\n')
    assert cells(table)["note"] == ["two\nlines", "x"]
    assert table.rows.tolist() == [2, 3]


def test_blank_rows_are_skipped_but_counted_in_the_numbers():
    table = read("item,quantity\n\nA,1\n , \nB,2\n,,\n")
    assert table.rows.tolist() == [3, 5]
    assert table.read == 2


def test_rows_above_the_header_are_skipped_and_told():
    table = read("Stock report\nmade on Monday,by Ada\nitem,quantity\nA,1\n")
    assert (table.header_row, cells(table)["item"]) == (3, ["A"])
    assert "2 rows above the header" in table.notes[0]


def test_an_order_to_spreadsheets_is_no_data():
    assert read("sep=;\nitem;quantity\nA;1\n").rows.tolist() == [3]
    assert read("sep=,\nitem,quantity\nA,1\n").rows.tolist() == [3]


def test_a_row_with_surplus_values_is_a_fault_of_that_row_only():
    table = read("item,quantity\nA,1\nB,2,3\nC,4\n")
    assert [(fault.row, fault.value) for fault in table.faults] == [(3, "3")]
    assert cells(table)["item"] == ["A", "C"]
    assert table.read == 3


def test_a_short_row_is_completed_and_told():
    table = read("item,quantity,note\nA,1\n")
    assert cells(table)["note"] == [""]
    assert "1 row without the last columns (first: row 2)" in table.notes[0]


def test_text_after_a_closing_quote_is_a_fault():
    table = read('item,note\nA,"x" y\nB,z\n')
    assert [fault.row for fault in table.faults] == [2]
    assert cells(table)["item"] == ["B"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty"),
        ("\n\n  \n", "no row with values"),
        ("item,item\nA,1\n", "columns 1 and 2 are both named"),
        ("item,Item \nA,1\n", "columns 1 and 2 are both named"),
        ("item,,note\nA,1,x\n", "column 2 has values but no name"),
        ('item,note\nA,"never closed\nB,x\n', "a quoted text starts here"),
        (f"item,note\nA,{'x' * 200_000}\n", "Row 2: a cell is longer than 131,072 characters"),
        (b"\x00\x01\x02\x03" * 100, "not text"),
        (b"item,quantity\nA,\x81\x8d\n", "cannot be read as UTF-8 or Windows-1252"),
        (b"\xff\xfei\x00t\x00e", "damaged"),
        (b"<html><table><tr><td>item</td></tr></table></html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04" + b"\0" * 30, "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Old .xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (gzip.compress(b"item,quantity\nA,1\n", mtime=0)[:-6], "damaged"),
        (gzip.compress(gzip.compress(b"item\nA\n", mtime=0), mtime=0), "holds no CSV"),
        (gzip.compress(b"PK\x03\x04xl/workbook.xml", mtime=0), "holds no CSV"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(content, reason):
    with pytest.raises(UnusableFile, match=reason):
        read(content)


@pytest.mark.parametrize("blank", ["\u00a0", "\u200b", " ", "\ufeff"])
def test_headers_are_compared_without_what_cannot_be_seen(blank):
    assert read(f"{blank}item{blank},Quantity\nA,1\n").header == ("item", "Quantity")


def test_blank_columns_at_the_end_are_no_columns():
    assert read("item,quantity,,\nA,1,,\n").header == ("item", "quantity")


def test_packed_text_is_unpacked_up_to_a_limit():
    content = gzip.compress(b"item,quantity\n" + b"A,1\n" * 1000, mtime=0)
    assert len(read(content).rows) == 1000
    with pytest.raises(UnusableFile, match="Unpacked"):
        read(content, limits=Limits(unpacked_bytes=100))


def test_an_upload_above_the_limit_is_refused():
    with pytest.raises(UnusableFile, match="is the limit"):
        read("item,quantity\nA,1\n", limits=Limits(upload_bytes=10))


def test_distinct_texts_are_kept_once():
    table = read("item,quantity\n" + "A,1\nB,2\n" * 10_000)
    assert [len(column.texts) for column in table.columns] == [2, 2]
    assert len(table.rows) == 20_000
