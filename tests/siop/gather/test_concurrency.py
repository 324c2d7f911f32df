"""Ten imports at once are some serial order: the same file is applied once, different files all of them."""

import io
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from django.db import connection

from forecasting.models import SalesLine
from siop.gather import services, storage
from siop.gather.enums import BatchState
from siop.gather.models import BeforeImage, ImportBatch, InsertedRows
from siop.gather.parts import read_parts
from siop.jobs.services import current_data_version

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HEADER = "date,item,location,segment,order,quantity\n"


@pytest.fixture
def catalog():
    services.load_tables(
        {"items": [{"item": "BTL"}], "locations": [{"location": "NJ"}], "segments": [{"segment": "WEB"}]}
    )


def load(text):
    try:
        parts = read_parts(io.BytesIO(text.encode()), file_name="sales.csv", table="sales")
        (outcome,) = services.load(parts)
        return outcome.seen, outcome.stored.inserted, outcome.stored.updated
    finally:
        connection.close()


def at_once(texts):
    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(load, texts))


def test_the_same_file_ten_times_is_applied_once(catalog):
    before = current_data_version()
    text = HEADER + "".join(f"2026-01-05,BTL,NJ,WEB,W{number},1\n" for number in range(200))
    results = at_once([text] * 10)
    assert sorted(results) == [(False, 200, 0)] + [(True, 0, 0)] * 9
    assert SalesLine.objects.count() == 200
    assert ImportBatch.objects.filter(table="sales").count() == 1
    assert current_data_version() == before + 1


def test_ten_different_files_on_one_key_leave_the_last_one(catalog):
    before = current_data_version()
    at_once([HEADER + f"2026-01-05,BTL,NJ,WEB,W1,{number}\n" for number in range(1, 11)])
    last = (
        ImportBatch.objects.filter(table="sales", state=BatchState.APPLIED).order_by("-data_version").first()
    )
    line = SalesLine.objects.get()
    image = BeforeImage.objects.filter(batch=last).get()
    assert image.new["quantity"] == line.quantity
    assert ImportBatch.objects.filter(table="sales").count() == 10
    assert current_data_version() == before + 10


def test_a_failure_half_way_leaves_nothing(catalog):
    """The rows are stored, then the connection fails before the end of the transaction."""
    before = current_data_version()
    batches = ImportBatch.objects.count()
    original = storage.store

    def stored_and_broken(*args, **kwargs):
        original(*args, **kwargs)
        raise ConnectionError("lost")

    with mock.patch.object(storage, "store", stored_and_broken), pytest.raises(ConnectionError):
        load(HEADER + "2026-01-05,BTL,NJ,WEB,W1,1\n")
    assert not SalesLine.objects.exists()
    assert not InsertedRows.objects.filter(table="forecasting_salesline").exists()
    assert ImportBatch.objects.count() == batches
    assert current_data_version() == before
