import numpy as np
import pytest

from forecasting.engine import Calibration, Method, calibrate, forecast


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
