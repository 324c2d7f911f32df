import numpy as np
import pytest

from forecasting.engine import (
    Backtest,
    backtest_bias,
    backtest_wape,
    bias,
    coverage,
    cumulative_rmse,
    cumulative_wape,
    mase,
    naive_wins,
    pinball,
    scored_origins,
    smape,
    value_added,
    wape,
)


def test_wape_weighs_by_volume_and_bias_keeps_the_sign():
    actual, forecast = np.array([100.0, 50.0, np.nan]), np.array([90.0, 70.0, 5.0])
    assert float(wape(actual, forecast)) == pytest.approx(0.2)
    assert float(bias(actual, forecast)) == pytest.approx(10 / 150)


def test_wape_is_unknown_where_nothing_sold():
    assert np.isnan(wape(np.zeros(3), np.ones(3)))


def test_mase_of_the_seasonal_naive_error_is_one():
    history = np.tile(np.arange(4.0), 3)[:, None] + np.repeat([0.0, 2.0, 4.0], 4)[:, None]
    assert mase(np.array([[10.0]]), np.array([[12.0]]), history, season=4).tolist() == [1.0]


def test_smape_pinball_and_coverage_by_hand():
    assert smape(np.array([[100.0]]), np.array([[300.0]])).tolist() == [1.0]
    assert pinball(np.array([10.0, 10.0]), np.array([8.0, 14.0]), level=0.9) == pytest.approx([1.8, 0.4])
    inside = coverage(np.array([1.0, 5.0, np.nan]), np.zeros(3), np.full(3, 4.0))
    assert float(inside) == 0.5


def test_value_added_is_the_wape_each_step_gains():
    actual = np.array([100.0, 100.0])
    steps = {"naive": actual * 1.3, "statistical": actual * 1.1, "planner": actual * 1.2}
    assert value_added(actual, steps) == {
        "statistical": pytest.approx(0.2),
        "planner": pytest.approx(-0.1),
    }


def _backtest(errors, *, length=48):
    """Two lags; errors by origin (newest first) at both lags around an actual of 100, `length` periods of history."""
    origins = len(errors) - 1
    actual = np.full((len(errors), 2, 1), 100.0)
    actual[0, 1] = np.nan
    pool = 100.0 + np.array(errors)[:, :, None]
    return Backtest(
        pool=pool, naive=np.full_like(pool, 110.0), actual=actual, origins=origins, seasons=np.array([True]),
        length=np.array([length]),
    )  # fmt: skip


def test_backtest_figures_take_the_newest_complete_origins():
    result = _backtest([[5.0, 0.0]] + [[5.0, 20.0]] * 12)
    assert [float(x[0]) for x in backtest_wape(result)] == [0.05, pytest.approx(0.1)]
    assert backtest_wape(result, lag=2)[0].tolist() == [0.2]
    assert backtest_bias(result).tolist() == [0.05]
    assert scored_origins(result, lag=2).tolist() == [12]
    assert naive_wins(result, lag=1).tolist() == [False]
    assert naive_wins(result, lag=2).tolist() == [True]


def test_cumulative_error_adds_up_over_the_protection_interval():
    result = _backtest([[3.0, 0.0]] + [[3.0, 4.0]] * 12)
    assert cumulative_rmse(result, periods=np.array([1, 2]))[:, 0].tolist() == [3.0, 7.0]


def test_what_a_younger_model_missed_weighs_by_the_square_of_its_history():
    """Of 14 months: six origins with 8 to 13 of them missed nothing, six with 2 to 7 missed 10."""
    result = _backtest([[0.0, 0.0]] * 6 + [[10.0, 0.0]] * 7, length=14)
    young, all_of_them = sum(n**2 for n in range(2, 8)), sum(n**2 for n in range(2, 14))
    expected = 10 * (young / all_of_them) ** 0.5
    assert cumulative_rmse(result, periods=np.array([1]))[0] == pytest.approx([expected])


def test_what_comes_a_month_late_is_no_error_of_both_months_together():
    result = _backtest([[5.0, 0.0]] + [[5.0, -5.0], [-5.0, 5.0]] * 6)
    alone, together = cumulative_wape(result, periods=np.array([1, 2]))
    assert alone.tolist() == backtest_wape(result)[0].tolist() == [0.05]
    assert together.tolist() == [0.0]


def test_fewer_than_twelve_origins_are_no_evidence():
    result = _backtest([[3.0, 0.0]] + [[30.0, 4.0]] * 5)
    assert np.isnan(cumulative_rmse(result, periods=np.array([1]))).all()
    assert naive_wins(result).tolist() == [False]


def test_a_lag_that_was_not_run_is_named():
    with pytest.raises(ValueError, match="lag 3"):
        backtest_wape(_backtest([[1.0, 1.0]] * 13), lag=3)
