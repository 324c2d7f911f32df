"""S37: sixty parts in a cap; part 37 three weeks late: one exception with 8,000 caps x unit margin, and the orders of
the other 59 parts are offered for deferral."""

from datetime import date

import pytest
from chain import exported, plan_now
from django.urls import reverse

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 5)
PARTS = [f"PRT-{number:03d}" for number in range(1, 61)]
LATE = "PRT-037"


def caps(quantity: int, *, price: float, cost: float) -> None:
    """Caps are asked for in the week of 2 February; every part is due on the 1st, part 37 three weeks later."""
    due = dict.fromkeys(PARTS, "2026-02-01") | {LATE: "2026-02-22"}
    load_tables(
        {
            "parameters": [{"name": "bucket", "value": "week"}],
            "categories": [{"category": "CAPS"}],
            "items": [
                {"item": "CAP", "category": "CAPS", "unit_price": price, "unit_cost": cost},
                *({"item": part, "category": "CAPS", "unit_cost": 0.1} for part in PARTS),
            ],
            "locations": [{"location": "NJ", "kind": "plant"}],
            "suppliers": [{"supplier": "PARTS-INC"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0},
                *(
                    {"item": part, "location": "NJ", "source": "PARTS-INC", "kind": "buy", "lead_time_days": 120}
                    for part in PARTS
                ),
            ],
            "bom": [{"parent": "CAP", "component": part, "quantity_per": 1} for part in PARTS],
            "scheduled_receipts": [
                {"order": f"PO-{part[4:]}", "line": "1", "item": part, "location": "NJ", "supplier": "PARTS-INC",
                 "quantity": quantity, "order_date": "2025-10-01", "requested_date": "2026-02-01", "due_date": day,
                 "status": "confirmed"}
                for part, day in due.items()
            ],
            "demand": [{"item": "CAP", "location": "NJ", "date": "2026-02-02", "quantity": quantity}],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize(("quantity", "price", "cost"), [(8000, 24, 6), (5000, 12, 4)])
def test_one_exception_with_everything_that_the_part_stops(client, sam, quantity, price, cost) -> None:
    caps(quantity, price=price, cost=cost)
    rows = exported("exceptions")

    (shortage,) = [row for row in rows if row["kind"] == "shortage"]
    assert shortage["item"] == "CAP"
    assert shortage["quantity"] == pytest.approx(quantity)
    assert shortage["money_at_risk"] == pytest.approx(quantity * (price - cost))
    assert f"PO-{LATE[4:]}" in shortage["root_cause"]
    deferred = {row["item"] for row in rows if row["kind"] == "defer"}
    assert deferred == set(PARTS) - {LATE}

    client.force_login(sam)
    page = client.get(reverse("supply:exceptions")).content.decode()
    assert shortage["root_cause"] in page
