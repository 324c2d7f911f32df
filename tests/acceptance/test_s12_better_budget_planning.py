"""S12: the plan in money against the budget: 5,000 x 30 against 165,000: gap -15,000, -9.1 %."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
pytestmark = pytest.mark.django_db


def company(*, units: float, price: str, budget: float | None) -> Any:
    load_tables(
        {
            "categories": [{"category": "Bottles"}, {"category": "Glass", "parent": "Bottles"}],
            "items": [{"item": "BTL", "category": "Glass", "unit_cost": "12", "unit_price": price}],
            "locations": [{"location": "NJ"}],
            "parameters": [{"name": "currency", "value": "USD"}],
            "demand": demand_rows("BTL", "NJ", AS_OF, [units]),
        }
        | ({"budget": [{"month": AS_OF, "category": "Bottles", "revenue": budget}]} if budget else {})
    )
    return plan_now(as_of=AS_OF)


@pytest.mark.parametrize(
    ("units", "price", "budget", "gap", "share"),
    [
        (5000, "30", 165_000, -15_000, "−9.1 %"),
        (5500, "30", 165_000, 0, "0.0 %"),
        (6000, "25", 120_000, 30_000, "+25.0 %"),
        (0, "30", 150_000, -150_000, "−100.0 %"),
    ],
)
def test_the_gap_is_the_same_in_the_file_and_on_the_page(
    client: Any, erin: Any, units: float, price: str, budget: float, gap: float, share: str
) -> None:
    company(units=units, price=price, budget=budget)
    first = next(row for row in exported("financials") if row["month"] == "2026-01-01")
    assert (first["category"], first["revenue"]) == ("Bottles", units * float(price))
    assert (first["budget_revenue"], first["gap"]) == (budget, gap)

    client.force_login(erin)
    page = client.get("/reconciliation/?against=budget").content.decode()
    assert share in page
    assert f"{abs(gap):,.0f}" in page


def test_without_a_budget_nothing_is_held_against_one(client: Any, erin: Any) -> None:
    company(units=5000, price="30", budget=None)
    assert {row["gap"] for row in exported("financials")} == {None}
    client.force_login(erin)
    assert "No budget is imported" in client.get("/reconciliation/").content.decode()


def test_a_gap_is_closed_as_a_scenario_in_units_and_money_and_the_plan_stays(client: Any, sam: Any) -> None:
    plan = company(units=5000, price="30", budget=165_000)
    client.force_login(sam)
    page = client.get("/reconciliation/?against=budget").content.decode()
    assert "Plan Bottles at budget" in page
    assert "+500 units, +$15,000" in page

    answer = client.post("/reconciliation/try/", {"family": "Bottles", "against": "budget"}, follow=True)
    assert "Bottles at budget" in answer.content.decode()
    again = client.get("/reconciliation/?against=budget").content.decode()
    assert "+500 units asked for" in again
    assert "+$15,000" in again, "the gap is still there: nobody has promoted the scenario"
    assert client.post("/reconciliation/try/", {"family": "Nowhere", "against": "budget"}).status_code == 404
    assert plan.derived.count() == 1
