"""S22: 1,000 rows, 7 bad: 7 listed by row, column, value and reason; the other 993 load; once."""

import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from forecasting.models import SalesLine
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

BAD = {  # row of the file -> what stands there, and what is said about it
    118: ({"item": "CPS-1O4"}, "item", "CPS-1O4", "Unknown item", "Use CPS-104"),
    204: ({"quantity": "1,5x"}, "quantity", "1,5x", "The text is not a number", ""),
    377: ({"date": "2026-11-31"}, "date", "2026-11-31", "November has 30 days", "Use 2026-11-30"),
    512: ({"item": "KIT-999"}, "item", "KIT-999", "Unknown item", ""),
    640: ({"quantity": ""}, "quantity", "", "The value is missing", ""),
    781: (
        {"unit_price": "42.00 EUR"},
        "unit_price",
        "42.00 EUR",
        "A currency stands in a number column",
        "Use 42.00",
    ),
    966: ({"segment": "XQ"}, "segment", "XQ", "Unknown segment", ""),
}


@pytest.fixture
def sheet(tmp_path):
    load_tables(
        {
            "items": [{"item": "CPS-104"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
        }
    )
    columns = ["date", "item", "location", "segment", "order", "quantity", "unit_price"]
    lines = [",".join(columns)]
    for row in range(2, 1002):
        good = {"date": "2026-10-05", "item": "CPS-104", "location": "NJ", "segment": "WEB"}
        cells = good | {"order": f"W-{row}", "quantity": "2", "unit_price": "15.00"} | BAD.get(row, ({},))[0]
        lines.append(",".join(f'"{cells[column]}"' for column in columns))
    path = tmp_path / "sales_orders.csv"
    path.write_text("\n".join(lines))
    return path


def import_data(*arguments):
    said, code = io.StringIO(), 0
    try:
        call_command("import_data", *map(str, arguments), "--json", stdout=said)
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(said.getvalue())


def test_seven_bad_rows_are_listed_and_nothing_is_loaded(sheet):
    code, facts = import_data(sheet, "--table", "sales")
    assert code == 1
    assert (facts["read"], facts["applied"], facts["rejected"]) == (1000, 0, 7)
    listed = {e["row"]: (e["column"], e["value"], e["reason"], e["suggestion"]) for e in facts["errors"]}
    assert listed == {row: tuple(expected) for row, (_, *expected) in BAD.items()}
    assert not SalesLine.objects.exists()


def test_valid_rows_only_loads_993_and_the_same_file_again_adds_0(sheet):
    code, facts = import_data(sheet, "--table", "sales", "--valid-rows-only")
    assert (code, facts["applied"], facts["rejected"]) == (0, 993, 7)
    assert SalesLine.objects.count() == 993
    code, facts = import_data(sheet, "--table", "sales", "--valid-rows-only")
    assert (code, facts["applied"], facts["unchanged"]) == (0, 0, 993)
    assert SalesLine.objects.count() == 993


def test_mended_rows_are_the_only_new_ones(sheet):
    import_data(sheet, "--table", "sales", "--valid-rows-only")
    load_tables({"items": [{"item": "KIT-999"}]})
    _, facts = import_data(sheet, "--table", "sales", "--valid-rows-only")
    assert (facts["applied"], facts["unchanged"], facts["rejected"]) == (1, 993, 6)


def test_the_page_lists_the_same_seven(sheet, client, ada):
    client.force_login(ada)
    with sheet.open("rb") as file:
        shown = client.post(reverse("gather:upload"), {"file": file, "table": "sales"}, follow=True)
    assert "Seven rows cannot be loaded" in shown.text
    assert "Load 993 valid rows" in shown.text
    for _, _, value, reason, _ in BAD.values():
        assert value in shown.text
        assert reason in shown.text


def test_an_unusable_file_says_why(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_bytes(b"")
    code, facts = import_data(path)
    assert code == 2
    assert "empty" in facts["errors"][0]["reason"]
    code, facts = import_data(tmp_path / "nowhere.csv")
    assert code == 2
    assert "cannot be read" in facts["errors"][0]["reason"]
