"""A company with one item that nobody delivers: pages say what is, in the singular, and never that all is covered."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now

from siop.gather.services import load_tables
from supply.models import PlanLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def sams(client: Any, sam: Any) -> Any:
    load_tables({
        "items": [{"item": "TEA", "unit_cost": "4", "unit_price": "9"}],
        "locations": [{"location": "SHOP", "kind": "warehouse"}],
        "segments": [{"segment": "ALL"}],
        "on_hand": [{"date": "2026-06-01", "item": "TEA", "location": "SHOP", "quantity": "80"}],
        "demand": demand_rows("TEA", "SHOP", date(2026, 6, 1), [50.0] * 12),
    })  # fmt: skip
    plan_now(as_of=date(2026, 6, 1))
    client.force_login(sam)
    return client


def test_what_is_short_without_a_source_is_not_called_covered(sams: Any) -> None:
    page = sams.get("/supply/").content.decode()
    assert "Nothing can be ordered" in page
    assert "cover the demand of the whole horizon" not in page
    line = PlanLine.objects.get()
    item = sams.get(f"/supply/items/{line.item_id}/{line.location_id}/?tab=supply").content.decode()
    assert "no source is known" in item
    assert "Nothing has to be ordered" not in item


def test_one_item_location_is_said_in_the_singular(sams: Any) -> None:
    page = sams.get("/supply/inventory/").content.decode()
    assert "1 item-location" in page
    assert "1 item-locations" not in page
