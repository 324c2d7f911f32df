import numpy as np
import pytest
from statsmodels.tsa.seasonal import seasonal_decompose

from forecasting.engine import seasonality
from forecasting.engine.arrays import History
from forecasting.engine.calibration import group_seasons
from forecasting.engine.pipeline import forecast
from forecasting.engine.seasonality import centred_average, classical_index, line_through

PATTERN = 1 + 0.4 * np.cos(2 * np.pi * np.arange(12) / 12)


def yearly(years, noise, count=4, seed=0):
    rng = np.random.default_rng(seed)
    return np.tile(PATTERN, years)[:, None] * 100 * (1 + rng.normal(0, noise, (12 * years, count)))


def index_of(y, ratio=True):
    count = y.shape[1]
    return classical_index(y, np.full(count, len(y)), multiplicative=np.full(count, ratio), season=12)


def test_pure_pattern_is_found_exactly_and_kept_whole():
    found = index_of(yearly(5, 0))
    shrunk, share = found.shrunk(np.ones((12, 4)))
    assert found.index == pytest.approx(np.repeat(PATTERN[:, None], 4, axis=1), rel=1e-9)
    assert share == pytest.approx(np.ones(4), abs=1e-6)
    assert shrunk == pytest.approx(found.index, rel=1e-6)
    assert found.significant.all()


def test_index_agrees_with_statsmodels_decomposition_on_stable_season():
    y = yearly(8, 0.01)
    peer = seasonal_decompose(y[:, 0], model="multiplicative", period=12).seasonal[:12]
    assert index_of(y).index[:, 0] == pytest.approx(peer, rel=0.01)


def test_noise_without_season_is_shrunk_away():
    y = 100 * (1 + np.random.default_rng(1).normal(0, 0.1, (72, 200)))
    _, share = index_of(y).shrunk(np.ones((12, 200)))
    assert share.mean() < 0.25


def test_a_spike_seen_once_is_no_season_where_the_months_seen_twice_say_there_is_none():
    """Eighteen months: six come twice and repeat nothing, one of the other six holds a promotion of twice the sales."""
    y = 100 * (1 + np.random.default_rng(2).normal(0, 0.1, (18, 200)))
    y[8] *= 2
    found = index_of(y)
    shrunk, _ = found.shrunk(np.ones((12, 200)))
    assert np.median(found.index[8]) > 1.8
    assert np.median(shrunk[8]) < 1.4


def test_a_month_seen_once_is_believed_less_than_one_seen_twice():
    found = index_of(yearly(2, 0.15)[:18])
    shrunk, _ = found.shrunk(np.ones((12, 4)))
    kept = (shrunk - 1) / (found.index - 1)
    assert (kept[:6].min(axis=0) > kept[6:].max(axis=0)).all()


def test_differences_sum_to_zero_for_additive_series():
    assert index_of(yearly(4, 0.05), ratio=False).index.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)


def test_newer_years_weigh_more_than_older_ones():
    y = np.vstack([np.full((48, 1), 100.0), yearly(4, 0, count=1)])
    found = index_of(y).index[0, 0] - 1
    assert 0.2 < found < 0.4


def test_centred_average_of_a_line_is_the_line():
    line = np.arange(40.0)[:, None]
    assert centred_average(line, season=12)[:, 0] == pytest.approx(np.arange(6.0, 34.0))
    assert centred_average(line, season=5)[:, 0] == pytest.approx(np.arange(2.0, 38.0))


def test_group_season_is_lent_where_members_share_it_and_not_where_they_differ():
    rng = np.random.default_rng(3)
    alike = yearly(2, 0.1, count=20)
    shifted = np.column_stack([np.roll(alike[:, k], rng.integers(0, 12)) for k in range(20)])
    both = History(values=np.hstack([alike, shifted]), length=np.full(40, 24))
    index, trust = group_seasons(both, np.repeat([5, 9], 20), np.zeros(40, dtype=int), season=12)
    assert trust[0] > 0.9
    assert trust[1] < 0.3
    assert index[:, 0] == pytest.approx(PATTERN, abs=0.1)
    assert np.abs(index[:, 1] - 1).max() < 0.12


def test_common_growth_does_not_pass_for_season():
    growing = (100 + 5 * np.arange(24.0))[:, None] * np.ones((1, 10))
    growing *= np.random.default_rng(0).gamma(1000, 1 / 1000, growing.shape)
    index, _ = group_seasons(
        History(values=growing, length=np.full(10, 24)),
        np.zeros(10, dtype=int),
        np.zeros(10, dtype=int),
        season=12,
    )
    assert np.abs(index - 1).max() < 0.03


def changing_shape(rng, years=16):
    """A season that turns into another one over the years, and one that stays, under the same noise."""
    month = np.arange(12 * years)
    turned = 1 + 0.4 * np.cos(2 * np.pi * (month / 12 - month / 192))
    noise = 1 + rng.normal(0, 0.05, (12 * years, 2))
    return np.stack([turned, np.tile(PATTERN, years)], axis=1) * 100 * noise


def test_memory_of_a_season_is_as_long_as_foretold_the_next_ones_best(monkeypatch):
    y = changing_shape(np.random.default_rng(2))
    own = index_of(y).index
    errors = {}
    for memory in (3.0, 24.0):
        monkeypatch.setattr(seasonality, "MEMORIES", (memory,))
        errors[memory] = np.abs(index_of(y).index - own).mean(axis=0)
    assert errors[3.0][0] < errors[24.0][0]
    assert errors[24.0][1] < errors[3.0][1]


def launched(months, noise=0.1, count=40, seed=4):
    """Items that sell more each month since their launch."""
    rng = np.random.default_rng(seed)
    return (20 + 5.0 * np.arange(months))[:, None] * (1 + rng.normal(0, noise, (months, count)))


@pytest.mark.parametrize("months", [12, 14, 18, 24, 30])
def test_a_launch_that_grows_in_a_straight_line_has_no_season(months):
    found = index_of(launched(months)).index
    assert np.abs(np.median(found, axis=1) - 1).max() < 0.12


def test_a_launch_is_forecast_from_where_it_stands_and_not_from_where_it_was_a_year_ago():
    sales = launched(12)
    ahead = forecast(sales, horizon=12).mean
    assert 0.8 < np.median(ahead / (20 + 5.0 * 11)) < 1.1
    assert np.median(ahead[0] / ahead[-1]) > 0.9


def test_a_category_launched_a_year_ago_lends_no_season():
    young = History(values=launched(12), length=np.full(40, 12))
    index, _ = group_seasons(young, np.zeros(40, dtype=int), np.zeros(40, dtype=int), season=12)
    assert np.abs(index - 1).max() < 0.15


@pytest.mark.parametrize("begins", range(12))
def test_one_wave_of_a_year_is_season_wherever_the_history_begins(begins):
    wave = np.roll(PATTERN, -begins)[:, None] * 100 * np.ones((12, 1))
    assert line_through(wave, np.array([12])).growth == pytest.approx(0, abs=0.01)
    assert index_of(wave).index[:, 0] == pytest.approx(np.roll(PATTERN, -begins), abs=0.01)


def test_growth_that_no_line_tells_passes_for_season_by_half():
    """The second of two years stands twice as high, with no straight way between them."""
    steps = np.repeat([100.0, 200.0], 12)[:, None] * (1 + np.tile([-0.6, 0.6], 12))[:, None]
    line = line_through(steps, np.array([24]))
    assert line.growth == 0
    fell = index_of(steps).index[:, 0]
    half = (150 + 0.5 * 100 / 12 * (np.arange(24) - 11.5))[:, None]
    expected = (steps / half).reshape(2, 12).T @ np.exp([-1 / seasonality.MEMORY, 0])
    assert fell == pytest.approx(expected / expected.mean(), rel=1e-6)
