"""S03: 100 m3 of bottles come where 50 m3 are free: 50 m3 over, and 12,000 bottles are proposed to be split off."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "bottles", "step", "over", "split"),
    [(300, 24000, 1, 50, 12000), (320, 24000, 1, 30, 7200), (299, 12000, 500, 1, 500), (400, 24000, 1, 0, 0)],
)
def test_what_does_not_fit_is_split_off_its_delivery(
    limit: int, bottles: int, step: int, over: float, split: int
) -> None:
    box = {"volume_m3": "0.05", "units_per_carton": 12, "unit_cost": 1, "unit_price": 2}
    load_tables(
        {
            "items": [{"item": "BTL", "step": step, **box}, {"item": "OLD", "step": 1, **box}],
            "locations": [{"location": "NJ", "storage_m3": limit}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 5, "moq": bottles}
            ],
            "policies": [
                {"item": item, "location": "NJ", "service_policy": "fixed_quantity", "service_target": target}
                for item, target in (("BTL", bottles), ("OLD", 0))
            ],
            "on_hand": [{"date": AS_OF, "item": "OLD", "location": "NJ", "quantity": 60000}],
            "demand": demand_rows("OLD", "NJ", AS_OF, [0]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    space = next(row for row in exported("capacity") if row["location"] == "NJ")
    assert space["required"] == pytest.approx(250 + bottles / 240)
    found = [row for row in exported("exceptions") if row["kind"] == "storage"]
    assert [row["quantity"] for row in found] == ([pytest.approx(over)] if over else [])
    for row in found:
        (order,) = exported("planned_orders")
        assert f"Split {split:,} of BTL off {order['order']}" in row["suggestion"]
