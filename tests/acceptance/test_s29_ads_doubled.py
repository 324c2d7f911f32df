"""S29: 5,000 last December, spend doubled, elasticity 0.2 +- 0.1: 5,743 = 5,000 + 743, from 5,359 to 6,156; an actual
of 6,156 moves the elasticity to 0.25."""

from datetime import date
from typing import Any

import pytest
from chain import exported, plan_now

from forecasting.models import DriverEffect, DriverObservation, ForecastLine
from forecasting.selectors.drivers import current_effect
from siop.gather.services import load_tables
from siop.web import explanations

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


def sales(units: float, months: range) -> list[dict[str, Any]]:
    row = {"item": "BTL", "location": "NJ", "segment": "WEB", "order": "1", "quantity": units}
    return [row | {"date": date(2024 + m // 12, m % 12 + 1, 10)} for m in months]


def company(*, units: float, spend: tuple[float, float], elasticity: float, sd: float) -> None:
    """Two flat years; the spend of December doubles, that of January is not known yet."""
    load_tables(
        {
            "categories": [{"category": "Bottles"}],
            "items": [{"item": "BTL", "category": "Bottles"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales(units, range(23)),
            "drivers": [
                {"driver": "ads", "month": date(2024 + m // 12, m % 12 + 1, 1), "category": "Bottles", "value": spend[0]}
                for m in range(23)
            ]
            + [{"driver": "ads", "month": DECEMBER, "category": "Bottles", "value": spend[1]}],
            "driver_effects": [{"driver": "ads", "category": "Bottles", "elasticity": elasticity, "sd": sd}],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("units", "spend", "elasticity", "sd", "expected", "low", "high"),
    [
        (5000, (40_000, 80_000), 0.2, 0.1, 5743, 5359, 6156),
        (5000, (40_000, 80_000), 0.3, 0.0, 6156, 6156, 6156),
        (800, (10, 15), 0.5, 0.2, 980, 903, 1063),
        (5000, (80_000, 40_000), 0.2, 0.1, 4353, 4061, 4665),
    ],
)
def test_the_driver_is_a_part_of_the_number_with_its_range(
    dana: Any,
    units: float,
    spend: tuple[float, float],
    elasticity: float,
    sd: float,
    expected: int,
    low: int,
    high: int,
) -> None:
    company(units=units, spend=spend, elasticity=elasticity, sd=sd)
    plan = plan_now(as_of=DECEMBER)
    month = next(row for row in exported("forecast") if row["month"] == DECEMBER.isoformat())
    assert round(month["statistical"]) == expected
    line = ForecastLine.objects.get(run_id=plan.inputs["forecast_run"])
    assert line.drivers[0] == pytest.approx(line.statistical[0] - units)

    why = explanations.explain(dana, "forecast", str(plan.pk), f"s{line.series_id}", DECEMBER.isoformat())
    parts = {part.label: part.value for part in why.parts}
    assert parts["ads"] == pytest.approx(line.drivers[0])
    assert sum(parts.values()) == pytest.approx(line.statistical[0])
    assert f"{low:,} to {high:,}" in why.note
    assert month["low_95"] <= low + 1 <= high + 1 <= month["high_95"] + 2
    # January has no spend planned: the baseline stands, and the page says so.
    assert line.drivers[1] == 0
    assert "ads: months without a value keep the baseline" in why.note


@pytest.mark.parametrize(
    ("prior", "sd", "actual", "mean"),
    [(0.2, 0.1, 6156, 0.25), (0.2, 0.2, 6156, 0.28), (0.1, 0.1, 5000, 0.05)],
)
def test_what_came_moves_the_elasticity(prior: float, sd: float, actual: int, mean: float) -> None:
    company(units=5000, spend=(40_000, 80_000), elasticity=prior, sd=sd)
    plan_now(as_of=DECEMBER)
    load_tables({"sales": sales(actual, range(23, 24))})
    plan_now(as_of=date(2026, 1, 1))

    effect = DriverEffect.objects.get()
    assert effect.elasticity == prior  # what was typed stays as it was typed
    assert current_effect(effect)[0] == pytest.approx(mean, abs=0.0005)
    seen = DriverObservation.objects.get()
    assert (seen.month, round(seen.baseline), seen.actual, seen.ratio) == (DECEMBER, 5000, actual, 2)

    plan_now(as_of=date(2026, 1, 1))  # computed again, it is not counted twice
    assert current_effect(DriverEffect.objects.get())[0] == pytest.approx(mean, abs=0.0005)
