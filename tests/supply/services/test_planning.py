"""What is imported is planned, whatever the sites may get from each other."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now
from django.test import Client

from siop.accounts.models import Person
from siop.gather.services import load_tables
from siop.plans.models import PlanVersion
from supply.models import PlannedOrder

AS_OF = date(2026, 1, 1)


def lane(location: str, source: str, kind: str, priority: int) -> dict[str, Any]:
    return {
        "item": "CAP", "location": location, "source": source, "kind": kind, "priority": priority, "lead_time_days": 5
    }  # fmt: skip


@pytest.fixture
def two_sites(db: None) -> PlanVersion:
    """Both buy 140 far away, and each may be sent some by the other."""
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": "NJ"}, {"location": "KL"}],
            "suppliers": [{"supplier": "FAR"}],
            "sourcing": [
                lane("KL", "FAR", "buy", 1), lane("KL", "NJ", "transfer", 2),
                lane("NJ", "FAR", "buy", 1), lane("NJ", "KL", "transfer", 2),
            ],
            "demand": [*demand_rows("CAP", "NJ", AS_OF, [0, 100]), *demand_rows("CAP", "KL", AS_OF, [0, 40])],
        }
    )  # fmt: skip
    return plan_now(as_of=AS_OF)


def test_two_sites_that_are_each_others_second_source_are_planned_from_their_first(
    two_sites: PlanVersion,
) -> None:
    orders = PlannedOrder.objects.filter(plan=two_sites).order_by("quantity")
    assert list(orders.values_list("location__code", "kind", "quantity")) == [
        ("KL", "buy", 40),
        ("NJ", "buy", 100),
    ]


def test_the_second_source_that_is_left_out_says_so_where_it_stands_and_on_the_order(
    two_sites: PlanVersion, client: Client, sam: Person
) -> None:
    """KL may be sent some by NJ; then NJ, which comes second in the table, gets none from KL."""
    client.force_login(sam)
    said = "KL is not planned as a source: it is supplied from NJ itself"
    for order in PlannedOrder.objects.filter(plan=two_sites).select_related("location"):
        expected = order.location.code == "NJ"
        page = client.get(f"/supply/items/{order.item_id}/{order.location_id}/?tab=supply")
        why = client.get(f"/web/why/order/{order.pk}")
        assert [said in text.content.decode() for text in (page, why)] == [expected, expected]


def test_an_order_costs_what_the_price_of_its_order_day_says(db: None) -> None:
    """From 1 March on 100 cost 8 apiece instead of 9; the lane's own terms do not change."""
    far = {"item": "CAP", "location": "NJ", "source": "FAR"}
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "FAR"}],
            "sourcing": [far | {"kind": "buy", "lead_time_days": 5, "unit_cost": 10}],
            "price_breaks": [
                far | {"min_quantity": 100, "unit_cost": 9},
                far | {"min_quantity": 100, "unit_cost": 8, "valid_from": date(2026, 3, 1)},
            ],
            "demand": demand_rows("CAP", "NJ", AS_OF, [0, 50, 100, 100]),
        }
    )
    found = PlannedOrder.objects.filter(plan=plan_now(as_of=AS_OF), due_date__lt=date(2026, 5, 1))
    assert list(found.order_by("due_date").values_list("order_by", "unit_landed_cost")) == [
        (date(2026, 1, 27), 10),
        (date(2026, 2, 24), 9),
        (date(2026, 3, 27), 8),
    ]
