"""S16: capacity 10,000, capsules want 8,000 and come first, kits want 4,000: 8,000 and 2,000."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("priority", "wanted", "made"),
    [
        ({"CAP": 1, "KIT": 2}, {"CAP": 8000, "KIT": 4000}, {"CAP": 8000, "KIT": 2000}),
        ({"CAP": 2, "KIT": 1}, {"CAP": 8000, "KIT": 4000}, {"CAP": 6000, "KIT": 4000}),
        ({"CAP": 1, "KIT": 2}, {"CAP": 11000, "KIT": 4000}, {"CAP": 10000, "KIT": 0}),
        ({"CAP": 1, "KIT": 1}, {"CAP": 8000, "KIT": 4000}, {"CAP": 8000, "KIT": 2000}),
    ],
)
def test_capacity_goes_to_the_first_priority(
    priority: dict[str, int], wanted: dict[str, int], made: dict[str, int]
) -> None:
    load_tables(
        {
            "items": [
                {"item": item, "priority": number, "unit_cost": 2, "unit_price": 9} for item, number in priority.items()
            ],
            "locations": [{"location": "NJ"}],
            "sourcing": [
                {"item": item, "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0} for item in wanted
            ],
            "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": 10000}],
            "routings": [{"item": item, "resource": "LINE", "usage_per_unit": 1} for item in wanted],
            "demand": [
                row for item, units in wanted.items() for row in demand_rows(item, "NJ", AS_OF, [units])
            ],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    first = [row for row in exported("projection") if row["month"] == AS_OF.isoformat()]
    assert {row["item"]: row["planned_receipts"] for row in first} == made
    assert {row["item"]: row["shortage"] for row in first} == {
        item: wanted[item] - made[item] for item in wanted
    }
    late = {row["first_cause"] for row in exported("pegging") if row["days_late"]}
    assert late == {"Capacity of LINE is used up"}
