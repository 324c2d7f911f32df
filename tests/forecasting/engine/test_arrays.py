import numpy as np
import pytest

from forecasting.engine import forecast
from forecasting.engine.arrays import clean_history


def test_gap_is_filled_on_the_line_between_its_neighbours():
    clean = clean_history(np.array([[10.0], [np.nan], [30.0]]))
    assert clean.values[:, 0].tolist() == [10, 20, 30]


def test_gap_in_december_is_filled_with_a_december():
    history = np.full((36, 1), 100.0)
    history[11::12] = 300
    history[23] = np.nan
    assert clean_history(history).values[23, 0] == pytest.approx(300, rel=0.15)


def test_leading_blanks_shorten_the_series_and_negatives_are_floored_in_the_copy():
    history = np.array([[np.nan], [-5.0], [np.inf], [4.0]])
    clean = clean_history(history)
    assert clean.length.tolist() == [3]
    assert clean.values[1, 0] == 0
    assert history[1, 0] == -5
    assert np.isfinite(clean.values).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="first has shape"):
        clean_history(np.ones((3, 2)), np.zeros(3, dtype=int))


def test_gaps_of_many_series_are_filled_each_by_its_own_season():
    month = np.arange(48)[:, None]
    truth = np.hstack([100 + 50 * (month % 12 == 3), 100 - 50 * (month % 12 == 7), 20 + 0 * month]).astype(
        float
    )
    holes = truth.copy()
    holes[27, 0] = holes[31, 1] = holes[5:9, 2] = np.nan
    clean = clean_history(holes)
    assert clean.values[27, 0] == pytest.approx(150, rel=0.2)
    assert clean.values[31, 1] == pytest.approx(50, rel=0.2)
    assert clean.values[:, 2].tolist() == [20.0] * 48


def test_gap_at_either_end_repeats_what_is_next_to_it():
    clean = clean_history(np.array([[np.nan, 4.0], [6.0, np.nan]]).T)
    assert clean.values[-1].tolist() == [4, 6]


def test_level_that_broke_for_good_starts_a_new_history():
    up, down = (
        np.r_[np.full(30, 10.0), np.full(10, 900.0)],
        np.r_[np.full(30, 90.0), np.full(8, 4.0), 5.0, 6.0],
    )
    clean = clean_history(np.column_stack([up, down]))
    assert clean.length.tolist() == [10, 10]
    assert clean.values[:30].max() == 0


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ([40.0] * 5, "five months may be a promotion"),
        ([40.0, 40.0, 40.0, 12.0, 40.0, 40.0], "one month since is near the level before"),
        ([10.0] * 6, "nothing broke"),
    ],
)
def test_what_may_pass_is_no_break(since, why):
    history = np.r_[np.full(30, 10.0), since][:, None]
    assert clean_history(history).length.tolist() == [len(history)], why


def test_season_with_empty_months_is_no_break():
    history = np.tile(np.r_[np.full(6, 80.0), np.zeros(6)], 4)[:, None]
    assert clean_history(history).length.tolist() == [48]


def test_newest_of_two_breaks_counts():
    history = np.r_[np.full(12, 10.0), np.full(12, 100.0), np.full(12, 1000.0)][:, None]
    assert clean_history(history).length.tolist() == [12]


@pytest.mark.parametrize("at", [5, 26, 46])
def test_a_single_month_of_a_million_among_ones_is_not_forecast(at):
    history = np.random.default_rng(0).gamma(100, 0.01, (48, 1))
    history[at] = 1e6
    assert forecast(history).mean.mean() < 2


def test_what_sells_little_but_in_one_month_of_each_year_keeps_its_peaks():
    history = np.ones((36, 1))
    history[7::12] = 50.0
    assert clean_history(history).values[31, 0] == 50


def test_the_peak_of_rare_demand_and_of_a_young_history_stay():
    rare, young = np.zeros((36, 1)), np.ones((8, 1))
    rare[[3, 9, 20]], young[4] = 1.0, 40.0
    rare[30] = 40.0
    assert clean_history(rare).values.max() == clean_history(young).values.max() == 40


@pytest.mark.parametrize("factor", [2.0, 0.4])
@pytest.mark.parametrize(("months", "ago"), [(24, 9), (24, 12), (36, 6), (36, 12)])
def test_demand_that_stepped_within_the_last_year_is_forecast_where_it_stands(months, ago, factor):
    history = 100 * np.random.default_rng(5).lognormal(0, 0.04, (months, 20))
    history[-ago:] *= factor
    assert forecast(history, horizon=6).mean.mean() == pytest.approx(100 * factor, rel=0.08)


def test_half_a_year_above_another_half_may_be_season_and_growth_is_no_break():
    year = np.repeat([100.0, 200.0], 6)[:, None]
    grown = 100 * 1.05 ** np.arange(36.0)[:, None]
    years = 100 * 1.5 ** np.arange(20.0)[:, None]
    assert clean_history(year).length[0] == 12
    assert clean_history(grown).length[0] == 36
    assert clean_history(years, season=1).length[0] == 20
