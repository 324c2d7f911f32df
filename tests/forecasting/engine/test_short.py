"""Histories below three years: how far their own season is believed."""

import numpy as np
import pytest

from forecasting.engine.arrays import clean_history
from forecasting.engine.block import make_block
from forecasting.engine.short import fit_short, own_weight

WAVE = 1 + 0.4 * np.cos(np.pi * np.arange(24) / 6)


def fitted(values, *, shared=None):
    block = make_block(clean_history(values), season=12)
    none = np.ones((12, values.shape[1]), dtype=np.float32)
    return fit_short(block, group_index=none if shared is None else shared, horizon=12)


def noisy(shape, *, noise, count=60, seed=6):
    rng = np.random.default_rng(seed)
    return 100 * shape[:, None] * rng.gamma(noise**-2, noise**2, (len(shape), count))


@pytest.mark.parametrize(("months", "share"), [(6, 0), (11, 0), (12, 1 / 2), (24, 2 / 3)])
def test_a_length_earns_years_over_years_and_one(months, share):
    assert own_weight(np.array([months]), season=12) == pytest.approx(share)


def test_three_months_that_come_back_prove_a_season_and_two_do_not():
    two, three = (fitted(noisy(WAVE[:months], noise=0.02)).seasonal_weight for months in (14, 15))
    assert two == pytest.approx(np.full(60, 14 / 26))
    assert np.median(three) > 0.7


def test_a_proven_season_is_forecast_whole():
    ahead = fitted(noisy(WAVE[:18], noise=0.03)).index
    swing = np.median(ahead.max(axis=0) - ahead.min(axis=0))
    assert swing == pytest.approx(0.8, abs=0.08)


def test_noise_proves_nothing_and_keeps_what_its_length_earns():
    weight = fitted(noisy(np.ones(18), noise=0.2)).seasonal_weight
    assert np.median(weight) == pytest.approx(1.5 / 2.5)


def test_a_season_that_is_wholly_lent_stays_where_the_own_one_says_the_same():
    lent = np.repeat(WAVE[:12, None], 60, axis=1).astype(np.float32)
    ahead = fitted(noisy(WAVE, noise=0.05), shared=lent).index
    assert np.median(ahead, axis=1) == pytest.approx(WAVE[:12], abs=0.03)
