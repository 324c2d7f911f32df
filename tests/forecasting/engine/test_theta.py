"""Theta members against statsforecast and statsmodels, series by series."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.engine import theta
from forecasting.engine.arrays import History
from forecasting.engine.block import make_block, mean_step, running_line
from forecasting.engine.pool import _season_free_forms
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


def block_of(y):
    return make_block(History(values=y, length=np.full(y.shape[1], len(y))), season=12)


def search_of(block, rounds):
    return Search(step=mean_step(block.y, block.lived, block.length), rounds=rounds, horizon=12)


def test_dynamic_theta_equals_statsforecast_at_its_parameters():
    from statsforecast.models import DynamicOptimizedTheta

    for series in trending().T:
        peer = DynamicOptimizedTheta(season_length=1).fit(y=series)
        found = peer.model_["par"]
        block = block_of(series[:, None])
        z, start = block.y.astype(float), found["initial_smoothed"] / block.scale[0]
        x = np.array([[found["alpha"]], [start], [1 / found["theta"]]])
        line = running_line(z, block.lived)
        _, level, power = theta._filter(z, block, x[:, None], line=line)
        path = theta._project(level[0], power[0], x, line[:, -1], block.weight, horizon=12) * block.scale
        assert path[:, 0] == pytest.approx(peer.predict(12)["mean"], rel=1e-5)


def test_dynamic_theta_finds_what_statsforecast_finds():
    from statsforecast.models import DynamicOptimizedTheta

    y = trending()
    block = block_of(y)
    line = running_line(block.y, block.lived)
    ours = dynamic_theta(block.y, block, line=line, search=search_of(block, 6)) * block.scale
    peer = np.array([DynamicOptimizedTheta(season_length=1).forecast(y=s, h=12)["mean"] for s in y.T]).T
    gap = np.abs(ours - peer).mean(axis=0) / y.mean(axis=0)
    assert np.median(gap) < 0.01
    assert np.quantile(gap, 0.9) < 0.06


def test_theta_of_every_series_is_within_three_per_cent_of_statsforecast():
    from statsforecast.models import Theta

    y = trending()
    block = block_of(y)
    plain, _ = _season_free_forms(block, block.y, search=search_of(block, 6))
    slope = running_line(block.y, block.lived)[1, -1]
    ours = theta_path(plain.level, plain.alpha, slope, block.weight, horizon=12) * block.scale
    peer = np.array([Theta(season_length=1).forecast(y=s, h=12)["mean"] for s in y.T]).T
    gap = np.abs(ours - peer).mean(axis=0) / y.mean(axis=0)
    assert np.median(gap) < 0.005
    assert gap.max() < 0.03


@given(
    shift=st.floats(0.5, 500), alpha=st.floats(0.05, 0.95), inverse=st.floats(0, 1), seed=st.integers(0, 50)
)
@settings(max_examples=25, deadline=None)
def test_dynamic_theta_of_a_raised_history_is_raised_as_much(shift, alpha, inverse, seed):
    """Its start moves by the shift over theta, because the fading line carries the rest."""
    y = trending(count=3, seed=seed)
    block = block_of(y)
    low, high = (path_at(y + c, block, alpha, y[0] + c * inverse, inverse) for c in (0.0, shift))
    assert high == pytest.approx(low + shift, abs=1e-7 * (1000 + shift))


def path_at(y, block, alpha, start, inverse):
    x = np.array([np.full(3, alpha), start, np.full(3, inverse)])
    line = running_line(y, block.lived)
    _, level, power = theta._filter(y, block, x[:, None], line=line)
    return theta._project(level[0], power[0], x, line[:, -1], block.weight.astype(float), horizon=12)
