"""S10: 36 months with December doubled; no worse than seasonal naive at 12 origins, or seasonal naive is used."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from chain import exported, plan_now

from forecasting.models import DemandSeries
from siop.gather.services import load_tables

MONTHS = 36
NAIVE = "Seasonal naive: same period last year"


def histories() -> dict[str, Any]:
    """Noisy items whose December doubles, and one that repeats its three different months exactly."""
    noise = np.random.default_rng(10)
    month = np.arange(MONTHS)
    december = np.where(month % 12 == 11, 2.0, 1.0)
    steps = np.tile([900, 300, 50, 700, 20, 400, 10, 800, 30, 500, 60, 1200], 3)
    noisy = {f"N{k}": 1000 * december * noise.gamma(60, 1 / 60, MONTHS) for k in range(4)}
    return noisy | {"EXACT": steps}


def sales(history: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "date": date(2023 + k // 12, k % 12 + 1, 15),
            "item": item,
            "location": "NJ",
            "segment": "WEB",
            "order": "1",
            "quantity": round(float(quantity)),
        }
        for item, values in history.items()
        for k, quantity in enumerate(values)
    ]


@pytest.fixture
def three_years(db: None) -> dict[str, Any]:
    history = histories()
    load_tables(
        {
            "items": [{"item": item} for item in history],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales(history),
        }
    )
    return history


def future(item: str) -> list[dict[str, Any]]:
    return [row for row in exported("forecast") if row["item"] == item and row["history"] is None]


def test_before_the_backtest_nothing_claims_to_have_been_tested(three_years: dict[str, Any]) -> None:
    plan_now(as_of=date(2026, 1, 1))
    assert all(row["backtest_wape"] is None and row["method"] != NAIVE for row in future("EXACT"))


def test_each_item_does_no_worse_than_last_year_or_uses_it_and_says_so(
    three_years: dict[str, Any], client: Any, dana: Any
) -> None:
    plan_now(as_of=date(2026, 1, 1), background=True)
    for item, values in three_years.items():
        sold = np.round(values)
        naive = np.abs(sold[-12:] - sold[-24:-12]).sum() / sold[-12:].sum()
        row = future(item)[0]
        assert row["method"] == NAIVE or row["backtest_wape"] <= naive
    exact = future("EXACT")
    assert {row["method"] for row in exact} == {NAIVE}
    assert [row["statistical"] for row in exact[:12]] == pytest.approx(three_years["EXACT"][-12:].tolist())

    series = DemandSeries.objects.get(item__code="EXACT")
    client.force_login(dana)
    page = client.get(f"/supply/items/{series.item_id}/{series.location_id}/?tab=forecast")
    assert NAIVE in page.content.decode()
