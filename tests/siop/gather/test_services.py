"""Loading: all or nothing, once, in order, and what it leaves behind."""

import io

import pytest

from forecasting.models import SalesLine
from siop.catalog.models import Category, Item
from siop.gather import services
from siop.gather.enums import BatchState
from siop.gather.models import ImportBatch
from siop.gather.services import Options

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _history_kind(monkeypatch):
    """Only that a recomputation was asked for matters here, not what it does."""
    from siop.jobs import registry

    if "history" not in registry._kinds:
        monkeypatch.setitem(registry._kinds, "history", registry.JobKind("history", "History", print, list, print))


@pytest.fixture
def catalog():
    services.load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": "4.5"}, {"item": "CAP", "unit_cost": "0.2"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
        }
    )


def csv_parts(text, **kwargs):
    kwargs.setdefault("file_name", "sales.csv")
    return services.read_parts(io.BytesIO(text.encode()), **kwargs)


SALES = "date,item,location,segment,order,quantity,unit_price\n2026-01-05,BTL,NJ,WEB,W1,3,10\n2026-01-05,BTL,NJ,WEB,W1,2,20\n"


def test_lines_with_one_key_add_up_and_prices_are_averaged_by_quantity(catalog):
    (outcome,) = services.load(csv_parts(SALES))
    assert (outcome.read, outcome.stored.applied, outcome.stored.inserted) == (2, 2, 1)
    line = SalesLine.objects.get()
    assert (line.quantity, line.unit_price) == (5, 14)


def test_the_same_file_again_adds_nothing(catalog):
    services.load(csv_parts(SALES))
    (again,) = services.load(csv_parts(SALES))
    assert again.seen
    assert again.stored.applied == 0
    assert SalesLine.objects.get().quantity == 5


def test_any_error_keeps_all_rows_out_unless_valid_rows_only(catalog):
    bad = SALES + "2026-01-06,B7L,NJ,WEB,W2,x,1\n"
    (outcome,) = services.load(csv_parts(bad))
    assert outcome.batch.state == BatchState.REJECTED
    assert not SalesLine.objects.exists()
    assert [(e.row, e.column, e.value, e.reason) for e in outcome.errors] == [
        (4, "item", "B7L", "Unknown item"),
        (4, "quantity", "x", "The text is not a number"),
    ]
    (outcome,) = services.load(csv_parts(bad), options=Options(valid_rows_only=True))
    assert (outcome.stored.applied, outcome.rejected) == (2, 1)


def test_parents_may_stand_in_the_same_file():
    services.load_tables({"categories": [{"category": "caps", "parent": "all"}, {"category": "all"}]})
    assert Category.objects.get(code="caps").parent.code == "all"
    assert ImportBatch.objects.get().applied_rows == 2


def test_a_partial_file_leaves_the_other_columns_alone(catalog):
    services.load_tables({"items": [{"item": "BTL", "description": "Bottle"}]})
    item = Item.objects.get(code="BTL")
    assert (item.description, item.unit_cost) == ("Bottle", 4.5)
