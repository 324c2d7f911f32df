"""Which table a file holds is told by its name or by columns that one table alone has; otherwise it is asked about."""

import io

import pytest
from openpyxl import Workbook

from siop.gather.errors import UnusableFile
from siop.gather.parts import read_parts

pytestmark = pytest.mark.django_db


def table_of(name: str, *header: str) -> str:
    text = ",".join(header) + "\n" + ",".join("1" for _ in header) + "\n"
    (part,) = read_parts(io.BytesIO(text.encode()), file_name=name)
    return part.table.name


def workbook(*sheets: str) -> io.BytesIO:
    book = Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        sheet.append(["item", "description"])
        sheet.append(["00123", "Bottle"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer


@pytest.mark.parametrize("name", ["items.csv", "Items_2026-11.csv", "ITEMS.CSV", "items.backup.csv"])
def test_a_file_is_named_after_its_table(name: str) -> None:
    assert table_of(name, "item", "description") == "items"


@pytest.mark.parametrize(
    ("header", "table"),
    [
        (["date", "item", "location", "segment", "order", "quantity"], "sales"),
        (["Date", "Item", "Location", "Quantity", "Expiry date"], "on_hand"),
        (["parent", "component", "quantity_per"], "bom"),
    ],
)
def test_columns_that_one_table_alone_has_tell_it(header: list[str], table: str) -> None:
    assert table_of("export.csv", *header) == table


@pytest.mark.parametrize(
    "header",
    [
        ["date", "item", "location", "quantity"],  # stock, or demand made elsewhere
        ["date", "item", "location", "segment", "order", "quantity", "cashier"],
        ["item"],
    ],
)
def test_what_may_be_two_tables_or_none_is_asked_about(header: list[str]) -> None:
    with pytest.raises(UnusableFile, match=r"'export\.csv' holds is not certain"):
        table_of("export.csv", *header)


def test_the_only_sheet_of_a_workbook_may_keep_the_name_that_programs_give_it() -> None:
    (part,) = read_parts(workbook("Sheet1"), file_name="items.xlsx")
    assert (part.table.name, part.file.sheet) == ("items", "Sheet1")


def test_of_several_sheets_each_says_its_table() -> None:
    with pytest.raises(UnusableFile, match="sheet 'Sheet2' holds is not certain"):
        read_parts(workbook("items", "Sheet2"), file_name="items.xlsx")
