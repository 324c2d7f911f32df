"""S26: of 500 seeded series of 14 months, the next 6 from the same process, the 80 % range covers 72 to 88 %."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from chain import exported, plan_now

from siop.gather.services import load_tables

SERIES, KNOWN, AHEAD = 500, 14, 6


def walks(seed: int) -> Any:
    """Levels that wander under noise (20, 500)."""
    rng = np.random.default_rng(seed)
    wander = np.exp(np.cumsum(rng.normal(0, 0.03, (KNOWN + AHEAD, SERIES)), axis=0))
    return np.round(rng.uniform(200, 2000, SERIES) * wander * rng.gamma(25, 1 / 25, wander.shape))


def steady(seed: int) -> Any:
    """Noise around a level that stays."""
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.uniform(50, 500, SERIES), (KNOWN + AHEAD, SERIES))


def month(k: int) -> date:
    return date(2024 + k // 12, k % 12 + 1, 1)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("process", [walks, steady])
def test_range_of_a_year_of_data_covers_what_came(process: Any) -> None:
    demand = process(26)
    load_tables(
        {
            "items": [{"item": f"I{k}"} for k in range(SERIES)],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {"date": month(t), "item": f"I{k}", "location": "NJ", "segment": "WEB", "order": "1",
                 "quantity": int(demand[t, k])}
                for t in range(KNOWN) for k in range(SERIES)
            ],
        }
    )  # fmt: skip
    plan_now(as_of=month(KNOWN))

    place = {month(KNOWN + ahead).isoformat(): KNOWN + ahead for ahead in range(AHEAD)}
    rows = [row for row in exported("forecast") if row["month"] in place]
    assert len(rows) == SERIES * AHEAD
    actual = np.array([demand[place[row["month"]], int(row["item"][1:])] for row in rows])
    low, high = (np.array([row[name] for row in rows]) for name in ("low_80", "high_80"))
    assert 0.72 <= ((actual >= low) & (actual <= high)).mean() <= 0.88
