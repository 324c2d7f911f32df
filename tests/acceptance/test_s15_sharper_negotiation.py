"""S15: ten orders, seven on time in full, three 4, 8 and 18 days late: 70 %, mean delay 3.0 days over all ten; and the
volume of twelve months at each price break."""

from datetime import date, timedelta

import pytest
from chain import days_in, demand_rows, exported, plan_now
from django.urls import reverse

from siop.gather.services import load_tables
from siop.plans.selectors import working_plan
from siop.web.explanations import explain
from supply.models import Supplier

AS_OF = date(2026, 1, 1)


def supplier(late: tuple[int, ...], *, early: int = 0) -> None:
    """Ten orders asked for within 30 days; `early` of them came two days before."""
    delays = [*late, *([-2] * early), *([0] * (10 - len(late) - early))]
    asked = [date(2025, 3, 1) + timedelta(days=14 * k) for k in range(10)]
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": 4, "unit_price": 9}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD", "description": "Moulder"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 30}
            ],
            "price_breaks": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "min_quantity": quantity, "unit_cost": price}
                for quantity, price in ((1, 4), (10_000, 3.8), (60_000, 3.5))
            ],
            "scheduled_receipts": [
                {"order": f"PO-{k}", "line": "1", "item": "BTL", "location": "NJ", "supplier": "MOULD", "quantity": 100,
                 "order_date": day - timedelta(days=30), "requested_date": day, "due_date": day,
                 "received_date": day + timedelta(days=delay), "received_quantity": 100, "status": "received"}
                for k, (day, delay) in enumerate(zip(asked, delays, strict=True))
            ],
            "demand": demand_rows("BTL", "NJ", AS_OF, [100 * days for days in days_in(AS_OF, 18)]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("late", "early", "otif", "delay"),
    [((4, 8, 18), 0, 0.7, 3.0), ((4, 8, 18), 3, 0.7, 3.0), ((5,), 0, 0.9, 0.5)],
)
def test_scorecard_over_all_orders(late, early, otif, delay) -> None:
    supplier(late, early=early)
    (card,) = exported("suppliers")
    assert (card["orders"], card["otif"], card["mean_delay_days"]) == (10, otif, delay)
    assert card["requested_days"] == 30


@pytest.mark.django_db
@pytest.mark.parametrize(("late", "early"), [((4, 8, 18), 0), ((5, 11), 3)])
def test_each_late_order_says_what_it_takes_from_the_score(sam, late, early) -> None:
    supplier(late, early=early)
    plan, mould = str(working_plan().pk), str(Supplier.objects.get().pk)
    for whose in (mould, "all"):
        otif = explain(sam, "supplier_otif", plan, whose)
        delay = explain(sam, "supplier_delay", plan, whose)
        assert (otif.total, delay.total) == (pytest.approx(1 - len(late) / 10), pytest.approx(sum(late) / 10))
    delay = explain(sam, "supplier_delay", plan, mould)
    assert sorted(part.value for part in delay.parts) == pytest.approx(sorted(days / 10 for days in late))


@pytest.mark.django_db
def test_the_page_shows_scorecard_and_volume_at_each_price_break(client, sam) -> None:
    supplier((4, 8, 18))
    client.force_login(sam)
    page = client.get(reverse("supply:suppliers")).content.decode()
    assert "70.0 %" in page
    assert "7 of 10 orders" in page
    ordered = sum(row["quantity"] for row in exported("planned_orders") if row["due_date"] < "2027-01-01")
    assert ordered == pytest.approx(36_500, abs=3200)
    assert f"{ordered:,.0f}" in page
    assert page.count("✓ yes") == 2, "breaks at 1 and 10,000 are reached, 60,000 is not"
