"""S36: 8,000 in May and 9,000 in June under an MOQ of 20,000: one order, 3,000 over, space and cash checked."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 5, 1)


@pytest.mark.django_db
def test_one_order_covers_both_months() -> None:
    load_tables(
        {
            "categories": [{"category": "BOTTLES"}],
            "items": [
                {"item": "BTL", "category": "BOTTLES", "unit_cost": "4", "unit_price": "9", "volume_m3": "0.05",
                 "units_per_carton": 12}
            ],
            "locations": [{"location": "NJ", "storage_m3": "40"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 0, "moq": 20000,
                 "unit_cost": "4"}
            ],
            "demand": demand_rows("BTL", "NJ", AS_OF, [8000, 9000]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    (order,) = exported("planned_orders")
    assert (order["quantity"], order["overhang"], order["overhang_value"]) == (20000, 3000, 12000)
    may, june = exported("projection")[:2]
    assert (may["closing"], june["closing"]) == (12000, 3000)
    space = next(
        row for row in exported("capacity") if row["location"] == "NJ" and row["month"] == "2026-05-01"
    )
    assert space["required"] == 50  # 12,000 bottles at 12 a carton of 0.05 m3
    assert space["utilisation"] == 1.25
    assert any(row["kind"] == "storage" and row["quantity"] == 10 for row in exported("exceptions"))
    money = next(row for row in exported("financials") if row["month"] == "2026-05-01")
    assert (money["category"], money["cash_out"], money["inventory_value"]) == ("BOTTLES", 80000, 48000)
