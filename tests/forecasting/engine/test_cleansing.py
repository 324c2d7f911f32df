import numpy as np
import pytest

from forecasting.engine import Mark, cleanse


def smooth_history(rows=36, seed=1):
    rng = np.random.default_rng(seed)
    month = np.arange(rows)
    return (100 + 30 * np.cos(2 * np.pi * month / 12) + rng.normal(0, 3, rows))[:, None]


def test_spike_is_marked_and_its_proposal_is_near_the_season():
    history = smooth_history()
    usual = history[20, 0]
    history[20] = 900.0
    found = cleanse(history)
    assert found.marks[20, 0] == Mark.OUTLIER
    assert abs(found.imputed[20, 0] - usual) < 15
    assert (np.delete(found.marks[:, 0], 20) == Mark.NONE).all()


def test_every_december_doubled_is_season_and_no_outlier():
    history = smooth_history(rows=48)
    history[11::12] *= 2
    assert (cleanse(history).marks == Mark.NONE).all()


@pytest.mark.parametrize("rows", [24, 29, 35, 40])
def test_a_christmas_item_keeps_its_peaks_before_three_years_have_taught_its_season(rows):
    history = np.full((rows, 1), 5.0) + np.arange(rows)[:, None] % 2
    for month, sold in ((4, 70.0), (5, 165.0), (6, 305.0), (7, 320.0)):
        history[month::12] = sold
    history[7::12] *= np.linspace(1, 1.6, len(history[7::12]))[:, None]  # and grows
    whole = rows // 12 * 12  # a peak of a year begun has a year before it as well
    assert (cleanse(history).marks[:whole] == Mark.NONE).all()


def test_an_order_of_ten_seasons_is_marked_though_its_month_is_a_busy_one():
    history = smooth_history(rows=30)
    history[11::12] = 250.0
    history[23] = 2_500.0
    marks = cleanse(history).marks[:, 0]
    assert marks[23] == Mark.OUTLIER
    assert marks[11] == Mark.NONE


def test_month_out_of_stock_is_marked_only_where_less_was_sold_than_expected():
    history = smooth_history()
    history[30] = 0.0
    empty = np.zeros(history.shape, dtype=bool)
    empty[[30, 33]] = True
    history[33] += 20
    found = cleanse(history, out_of_stock=empty)
    assert found.marks[30, 0] == Mark.STOCKOUT
    assert found.marks[33, 0] == Mark.NONE
    assert 60 < found.imputed[30, 0] < 80  # the trough of the season


def test_undone_mark_keeps_the_history():
    history = smooth_history()
    history[20] = 900.0
    found = cleanse(history)
    undone = np.zeros(history.shape, dtype=bool)
    undone[20] = True
    assert found.applied(history)[20, 0] < 200
    assert found.applied(history, undone=undone)[20, 0] == 900.0


def test_rare_demand_and_short_series_get_no_outlier_marks():
    rng = np.random.default_rng(0)
    rare = rng.poisson(0.4, (36, 5)).astype(float)
    rare[-1] = 12
    assert (cleanse(rare).marks == Mark.NONE).all()
    assert (cleanse(np.array([[1.0], [1.0], [50.0]])).marks == Mark.NONE).all()


def test_periods_before_the_first_are_never_marked():
    history = smooth_history()
    history[:10] = 0
    assert (cleanse(history, np.array([10])).marks[:10] == Mark.NONE).all()


def test_a_jump_at_the_end_may_be_news_and_is_marked_once_it_went_back():
    history = smooth_history(rows=40)
    history[37:] *= 4
    assert (cleanse(history[:38]).marks == Mark.NONE).all()
    assert (cleanse(history).marks == Mark.NONE).all()
    history[38:] /= 4
    assert np.flatnonzero(cleanse(history).marks[:, 0]).tolist() == [37]


def test_a_young_history_takes_far_more_to_have_an_outlier():
    young, old = smooth_history(rows=24), smooth_history(rows=48)
    for history in (young, old):
        history[10] = 240.0
    assert cleanse(young).marks[10, 0] == Mark.NONE
    assert cleanse(old).marks[10, 0] == Mark.OUTLIER
    young[10] = 900.0
    assert cleanse(young).marks[10, 0] == Mark.OUTLIER
