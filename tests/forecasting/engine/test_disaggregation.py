import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.engine import ImpossibleLocks, disaggregate


def test_s24_category_set_to_12000_splits_by_share():
    assert disaggregate(np.array([12000.0]), np.array([[50.0, 30.0, 20.0]])).tolist() == [
        [6000.0, 3600.0, 2400.0]
    ]


def test_ties_go_to_the_earlier_child():
    assert disaggregate(np.array([10.0]), np.ones((1, 4))).tolist() == [[3.0, 3.0, 2.0, 2.0]]


def test_locked_child_keeps_its_quantity_and_the_rest_is_shared():
    locks = np.array([[np.nan, 500.0, np.nan]])
    split = disaggregate(np.array([2000.0]), np.array([[1.0, 8.0, 1.0]]), locks=locks)
    assert split.tolist() == [[750.0, 500.0, 750.0]]


def test_without_forecast_the_history_decides_and_without_both_equal_shares():
    none = np.zeros((1, 2))
    assert disaggregate(np.array([10.0]), none, history_weights=np.array([[3.0, 1.0]])).tolist() == [
        [8.0, 2.0]
    ]
    assert disaggregate(np.array([10.0]), none).tolist() == [[5.0, 5.0]]


def test_locks_above_the_total_name_period_and_children():
    locks = np.array([[1.0, np.nan], [9.0, np.nan]])
    with pytest.raises(ImpossibleLocks, match=r"children \[0\].*periods \[1\]") as caught:
        disaggregate(np.array([5.0, 5.0]), np.ones((2, 2)), locks=locks)
    assert caught.value.rows.tolist() == [1]
    assert caught.value.columns.tolist() == [0]


def test_all_children_locked_must_sum_to_the_total():
    with pytest.raises(ImpossibleLocks, match=r"locked children \[0, 1\] do not leave room"):
        disaggregate(np.array([5.0]), np.ones((1, 2)), locks=np.array([[2.0, 2.0]]))
    assert disaggregate(np.array([4.0]), np.ones((1, 2)), locks=np.array([[2.0, 2.0]])).tolist() == [
        [2.0, 2.0]
    ]


def test_each_child_moves_in_its_own_step():
    split = disaggregate(np.array([100.0]), np.array([[5.0, 5.0]]), step=np.array([12.0, 1.0]))
    assert split.tolist() == [[48.0, 52.0]]


def test_coarse_steps_that_cannot_meet_the_total_are_an_error():
    with pytest.raises(ImpossibleLocks, match="steps"):
        disaggregate(
            np.array([10.0]), np.ones((1, 2)), locks=np.array([[3.0, np.nan]]), step=np.array([1.0, 5.0])
        )


@pytest.mark.parametrize("step", [0.0, -1.0, [2.0, 3.0], [0.0, 1.0], np.nan])
def test_steps_must_be_positive_multiples_of_the_smallest(step):
    with pytest.raises(ValueError, match="positive multiples"):
        disaggregate(np.array([10.0]), np.ones((1, 2)), step=np.array(step))


@pytest.mark.parametrize("total", [np.array([-1.0]), np.array([np.nan])])
def test_totals_must_be_numbers_of_zero_or_more(total):
    with pytest.raises(ValueError, match="total"):
        disaggregate(total, np.ones((1, 2)))


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_weights_must_be_numbers_of_zero_or_more(weight):
    with pytest.raises(ValueError, match="weights"):
        disaggregate(np.array([10.0]), np.array([[1.0, weight]]))


def test_each_period_has_a_total_of_its_own():
    with pytest.raises(ValueError, match=r"total has shape \(2,\).* one total per period, \(3,\)"):
        disaggregate(np.array([1.0, 2.0]), np.ones((3, 4)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_children_always_sum_to_the_total_in_whole_steps(data):
    count = data.draw(st.integers(1, 12))
    step = data.draw(st.sampled_from([1.0, 0.5, 12.0, 0.001]))
    units = data.draw(st.integers(0, 10**6))
    weights = np.array([data.draw(st.lists(st.floats(0, 1e9), min_size=count, max_size=count))])
    locked = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    locked[0] = False
    quantity = data.draw(st.integers(0, units)) // count
    locks = np.where(locked, quantity * step, np.nan)[None]
    split = disaggregate(np.array([units * step]), weights, locks=locks, step=step)
    whole = np.rint(split / step)
    assert np.allclose(whole * step, split)
    assert whole.sum() == units
    assert (split >= 0).all()
    assert (whole[0, locked] == quantity).all()


def test_ten_thousand_splits_with_locks_sum_to_their_totals():
    chance = np.random.default_rng(20261129)
    total = chance.integers(0, 10**7, 10_000).astype(float)
    weights = chance.pareto(1.0, (10_000, 9)) * (chance.random((10_000, 9)) > 0.3)
    locks = np.where(chance.random((10_000, 9)) < 0.2, np.floor(total[:, None] / 9), np.nan)
    locks[:, 0] = np.nan
    split = disaggregate(total, weights, locks=locks)
    assert (split.sum(axis=1) == total).all()
    assert (split == np.rint(split)).all()
    assert (split >= 0).all()
    assert (split[np.isfinite(locks)] == locks[np.isfinite(locks)]).all()


def test_weights_below_one_are_shares_like_any_other():
    assert disaggregate(np.array([100.0]), np.array([[0.3, 0.1]])).tolist() == [[75.0, 25.0]]


def test_history_decides_in_the_periods_without_forecast_alone():
    weights, history = np.array([[1.0, 3.0], [0.0, 0.0]]), np.array([[9.0, 1.0], [1.0, 4.0]])
    split = disaggregate(np.array([100.0, 100.0]), weights, history_weights=history)
    assert split.tolist() == [[25.0, 75.0], [20.0, 80.0]]


def test_history_below_one_gives_shares_like_any_other():
    split = disaggregate(np.array([100.0]), np.zeros((1, 2)), history_weights=np.array([[0.2, 0.6]]))
    assert split.tolist() == [[25.0, 75.0]]


def test_equal_shares_hold_for_children_of_coarse_steps_too():
    assert disaggregate(np.array([10.0]), np.zeros((1, 2)), step=np.array([5.0, 1.0])).tolist() == [
        [5.0, 5.0]
    ]


def test_what_coarse_steps_leave_over_goes_to_a_finer_child_without_share():
    split = disaggregate(np.array([12.0]), np.array([[1.0, 0.0]]), step=np.array([5.0, 1.0]))
    assert split.tolist() == [[10.0, 2.0]]


def test_only_the_periods_that_cannot_sum_are_named():
    locks = np.array([[np.nan, np.nan], [4.0, np.nan]])
    with pytest.raises(ImpossibleLocks) as refused:
        disaggregate(np.array([10.0, 11.0]), np.ones((2, 2)), locks=locks, step=np.array([1.0, 5.0]))
    assert refused.value.rows.tolist() == [1]


def test_a_forecast_that_sums_below_one_still_decides_over_history():
    split = disaggregate(np.array([10.0]), np.array([[0.4, 0.1]]), history_weights=np.array([[1.0, 9.0]]))
    assert split.tolist() == [[8.0, 2.0]]


def test_the_locked_child_that_leaves_no_whole_step_is_named_whichever_it_is():
    with pytest.raises(ImpossibleLocks, match="steps") as refused:
        disaggregate(
            np.array([10.0]), np.ones((1, 3)), locks=np.array([[np.nan, np.nan, 4.0]]), step=np.array([5.0, 5.0, 1.0])
        )  # fmt: skip
    assert refused.value.columns.tolist() == [2]
