"""S19: inventory is never left out, money is optional: no publishing without approved inventory targets; units x
price ties to revenue within 1."""

import io
import json
from datetime import date
from typing import Any

import pytest
from chain import demand_rows, exported, plan_now
from django.core.management import CommandError, call_command
from factories import company, cycle_in, heads, live_plan

from inventory.models import InventoryTarget
from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Any:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def cycle(db: None, ada: Any, person: Any) -> Any:
    live_plan(company())
    return cycle_in("executive_meeting", ada), heads(person)


def test_a_plan_whose_inventory_targets_nobody_approved_is_not_published(cycle: Any, erin: Any) -> None:
    _, team = cycle
    for head in team.values():
        for part in ("demand", "supply"):
            run("approve", "--part", part, "--as", head.email)
    with pytest.raises(CommandError, match="inventory targets are not approved"):
        call_command("publish", "--as", erin.email)
    run("approve", "--part", "inventory", "--as", team["operations"].email)
    assert run("publish", "--as", erin.email)["version"]


def test_a_plan_without_a_target_for_every_item_location_is_not_published(cycle: Any, erin: Any) -> None:
    opened, team = cycle
    InventoryTarget.objects.filter(plan=opened.plan).first().delete()
    for head in team.values():
        run("approve", "--as", head.email)
    with pytest.raises(CommandError, match="Inventory is never left out: 1 planned"):
        call_command("publish", "--as", erin.email)


@pytest.mark.parametrize("price", ["29.99", "0.3333", None])
def test_units_times_price_tie_to_revenue_and_money_is_optional(price: str | None) -> None:
    item = {"item": "CAP", "unit_cost": "0.1"} | ({"unit_price": price} if price else {})
    units = [1234.0, 777.0, 10_001.0]
    load_tables(
        {
            "items": [item],
            "locations": [{"location": "NJ"}],
            "demand": demand_rows("CAP", "NJ", AS_OF, units),
        }
    )
    plan_now(as_of=AS_OF)
    demand = [row["demand"] for row in exported("projection")][:3]
    revenue = [row["revenue"] for row in exported("financials")][:3]
    assert demand == units
    assert sum(revenue) == pytest.approx(sum(units) * float(price or 0), abs=1)
