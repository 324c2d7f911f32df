"""A storage limit bends the targets of its location at one price on volume, through the whole chain."""

from datetime import date

import pytest
from chain import days_in, demand_rows, exported, plan_now

from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan

AS_OF = date(2026, 1, 1)
BUCKET_DAYS = 365.25 / 12


def warehouse(limit: float | None) -> dict[str, float]:
    """A bulky cheap item, a small dear one and a promise share a warehouse; safety stock by item."""
    month = [100 * days for days in days_in(AS_OF, 18)]
    items = {"BULKY": (1, 0.1), "SMALL": (20, 0.01), "PROMISE": (5, 0.05)}
    load_tables(
        {
            "parameters": [{"name": "capital_cost_pct", "value": 20}],
            "items": [
                {"item": item, "unit_cost": cost, "unit_price": 2 * cost, "volume_m3": volume,
                 "service_policy": "never_run_out" if item == "PROMISE" else "cycle_service",
                 "service_target": 0.999 if item == "PROMISE" else 0.98}
                for item, (cost, volume) in items.items()
            ],
            "locations": [{"location": "NJ", "storage_m3": "" if limit is None else limit}],
            "suppliers": [{"supplier": "ACME"}],
            "sourcing": [
                {"item": item, "location": "NJ", "source": "ACME", "kind": "buy", "lead_time_days": 30} for item in items
            ],
            "demand": [
                row | {"error_sd": 20 * BUCKET_DAYS**0.5}
                for item in items
                for row in demand_rows(item, "NJ", AS_OF, month)
            ],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    return {row["item"]: row["safety_stock"] for row in exported("safety_stock")}


@pytest.mark.django_db
def test_targets_give_way_until_they_fit_and_the_promise_does_not() -> None:
    free = warehouse(None)
    used = free["BULKY"] * 0.1 + free["SMALL"] * 0.01 + free["PROMISE"] * 0.05

    tight = warehouse(0.75 * used)
    now = tight["BULKY"] * 0.1 + tight["SMALL"] * 0.01 + tight["PROMISE"] * 0.05

    assert now <= 0.75 * used + 0.2, "within a step of each item"
    assert tight["PROMISE"] == free["PROMISE"]
    assert 1 - tight["BULKY"] / free["BULKY"] > 1 - tight["SMALL"] / free["SMALL"]
    plan = current_live_plan()
    (price,) = plan.inputs["prices_of_space"].values()
    assert price > 0
    (bulky,) = [row for row in exported("safety_stock") if row["item"] == "BULKY"]
    assert "lowered to fit the storage" in bulky["reason"]


@pytest.mark.django_db
def test_where_all_fits_space_has_no_price() -> None:
    free = warehouse(None)
    assert warehouse(1000) == free
    assert current_live_plan().inputs["prices_of_space"] == {}
