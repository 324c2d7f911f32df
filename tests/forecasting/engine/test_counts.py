import numpy as np
import pytest
from scipy.stats import nbinom

from forecasting.engine import forecast, lead_time_quantiles, pinball
from forecasting.engine.counts import negative_binomial_quantile, share_of_zeros


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_quantiles_equal_scipys_negative_binomial(level):
    mean, variance = np.array([0.3, 2.0, 50.0, 1e5]), np.array([0.5, 6.0, 51.0, 1e6])
    peer = nbinom.ppf(level, mean**2 / (variance - mean), mean / variance)
    assert negative_binomial_quantile(mean, variance, level=level).tolist() == peer.tolist()


def test_no_demand_needs_nothing():
    assert lead_time_quantiles(np.zeros((24, 2)), periods=3).tolist() == [[0, 0], [0, 0]]


def test_lead_time_quantiles_cover_what_they_say():
    rng = np.random.default_rng(0)
    demand = rng.negative_binomial(0.5, 0.4, (51, 2000)).astype(float)
    quantiles = lead_time_quantiles(demand[:48], periods=3, levels=(0.8, 0.95))
    total = demand[48:].sum(axis=0)
    assert (total <= quantiles[0]).mean() == pytest.approx(
        0.83, abs=0.05
    )  # whole numbers cover a little more
    assert (total <= quantiles[1]).mean() == pytest.approx(0.95, abs=0.03)
    zero = pinball(total, np.zeros(2000), level=0.95).mean()
    assert pinball(total, quantiles[1], level=0.95).mean() < 0.5 * zero


def test_share_of_zeros_counts_own_periods_only():
    values = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 3.0]])
    assert share_of_zeros(values, np.array([2, 4])).tolist() == [0.0, 0.75]


def test_first_sale_of_rare_demand_tells_when_it_began_and_hardly_how_much():
    later = np.where(np.random.default_rng(4).random((4, 4000)) < 0.25, 1200.0, 0.0)
    rare = later[:, (later > 0).sum(axis=0) <= 1]
    young = np.concatenate([np.full((1, rare.shape[1]), 1200.0), rare])
    rate = forecast(young, horizon=1).mean.mean()
    assert rare.mean() < rate < 1.6 * rare.mean()
