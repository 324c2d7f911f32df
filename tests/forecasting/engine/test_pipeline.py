import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecasting.engine import Method, backtest, calibrate, forecast, naive_wins, scored_origins


def company(count=40, periods=48, seed=0):
    rng = np.random.default_rng(seed)
    month = np.arange(periods)[:, None]
    season = 1 + 0.3 * np.cos(2 * np.pi * (month - rng.integers(0, 12, count)) / 12)
    return rng.uniform(50, 500, count) * season * rng.gamma(40, 1 / 40, (periods, count))


def odd_series():
    """One column each: constant, zero, negative, one point, break, 1e12, gaps, nothing, tiny, spike at the end."""
    rng = np.random.default_rng(3)
    odd = np.zeros((40, 10))
    odd[:, 0] = 5
    odd[:, 2] = -3
    odd[-1, 3] = 7
    odd[20:, 4] = 1e6
    odd[:, 5] = 1e12 * rng.random(40)
    odd[:, 6] = np.where(rng.random(40) < 0.4, np.nan, 100 + rng.normal(0, 5, 40))
    odd[:, 7] = np.nan
    odd[:, 8] = 1e-9 * rng.random(40)
    odd[:, 9] = 1
    odd[-1, 9] = 1e9
    return odd, np.array([0, 0, 0, 39, 0, 0, 0, 0, 0, 0])


def assert_sound(result):
    for numbers in (result.mean, result.lower, result.upper):
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()
    assert (result.lower <= result.mean).all()
    assert (result.mean <= result.upper).all()
    assert (result.level + result.trend + result.seasonal == result.mean).all()


def test_every_odd_series_ends_finite_and_non_negative():
    odd, first = odd_series()
    result = forecast(odd, first)
    assert_sound(result)
    assert result.mean[:, 0].tolist() == [5.0] * 18
    assert (result.mean[:, [1, 2, 7]] == 0).all()
    assert (result.mean[:, 3] == 7).all()
    assert result.method[7] == Method.NO_HISTORY
    assert (result.upper[:, :, 5] < 1e14).all()


def test_history_that_never_moved_is_no_certainty_and_one_point_the_least():
    history, first = (
        np.tile(np.r_[np.full(36, np.nan), np.full(24, 50.0)][:, None], 3),
        np.array([59, 48, 36]),
    )
    history[np.arange(60)[:, None] < first] = np.nan
    result = forecast(np.concatenate([company(periods=60), history], axis=1), np.r_[np.zeros(40, int), first])
    reach = (result.upper - result.mean)[0, :, 40:]
    assert (result.mean[:, 40:] == 50).all()
    assert reach[0] == pytest.approx(reach[0, 0] / np.sqrt([1, 12, 24]))
    assert (reach[0] > 0.5).all()
    assert (np.diff(reach, axis=0) >= 0).all()


def test_rare_demand_of_others_widens_no_steady_history():
    rare = np.random.default_rng(5).poisson(0.2, (30, 80)) * 9.0
    steady = np.full((30, 1), 40.0)
    beside, alone = forecast(np.hstack([steady, rare])), forecast(steady)
    assert beside.upper[:, 0, 0] - 40 == pytest.approx(alone.upper[:, 0, 0] - 40, rel=0.5)


def test_one_point_alone_has_a_range_too():
    result = forecast(np.array([[7.0]]))
    assert (result.lower[1] < 7).all()
    assert (result.upper[0] > 8).all()


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (1, 2)])
def test_empty_histories_give_empty_or_flat_forecasts(shape):
    result = forecast(np.ones(shape))
    assert result.mean.shape == (18, shape[1])
    assert_sound(result)


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(0, 60), st.integers(1, 4)),
        elements=st.floats(-1e12, 1e12) | st.just(np.nan) | st.just(np.inf) | st.just(0.0),
    ),
    st.sampled_from([1, 4, 12, 52]),
)
def test_any_numbers_at_all_give_a_sound_forecast(history, season):
    assert_sound(forecast(history, season=season, horizon=7))


def test_parts_that_cancel_leave_nothing_below_zero():
    history = np.full((24, 1), np.nan)
    history[[0, 21], 0] = 1.0, 0.0
    assert_sound(forecast(history, season=4, horizon=7))


def test_parts_add_up_and_the_season_carries_the_season():
    history = company()
    result = forecast(history)
    assert_sound(result)
    assert np.abs(result.seasonal).max() > 0.1 * result.mean.mean()
    assert np.abs(result.seasonal[:12].mean(axis=0)).max() < 0.05 * result.mean.mean()


def test_forecasting_thousands_is_a_thousand_times_forecasting_units():
    history = company()
    one, thousand = forecast(history), forecast(1000 * history)
    assert np.allclose(thousand.mean, 1000 * one.mean, rtol=1e-3)
    assert np.allclose(thousand.upper, 1000 * one.upper, rtol=1e-3)


def test_the_same_input_gives_the_same_bytes():
    history = company()
    assert forecast(history).mean.tobytes() == forecast(history).mean.tobytes()


def test_neighbours_in_a_chunk_change_a_forecast_hardly_at_all():
    history = company()
    learned = calibrate(history)
    whole, alone = forecast(history, calibration=learned), forecast(history[:, :1], calibration=learned)
    assert np.allclose(whole.mean[:, :1], alone.mean, rtol=0.02)


def test_leading_rows_before_the_first_period_do_not_matter():
    history = company(count=5)
    padded = np.vstack([np.zeros((24, 5)), history])
    learned = calibrate(history)
    there = forecast(padded, np.full(5, 24), calibration=learned)
    assert np.allclose(there.mean, forecast(history, calibration=learned).mean, rtol=1e-3)


def test_clear_season_and_trend_are_continued():
    month = np.arange(60)
    truth = (100 + month) * (1 + 0.4 * np.cos(2 * np.pi * month / 12))
    result = forecast(truth[:48, None], horizon=12)
    assert np.allclose(result.mean[:, 0], truth[48:], rtol=0.08)


def test_season_that_drifts_is_continued_as_it_is_now_not_as_it_was():
    month, rng = np.arange(192)[:, None], np.random.default_rng(3)
    angle = 2 * np.pi * month / 12
    season = 0.4 * np.cos(angle) + 0.1 * np.sin(angle) * month / 180
    truth = 100 * np.exp(season)
    result = forecast(truth[:180] * rng.gamma(2500, 1 / 2500, (180, 20)), horizon=12)
    assert np.abs(result.mean / truth[180:] - 1).mean() < 0.03


def test_s23_thirty_six_months_learn_their_season_twelve_take_half():
    season = 1 + 0.5 * np.cos(2 * np.pi * np.arange(36) / 12)
    rng = np.random.default_rng(1)
    history = 200 * season[:, None] * rng.gamma(200, 1 / 200, (36, 30))
    first = np.r_[np.zeros(20, dtype=int), np.full(10, 24)]
    result = forecast(history, first)
    assert (result.method[:20] == Method.COMBINATION).all()
    assert (result.seasonal_weight[:20] == 1).all()
    assert (result.method[20:] == Method.SHARED_SEASON).all()
    assert result.seasonal_weight[20:] == pytest.approx(np.full(10, 0.5))
    assert "own and category" in Method(int(result.method[20])).label


def test_twelve_months_lie_halfway_between_own_and_category_season():
    season = 1 + 0.5 * np.cos(2 * np.pi * np.arange(36) / 12)
    history = np.repeat(200 * season[:, None], 30, axis=1)
    flat = np.full((36, 1), 200.0) + np.random.default_rng(0).normal(0, 1e-3, (36, 1))
    result = forecast(np.hstack([history, flat]), np.r_[np.zeros(30, dtype=int), 24], horizon=12)
    swing = np.ptp(result.mean[:, -1]) / result.mean[:, -1].mean()
    assert swing == pytest.approx(0.5, abs=0.06)  # own swing 0, the category's 1


def test_new_series_borrow_the_season_of_their_own_category_only():
    month = np.arange(36)
    summer = 200 * (1 + 0.5 * np.cos(2 * np.pi * month / 12))
    winter = 200 * (1 - 0.5 * np.cos(2 * np.pi * month / 12))
    noise = np.random.default_rng(2).gamma(400, 1 / 400, (36, 22))
    history = np.column_stack([*[summer] * 11, *[winter] * 11]) * noise
    first = np.zeros(22, dtype=int)
    first[[10, 21]] = 30
    result = forecast(history, first, groups=np.repeat([7, 3], 11), horizon=12)
    assert result.method[10] == Method.LEVEL
    assert result.mean[:, 10].argmax() in (0, 11)
    assert result.mean[:, 21].argmax() in (5, 6, 7)


def test_rare_demand_takes_the_count_model():
    history = np.random.default_rng(0).poisson(0.3, (36, 40)).astype(float)
    result = forecast(history)
    assert (result.method == Method.COUNT).all()
    assert result.mean.mean() == pytest.approx(0.3, abs=0.1)


def test_weekly_series_use_the_season_of_52():
    week = np.arange(156)[:, None]
    rng = np.random.default_rng(0)
    history = 100 * (1 + 0.5 * np.cos(2 * np.pi * week / 52)) * rng.gamma(100, 1 / 100, (156, 10))
    result = forecast(history, season=52, horizon=52)
    truth = 100 * (1 + 0.5 * np.cos(2 * np.pi * np.arange(156, 208) / 52))
    assert np.abs(result.mean.mean(axis=1) / truth - 1).mean() < 0.1


def test_naive_is_used_where_told_and_says_so():
    history = company(count=3)
    naive = np.array([False, True, False])
    result = forecast(history, naive=naive)
    assert result.method.tolist() == [Method.COMBINATION, Method.SEASONAL_NAIVE, Method.COMBINATION]
    assert np.allclose(result.mean[:12, 1], history[-12:, 1])
    assert_sound(result)


def test_s10_december_doubled_beats_or_becomes_seasonal_naive():
    rng = np.random.default_rng(0)
    history = 1000 * rng.gamma(50, 1 / 50, (36, 20))
    history[11::12] *= 2
    result = backtest(history, lags=1)
    from forecasting.engine import backtest_wape

    pool, naive = backtest_wape(result)
    used = np.where(naive_wins(result), naive, pool)
    assert (scored_origins(result) == 12).all()
    assert (used <= naive + 1e-12).all()
    assert np.median(pool) < np.median(naive)


def test_s26_range_of_fourteen_months_covers_the_next_six():
    rng = np.random.default_rng(26)
    level = rng.uniform(100, 1000, 500)
    series = (
        level * np.exp(np.cumsum(rng.normal(0, 0.03, (20, 500)), axis=0)) * rng.gamma(25, 1 / 25, (20, 500))
    )
    lower, upper = forecast(series[:14], horizon=6).bounds(80)
    covered = ((series[14:] >= lower) & (series[14:] <= upper)).mean()
    assert 0.72 <= covered <= 0.88


def test_ranges_of_long_histories_cover_what_they_say():
    history = company(count=300, periods=66, seed=5)
    result = forecast(history[:48])
    for level in (80, 95):
        lower, upper = result.bounds(level)
        covered = ((history[48:] >= lower) & (history[48:] <= upper)).mean() * 100
        assert abs(covered - level) < 3


@pytest.mark.parametrize(
    ("settings_", "message"),
    [({"season": 0}, "season is 0"), ({"horizon": 0}, "horizon is 0"), ({"levels": (101,)}, "levels")],
)
def test_settings_without_sense_are_refused_with_a_reason(settings_, message):
    with pytest.raises(ValueError, match=message):
        forecast(company(count=2), **settings_)


def test_interval_that_was_not_computed_names_those_that_were():
    with pytest.raises(ValueError, match=r"\(80, 95\)"):
        forecast(company(count=2)).bounds(90)


def test_one_odd_series_does_not_widen_the_ranges_of_its_neighbours():
    month = np.arange(72)
    calm = 100 + 30 * np.sin(month * np.pi / 6) + np.random.default_rng(4).normal(0, 3, 72)
    odd = np.tile([1e12, 1.2e12], 36)
    found = forecast(np.column_stack([calm, odd]))
    assert (found.bounds(95)[1][:, 0] < 3 * found.mean[:, 0]).all()


def test_series_that_broke_goes_on_where_it_is_now():
    broken = np.r_[np.full(30, 10.0), 1000 + np.random.default_rng(4).normal(0, 20, 10)]
    assert forecast(broken[:, None]).mean == pytest.approx(1000, rel=0.1)
