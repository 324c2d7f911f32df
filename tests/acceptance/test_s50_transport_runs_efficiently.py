"""S50: 24,000 bottles are 100 m3: two containers of 67, 74.6 % full, and 8,160 more travel free."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bottles", "said"),
    [
        (24000, "2 loads of 67 m³, 74.6 % full: 8,160 more travel free"),
        (16080, "1 load of 67 m³, 100.0 % full"),
        (16081, "2 loads of 67 m³, 50.0 % full: 16,079 more travel free"),
    ],
)
def test_an_order_says_how_it_fills_its_containers(bottles: int, said: str) -> None:
    load_tables(
        {
            "items": [
                {"item": "BTL", "unit_cost": 1, "unit_price": 3, "volume_m3": "0.05", "units_per_carton": 12}
            ],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "modes": [{"mode": "ocean", "load_m3": 67, "load_cost": 4200}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "mode": "ocean", "kind": "buy", "lead_time_days": 0}
            ],
            "demand": demand_rows("BTL", "NJ", AS_OF, [bottles]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    (order,) = exported("planned_orders")
    assert order["quantity"] == bottles
    assert order["reason"].endswith(said)
    share_of_load = 4200 / 67 * 0.05 / 12
    assert order["unit_landed_cost"] == pytest.approx(1 + share_of_load, abs=0.001)
