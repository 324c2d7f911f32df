"""S55: 10,000 firmed at 12,000 with a reason: the next run keeps it and shows +2,000 and what it costs."""

from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from chain import demand_rows, exported, plan_now
from django.test import Client

from siop.gather.services import load_tables
from supply.errors import SupplyError
from supply.models import PlannedOrder
from supply.services.orders import firm_order

AS_OF = date(2026, 1, 1)
COMPANY: dict[str, list[dict[str, object]]] = {
    "items": [{"item": "BTL", "unit_cost": 4, "unit_price": 9}],
    "locations": [{"location": "NJ"}],
    "suppliers": [{"supplier": "MOULD"}],
    "sourcing": [
        {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 30, "unit_cost": 4}
    ],
    "demand": demand_rows("BTL", "NJ", date(2026, 4, 1), [10000, 0, 3000]),
}  # fmt: skip


def order_due(plan: Any, due: date) -> PlannedOrder:
    return PlannedOrder.objects.get(plan=plan, due_date=due)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("firmed", "change", "said"),
    [
        (12000, 2000, "Firmed by a person at 12,000: +2,000 to the 10,000 needed, costs 8,000; Trade fair"),
        (9000, -1000, "Firmed by a person at 9,000: −1,000 to the 10,000 needed, saves 4,000; Trade fair"),
    ],
)
def test_the_next_run_keeps_a_firm_order_and_shows_the_change(
    sam: Any, client: Client, firmed: int, change: int, said: str
) -> None:
    load_tables(COMPANY)
    order = order_due(plan_now(as_of=AS_OF), date(2026, 4, 1))
    firm_order(
        person=sam, order_id=order.pk, version=order.version, quantity=Decimal(firmed), reason="Trade fair"
    )
    kept = order_due(plan_now(as_of=AS_OF), date(2026, 4, 1))

    assert (kept.status, kept.quantity, kept.computed_quantity) == ("firm", firmed, 10000)
    assert kept.reason == "Trade fair"
    assert kept.quantity - (kept.computed_quantity or 0) == change
    row = next(row for row in exported("planned_orders") if row["due_date"] == "2026-04-01")
    assert (row["status"], row["quantity"], row["reason"]) == ("firm", firmed, said)
    client.force_login(sam)
    assert said in unescape(client.get("/supply/").content.decode())
    assert row["quantity"] * row["unit_landed_cost"] == 4 * firmed
    rest = [row for row in exported("planned_orders") if row["due_date"] != "2026-04-01"]
    assert sum(row["quantity"] for row in rest) == 13000 - firmed


@pytest.mark.django_db
def test_a_firm_order_needs_a_reason(sam: Any) -> None:
    load_tables(COMPANY)
    order = order_due(plan_now(as_of=AS_OF), date(2026, 4, 1))
    with pytest.raises(SupplyError, match="Say why"):
        firm_order(person=sam, order_id=order.pk, version=order.version, quantity=Decimal(12000), reason=" ")
