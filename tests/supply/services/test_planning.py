"""What is imported is planned, whatever the sites may get from each other."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now

from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan
from supply.models import PlannedOrder

AS_OF = date(2026, 1, 1)


def lane(location: str, source: str, kind: str, priority: int) -> dict[str, Any]:
    return {
        "item": "CAP", "location": location, "source": source, "kind": kind, "priority": priority, "lead_time_days": 5
    }  # fmt: skip


@pytest.mark.django_db
def test_two_sites_that_are_each_others_second_source_are_planned_from_their_first() -> None:
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
    plan_now(as_of=AS_OF)
    orders = PlannedOrder.objects.filter(plan=current_live_plan()).order_by("quantity")
    assert list(orders.values_list("location__code", "kind", "quantity")) == [
        ("KL", "buy", 40),
        ("NJ", "buy", 100),
    ]
