"""S39: 100 a day with sd 30, lead time 60 days with sd 10, z 1.645: 1,689 (error sd 1,026.6)."""

from datetime import date
from math import sqrt

import pytest
from chain import days_in, demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
BUCKET_DAYS = 365.25 / 12


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("per_day", "sd", "lead", "lead_sd", "service", "error", "units"),
    [
        (100, 30, 60, 10, 0.95, 1026.6, 1689),
        (50, 20, 45, 5, 0.90, 283.7, 364),
        (200, 60, 30, 0, 0.98, 328.6, 675),
    ],
)
def test_units_from_both_variances_with_their_reason(
    per_day: int, sd: int, lead: int, lead_sd: int, service: float, error: float, units: int
) -> None:
    rows = demand_rows("CAP", "NJ", AS_OF, [float(per_day) * days for days in days_in(AS_OF, 24)])
    load_tables(
        {
            "items": [{"item": "CAP", "service_policy": "cycle_service", "service_target": service}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": lead,
                 "lead_time_sd_days": lead_sd}
            ],
            "demand": [row | {"error_sd": sd * sqrt(BUCKET_DAYS)} for row in rows],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    (target,) = exported("safety_stock")
    assert target["safety_stock"] == units
    assert target["error_sd"] == pytest.approx(error, abs=0.1)
    assert target["reorder_point"] == per_day * lead + units
    assert target["protection_days"] == lead
    assert f"{lead} days lead time" in target["reason"]
    assert not lead_sd or f"+- {lead_sd}" in target["reason"]
