"""S32: need 6,200, MOQ 10,000: 10,000 ordered, 3,800 overhang, at cost 4: 15,200."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("need", "moq", "multiple", "ordered", "overhang"),
    [
        (6200, 10000, 0, 10000, 3800),
        (6200, 0, 2500, 7500, 1300),
        (12100, 10000, 500, 12500, 400),
        (10000, 10000, 0, 10000, 0),
        (10001, 10000, 12, 10008, 7),
    ],
)
def test_the_order_is_raised_and_the_overhang_priced(
    need: int, moq: int, multiple: int, ordered: int, overhang: int
) -> None:
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": "4", "unit_price": "9"}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 0, "moq": moq,
                 "order_multiple": multiple, "unit_cost": "4"}
            ],
            "demand": demand_rows("BTL", "NJ", AS_OF, [need]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    (order,) = exported("planned_orders")
    assert (order["quantity"], order["overhang"], order["overhang_value"]) == (
        ordered,
        overhang,
        4 * overhang,
    )
    assert f"{need:,}" in order["reason"]
    assert order["pegged_to"] == f"BTL at NJ 2026-01: {need}.000"
