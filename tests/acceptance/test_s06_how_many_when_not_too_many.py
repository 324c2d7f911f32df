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
@pytest.mark.parametrize(
    ("stock", "per_day", "lead", "target", "moq", "order_by", "cover"),
    [
        (9000, 100, 60, 1500, 10000, 15, 115),
        (5000, 50, 40, 1000, 8000, 40, 180),
        (12000, 200, 50, 2000, 6000, 0, 40),
    ],
)
def test_how_many_by_when_and_how_long_it_lasts(
    stock: int, per_day: int, lead: int, target: int, moq: int, order_by: int, cover: int
) -> None:
    """9,000 at 100 a day, 60 days away, 1,500 kept: order 10,000 by day 15; it covers 115 days."""
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
                    "lead_time_days": lead,
                    "moq": moq,
                }
            ],
            "policies": [
                {
                    "item": "BTL",
                    "location": "NJ",
                    "service_policy": "fixed_quantity",
                    "service_target": target,
                }
            ],
            "on_hand": [{"date": AS_OF, "item": "BTL", "location": "NJ", "quantity": stock}],
            "demand": even_demand(per_day),
        }
    )
    plan = plan_now(as_of=AS_OF)

    order = PlannedOrder.objects.filter(plan=plan).order_by("due_date").first()
    assert order.quantity == moq
    assert order.order_by == AS_OF + timedelta(days=order_by)
    assert order.due_date == AS_OF + timedelta(days=order_by + lead)
    assert order.cover_days == pytest.approx(cover, abs=0.5)
