"""Theta members against statsforecast and statsmodels, series by series."""

import warnings

import numpy as np
import pytest

from forecasting.engine.arrays import History
from forecasting.engine.block import make_block, mean_step, running_line
from forecasting.engine.search import Search
from forecasting.engine.theta import dynamic_theta, theta_path


def trending(count=24, length=72, seed=5):
    rng = np.random.default_rng(seed)
    drift = rng.uniform(-0.5, 1.5, count) * np.arange(length)[:, None]
    return np.maximum(
        150 + drift + np.cumsum(rng.normal(0, 2, (length, count)), 0) + rng.normal(0, 6, (length, count)), 5
    )


def test_running_line_is_the_least_squares_line_so_far():
    y = trending(count=2, length=20)
    line = running_line(y, np.ones(y.shape, dtype=bool))
    slope, base = np.polyfit(np.arange(1, 11), y[:10, 0], 1)
    assert line[:, 9, 0] == pytest.approx([base, slope], rel=1e-6)


def test_theta_equals_statsmodels_at_its_alpha():
    from statsmodels.tsa.forecasting.theta import ThetaModel

    y = trending(count=1)[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = ThetaModel(y, period=12, deseasonalize=False).fit()
    alpha, slope = np.array([peer.params["alpha"]]), np.array([peer.params["b0"]])
    level = np.asarray(peer._one_step).ravel()
    ours = theta_path(level, alpha, slope, np.array([len(y)]), horizon=12)
    assert ours[:, 0] == pytest.approx(np.asarray(peer.forecast(12)), rel=0.02)


def test_dynamic_theta_agrees_with_statsforecast():
    from statsforecast.models import DynamicOptimizedTheta

    y = trending()
    block = make_block(History(values=y, length=np.full(y.shape[1], len(y))), season=12)
    search = Search(step=mean_step(block.y, block.lived, block.length), rounds=6, horizon=12)
    ours = dynamic_theta(block.y, block, line=running_line(block.y, block.lived), search=search) * block.scale
    peer = np.array([DynamicOptimizedTheta(season_length=1).forecast(y=s, h=12)["mean"] for s in y.T]).T
    gap = np.abs(ours - peer).mean(axis=0) / y.mean(axis=0)
    assert np.median(gap) < 0.01
    assert np.quantile(gap, 0.9) < 0.06
