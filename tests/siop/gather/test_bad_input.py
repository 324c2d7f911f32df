"""The catalogue of bad input: each file is accepted exactly, or refused with row, column and reason."""

import gzip
import io

import pytest

from siop.gather import services
from siop.gather.errors import UnusableFile
from siop.gather.parts import Options, read_parts

pytestmark = pytest.mark.django_db

CATALOG = {
    "categories": [{"category": "bottles"}],
    "items": [
        {"item": "BTL", "unit": "piece"},
        {"item": "CPS-104"},
        {"item": "00123"},
        {"item": "1E5"},
        {"item": "Caf\u00e9"},
    ],
    "units": [{"item": "BTL", "unit": "carton", "factor": 12}],
    "locations": [{"location": "NJ"}, {"location": "MY"}],
    "segments": [{"segment": "WEB"}],
    "suppliers": [{"supplier": "ACME"}, {"supplier": "MY"}],
    "modes": [{"mode": "sea"}],
}
HEADER = "date,item,location,segment,order,quantity,unit_price\n"
GOOD = "2026-01-05,BTL,NJ,WEB,W0,1,10\n"


@pytest.fixture(scope="module", autouse=True)
def catalog(kept_rows):
    """Loaded once and rolled back at the end: every case is a dry run."""
    services.load_tables(CATALOG)


def judge(table, content, options=None):
    """("unusable", reason), ("rejected", [(row, column, reason)]) or ("accepted", lines that change something)."""
    data = content if isinstance(content, bytes) else content.encode()
    try:
        parts = read_parts(io.BytesIO(data), file_name="file.csv", table=table)
    except UnusableFile as error:
        return "unusable", error.reason
    (outcome,) = services.load(parts, options=options or Options(dry_run=True))
    if outcome.errors:
        return "rejected", [(error.row, error.column, error.reason) for error in outcome.errors]
    return "accepted", outcome.stored.applied


def sales(*lines):
    return HEADER + "\n".join(lines) + "\n"


ACCEPTED = {
    "plain": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10"), 1),
    "bom": ("sales", b"\xef\xbb\xbf" + sales("2026-01-05,BTL,NJ,WEB,W1,3,10").encode(), 1),
    "utf16": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10").encode("utf-16"), 1),
    "latin1 in an order code": ("sales", sales("2026-01-05,BTL,NJ,WEB,Müller,3,10").encode("cp1252"), 1),
    "a code spelt in two characters": ("sales", sales("2026-01-05,Cafe\u0301,NJ,WEB,W1,3,10"), 1),
    "gzip": ("sales", gzip.compress(sales("2026-01-05,BTL,NJ,WEB,W1,3,10").encode()), 1),
    "semicolon and decimal comma": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10").replace(",", ";").replace(";10", ";10,5"), 1),
    "tab": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10").replace(",", "\t"), 1),
    "lone carriage returns": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10").replace("\n", "\r"), 1),
    "headers in any order and case": ("sales", "QUANTITY,Item,segment,LOCATION,Date\n3,BTL,WEB,NJ,2026-01-05\n", 1),
    "no-break space in a header": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10").replace("item", "\u00a0item\u00a0"), 1),
    "preamble": ("sales", "Report of January\n\n" + sales("2026-01-05,BTL,NJ,WEB,W1,3,10"), 1),
    "blank lines": ("sales", sales("", "2026-01-05,BTL,NJ,WEB,W1,3,10", "", ",,,,,,"), 1),
    "return": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,-3,10"), 1),
    "negative in brackets": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,(3),10"), 1),
    "codes stay text": ("sales", sales("2026-01-05,00123,NJ,WEB,W1,3,10", "2026-01-05,1E5,NJ,WEB,W1,3,10"), 2),
    "day first, decided by one row": ("sales", sales("01/02/2026,BTL,NJ,WEB,W1,3,10", "13/02/2026,BTL,NJ,WEB,W1,3,10"), 2),
    "ISO mixed with a certain US date": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10", "01/31/2026,BTL,NJ,WEB,W1,3,10"), 2),
    "repeated key adds up": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10", "2026-01-05,BTL,NJ,WEB,W1,2,10"), 2),
    "unit of the item": ("sales", "date,item,location,segment,quantity,unit\n2026-01-05,BTL,NJ,WEB,3,piece\n", 1),
    "another unit": ("sales", "date,item,location,segment,quantity,unit\n2026-01-05,BTL,NJ,WEB,3,carton\n", 1),
    "unknown column": ("sales", "date,item,location,segment,quantity,colour\n2026-01-05,BTL,NJ,WEB,3,red\n", 1),
    "header only": ("sales", HEADER, 0),
    "escaped formula as description": ("items", "item,description\nBTL,'=1+1\n", 1),
    "service target as a percentage": ("items", "item,service_policy,service_target\nBTL,fill rate,95%\n", 1),
    "quoted line break in a description": ("items", 'item,description\nBTL,"two\nlines"\n', 1),
    "price with five decimals": ("items", "item,unit_cost\nBTL,1.23456\n", 1),
    "source is the only supplier of that name": ("sourcing", "item,location,source,lead_time_days\nBTL,NJ,ACME,30\n", 1),
    "own location as source": ("sourcing", "item,location,source,lead_time_days\nBTL,NJ,NJ,3\n", 1),
    "month without a day": ("measures", "measure,month,value\npicks,2026-01,4200\n", 1),
    "periods with blank ends": ("periods", "start\n2026-01-01\n2026-02-01\n", 2),
}  # fmt: skip

REJECTED = {
    "NUL": ("sales", sales("2026-01-05,B\0TL,NJ,WEB,W1,3,10"), [(2, "item", "control character")]),
    "missing quantity": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,,10"), [(2, "quantity", "missing")]),
    "dash for a number": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,-,10"), [(2, "quantity", "missing value is written")]),
    "letters for a number": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,three,10"), [(2, "quantity", "not a number")]),
    "NaN": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,NaN,10"), [(2, "quantity", "not finite")]),
    "infinity": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,inf,10"), [(2, "quantity", "not finite")]),
    "1e308": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,1e308,10"), [(2, "quantity", "too large")]),
    "a millionth": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,0.000001,10"), [(2, "quantity", "smaller than the 3 decimals")]),
    "per cent as quantity": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,12%,10"), [(2, "quantity", "percentage")]),
    "currency": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,1,42.00 EUR"), [(2, "unit_price", "currency")]),
    "negative price": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,1,-4"), [(2, "unit_price", "0 or more")]),
    "undecided thousands": ("sales", sales('2026-01-05,BTL,NJ,WEB,W1,"1,234",10'), [(2, "quantity", "may be 1.234 or 1234")]),
    "mixed decimal marks": (
        "sales", sales("2026-01-05,BTL,NJ,WEB,W1,1.5,1", '2026-01-05,BTL,NJ,WEB,W2,"1,5",1', "2026-01-05,BTL,NJ,WEB,W3,2.5,1"),
        [(3, "quantity", "decimal point")],
    ),
    "undecided date": ("sales", sales("01/02/2026,BTL,NJ,WEB,W1,3,10"), [(2, "date", "day or month first")]),
    "both date orders": (
        "sales", sales("13/02/2026,BTL,NJ,WEB,W1,3,10", "02/13/2026,BTL,NJ,WEB,W1,3,10"),
        [(2, "date", "mixes"), (3, "date", "mixes")],
    ),
    "29 February 1900": ("sales", sales("29.2.1900,BTL,NJ,WEB,W1,3,10"), [(2, "date", "February 1900 has 28 days")]),
    "31 November": ("sales", sales("31.11.2025,BTL,NJ,WEB,W1,3,10"), [(2, "date", "November has 30 days")]),
    "serial in a text file": ("sales", sales("45292,BTL,NJ,WEB,W1,3,10"), [(2, "date", "1900 or from 1904")]),
    "year 0026": ("sales", sales("0026-01-05,BTL,NJ,WEB,W1,3,10"), [(2, "date", "year 26 is outside")]),
    "year of two digits": ("sales", sales("05/01/26,BTL,NJ,WEB,W1,3,10"), [(2, "date", "two digits")]),
    "sale in the future": ("sales", sales("2099-01-05,BTL,NJ,WEB,W1,3,10"), [(2, "date", "future")]),
    "unknown item": ("sales", sales("2026-01-05,XXX,NJ,WEB,W1,3,10"), [(2, "item", "Unknown item")]),
    "letter O for zero": ("sales", sales("2026-01-05,CPS-1O4,NJ,WEB,W1,3,10"), [(2, "item", "Unknown item")]),
    "item in lower case": ("sales", sales("2026-01-05,btl,NJ,WEB,W1,3,10"), [(2, "item", "Unknown item")]),
    "unknown location": ("sales", sales("2026-01-05,BTL,XX,WEB,W1,3,10"), [(2, "location", "Unknown location")]),
    "missing segment": ("sales", sales("2026-01-05,BTL,NJ,,W1,3,10"), [(2, "segment", "missing")]),
    "spreadsheet error as code": ("sales", sales("2026-01-05,#N/A,NJ,WEB,W1,3,10"), [(2, "item", "spreadsheet error")]),
    "spreadsheet error as number": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,#DIV/0!,10"), [(2, "quantity", "spreadsheet error")]),
    "surplus value": ("sales", sales("2026-01-05,BTL,NJ,WEB,W1,3,10,9"), [(2, "", "8 values, the header 7")]),
    "text after quotes": ("sales", sales('2026-01-05,"BTL"x,NJ,WEB,W1,3,10'), [(2, "", "closing quote")]),
    "two errors in one row": (
        "sales", sales("2026-01-05,XXX,NJ,WEB,W1,x,10"),
        [(2, "item", "Unknown item"), (2, "quantity", "not a number")],
    ),
    "unknown unit": (
        "sales", "date,item,location,segment,quantity,unit\n2026-01-05,BTL,NJ,WEB,3,pallet\n", [(2, "unit", "no such unit")],
    ),
    "code of 121 letters": ("items", f"item\n{'A' * 121}\n", [(2, "item", "longer than 120")]),
    "code on two lines": ("items", 'item\n"A\nB"\n', [(2, "item", "one line")]),
    "description of 301 letters": ("items", f"item,description\nBTL,{'x' * 301}\n", [(2, "description", "longer than 300")]),
    "duplicate item": ("items", "item\nBTL\nBTL\n", [(3, "item", "row 2 already")]),
    "step 0": ("items", "item,step\nBTL,0\n", [(2, "step", "above 0")]),
    "negative cost": ("items", "item,unit_cost\nBTL,-1\n", [(2, "unit_cost", "0 or more")]),
    "half a day": ("items", "item,shelf_life_days\nBTL,1.5\n", [(2, "shelf_life_days", "whole number")]),
    "unknown policy": ("items", "item,service_policy\nBTL,fill_rat\n", [(2, "service_policy", "none of")]),
    "policy of another table": ("items", "item,service_policy\nBTL,days_of_supply\n", [(2, "service_policy", "none of")]),
    "service target 95": (
        "items", "item,service_policy,service_target\nBTL,fill_rate,95\n",
        [(2, "service_target", "fraction below 1")],
    ),
    "ends before its launch": (
        "items", "item,launch_date,end_date\nBTL,2026-02-01,2026-01-01\n",
        [(2, "end_date", "before launch_date")],
    ),
    "like itself": ("items", "item,like_item\nBTL,BTL\n", [(2, "like_item", "are the same")]),
    "like an unknown item": ("items", "item,like_item\nBTL,XXX\n", [(2, "like_item", "Unknown item")]),
    "unknown category": ("items", "item,category\nBTL,caps\n", [(2, "category", "Unknown category")]),
    "category in itself": ("categories", "category,parent\na,a\n", [(2, "parent", "are the same")]),
    "categories in a circle": ("categories", "category,parent\na,b\nb,a\n", [(0, "", "contains itself")] * 2),
    "unit without factor": ("units", "item,unit,factor\nBTL,box,\n", [(2, "factor", "missing")]),
    "overlapping periods": ("periods", "start,end\n2026-01-01,2026-01-31\n2026-01-31,2026-02-28\n", [(0, "", "begins before")]),
    "gap between periods": ("periods", "start,end\n2026-01-01,2026-01-30\n2026-02-01,2026-02-28\n", [(0, "", "lie in no period")]),
    "period that ends before its start": ("periods", "start,end\n2026-02-01,2026-01-01\n", [(2, "end", "before start")]),
    "bucket of a day": ("parameters", "name,value\nbucket,day\n", [(2, "value", "month or week")]),
    "capital cost of text": ("parameters", "name,value\ncapital_cost_pct,cheap\n", [(2, "value", "number of 0 or more")]),
    "closure of nobody": ("closures", "calendar,date\nXXX,2026-12-25\n", [(2, "calendar", "no known code")]),
    "negative stock": ("on_hand", "date,item,location,quantity\n2026-01-05,BTL,NJ,-4\n", [(2, "quantity", "0 or more")]),
    "stock of the future": ("on_hand", "date,item,location,quantity\n2099-01-05,BTL,NJ,4\n", [(2, "date", "future")]),
    "max below min": ("policies", "item,location,min_qty,max_qty\nBTL,NJ,5,4\n", [(2, "max_qty", "smaller than min_qty")]),
    "source unknown": (
        "sourcing", "item,location,source,lead_time_days\nBTL,NJ,XXX,30\n",
        [(2, "source", "no known supplier or location")],
    ),
    "source is both": ("sourcing", "item,location,source,lead_time_days\nBTL,NJ,MY,30\n", [(2, "kind", "a supplier and a location")]),
    "made elsewhere": ("sourcing", "item,location,source,kind,lead_time_days\nBTL,NJ,MY,make,30\n", [(2, "source", "own location")]),
    "transfer from itself": (
        "sourcing", "item,location,source,kind,lead_time_days\nBTL,NJ,NJ,transfer,30\n",
        [(2, "source", "another location")],
    ),
    "lead time of -3": ("sourcing", "item,location,source,lead_time_days\nBTL,NJ,ACME,-3\n", [(2, "lead_time_days", "0 or more")]),
    "valid backwards": (
        "sourcing", "item,location,source,lead_time_days,valid_from,valid_to\nBTL,NJ,ACME,3,2026-02-01,2026-01-01\n",
        [(2, "valid_to", "before valid_from")],
    ),
    "first sources in a circle": (
        "sourcing", "item,location,source,kind,lead_time_days\nBTL,NJ,MY,transfer,30\nBTL,MY,NJ,transfer,30\n",
        [(0, "", "first sources run in a circle through: BTL at MY, BTL at NJ")],
    ),
    "part of itself": ("bom", "parent,component,quantity_per\nBTL,BTL,1\n", [(2, "component", "are the same")]),
    "bills in a circle": ("bom", "parent,component,quantity_per\nBTL,CPS-104,1\nCPS-104,BTL,1\n", [(0, "", "run in a circle")]),
    "none of a component": ("bom", "parent,component,quantity_per\nBTL,CPS-104,0\n", [(2, "quantity_per", "above 0")]),
    "routing on nothing": ("routings", "item,resource,usage_per_unit\nBTL,line 9,1\n", [(2, "resource", "unknown")]),
    "return rate of 120 %": (
        "returns", "item,returns_as,location,rate,lag_days\nBTL,CPS-104,NJ,120%,30\n",
        [(2, "rate", "1 or less")],
    ),
    "open order without a day": (
        "scheduled_receipts", "order,line,item,location,quantity\nP1,1,BTL,NJ,5\n", [(2, "due_date", "needs a due date")],
    ),
    "received without a day": (
        "scheduled_receipts", "order,line,item,location,quantity,status\nP1,1,BTL,NJ,5,received\n", [(2, "received_date", "missing")],
    ),
    "event backwards": ("events", "event,kind,start,end\nE,promotion,2026-02-01,2026-01-01\n", [(2, "end", "before start")]),
    "event of no kind": ("events", "event,kind,start,end\nE,,2026-01-01,2026-01-31\n", [(2, "kind", "missing")]),
    "budget of nothing": ("budget", "month,category,units,revenue\n2026-01,bottles,,\n", [(2, "units", "neither units nor revenue")]),
    "driver of item and category": (
        "drivers", "driver,month,item,category,value\nads,2026-01,BTL,bottles,5\n", [(2, "category", "not both")],
    ),
    "bundle in itself": ("bundles", "bundle,item,quantity\nBTL,BTL,2\n", [(2, "item", "are the same")]),
    "shipped without a day": (
        "deliveries", "order,line,item,location,promised_date,ordered_quantity,shipped_quantity\nO,1,BTL,NJ,2026-01-05,5,5\n",
        [(2, "shipped_date", "missing")],
    ),
    "owners of themselves": (
        "installed_base",
        "durable,consumable,location,segment,active_units,as_of,units_per_active_month\n"
        "BTL,BTL,NJ,WEB,5,2026-01-01,1\n",
        [(2, "consumable", "are the same")],
    ),
}  # fmt: skip

UNUSABLE = {
    "empty": ("sales", b"", "empty"),
    "blank": ("sales", "\n\n", "no row with values"),
    "no header": ("sales", "2026-01-05,BTL,NJ,WEB,W1,3,10\n", "needs the columns"),
    "missing column": (
        "sales",
        "date,item,location,segment\n2026-01-05,BTL,NJ,WEB\n",
        "needs the column quantity",
    ),
    "duplicate column": ("sales", HEADER.replace("order", "item") + GOOD, "columns 2 and 5 are both named"),
    "two names for one column": ("items", "item,sku\nBTL,BTL\n", "both mean item"),
    "values without a name": ("sales", HEADER.replace("order", "") + GOOD, "column 5 has values but no name"),
    "quote that never closes": ("sales", HEADER + '2026-01-05,"BTL,NJ,WEB,W1,3,10\n' + GOOD, "does not end"),
    "binary": ("sales", bytes(range(256)) * 20, "not text"),
    "HTML named xls": ("sales", "<html><table></table></html>", "web page"),
    "old workbook": ("sales", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Old .xls"),
    "damaged gzip": ("sales", gzip.compress(sales("x").encode())[:-9], "damaged"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    table, content, lines = ACCEPTED[name]
    assert judge(table, content) == ("accepted", lines)


@pytest.mark.parametrize("name", REJECTED)
def test_rejected_with_row_column_and_reason(name):
    table, content, expected = REJECTED[name]
    verdict, errors = judge(table, content)
    assert verdict == "rejected"
    assert [(row, column) for row, column, _ in errors] == [(row, column) for row, column, _ in expected]
    for (_, _, reason), (_, _, words) in zip(errors, expected, strict=True):
        assert words in reason


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_with_a_reason(name):
    table, content, words = UNUSABLE[name]
    verdict, reason = judge(table, content)
    assert verdict == "unusable"
    assert words in reason


def test_unknown_columns_are_reported():
    content = "date,item,location,segment,quantity,colour\n2026-01-05,BTL,NJ,WEB,3,red\n"
    (outcome,) = services.load(read_parts(io.BytesIO(content.encode()), file_name="sales.csv"))
    assert "Columns that the table sales does not know were left out: colour." in outcome.notes


def test_suggestions_name_what_was_meant():
    content = sales("2026-01-05,CPS-1O4,NJ,WEB,W1,3,10", "31.11.2025,BTL,NJ,WEB,W1,3,10")
    (outcome,) = services.load(read_parts(io.BytesIO(content.encode()), file_name="sales.csv"))
    assert [error.suggestion for error in outcome.errors] == ["Use CPS-104", "Use 2025-11-30"]


def test_a_stated_date_order_answers_the_question():
    content = sales("01/02/2026,BTL,NJ,WEB,W1,3,10")
    assert judge("sales", content, Options(date_order="dmy", dry_run=True)) == ("accepted", 1)
