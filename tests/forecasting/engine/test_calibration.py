from dataclasses import replace

import numpy as np
import pytest

from forecasting.engine import Calibration, Method, calibrate, forecast
from forecasting.engine.pool import UNPROVEN


def many(count, periods=72, seed=0):
    rng = np.random.default_rng(seed)
    month = np.arange(periods)[:, None]
    season = 1 + 0.2 * np.cos(2 * np.pi * (month - rng.integers(0, 12, count)) / 12)
    walk = np.exp(np.cumsum(rng.normal(0, 0.03, (periods, count)), axis=0))
    return rng.uniform(50, 500, count) * season * walk * rng.gamma(60, 1 / 60, (periods, count))


def test_bytes_carry_everything_to_another_process():
    history = many(350)
    learned = calibrate(history)
    there = Calibration.from_bytes(learned.to_bytes())
    one, two = (forecast(history[:, :20], calibration=c) for c in (learned, there))
    assert (one.method == Method.COMBINATION_GLOBAL).all()
    assert one.mean.tobytes() == two.mean.tobytes()
    assert one.upper.tobytes() == two.upper.tobytes()


def wavering_lines(count, periods, seed=5):
    """Straight lines whose errors linger: what came last says little about what comes in a year."""
    rng, month = np.random.default_rng(seed), np.arange(periods)[:, None]
    error = rng.normal(0, 0.03, (periods, count))
    for t in range(1, periods):
        error[t] += 0.9 * error[t - 1]
    return 100 * (1 + rng.uniform(0, 0.01, count) * month) * np.exp(error)


def test_lines_that_came_true_elsewhere_are_trusted_and_forecast_better():
    lines = wavering_lines(60, 150)
    learned = calibrate(lines[:132])
    unproven = replace(learned, trust=UNPROVEN)
    missed = [
        np.abs(forecast(lines[:132], calibration=c).mean - lines[132:]).mean() for c in (learned, unproven)
    ]
    assert learned.trust[-1] > 0.2
    assert missed[0] < 0.95 * missed[1]


def test_no_line_is_trusted_where_demand_wanders():
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(6).normal(0, 0.05, (130, 60)), axis=0))
    assert calibrate(walk).trust[-1] < 0.05


def test_some_hundred_series_teach_a_global_member_and_a_few_do_not():
    assert calibrate(many(350)).model is not None
    assert calibrate(many(20)).model is None


def test_global_member_helps_series_that_drift_alike():
    history = many(400, periods=90, seed=4)
    learned = calibrate(history[:72])
    with_it = forecast(history[:72], calibration=learned).mean
    without = forecast(history[:72], calibration=calibrate(history[:72, :50])).mean
    error = [np.abs(f - history[72:]).mean() for f in (with_it, without)]
    assert error[0] < error[1] * 1.01


@pytest.mark.slow
def test_thousands_of_series_teach_boosted_trees():
    learned = calibrate(many(3100))
    assert learned.model is not None
    assert learned.model.trees
    there = Calibration.from_bytes(learned.to_bytes())
    assert np.isfinite(forecast(many(30), calibration=there, horizon=24).mean).all()


def test_unknown_group_borrows_no_season():
    learned = calibrate(many(30), groups=np.zeros(30, dtype=int))
    result = forecast(many(1, periods=6), groups=np.array([99]), calibration=learned)
    assert np.ptp(result.mean) < 1e-9
