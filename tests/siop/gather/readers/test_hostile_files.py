"""Files made to break readers: each is accepted as it stands, or refused with its reason."""

import pytest

from siop.gather.errors import UnusableFile
from siop.gather.readers.files import read_tables
from tests.shared_data import SHARED, shared

FOLDER = "hostile_files"
# file -> (data rows, faulty rows) of each table, or the words of the refusal
EXPECTED = {
    "csv-spectrum/csvs/comma_in_quotes.csv": [(1, [])],
    "csv-spectrum/csvs/empty.csv": [(2, [])],
    "csv-spectrum/csvs/empty_crlf.csv": [(2, [])],
    "csv-spectrum/csvs/escaped_quotes.csv": [(2, [])],
    "csv-spectrum/csvs/json.csv": [(1, [])],
    "csv-spectrum/csvs/newlines.csv": [(3, [])],
    "csv-spectrum/csvs/newlines_crlf.csv": [(3, [])],
    "csv-spectrum/csvs/quotes_and_newlines.csv": [(2, [])],
    "csv-spectrum/csvs/simple.csv": [(1, [])],
    "csv-spectrum/csvs/simple_crlf.csv": [(1, [])],
    "csv-spectrum/csvs/utf8.csv": [(2, [])],
    "frictionless/accent.csv": [(2, [])],
    "frictionless/adjust-floating-point-error.xlsx": [(5, [])],
    "frictionless/ascii-notvalid.csv": [(1, [])],
    "frictionless/blank-cells.csv": [(5, [])],
    "frictionless/blank-headers.csv": "column 2 has values but no name",
    "frictionless/blank-rows-multiple.csv": [(2, [])],
    "frictionless/blank-rows-no-fields.csv": [(2, [])],
    "frictionless/blank-rows.csv": [(2, [])],
    "frictionless/bom.csv": [(2, [])],
    "frictionless/capital-invalid.csv": "columns 2 and 3 are both named 'name'",
    "frictionless/defective-rows.csv": [(1, [3])],
    "frictionless/delimiter.csv": [(2, [])],
    "frictionless/doublequote.csv": [(5, [])],
    "frictionless/duplicate-column.csv": "columns 2 and 3 are both named 'B'",
    "frictionless/duplicate-headers.csv": "columns 1 and 3 are both named 'id'",
    "frictionless/duplicate-rows.csv": [(3, [])],
    "frictionless/empty.csv": "empty",
    "frictionless/encoding-issue-274.csv": [(507, [])],
    "frictionless/escaping.csv": [(2, [4])],
    "frictionless/floats.csv": [(5, [])],
    "frictionless/implicit-gz.csv": [(2, [])],
    "frictionless/implicit-zip.csv": "ZIP archive",
    "frictionless/invalid.csv": "columns 2 and 4 are both named 'name'",
    "frictionless/issue-1009-comma.csv": [(1, [])],
    "frictionless/issue-1009-semicolon.csv": [(1, [])],
    "frictionless/issue-1066-smallcellsize.csv": [(12, [])],
    "frictionless/issue-1105-timezone.csv": [(2, [])],
    "frictionless/issue-833.csv": [(3, [])],
    "frictionless/issue-844.csv": [(2, [])],
    "frictionless/latin1.csv": [(2, [])],
    "frictionless/leading-zeros.csv": [(3, [])],
    "frictionless/merged-cells.xlsx": "merged",
    "frictionless/multiline-headers.xlsx": "merged",
    "frictionless/number-format-multicode.xlsx": [(3, [])],
    "frictionless/number-test.csv": [(13, [])],
    "frictionless/numeric-labels.csv": [(3, [])],
    "frictionless/preserve-formatting-percentage.xlsx": [(3, [])],
    "frictionless/preserve-formatting.xlsx": "columns 4 and 6 are both named",
    "frictionless/schema-errors.csv": [(3, [5])],
    "frictionless/skip-rows-before-headers.csv": [(2, [])],
    "frictionless/skip-rows.xlsx": "merged",
    "frictionless/structure-errors.csv": [(2, [5])],
    "frictionless/table-infer-iso-8859-7.csv": [(4, [])],
    "frictionless/table-infer-missing-values.csv": [(7, [])],
    "frictionless/table-with-ints-floats-dates.xls": "Old .xls",
    "generated/billion_laughs.xlsx": "defines XML entities",
    "generated/far_corner.xlsx": [(0, [1048576])],
    "poi/DateFormatNumberTests.xlsx": [(3, []), (10, [])],
    "poi/Excel_file_with_trash_item.xlsx": [(679, [])],
    "poi/clusterfuzz-testcase-minimized-POIFuzzer-5040805309710336.xlsx": "ZIP archive",
    "poi/clusterfuzz-testcase-minimized-POIXSSFFuzzer-5089447305609216.xlsx": "damaged",
    "poi/clusterfuzz-testcase-minimized-POIXSSFFuzzer-5265527465181184.xlsx": "damaged",
    "poi/clusterfuzz-testcase-minimized-POIXSSFFuzzer-6123461607817216.xlsx": "damaged",
    "poi/clusterfuzz-testcase-minimized-POIXSSFFuzzer-6448258963341312.xlsx": "damaged",
    "poi/clusterfuzz-testcase-minimized-XLSX2CSVFuzzer-5542865479270400.xlsx": "damaged",
    "poi/clusterfuzz-testcase-minimized-XLSX2CSVFuzzer-6504225896792064.xlsx": "damaged",
    "poi/crash-274d6342e4842d61be0fb48eaadad6208ae767ae.xlsx": "damaged",
    "poi/decimal-format.xlsx": [(1, [])],
    "poi/duplicate-filename.xlsx": "twice",
    "poi/poc-shared-strings.xlsx": "GB of memory",
    "poi/poc-xmlbomb.xlsx": "defines XML entities",
    "poi/xxe_in_schema.xlsx": [(1, [])],
}


def judge(name):
    with shared(f"{FOLDER}/{name}").open("rb") as content:
        try:
            tables = read_tables(content)
        except UnusableFile as error:
            return error.reason
    return [(len(table.rows), [fault.row for fault in table.faults]) for table in tables]


def expected_of(name, found):
    """What was expected: for a refusal, the reason found where it holds the words expected."""
    expected = EXPECTED[name]
    held = isinstance(expected, str) and isinstance(found, str) and expected in found
    return found if held else expected


@pytest.mark.parametrize("name", [name for name in EXPECTED if not name.endswith(".xlsx")])
def test_text_files(name):
    found = judge(name)
    assert found == expected_of(name, found)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith(".xlsx")])
def test_workbooks(name):
    found = judge(name)
    assert found == expected_of(name, found)


def test_every_hostile_file_is_expected():
    folder = shared(FOLDER)
    readable = (".csv", ".xlsx", ".xls")
    found = {str(path.relative_to(SHARED / FOLDER)) for path in folder.rglob("*") if path.suffix in readable}
    assert found == set(EXPECTED)
