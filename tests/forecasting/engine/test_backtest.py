from dataclasses import replace

import numpy as np
import pytest

from forecasting.engine import backtest, backtest_wape, calibrate, naive_wins, scored_origins


def history(seed=0):
    return 100 + np.random.default_rng(seed).normal(0, 10, (40, 6))


def test_an_origin_sees_nothing_that_came_after_it():
    seen = history()
    changed = seen.copy()
    changed[-3:] *= 5
    before, after = backtest(seen, lags=3), backtest(changed, lags=3)
    assert np.array_equal(before.pool[2:], after.pool[2:], equal_nan=True)
    assert not np.array_equal(before.pool[0], after.pool[0])


def test_targets_and_naive_are_read_off_the_history():
    seen = history()
    result = backtest(seen, lags=3)
    assert result.pool.shape == (14, 3, 6)
    assert np.array_equal(result.actual[4, 2], seen[40 - 5 + 2])
    assert np.isnan(result.actual[0, 1]).all()
    assert np.array_equal(result.naive[4, 2], seen[40 - 5 + 2 - 12])


def test_series_too_young_for_an_origin_are_unknown_there():
    result = backtest(history(), np.array([0, 0, 0, 0, 0, 35]), lags=1)
    assert scored_origins(result).tolist() == [12, 12, 12, 12, 12, 5 - 1]
    assert not naive_wins(result)[5]


def test_last_year_is_not_chosen_because_the_last_value_did_well():
    """Of 23 months the oldest of 12 origins has no year before it: naive was the last value, and won as such."""
    climbs = np.repeat(100 * 1.2 ** np.arange(40.0)[:, None], 2, axis=1)
    climbs[:17, 1] = 0
    result = backtest(climbs, np.array([0, 17]), lags=1)
    assert result.seasons.tolist() == [True, False]
    naive = backtest_wape(result)[1]
    assert naive[1] < naive[0]
    assert not naive_wins(replace(result, pool=result.naive * 0))[1]
    assert naive_wins(replace(result, pool=result.naive * 0))[0]


def test_calibration_of_the_time_before_can_be_handed_in():
    seen = history()
    learned = calibrate(seen[:-4])
    assert np.isfinite(backtest(seen, origins=3, lags=2, calibration=learned).pool).all()


def test_origins_below_one_are_refused():
    with pytest.raises(ValueError, match="origins"):
        backtest(history(), origins=0)
