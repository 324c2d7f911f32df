"""S01: stock, sales and capacity in one projection, month by month."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stock", "target", "line", "asked", "last_served"),
    [(3000, 1000, 10000, 12000, 0), (2500, 1000, 8000, 9500, 0), (5200, 700, 9000, 10500, 2)],
)
def test_stock_ends_where_the_line_no_longer_follows_and_what_is_short_is_carried(
    stock: int, target: int, line: int, asked: int, last_served: int
) -> None:
    """At 12,000 from a line of 10,000, the second month is 1,000 short and 2,000 below the target."""
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": "2", "unit_price": "5"}],
            "locations": [{"location": "NJ"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}
            ],
            "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": line}],
            "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
            "policies": [
                {
                    "item": "CAP",
                    "location": "NJ",
                    "service_policy": "fixed_quantity",
                    "service_target": target,
                }
            ],
            "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": stock}],
            "demand": demand_rows("CAP", "NJ", AS_OF, [asked] * 18),
        }
    )
    plan_now(as_of=AS_OF)

    served, short, after = exported("projection")[last_served : last_served + 3]
    left = stock - (last_served + 1) * (asked - line)
    missing = asked - line - left
    assert (served["closing"], served["shortage"]) == (left, 0)
    assert (short["closing"], short["shortage"], short["below_safety_stock"]) == (
        0,
        missing,
        missing + target,
    )
    assert (
        after["shortage"] == missing + asked - line
    )  # what is missing is carried over, and more comes to it
    load = exported("capacity")[last_served + 1]
    assert (load["resource"], load["available"], load["required"], load["utilisation"]) == (
        "LINE",
        line,
        line,
        1,
    )
