"""S40: 20,000 in all, 18,500 afloat, a reserve of 3,000: 1,500 are held back or flown."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


def company(
    *, on_hand: int, afloat: int, waiting: int, **policy: object
) -> dict[str, list[dict[str, object]]]:
    receipt = {"item": "CAP", "location": "NJ", "supplier": "FILL", "order_date": "2025-11-01"}
    open_orders = [
        {**receipt, "order": "PO-1", "line": "1", "quantity": afloat, "due_date": "2026-01-20", "status": "in_transit"},
        {**receipt, "order": "PO-2", "line": "1", "quantity": waiting, "due_date": "2026-02-20", "status": "open"},
    ]  # fmt: skip
    tables: dict[str, list[dict[str, object]]] = {
        "items": [{"item": "CAP", "unit_cost": "2", "unit_price": "20"}],
        "locations": [{"location": "NJ"}],
        "suppliers": [{"supplier": "FILL"}],
        "sourcing": [{"item": "CAP", "location": "NJ", "source": "FILL", "kind": "buy", "lead_time_days": 30}],
        "policies": [
            {"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0, **policy}
        ],
        "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": on_hand}],
        "demand": demand_rows("CAP", "NJ", AS_OF, [6000] * 6),
    }  # fmt: skip
    shipped = [row for row in open_orders if row["quantity"]]
    return tables | ({"scheduled_receipts": shipped} if shipped else {})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("on_hand", "afloat", "waiting", "held"), [(1500, 18500, 0, 1500), (500, 18500, 1000, 1500), (0, 9000, 1000, 2000)]
)  # fmt: skip
def test_what_the_reserve_lacks_is_held_back_or_flown(
    on_hand: int, afloat: int, waiting: int, held: int
) -> None:
    load_tables(company(on_hand=on_hand, afloat=afloat, waiting=waiting, reserve_ashore=3000))
    plan_now(as_of=AS_OF)
    (row,) = (row for row in exported("exceptions") if row["kind"] == "reserve")
    assert row["quantity"] == held
    assert (
        f"Hold {held:,} of CAP back or fly them: {afloat:,} of {on_hand + afloat + waiting:,}"
        in row["suggestion"]
    )


@pytest.mark.django_db
def test_enough_ashore_asks_for_nothing() -> None:
    load_tables(company(on_hand=3000, afloat=17000, waiting=0, reserve_ashore=3000))
    plan_now(as_of=AS_OF)
    assert not [row for row in exported("exceptions") if row["kind"] == "reserve"]


@pytest.mark.django_db
def test_no_vessel_carries_more_than_its_share_of_what_is_coming() -> None:
    load_tables(company(on_hand=24000, afloat=0, waiting=0, max_per_shipment_pct=60))
    plan_now(as_of=AS_OF)
    orders = {row["order"]: row["quantity"] for row in exported("planned_orders")}
    coming = sum(orders.values())
    split = [row for row in exported("exceptions") if row["kind"] == "reserve"]
    assert {row["quantity"] for row in split} == {units for units in orders.values() if units > 0.6 * coming}
