"""Undo: what was computed goes along, what people did stays and refuses."""

import io

import pytest
from chain import work_all

from forecasting.models import DemandSeries, SalesLine
from inventory.models import Policy
from siop.catalog.models import Item
from siop.gather import services
from siop.gather.models import ImportBatch
from siop.gather.parts import Options, read_parts
from siop.gather.undo import UndoRefused, later_work, undo_import
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan

pytestmark = pytest.mark.django_db
SHOP = {
    "items": [{"item": "BTL", "unit_cost": 4, "unit_price": 10}],
    "locations": [{"location": "NJ"}],
    "segments": [{"segment": "WEB"}],
    "sales": [
        {
            "date": f"2026-{month:02}-05",
            "item": "BTL",
            "location": "NJ",
            "segment": "WEB",
            "order": "",
            "quantity": 5,
        }
        for month in range(1, 9)
    ],
}


def last(table):
    return ImportBatch.objects.filter(table=table).latest("pk")


def test_what_was_computed_from_an_import_goes_with_it():
    services.load_tables(SHOP)
    work_all()
    assert DemandSeries.objects.filter(item__code="BTL").exists()
    undone = undo_import(last("sales").pk)
    assert len(undone) == 4  # the four tables came in together
    assert not SalesLine.objects.exists()
    assert not Item.objects.exists()
    work_all()


def test_a_cycle_plan_built_on_the_data_locks_it():
    services.load_tables(SHOP)
    work_all()
    live = current_live_plan()
    PlanVersion.objects.create(
        kind=PlanKind.CYCLE,
        status=PlanStatus.DRAFT,
        name="September",
        data_version=live.data_version,
        as_of=live.as_of,
        origin=live.origin,
        history_periods=live.history_periods,
        horizon=live.horizon,
    )
    with pytest.raises(UndoRefused, match="The cycle plan September was built on this data"):
        undo_import(last("sales").pk)


def test_a_policy_that_someone_edited_since_is_not_taken_back():
    services.load_tables({name: SHOP[name] for name in ("items", "locations")})
    services.load_tables({"policies": [{"item": "BTL", "location": "NJ", "min_qty": 10}]})
    services.load_tables({"policies": [{"item": "BTL", "location": "NJ", "min_qty": 20}]})
    second, first = last("policies"), ImportBatch.objects.filter(table="policies").earliest("pk")
    policy = Policy.objects.get()
    assert policy.version == 2
    undo_import(second.pk)
    assert list(later_work([first])) == []
    Policy.objects.update(min_qty=11, version=4)
    with pytest.raises(UndoRefused, match="1 rows of policys were edited since"):
        undo_import(first.pk)


def test_an_undo_is_not_undone_and_not_repeated():
    services.load_tables({"locations": SHOP["locations"]})
    batch = last("locations")
    (undo,) = undo_import(batch.pk)
    with pytest.raises(UndoRefused, match="is itself an undo"):
        undo_import(undo.pk)
    with pytest.raises(UndoRefused, match="is undone, not loaded"):
        undo_import(batch.pk)
    with pytest.raises(UndoRefused, match="There is no import 0"):
        undo_import(0)


def test_replacing_items_that_sales_need_is_refused_by_name():
    services.load_tables(SHOP)
    parts = read_parts(_file("item\nCAP\n"), file_name="items.csv")
    (outcome,) = services.load(parts, options=Options(replace=True))
    assert "The database refuses the rows" in outcome.errors[0].reason
    assert list(Item.objects.values_list("code", flat=True)) == ["BTL"]


def _file(text):
    return io.BytesIO(text.encode())
