"""Two scenarios on 5,000 items leave the plan's hash and the sizes of its tables as they were."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now
from django.db import connection

from siop.gather.services import load_tables
from siop.plans import hashing
from siop.web.exports import Scope
from supply.selectors.scenarios import compare
from supply.services import scenarios

AS_OF = date(2026, 1, 1)
ITEMS = 5000
TABLES = (
    "forecasting_consensusline", "inventory_inventorytarget", "supply_planline", "supply_plannedorder", "supply_peg",
    "supply_capacityload", "supply_planexception",
)  # fmt: skip


def sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.slow
@pytest.mark.django_db
def test_two_scenarios_on_5000_items_leave_the_plan_as_it_is(sam: Any) -> None:
    codes = [f"I{number:05d}" for number in range(ITEMS)]
    load_tables(
        {
            "items": [{"item": code, "unit_cost": "2", "unit_price": "5"} for code in codes],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "parameters": [{"name": "horizon", "value": "12"}],
            "sourcing": [
                {"item": code, "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 30, "moq": 50,
                 "unit_cost": "2"}
                for code in codes
            ],
            "demand": [row for code in codes for row in demand_rows(code, "NJ", AS_OF, [100] * 12)],
        }
    )  # fmt: skip
    plan = plan_now(as_of=AS_OF)
    before = hashing.content(plan).content_hash, sizes()
    wide = scenarios.create(
        person=sam, name="All", changes=[{"kind": "demand", "target": {}, "after": {"pct": 10}}]
    )
    late = {"kind": "lead_time", "target": {"supplier": "MOULD"}, "after": {"days": 30}}
    slow = scenarios.create(person=sam, name="Slow", changes=[late])
    assert (hashing.content(plan).content_hash, sizes()) == before
    found = compare(plan, [wide, slow], scope=Scope(), periods=12)
    assert wide.totals["item_locations"] == ITEMS
    assert found.columns[0].values["demand"] == pytest.approx(found.base["demand"] * 1.1)
    assert found.columns[1].values["late"] > found.base["late"]
