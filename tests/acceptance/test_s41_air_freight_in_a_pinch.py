"""S41: 1,200 short: a margin of 18 against a premium of 3.50 flies, net 17,400; a margin of 2 accepts the shortage."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


def company(price: int, *, by_ocean: object = 2, by_air: object = 2) -> dict[str, list[dict[str, object]]]:
    lane = {"item": "CAP", "location": "NJ", "source": "FILL", "kind": "buy"}
    return {
        "parameters": [{"name": "capital_cost_pct", "value": "0"}],
        "items": [{"item": "CAP", "unit_cost": 2, "unit_price": price}],
        "locations": [{"location": "NJ"}],
        "suppliers": [{"supplier": "FILL"}],
        "modes": [{"mode": "ocean"}, {"mode": "air"}],
        "sourcing": [
            {**lane, "mode": "ocean", "unit_cost": by_ocean, "lead_time_days": 59, "freight_cost": "0.5"},
            {**lane, "mode": "air", "unit_cost": by_air, "lead_time_days": 0, "freight_cost": 4},
        ],
        "policies": [
            {"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}
        ],
        "demand": demand_rows("CAP", "NJ", AS_OF, [1200, 0, 5000]),
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("by_ocean", "by_air"), [(2, 2), (2, ""), ("", ""), ("", 2)])
def test_flying_is_worth_its_premium_below_the_margin(by_ocean: object, by_air: object) -> None:
    """A lane without a cost of its own costs what its item does."""
    load_tables(company(price=20, by_ocean=by_ocean, by_air=by_air))
    plan_now(as_of=AS_OF)
    orders = {row["mode"]: row for row in exported("planned_orders")}
    assert (orders["air"]["quantity"], orders["ocean"]["quantity"]) == (1200, 5000)
    assert "3.50 a unit dearer than the cheapest way" in orders["air"]["reason"]
    assert "net 17,400" in orders["air"]["reason"]
    assert not [row for row in exported("exceptions") if row["kind"] == "shortage"]


@pytest.mark.django_db
def test_a_premium_above_the_margin_accepts_the_shortage() -> None:
    load_tables(company(price=4))
    plan_now(as_of=AS_OF)
    assert {row["mode"] for row in exported("planned_orders")} == {"ocean"}
    (row,) = (row for row in exported("exceptions") if row["kind"] == "shortage")
    assert (row["quantity"], row["money_at_risk"], row["action_cost"]) == (1200, 2400, 4200)
    assert "Accept it" in row["suggestion"]
