"""Loading: all or nothing, once, in order, and what it leaves behind."""

import io
from decimal import Decimal

import pytest
from table_rows import CATALOG

from forecasting.models import SalesLine
from siop.catalog.models import Category, Item
from siop.gather import services
from siop.gather.enums import BatchState
from siop.gather.models import ImportBatch
from siop.gather.parts import Options, read_parts
from siop.gather.undo import UndoRefused, undo_import
from supply.models import PriceBreak, SourcingLane

pytestmark = pytest.mark.django_db


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
    return read_parts(io.BytesIO(text.encode()), **kwargs)


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


def test_beside_a_bad_file_one_that_is_loaded_already_stays_so(catalog):
    (first,) = services.load(csv_parts(SALES))
    again, refused = services.load([
        *csv_parts("item,unit_cost\nCAP,cheap\n", file_name="items.csv"),
        *csv_parts(SALES),
    ])[::-1]  # fmt: skip
    assert (again.seen, again.batch.pk, again.stored.unchanged, again.errors) == (True, first.batch.pk, 2, ())
    assert [error.value for error in refused.errors] == ["cheap"]
    assert list(ImportBatch.objects.filter(pk__gte=first.batch.pk).order_by("pk").values_list("table", "state")) == [
        ("sales", BatchState.APPLIED),
        ("items", BatchState.REJECTED),
    ]  # fmt: skip


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


def test_undo_takes_new_rows_away_and_gives_changed_ones_back(catalog):
    services.load(csv_parts(SALES))
    (second,) = services.load(csv_parts(SALES.replace("W1,3", "W1,30") + "2026-01-07,CAP,NJ,WEB,W3,4,1\n"))
    assert SalesLine.objects.count() == 2
    (undo,) = undo_import(second.batch.pk)
    assert SalesLine.objects.get().quantity == 5
    assert (undo.undo_of_id, undo.applied_rows, undo.removed_rows) == (second.batch.pk, 1, 1)
    assert undo.read_rows == 2
    assert ImportBatch.objects.get(pk=second.batch.pk).state == BatchState.UNDONE


def test_undo_is_refused_while_a_later_import_changed_the_same_rows(catalog):
    (first,) = services.load(csv_parts(SALES))
    (second,) = services.load(csv_parts(SALES.replace("W1,3", "W1,30")))
    with pytest.raises(UndoRefused, match=f"Import {second.batch.pk} .* changed 1 of the same rows"):
        undo_import(first.batch.pk)
    undo_import(second.batch.pk)
    undo_import(first.batch.pk)
    assert not SalesLine.objects.exists()


def test_undo_of_items_is_refused_while_sales_refer_to_them(catalog):
    items = ImportBatch.objects.get(table="items")
    services.load(csv_parts(SALES))
    with pytest.raises(UndoRefused, match="1 sales lines refer to items of this import"):
        undo_import(items.pk)


def test_an_undone_file_can_be_loaded_again(catalog):
    (first,) = services.load(csv_parts(SALES))
    undo_import(first.batch.pk)
    (again,) = services.load(csv_parts(SALES))
    assert (again.seen, again.stored.inserted) == (False, 1)


def test_replace_removes_what_the_file_lacks_and_undo_brings_it_back(catalog):
    services.load(csv_parts(SALES + "2026-01-07,CAP,NJ,WEB,W3,4,1\n2026-01-08,CAP,NJ,WEB,W4,4,1\n"))
    (outcome,) = services.load(csv_parts(SALES), options=Options(replace=True))
    assert (outcome.stored.removed, outcome.stored.unchanged) == (2, 2)
    assert SalesLine.objects.count() == 1
    (undo,) = undo_import(outcome.batch.pk)
    assert SalesLine.objects.count() == 3
    assert (undo.read_rows, undo.applied_rows, undo.removed_rows) == (2, 2, 0)


def test_dry_run_counts_and_writes_nothing(catalog):
    before = ImportBatch.objects.count()
    (outcome,) = services.load(csv_parts(SALES), options=Options(dry_run=True))
    assert outcome.stored.inserted == 1
    assert not SalesLine.objects.exists()
    assert ImportBatch.objects.count() == before


def test_what_is_ordered_by_the_carton_is_kept_by_the_piece() -> None:
    """10 cartons of 12 pieces at 30.00 are 120 pieces at 2.50."""
    services.load_tables(CATALOG | {"units": [{"item": "BTL", "unit": "carton", "factor": 12}]})
    lane = {"item": "BTL", "location": "NJ", "source": "ACME", "mode": "sea", "unit": "carton"}
    terms = {"lead_time_days": 30, "moq": 10, "order_multiple": 1, "unit_cost": "30", "freight_cost": "6"}
    services.load_tables({
        "sourcing": [lane | terms],
        "price_breaks": [lane | {"min_quantity": 100, "unit_cost": "24"}],
    })  # fmt: skip
    kept = SourcingLane.objects.values_list("moq", "order_multiple", "unit_cost", "freight_cost").get()
    assert kept == (120, 12, Decimal("2.5"), Decimal("0.5"))
    assert PriceBreak.objects.values_list("min_quantity", "unit_cost").get() == (1200, 2)
