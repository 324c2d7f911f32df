"""How the members of the pool are weighed."""

import numpy as np
import pytest

from forecasting.engine import forecast
from forecasting.engine.arrays import clean_history
from forecasting.engine.block import make_block
from forecasting.engine.pool import UNPROVEN, fit_members


def weights_of(values, trust=UNPROVEN):
    block = make_block(clean_history(values), season=12)
    none = np.ones((12, values.shape[1]), dtype=np.float32)
    return fit_members(block, group_index=none, horizon=6, trust=trust).weights


def growing(years, *, slope, count=4, seed=3):
    rng, month = np.random.default_rng(seed), np.arange(12 * years)[:, None]
    return (
        (100 + slope * month)
        * (1 + 0.2 * np.cos(np.pi * month / 6))
        * rng.gamma(2000, 1 / 2000, (12 * years, count))
    )


def test_members_weigh_the_same_up_to_eight_seasons_however_clear_the_trend():
    weights = weights_of(growing(8, slope=2.0))
    assert np.stack([weights[name] for name in ("theta", "dynamic", "smoothing")]) == pytest.approx(1 / 3)
    assert not weights["line"].any()


def test_smoothing_alone_follows_a_trend_that_ran_on_for_ten_seasons():
    weights = weights_of(growing(10, slope=2.0))
    assert weights["smoothing"] == pytest.approx(np.ones(4), abs=0.02)


def test_smoothing_that_missed_by_more_takes_over_only_as_far_as_it_is_trusted():
    weights = weights_of(growing(10, slope=2.0), trust=np.array([0.2, 0.6, 0.2, 0.0]))
    parts = np.array([0.2 * 0.4, 0.6 * 0.4, 0.2 * 2.2])  # six tenths of its third are six tenths of the way
    shown = np.stack([weights[name] for name in ("theta", "dynamic", "smoothing")])
    assert shown == pytest.approx(np.repeat(parts[:, None] / parts.sum(), 4, axis=1), abs=0.02)


def test_long_history_without_a_trend_keeps_its_three_members():
    weights = weights_of(growing(16, slope=0.0))
    assert np.all(weights["smoothing"] < 0.6)
    assert sum(weights.values()) == pytest.approx(np.ones(4))


def test_members_weigh_as_they_are_trusted_and_add_up_to_one():
    weights = weights_of(growing(6, slope=0.5), trust=np.array([0.1, 0.2, 0.3, 0.4]))
    assert weights["line"] == pytest.approx(np.full(4, 0.4))
    assert sum(weights.values()) == pytest.approx(np.ones(4))


def test_straight_line_of_twenty_years_runs_on_through_the_next():
    line = growing(21, slope=2.0)
    found = forecast(line[:240], horizon=12).mean
    assert np.abs(found / line[240:] - 1).mean() < 0.025
