"""S06: three answers per item-location: how many, when, and not too many."""

from datetime import date, timedelta

import pytest
from chain import plan_now

from siop.gather.services import load_tables
from supply.models import PlannedOrder

AS_OF = date(2026, 1, 1)


def even_demand(per_day: float, *, periods: int = 24) -> list[dict[str, object]]:
    """The same demand each day, as monthly rows."""
    rows, month = [], AS_OF
    for _ in range(periods):
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        rows.append(
            {"item": "BTL", "location": "NJ", "date": month, "quantity": per_day * (following - month).days}
        )
        month = following
    return rows


@pytest.mark.django_db
def test_order_10000_by_day_15_and_cover_115_days() -> None:
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": "4", "unit_price": "10"}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {
                    "item": "BTL",
                    "location": "NJ",
                    "source": "MOULD",
                    "kind": "buy",
                    "lead_time_days": 60,
                    "moq": 10000,
                }
            ],
            "policies": [
                {"item": "BTL", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 1500}
            ],
            "on_hand": [{"date": AS_OF, "item": "BTL", "location": "NJ", "quantity": 9000}],
            "demand": even_demand(100),
        }
    )
    plan = plan_now(as_of=AS_OF)

    order = PlannedOrder.objects.filter(plan=plan).order_by("due_date").first()
    assert order.quantity == 10000
    assert order.order_by == AS_OF + timedelta(days=15)
    assert order.due_date == AS_OF + timedelta(days=75)
    assert order.cover_days == pytest.approx(115, abs=0.5)
