"""One workbook with a sheet per table: all of it or nothing, and undone together."""

import io

import pytest
from openpyxl import Workbook

from forecasting.models import SalesLine
from siop.catalog.models import Item
from siop.gather import services
from siop.gather.enums import BatchState
from siop.gather.errors import UnusableFile
from siop.gather.models import ImportBatch
from siop.gather.parts import read_parts
from siop.gather.undo import undo_import

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SHEETS = {
    "sales": [["date", "item", "location", "segment", "quantity"], ["2026-01-05", "00123", "NJ", "WEB", 3]],
    "Items": [["item", "unit_cost"], ["00123", 1.25], ["BTL", 4]],
    "locations": [["location"], ["NJ"]],
    "segments": [["segment"], ["WEB"]],
}


def parts(sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return read_parts(buffer, file_name="company.xlsx")


def test_sheets_load_in_the_order_of_dependence_and_undo_together():
    outcomes = services.load(parts(SHEETS))
    assert [outcome.errors for outcome in outcomes] == [()] * 4
    assert SalesLine.objects.get().item.code == "00123"
    assert Item.objects.get(code="00123").unit_cost * 4 == 5
    undone = undo_import(outcomes[0].batch.pk)
    assert len(undone) == 4
    assert not Item.objects.exists()


def test_the_page_of_one_table_leads_to_the_others_of_its_workbook(client, ada):
    outcomes = services.load(parts(SHEETS))
    client.force_login(ada)
    items, *others = sorted((one.batch for one in outcomes), key=lambda batch: batch.table != "items")
    page = client.get(f"/data/imports/{items.pk}/").content.decode()
    assert "Loaded together with" in page
    assert all(f'href="/data/imports/{one.pk}/">{one.table}</a>' in page for one in others)


def test_one_bad_row_in_one_sheet_keeps_all_sheets_out():
    bad = SHEETS | {"Items": [*SHEETS["Items"], ["CAP", "dear"]]}
    outcomes = services.load(parts(bad))
    assert {outcome.batch.state for outcome in outcomes} == {BatchState.REJECTED}
    assert [(o.part.table.name, e.row, e.column, e.value) for o in outcomes for e in o.errors] == [
        ("items", 4, "unit_cost", "dear")
    ]
    assert not Item.objects.exists()
    assert ImportBatch.objects.filter(state=BatchState.APPLIED).count() == 0


def test_a_sheet_that_is_no_table_is_reported():
    with pytest.raises(UnusableFile, match="Which table the sheet 'Notes' holds is not certain"):
        parts(SHEETS | {"Notes": [["a", "b"], [1, 2]]})


def test_what_a_workbook_hides_or_lacks_is_a_row_error():
    broken = SHEETS | {"Items": [["item", "unit_cost"], ["00123", "=1+1"], ["#N/A", 4]]}
    outcomes = services.load(parts(broken))
    reasons = [
        (error.row, error.column, error.reason)
        for o in outcomes
        for error in o.errors
        if o.part.table.name == "items"
    ]
    assert reasons == [
        (2, "unit_cost", "The cell holds a formula without a stored result"),
        (3, "item", "The cell holds the spreadsheet error #N/A"),
    ]
