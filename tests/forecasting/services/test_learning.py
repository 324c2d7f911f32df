"""Elasticities that history shows: learned where nobody typed one, kept where they help, bounded by sign."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from chain import plan_now

from forecasting.models import ForecastLine, LearnedEffect
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

MONTHS = 36


def company(driver: str, elasticity: float, *, noise: float = 0.02) -> None:
    """Four items of one category whose demand follows a driver that wanders."""
    rng = np.random.default_rng(5)
    values = 100 * np.exp(rng.normal(0, 0.3, MONTHS + 1))
    units = 1000 * (values / 100) ** elasticity
    sales: list[dict[str, Any]] = []
    for item in range(4):
        sold = units[:MONTHS] * np.exp(rng.normal(0, noise, MONTHS))
        sales += [
            {"item": f"I-{item}", "location": "NJ", "segment": "WEB", "order": "1", "quantity": round(sold[m]),
             "date": date(2023 + m // 12, m % 12 + 1, 5)}
            for m in range(MONTHS)
        ]  # fmt: skip
    load_tables(
        {
            "categories": [{"category": "Caps"}],
            "items": [{"item": f"I-{item}", "category": "Caps"} for item in range(4)],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales,
            "drivers": [
                {"driver": driver, "category": "Caps", "month": date(2023 + m // 12, m % 12 + 1, 1),
                 "value": values[m]}
                for m in range(MONTHS + 1)
            ],
        }
    )  # fmt: skip


def test_an_elasticity_is_found_in_history_and_used() -> None:
    company("ads", 0.4)
    plan = plan_now(as_of=date(2026, 1, 1))
    learned = LearnedEffect.objects.all()
    assert [one.elasticity for one in learned] == pytest.approx([0.4] * 4, abs=0.05)
    assert all(one.kept for one in learned)
    line = ForecastLine.objects.filter(run_id=plan.inputs["forecast_run"]).first()
    assert line is not None
    assert line.causes[0]["name"] == "ads"
    assert line.drivers[0] == pytest.approx(line.causes[0]["units"][0])


def test_a_price_that_seems_to_raise_demand_is_held_at_nothing() -> None:
    company("price", 0.4)
    plan_now(as_of=date(2026, 1, 1))
    assert [one.elasticity for one in LearnedEffect.objects.all()] == [0, 0, 0, 0]


def test_a_driver_that_tells_nothing_is_not_kept() -> None:
    company("ads", 0.0, noise=0.3)
    plan_now(as_of=date(2026, 1, 1))
    assert not any(one.kept and abs(one.elasticity) > 0.25 for one in LearnedEffect.objects.all())
