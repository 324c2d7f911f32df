"""The shipped profile, on a few lines and on the whole file."""

import io
import json
import os
import time
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Sum

from forecasting.models import SalesLine
from siop.catalog.models import Item, Location, Segment
from siop.gather import services
from siop.gather.errors import UnusableFile
from siop.gather.mapping import Profile
from siop.gather.parts import Options, read_parts
from siop.gather.profiles import ONLINE_RETAIL, find_profile, save_profile
from siop.gather.undo import undo_import
from tests.shared_data import shared

pytestmark = pytest.mark.django_db

LINES = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536366,85123a,WHITE HANGING HEART,4,2010-12-01 09:00:00,2.55,,France
C536379,85123A,WHITE HANGING HEART,-1,2010-12-02 09:41:00,2.55,,United Kingdom
C536380,85123A,WHITE HANGING HEART,2,2010-12-02 09:41:00,2.55,,United Kingdom
536370,POST,POSTAGE,3,2010-12-01 08:45:00,18.00,12583.0,France
536371,test001,test,5,2010-12-01 08:45:00,4.50,,France
536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom
536415,22139,RETROSPOT TEA SET,1,2010-12-01 11:52:00,4.25,,United Kingdom
"""


def load_lines(text=LINES):
    (outcome,) = services.load(
        read_parts(io.BytesIO(text.encode()), file_name="retail.csv", profile=ONLINE_RETAIL)
    )
    return outcome


def test_a_foreign_file_becomes_sales_and_the_codes_it_needs():
    outcome = load_lines()
    assert outcome.errors == ()
    assert dict(outcome.excluded) == {
        "price 0: stock adjustments": 1,
        "no goods: postage and fees": 1,
        "no goods: tests": 1,
    }
    assert (outcome.read, outcome.stored.applied) == (8, 5)
    assert dict(outcome.created) == {"items": 2, "locations": 1, "segments": 2}
    assert Item.objects.get(code="22139").description == "RETROSPOT TEA SET"
    assert list(Location.objects.values_list("code", flat=True)) == ["UK"]
    assert set(Segment.objects.values_list("code", flat=True)) == {"United Kingdom", "France"}


def test_codes_are_upper_cased_and_cancellations_are_returns():
    load_lines()
    quantities = dict(SalesLine.objects.filter(item__code="85123A").values_list("order", "quantity"))
    assert quantities == {"536365": 6, "536366": 4, "C536379": -1, "C536380": -2}


def test_a_created_item_is_called_what_stands_most_often_beside_it_of_equals_the_first():
    head = LINES.partition("\n")[0]
    lines = [
        ("A1", "CUP"),
        ("A1", "MUG"),
        ("A1", "MUG"),
        ("B2", "TIN"),
        ("B2", " BOX "),
        ("C3", ""),
        ("C3", ""),
        ("C3", "JAR"),
    ]
    rows = [
        f"{order},{code},{text},1,2010-12-01 08:26:00,1,,France"
        for order, (code, text) in enumerate(lines, start=7000)
    ]
    load_lines("\n".join([head, *rows]))
    assert dict(Item.objects.values_list("code", "description")) == {"A1": "MUG", "B2": "TIN", "C3": "JAR"}


def test_codes_are_created_for_good_rows_alone_and_known_ones_stay_as_they_are():
    services.load_tables({"items": [{"item": "85123A", "description": "Own name"}]})
    text = LINES + "536417,NEW,NEVER HEARD OF,many,2010-12-01 11:52:00,4.25,,Nowhere\n"
    parts = read_parts(io.BytesIO(text.encode()), file_name="retail.csv", profile=ONLINE_RETAIL)
    (outcome,) = services.load(parts, options=Options(valid_rows_only=True))
    assert [(error.row, error.value) for error in outcome.errors] == [(10, "many")]
    assert dict(outcome.created) == {"items": 1, "locations": 1, "segments": 2}
    assert outcome.batch.summary["created"] == {"items": 1, "locations": 1, "segments": 2}
    assert Item.objects.get(code="85123A").description == "Own name"


def test_undo_takes_the_created_codes_along():
    outcome = load_lines()
    undo_import(outcome.batch.pk)
    assert not SalesLine.objects.exists()
    assert not Item.objects.exists()
    assert not Location.objects.exists()


def test_a_profile_survives_storage():
    assert Profile.from_json(json.loads(json.dumps(ONLINE_RETAIL.as_json()))) == ONLINE_RETAIL
    own = Profile.from_json(ONLINE_RETAIL.as_json() | {"name": "shop"})
    save_profile(own, person=None)
    assert find_profile("shop") == own


def test_a_missing_profile_or_column_is_named():
    with pytest.raises(UnusableFile, match="no profile 'shop'; known: online-retail"):
        find_profile("shop")
    with pytest.raises(UnusableFile, match="The column 'StockCode', mapped to item, is missing"):
        load_lines(LINES.replace("StockCode", "Artikel"))


@pytest.mark.slow
def test_the_whole_file_imports_in_under_a_minute():
    """Measured in processor seconds of both sides, so that a busy machine does not decide."""
    start = time.process_time() + _server_seconds()
    with shared("online_retail.csv.gz").open("rb") as content:
        parts = read_parts(content, file_name="online_retail.csv.gz", profile=ONLINE_RETAIL)
    (outcome,) = services.load(parts)
    seconds = time.process_time() + _server_seconds() - start
    assert outcome.errors == ()
    assert outcome.read == 541_909
    assert dict(outcome.excluded) == {
        "price 0: stock adjustments": 2_515,
        "no goods: postage and fees": 2_898,
        "no goods: tests": 0,
    }
    assert outcome.stored.applied == 541_909 - 2_515 - 2_898
    assert SalesLine.objects.count() == outcome.stored.inserted
    stored = SalesLine.objects.aggregate(total=Sum("quantity"))["total"]
    assert abs(sum(outcome.totals["quantity"]) - float(stored)) < 1e-6
    assert seconds < 60


def _server_seconds() -> float:
    """Processor time of this connection's server process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
