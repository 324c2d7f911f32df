import numpy as np
import pytest

from forecasting.engine import forecast
from forecasting.engine.arrays import History
from forecasting.engine.common_step import common_step

SEASON = np.array([0.90, 0.92, 0.97, 1.02, 1.08, 1.13, 1.14, 1.10, 1.01, 0.93, 0.90, 0.90])
AHEAD = 6


def panel(months, step, since, *, growth=0.0, count=80, noise=0.07, seed=1):
    """Demand (T + 6, N) under one season that steps in a month: history, and the means of what follows."""
    rng, month = np.random.default_rng(seed), np.arange(months + AHEAD)[:, None]
    level = np.where(month >= since, 1 + step, 1.0) * (1 + growth) ** (month / 12)
    mean = rng.uniform(50, 5000, count) * level * SEASON[month % 12]
    return (mean * rng.lognormal(-(noise**2) / 2, noise, mean.shape))[:months], mean[months:]


def found_in(history):
    count = history.shape[1]
    whole = History(values=history, length=np.full(count, len(history)))
    return common_step(whole, np.zeros(count, dtype=np.int64), season=12)


@pytest.mark.parametrize(
    ("months", "since"), [(21, 16), (21, 18), (24, 9), (24, 16), (30, 12), (30, 18), (30, 24)]
)
@pytest.mark.parametrize("step", [0.15, -0.15])
def test_a_step_of_all_items_is_no_growth(months, since, step):
    history, mean = panel(months, step, since)
    found = forecast(history, horizon=AHEAD, phase=np.full(80, months % 12))
    assert found.mean.sum() / mean.sum() == pytest.approx(1, abs=0.045)
    assert np.abs(found.growth).max() < 0.04
    assert found.stepped[0] == pytest.approx(since, abs=1)


@pytest.mark.parametrize("growth", [0.0, 0.15, -0.2])
@pytest.mark.parametrize("noise", [0.07, 0.2])
def test_steady_growth_is_no_step(growth, noise):
    for months in (15, 18, 24, 30):
        for seed in range(4):
            history, _ = panel(months, 0.0, 0, growth=growth, noise=noise, seed=seed)
            assert found_in(history).size[0] == 0


def test_a_trend_that_drifts_is_no_step():
    history, _ = panel(30, 0.0, 0)
    bent = history * np.exp(0.3 * (np.arange(30)[:, None] / 30) ** 3)
    assert found_in(bent).size[0] == 0


def test_an_item_that_never_moved_does_not_step_with_the_others():
    history, _ = panel(24, 0.15, 16)
    history[:, 0] = 50.0
    found = forecast(history, horizon=AHEAD)
    assert found.mean[:, 0] == pytest.approx(np.full(AHEAD, 50.0))
    assert (found.step[0], found.step[1] > 0.1) == (0, True)
