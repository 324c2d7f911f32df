"""Items sold in a season only: found by what repeats, forecast as a season, nothing when they never sell."""

import numpy as np
import pytest

from forecasting.engine import Method, forecast
from forecasting.engine.arrays import clean_history
from forecasting.engine.closed import closed_season

SUMMER = np.zeros(12)
SUMMER[3:8] = [50, 100, 150, 100, 50]


def _summers(months: int, items: int = 40, *, spread: float = 0.2) -> np.ndarray:
    noise = np.random.default_rng(1).gamma(1 / spread**2, spread**2, (months, items))
    return SUMMER[np.arange(months) % 12, None] * noise


@pytest.mark.parametrize("months", [24, 31, 36, 41, 60])
def test_five_months_a_year_are_forecast_as_a_season_wherever_the_year_is_cut(months):
    result = forecast(_summers(months), horizon=12)
    truth = SUMMER[np.arange(months, months + 12) % 12]
    mean = result.mean.mean(axis=1)
    assert (result.method != Method.COUNT).all()
    assert mean[truth > 0] == pytest.approx(truth[truth > 0], rel=0.2)
    assert result.mean.sum() == pytest.approx(40 * truth.sum(), rel=0.05)


def test_nothing_is_forecast_where_nothing_ever_sold_and_the_parts_say_so():
    result = forecast(_summers(36), horizon=24)
    shut = np.tile(SUMMER == 0, 2)
    assert (result.mean[shut] == 0).all()
    assert (result.upper[:, shut] == 0).all()
    assert (result.upper[:, ~shut] > result.mean[~shut]).all()
    assert result.level + result.trend + result.seasonal == pytest.approx(result.mean)


def test_ranges_of_the_open_months_hold():
    history = _summers(60, items=300)
    result = forecast(history[:48], horizon=12)
    lower, upper = result.bounds(80)
    sold = SUMMER > 0
    inside = (lower <= history[48:]) & (history[48:] <= upper)
    assert 0.75 <= inside[sold].mean() <= 0.97


def test_a_growing_season_grows_on():
    growth = np.repeat([1.0, 1.5, 2.25, 3.4], 12)[:, None]
    result = forecast(_summers(48, spread=0.05) * growth, horizon=12)
    assert result.mean.sum(axis=0).mean() > 3.2 * SUMMER.sum()


def test_a_month_missed_in_season_takes_nobodys_season_away():
    history = _summers(48)
    history[[4, 17, 30], [0, 1, 2]] = 0
    closed = closed_season(clean_history(history), season=12)
    assert (closed.position == (SUMMER == 0)[:, None]).all()


def test_a_month_that_sold_once_is_open():
    history = _summers(48)
    history[1, 0] = 5
    closed = closed_season(clean_history(history), season=12)
    assert not closed.position[1, 0]
    assert closed.position[1, 1:].all()


def test_a_history_that_began_in_its_season_has_its_own_years_only():
    history = np.where(np.arange(41)[:, None] >= 6, _summers(41), 0.0)
    closed = closed_season(clean_history(history, np.full(40, 6)), season=12)
    assert (closed.position == (SUMMER == 0)[:, None]).all()


@pytest.mark.parametrize("years", [2, 3, 4, 6])
@pytest.mark.parametrize("often", [0.1, 0.3, 0.6])
def test_rare_demand_at_random_has_no_closed_season(years, often):
    history = (np.random.default_rng(0).random((12 * years, 4000)) < often).astype(float)
    assert closed_season(clean_history(history), season=12).item.mean() < 0.01


def test_rare_weekly_demand_that_rises_at_christmas_is_rare_all_year():
    week = np.arange(130)
    rate = np.where(week % 52 > 44, 0.75, 0.3)
    history = np.random.default_rng(1).poisson(rate[:, None], (130, 500)).astype(float)
    assert closed_season(clean_history(history, season=52), season=52).item.mean() < 0.01


def test_one_year_shows_no_closed_season():
    assert not closed_season(clean_history(_summers(23)), season=12).item.any()


def test_a_shared_season_keeps_its_mean_where_it_is_lent_to_open_periods_only():
    closed = closed_season(clean_history(_summers(36)), season=12)
    shared = np.random.default_rng(2).gamma(9, 1 / 9, (12, 40))
    lent = closed.lent(shared / shared.mean(axis=0))
    assert lent.mean(axis=0) == pytest.approx(np.ones(40))
    assert (lent[SUMMER == 0] == 0.01).all()
