import numpy as np
import pytest

from forecasting.engine import event_uplift, installed_base_demand, like_item_profile


def test_s30_like_item_at_four_fifths_from_its_launch():
    curve = np.array([1000.0, 1500.0, 2000.0])
    demand = like_item_profile(curve, scale=0.8, start=2, horizon=6)[:, 0]
    assert demand.tolist() == [0, 0, 800, 1200, 1600, 1600]


def test_item_launched_two_periods_ago_goes_on_where_the_curve_is():
    assert like_item_profile(np.array([1.0, 2, 3, 4]), scale=1.0, start=-2, horizon=2)[:, 0].tolist() == [
        3,
        4,
    ]


def test_like_item_without_history_is_an_error():
    with pytest.raises(ValueError, match="like item"):
        like_item_profile(np.array([]), scale=1.0, start=0, horizon=2)


def test_s35_owners_times_use_and_sales_add_from_the_next_month():
    sold = np.array([[5000.0], [0.0], [0.0]])
    demand = installed_base_demand(np.array([20000.0]), sold, units_per_active_period=np.array([1.5]))
    assert demand[:, 0].tolist() == [30000.0, 37500.0, 37500.0]


def test_churn_takes_owners_away_each_month():
    none = np.zeros((3, 1))
    demand = installed_base_demand(
        np.array([100.0]), none, units_per_active_period=np.array([1.0]), churn_pct=10.0
    )
    assert np.allclose(demand[:, 0], [100, 90, 81])


def test_buckets_of_unequal_length_use_and_lose_by_their_own_rate():
    rates = {"units_per_active_period": np.array([[1.0], [0.5]]), "churn_pct": np.array([[10.0], [0.0]])}
    demand = installed_base_demand(np.array([100.0]), np.zeros((2, 1)), **rates)
    assert np.allclose(demand[:, 0], [100, 45])


def test_event_lifts_only_the_days_it_covers():
    baseline = np.full((2, 1), 300.0)
    assert event_uplift(baseline, share=np.array([0.5, 0.0]), uplift_pct=20.0)[:, 0].tolist() == [30.0, 0.0]


def test_disruption_never_takes_more_than_there_is():
    assert event_uplift(np.array([[100.0]]), share=np.array([1.0]), uplift_pct=-150.0).tolist() == [[-100.0]]


def test_share_beyond_the_bucket_is_an_error():
    with pytest.raises(ValueError, match="between 0 and 1"):
        event_uplift(np.ones((1, 1)), share=np.array([1.2]), uplift_pct=5.0)
