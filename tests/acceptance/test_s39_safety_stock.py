"""S39: 100 a day with sd 30, lead time 60 days with sd 10, z 1.645: 1,689 (error sd 1,026.6)."""

from datetime import date
from math import sqrt

import pytest
from chain import days_in, demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
BUCKET_DAYS = 365.25 / 12


@pytest.mark.django_db
def test_1689_units_with_their_reason() -> None:
    rows = demand_rows("CAP", "NJ", AS_OF, [100.0 * days for days in days_in(AS_OF, 24)])
    load_tables(
        {
            "items": [{"item": "CAP", "service_policy": "cycle_service", "service_target": "0.95"}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 60,
                 "lead_time_sd_days": 10}
            ],
            "demand": [row | {"error_sd": 30 * sqrt(BUCKET_DAYS)} for row in rows],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)

    (target,) = exported("safety_stock")
    assert target["safety_stock"] == 1689
    assert target["error_sd"] == pytest.approx(1026.6, abs=0.1)
    assert target["reorder_point"] == 6000 + 1689
    assert target["protection_days"] == 60
    assert "60 days lead time +- 10" in target["reason"]
