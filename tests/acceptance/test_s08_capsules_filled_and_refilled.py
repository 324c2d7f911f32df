"""S08: 10,000 shipped, 70 % come back after a month: 7,000 empties, a line fills 6,000, 1,000 are carried over."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rate", "line", "empties", "filled"), [(0.7, 6000, 7000, 6000), (0.5, 6000, 5000, 5000), (0.9, 4000, 9000, 4000)]
)  # fmt: skip
def test_empties_are_supply_of_the_line_that_fills_them(
    rate: float, line: int, empties: int, filled: int
) -> None:
    load_tables(
        {
            "items": [
                {"item": "CAP", "unit_cost": 3, "unit_price": 20}, {"item": "EMPTY", "unit_cost": 1, "unit_price": ""}
            ],
            "locations": [{"location": "NJ"}],
            "sourcing": [{"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}],
            "bom": [{"parent": "CAP", "component": "EMPTY", "quantity_per": 1}],
            "returns": [
                {"item": "CAP", "returns_as": "EMPTY", "location": "NJ", "rate": rate, "lag_days": 30}
            ],
            "resources": [{"resource": "FILL", "location": "NJ", "capacity_per_month": line}],
            "routings": [{"item": "CAP", "resource": "FILL", "usage_per_unit": 1}],
            "policies": [
                {"item": item, "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}
                for item in ("CAP", "EMPTY")
            ],
            "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": 10000}],
            "demand": demand_rows("CAP", "NJ", AS_OF, [10000, 9000]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    lines = {(row["item"], row["month"]): row for row in exported("projection")}
    back = lines["EMPTY", "2026-02-01"]
    assert back["scheduled_receipts"] == empties
    assert lines["CAP", "2026-02-01"]["planned_receipts"] == filled
    assert back["dependent_demand"] == filled
    assert back["closing"] == empties - filled
