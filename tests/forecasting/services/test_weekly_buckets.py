"""Plans by the week: history, season of 52 and forecast in weeks, where the parameter `bucket` says so."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from chain import exported, plan_now

from siop.gather.services import load_tables

WEEKS, FIRST = 156, date(2023, 1, 2)


@pytest.mark.slow
@pytest.mark.django_db
def test_weekly_sales_become_a_weekly_forecast_with_their_season() -> None:
    season = 1 + 0.5 * np.cos(2 * np.pi * np.arange(WEEKS) / 52)
    noise = np.random.default_rng(6).gamma(100, 1 / 100, WEEKS)
    load_tables(
        {
            "parameters": [{"name": "bucket", "value": "week"}],
            "items": [{"item": "CAP"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {
                    "date": FIRST + timedelta(days=7 * k + 2),
                    "item": "CAP",
                    "location": "NJ",
                    "segment": "WEB",
                    "order": "1",
                    "quantity": round(1000 * season[k] * noise[k]),
                }
                for k in range(WEEKS)
            ],
        }
    )
    plan_now(as_of=FIRST + timedelta(weeks=WEEKS))

    future = [row for row in exported("forecast") if row["history"] is None]
    weeks = [date.fromisoformat(row["month"]) for row in future]
    assert weeks[0] == FIRST + timedelta(weeks=WEEKS)
    assert {(later - week).days for week, later in pairwise(weeks)} == {7}
    ahead = 1000 * (1 + 0.5 * np.cos(2 * np.pi * (WEEKS + np.arange(len(future))) / 52))
    assert np.abs(np.array([row["statistical"] for row in future]) / ahead - 1).mean() < 0.1
    assert all(row["low_80"] < row["statistical"] < row["high_80"] for row in future)
