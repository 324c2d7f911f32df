"""S07: New Jersey needs 5,000 on day 90, 45 days from Malaysia: shipped on day 45, and both sites' totals agree."""

from datetime import date, timedelta

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
DAY_90 = AS_OF + timedelta(days=90)  # 1 April


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("transit", "told", "needed", "in_stock"),
    [(45, "45", 5000, 0), (20, "20", 5000, 2000), (75, "75", 800, 0), (45, "", 5000, 0)],
)
def test_what_one_site_receives_the_other_ships_its_transit_before(
    transit: int, told: str, needed: int, in_stock: int
) -> None:
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": 2, "unit_price": 5}],
            "locations": [{"location": "NJ"}, {"location": "MY"}],
            "suppliers": [{"supplier": "MOULD"}],
            "modes": [{"mode": "ocean"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MY", "kind": "transfer", "mode": "ocean",
                 "lead_time_days": transit, "transit_days": told},
                {"item": "BTL", "location": "MY", "source": "MOULD", "kind": "buy", "mode": "", "lead_time_days": 10,
                 "transit_days": 0},
            ],
            "on_hand": [{"date": AS_OF, "item": "BTL", "location": "MY", "quantity": in_stock}],
            "demand": demand_rows("BTL", "NJ", DAY_90, [needed]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    orders = {row["location"]: row for row in exported("planned_orders")}
    ship = DAY_90 - timedelta(days=transit)
    moved = orders["NJ"]
    assert (moved["kind"], moved["source"], moved["quantity"]) == ("transfer", "MY", needed)
    assert (moved["ship_date"], moved["due_date"]) == (ship.isoformat(), DAY_90.isoformat())
    assert (orders["MY"]["quantity"], orders["MY"]["due_date"]) == (needed - in_stock, ship.isoformat())
    lines = exported("projection")
    sent = sum(row["dependent_demand"] for row in lines if row["location"] == "MY")
    received = sum(row["planned_receipts"] for row in lines if row["location"] == "NJ")
    assert sent == received == needed
    assert f"BTL at NJ 2026-04: {needed - in_stock}" in orders["MY"]["pegged_to"]
