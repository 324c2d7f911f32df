"""The kernel against statsmodels, series by series, on small seeded data."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from forecasting.engine.arrays import History
from forecasting.engine.block import first_line, make_block, mean_step
from forecasting.engine.pool import _seasonal_forms
from forecasting.engine.search import Search
from forecasting.engine.smoothing import Form, Season, fit, project, run, season_ahead

PLAIN, DAMPED = Form(damped=False, season=Season.NONE), Form(damped=True, season=Season.NONE)


def series(count=8, length=60, seed=11):
    rng = np.random.default_rng(seed)
    level = 100 + np.cumsum(rng.normal(0.3, 4, (length, count)), axis=0)
    return np.maximum(level + rng.normal(0, 6, (length, count)), 5)


def block_of(values, lengths=None):
    length = np.full(values.shape[1], len(values)) if lengths is None else lengths
    return make_block(History(values=values, length=length), season=12)


def statsmodels_fit(y, **form):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ETSModel(y, **form).fit(disp=False)


@pytest.mark.parametrize(
    ("form", "settings"), [(PLAIN, {}), (DAMPED, {"trend": "add", "damped_trend": True})]
)
def test_fit_reaches_the_likelihood_of_statsmodels(form, settings):
    block = block_of(series())
    level, slope = first_line(block.y, block.length)
    none = np.zeros((1, len(level)), dtype=np.float32)
    search = Search(step=mean_step(block.y, block.lived, block.length), rounds=8, horizon=6)
    found = fit(block.y, block, form=form, index=none, level=level, slope=slope, search=search)
    for column in range(len(level)):
        peer = statsmodels_fit(block.y[:, column].astype(float), **settings)
        assert found.sigma[column] ** 2 <= peer.mse * 1.06
        assert found.path[0, column] == pytest.approx(peer.forecast(1)[0], rel=0.03)


def seasonal(count=6, length=84, seed=21):
    rng = np.random.default_rng(seed)
    index = 1 + 0.35 * np.cos(2 * np.pi * (np.arange(length)[:, None] - rng.integers(0, 12, count)) / 12)
    return series(count, length, seed) * index


@pytest.mark.parametrize("kind", [Season.ADDITIVE, Season.MULTIPLICATIVE])
@pytest.mark.parametrize("damped", [False, True])
def test_seasonal_fit_of_every_series_is_near_that_of_statsmodels(kind, damped):
    block = block_of(seasonal())
    fits = _seasonal_forms(
        block,
        kind=kind,
        group_index=np.ones((12, block.y.shape[1]), dtype=np.float32),
        search=Search(step=mean_step(block.y, block.lived, block.length), rounds=8, horizon=6),
    )
    found, letter = fits[damped], "add" if kind is Season.ADDITIVE else "mul"
    for column, y in enumerate(block.y.T.astype(float)):
        peer = statsmodels_fit(
            y,
            error=letter,
            trend="add" if damped else None,
            damped_trend=damped,
            seasonal=letter,
            seasonal_periods=12,
        )
        assert found.sigma[column] <= np.sqrt(peer.mse if letter == "add" else np.mean(peer.resid**2)) * 1.15
        gap = np.abs(found.path[:, column] - peer.forecast(6)).mean()
        assert gap < 0.1


@given(shift=st.floats(0.5, 20), seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize(
    "form",
    [PLAIN, DAMPED, Form(damped=False, season=Season.ADDITIVE), Form(damped=True, season=Season.ADDITIVE)],
)
def test_additive_fit_of_a_raised_history_is_raised_as_much(form, shift, seed):
    block = block_of(series(count=4, length=48, seed=seed))
    low, high = (
        fit(
            block.y.astype(float) + raised,
            block,
            form=form,
            index=np.zeros((12 if form.season is Season.ADDITIVE else 1, 4)),
            level=np.ones(4) + raised,
            slope=np.zeros(4),
            search=Search(step=mean_step(block.y, block.lived, block.length), rounds=4, horizon=6),
        ).path
        for raised in (0.0, shift)
    )
    assert high == pytest.approx(low + shift, abs=1e-4 * (1 + shift))


@pytest.mark.parametrize("kind", [Season.ADDITIVE, Season.MULTIPLICATIVE])
def test_filter_and_projection_equal_statsmodels_at_the_same_parameters(kind):
    rng = np.random.default_rng(4)
    month = np.arange(72)
    y = (100 + 0.5 * month) * (1 + 0.3 * np.cos(2 * np.pi * month / 12)) + rng.normal(0, 2, 72)
    letter = "add" if kind is Season.ADDITIVE else "mul"
    peer = statsmodels_fit(
        y, error=letter, trend="add", damped_trend=True, seasonal=letter, seasonal_periods=12
    )
    got = dict(zip(peer.param_names, peer.params, strict=True))
    start = np.array([got[f"initial_seasonal.{11 - k}"] for k in range(12)])[:, None]
    x = np.array(
        [
            got["smoothing_level"],
            got["initial_level"],
            got["smoothing_trend"] / got["smoothing_level"],
            got["damping_trend"],
            got["initial_trend"],
            got["smoothing_seasonal"] / max(1 - got["smoothing_level"], 1e-9),
        ]
    )[:, None, None]
    block = block_of(y[:, None])
    form = Form(damped=True, season=kind)
    state = run(y[:, None], block, x, form=form, index=start)
    ahead = season_ahead(state, form=form, horizon=12, after=72, season=12)
    path = project(state, x[:, 0], form=form, ahead=ahead, horizon=12)
    assert path[:, 0] == pytest.approx(peer.forecast(12), rel=1e-3)
    assert state.level[0, 0] == pytest.approx(peer.level[-1], rel=1e-3)


def test_series_that_begin_later_are_filtered_as_if_alone():
    values = series(count=2)
    values[:20, 1] = 0
    together = block_of(values, np.array([60, 40]))
    alone = block_of(values[20:, 1:])
    x = np.array([0.3, 0.9, 0.2, 0.9, 0.01])[:, None, None] * np.ones((1, 1, 2))
    none = np.zeros((1, 2), dtype=np.float32)
    both = run(together.y, together, x, form=DAMPED, index=none)
    one = run(alone.y, alone, x[:, :, :1], form=DAMPED, index=none[:, :1])
    assert both.level[0, 1] == pytest.approx(one.level[0, 0], rel=1e-5)
    assert both.sse[0, 1] == pytest.approx(one.sse[0, 0], rel=1e-5)
