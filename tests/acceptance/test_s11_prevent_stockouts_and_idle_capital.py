"""S11: A: 30 % chance of losing 20,000; B: certain 5,000 of excess; both avoidable for free: A first with 6,000."""

from datetime import date

import pytest
from chain import days_in, demand_rows, exported, plan_now
from django.urls import reverse
from scipy.stats import norm

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
LEAD_DAYS = 60
BUCKET_DAYS = 365.25 / 12


def two_threats(*, chance: float, at_risk: float, idle: float) -> None:
    """A is thin: its open order lands on 1 February, until then `left` units stand against an error of sd 1,000.

    The safety stock is what is missing plus what is left, so `at_risk` is what is missing at a margin of 10. B has
    more than the horizon asks for, at a holding cost of 20 % a year.
    """
    left = round(-norm.ppf(chance) * 1000)
    missing = at_risk / 10
    load_tables(
        {
            "items": [
                {"item": "A", "unit_price": 15, "unit_cost": 5, "step": 1},
                {"item": "B", "unit_price": 9, "unit_cost": 5, "holding_cost_pct": 20},
            ],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "ACME"}],
            "sourcing": [
                {"item": "A", "location": "NJ", "source": "ACME", "kind": "buy", "lead_time_days": LEAD_DAYS},
                {"item": "B", "location": "NJ", "source": "ACME", "kind": "buy", "lead_time_days": LEAD_DAYS},
            ],
            "policies": [
                {"item": "A", "location": "NJ", "service_policy": "cycle_service", "service_target": 0.95,
                 "min_qty": left + missing, "max_qty": left + missing},
                {"item": "B", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0},
            ],
            "on_hand": [
                {"date": AS_OF, "item": "A", "location": "NJ", "quantity": 3100 + left},
                {"date": AS_OF, "item": "B", "location": "NJ", "quantity": 18 * 100 + idle / (5 * 0.2)},
            ],
            "scheduled_receipts": [
                {"order": "PO-1", "line": "1", "item": "A", "location": "NJ", "supplier": "ACME", "quantity": 9000,
                 "order_date": "2025-12-01", "due_date": "2026-02-01", "status": "in_transit"}
            ],
            "demand": [
                *(row | {"error_sd": 1000 * (BUCKET_DAYS / LEAD_DAYS) ** 0.5}
                  for row in demand_rows("A", "NJ", AS_OF, [100 * days for days in days_in(AS_OF, 18)])),
                *demand_rows("B", "NJ", AS_OF, [100] * 18),
            ],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chance", "at_risk", "idle", "first"),
    [(0.3, 20_000, 5000, "A"), (0.2, 20_000, 5000, "B"), (0.3, 10_000, 2000, "A")],
)
def test_ranked_by_what_can_be_avoided(client, sam, chance, at_risk, idle, first) -> None:
    two_threats(chance=chance, at_risk=at_risk, idle=idle)
    rows = {
        row["item"]: row for row in exported("exceptions") if row["kind"] in ("below_safety_stock", "excess")
    }

    thin, excess = rows["A"], rows["B"]
    assert (thin["kind"], excess["kind"]) == ("below_safety_stock", "excess")
    assert thin["probability"] == pytest.approx(chance, abs=0.001)
    assert thin["money_at_risk"] == pytest.approx(at_risk, rel=0.001)
    assert thin["avoidable_loss"] == pytest.approx(chance * at_risk, rel=0.005)
    assert (excess["probability"], excess["action_cost"], thin["action_cost"]) == (1, 0, 0)
    assert excess["avoidable_loss"] == pytest.approx(idle, rel=0.001)
    assert (thin["rank"] < excess["rank"]) is (first == "A")

    client.force_login(sam)
    page = client.get(reverse("supply:exceptions")).content.decode()
    assert f"{chance:.0%}".replace("%", " %") in page
