"""Series without a season within the year: growth by per cents goes on by per cents."""

import numpy as np
import pytest

from forecasting.engine import forecast
from forecasting.engine.arrays import History
from forecasting.engine.block import make_block
from forecasting.engine.growth import fit_growing


def compounding(rate, years=30, count=8, seed=4):
    rng = np.random.default_rng(seed)
    return 100 * (1 + rate) ** np.arange(years)[:, None] * rng.gamma(4000, 1 / 4000, (years, count))


@pytest.mark.parametrize("rate", [0.03, 0.08, -0.05])
def test_growth_of_some_per_cent_a_year_goes_on(rate):
    last, ahead = 100 * (1 + rate) ** 29, forecast(compounding(rate), season=1, horizon=6).mean.mean(axis=1)
    assert 0.7 < np.log(ahead[-1] / last) / np.log1p(rate) / 6 < 1.25


def test_yearly_series_that_only_waver_stay_where_they_are():
    wavering = np.random.default_rng(1).normal(100, 8, (40, 20))
    assert forecast(wavering, season=1, horizon=6).mean.mean() == pytest.approx(100, rel=0.03)


def test_no_line_weighs_in_a_yearly_forecast_however_much_it_is_trusted():
    history = compounding(0.08)
    block = make_block(History(values=history, length=np.full(8, 30)), season=1)
    members = fit_growing(block, group_index=np.ones((1, 8)), horizon=6, trust=np.array([0.1, 0.1, 0.2, 0.6]))
    shares = [members.weights[name][0] for name in ("theta", "dynamic", "smoothing", "line")]
    assert shares == pytest.approx([0.25, 0.25, 0.5, 0])


def test_year_without_sales_is_no_obstacle():
    history = compounding(0.03)
    history[11] = 0
    result = forecast(history, season=1, horizon=6)
    assert np.isfinite(result.upper).all()
    assert (result.mean > 0).all()


def test_ranges_of_yearly_series_cover_what_they_say():
    rng = np.random.default_rng(8)
    drift = rng.normal(0.02, 0.02, 300)
    series = 100 * np.exp(np.cumsum(rng.normal(drift, 0.04, (36, 300)), axis=0))
    lower, upper = forecast(series[:30], season=1, horizon=6).bounds(80)
    assert ((series[30:] >= lower) & (series[30:] <= upper)).mean() == pytest.approx(0.8, abs=0.08)
