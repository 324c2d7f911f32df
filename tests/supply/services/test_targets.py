"""What the targets of a plan owe to the bills of material, and to demand that ends."""

from datetime import date
from typing import Any

import pytest
from chain import plan_now

from inventory.models import InventoryTarget
from siop.gather.services import load_tables
from siop.plans.models import PlanVersion

AS_OF = date(2026, 1, 1)
MONTHS = [date(2026 + n // 12, n % 12 + 1, 1) for n in range(18)]


def demand(item: str, *, months: int = 18) -> list[dict[str, Any]]:
    return [
        {"item": item, "location": "NJ", "date": month, "quantity": 1_000, "error_sd": 100}
        for month in MONTHS[:months]
    ]


def lane(item: str, source: str, **terms: Any) -> dict[str, Any]:
    kind = "make" if source == "NJ" else "buy"
    return {"item": item, "location": "NJ", "source": source, "kind": kind, "lead_time_days": 55} | terms


def load(items: list[dict[str, Any]], **tables: list[dict[str, Any]]) -> PlanVersion:
    load_tables(
        {
            "items": items,
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "FAR"}],
            "parameters": [{"name": "review_days", "value": "30"}],
        }
        | tables
    )
    return plan_now(as_of=AS_OF)


def target(plan: PlanVersion, item: str) -> InventoryTarget:
    return InventoryTarget.objects.get(plan=plan, item__code=item)


@pytest.fixture
def caps(db: None) -> PlanVersion:
    """A cap of twelve parts; the service of one of them is set, another one costs a hundred times as much."""
    parts = [f"P{n:02d}" for n in range(1, 13)]
    return load(
        [{"item": "CAP", "unit_cost": 5, "unit_price": 11, "service_policy": "cycle_service", "service_target": 0.97}]
        + [{"item": part, "unit_cost": 10 if part == "P02" else 0.1} for part in parts[1:]]
        + [{"item": "P01", "unit_cost": 0.1, "service_policy": "cycle_service", "service_target": 0.9}],
        bom=[{"parent": "CAP", "component": part, "quantity_per": 1} for part in parts],
        sourcing=[lane("CAP", "NJ", lead_time_days=6)]
        + [lane(part, "FAR", lead_time_sd_days=6) for part in parts],
        demand=demand("CAP"),
    )  # fmt: skip


def test_parts_that_nobody_set_promise_what_the_cap_needs_of_all_of_them(caps: PlanVersion) -> None:
    cheap, dear = target(caps, "P03"), target(caps, "P02")
    assert cheap.service_target > 0.996 > dear.service_target > 0.97
    assert "one of 12 that an assembly needs together, all there 97 %" in cheap.reason


def test_what_people_set_stays_above_what_the_cap_needs(caps: PlanVersion) -> None:
    assert target(caps, "P01").service_target == pytest.approx(0.9)
    assert "together" not in target(caps, "P01").reason


def test_safety_stock_falls_where_demand_ends_and_that_of_its_component_with_it(db: None) -> None:
    """Sold until the end of March: what covers the months after April guards nothing."""
    plan = load(
        [{"item": item, "unit_cost": 5, "unit_price": 11} for item in ("BTL", "BODY", "ON")],
        bom=[{"parent": "BTL", "component": "BODY", "quantity_per": 1}],
        sourcing=[lane("BTL", "NJ", lead_time_days=4), lane("BODY", "FAR"), lane("ON", "FAR")],
        demand=demand("BTL", months=3) + demand("ON"),
    )
    goes_on = target(plan, "ON").by_period
    assert max(goes_on) < 1.05 * min(goes_on)  # months are of different lengths
    for item in ("BTL", "BODY"):
        levels = target(plan, item).by_period
        assert levels[0] > levels[1] > 0
        assert set(levels[2:]) == {0}
