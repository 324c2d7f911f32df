"""S01: stock, sales and capacity in one projection, month by month."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
def test_month_two_is_1000_short_and_2000_below_the_target() -> None:
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": "2", "unit_price": "5"}],
            "locations": [{"location": "NJ"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}
            ],
            "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": 10000}],
            "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
            "policies": [
                {"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 1000}
            ],
            "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": 3000}],
            "demand": demand_rows("CAP", "NJ", AS_OF, [12000] * 18),
        }
    )
    plan_now(as_of=AS_OF)

    first, second, third = exported("projection")[:3]
    assert (first["closing"], first["shortage"]) == (1000, 0)
    assert (second["closing"], second["shortage"], second["below_safety_stock"]) == (0, 1000, 2000)
    assert third["shortage"] == 3000  # the 1,000 are carried over, and 2,000 more come to them
    load = exported("capacity")[1]
    assert (load["resource"], load["available"], load["required"], load["utilisation"]) == (
        "LINE",
        10000,
        10000,
        1,
    )
