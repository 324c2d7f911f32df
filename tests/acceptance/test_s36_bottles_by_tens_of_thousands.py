"""S36: 8,000 in May and 9,000 in June under an MOQ of 20,000: one order, 3,000 over, space and cash checked."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 5, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("may", "june", "moq", "space"),
    [(8000, 9000, 20000, 40), (3000, 6000, 12000, 30), (10000, 2400, 14800, 20)],
)
def test_one_order_covers_both_months(may: int, june: int, moq: int, space: int) -> None:
    """Under a minimum of 20,000, May's 8,000 and June's 9,000 come in one order, 3,000 of it beyond them."""
    load_tables(
        {
            "categories": [{"category": "BOTTLES"}],
            "items": [
                {"item": "BTL", "category": "BOTTLES", "unit_cost": "4", "unit_price": "9", "volume_m3": "0.05",
                 "units_per_carton": 12}
            ],
            "locations": [{"location": "NJ", "storage_m3": space}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 0, "moq": moq,
                 "unit_cost": "4"}
            ],
            "demand": demand_rows("BTL", "NJ", AS_OF, [may, june]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    (order,) = exported("planned_orders")
    over = moq - may - june
    assert (order["quantity"], order["overhang"], order["overhang_value"]) == (moq, over, 4 * over)
    first, second = exported("projection")[:2]
    assert (first["closing"], second["closing"]) == (moq - may, over)
    load = next(
        row for row in exported("capacity") if row["location"] == "NJ" and row["month"] == "2026-05-01"
    )
    taken = (moq - may) / 12 * 0.05  # twelve a carton of 0.05 m3
    assert load["required"] == pytest.approx(taken)
    assert load["utilisation"] == pytest.approx(taken / space)
    beyond = [row["quantity"] for row in exported("exceptions") if row["kind"] == "storage"]
    assert beyond == ([pytest.approx(taken - space)] if taken > space else [])
    money = next(row for row in exported("financials") if row["month"] == "2026-05-01")
    assert (money["category"], money["cash_out"], money["inventory_value"]) == (
        "BOTTLES",
        4 * moq,
        4 * (moq - may),
    )
