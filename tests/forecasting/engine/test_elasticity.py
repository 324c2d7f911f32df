import numpy as np
import pytest

from forecasting.engine import driver_effect, implied_elasticity, update_elasticity

LAST_DECEMBER = np.array([[5000.0]])
DOUBLED = np.array([[2.0]])


@pytest.mark.parametrize(("elasticity", "total"), [(0.2, 5743), (0.3, 6156)])
def test_s29_doubled_spend(elasticity, total):
    effect = driver_effect(LAST_DECEMBER, DOUBLED, elasticity=elasticity, sd=0.1)
    assert round(5000 + effect.units[0, 0]) == total


def test_s29_range_of_the_prior():
    effect = driver_effect(LAST_DECEMBER, DOUBLED, elasticity=0.2, sd=0.1)
    assert [round(5000 + float(x[0, 0])) for x in (effect.lower, effect.upper)] == [5359, 6156]


def test_s29_an_actual_moves_the_elasticity():
    seen = implied_elasticity(np.array([6156.0]), np.array([5000.0]), np.array([2.0]))
    mean, sd = update_elasticity(0.2, 0.1, seen, 0.1)
    assert mean == pytest.approx([0.25], abs=1e-4)
    assert sd == pytest.approx([0.1 / np.sqrt(2)])


def test_missing_future_value_leaves_the_baseline():
    effect = driver_effect(LAST_DECEMBER, np.array([[np.nan]]), elasticity=0.2, sd=0.1)
    assert effect.units.tolist() == [[0.0]]


def test_price_cut_with_negative_elasticity_keeps_the_range_in_order():
    effect = driver_effect(LAST_DECEMBER, np.array([[0.8]]), elasticity=-1.5, sd=0.3)
    assert 0 < effect.lower[0, 0] < effect.units[0, 0] < effect.upper[0, 0]


def test_unchanged_driver_tells_nothing_and_moves_nothing():
    seen = implied_elasticity(np.array([6000.0]), np.array([5000.0]), np.array([1.0]))
    assert np.isnan(seen).all()
    mean, sd = update_elasticity(0.2, 0.1, seen, 0.1)
    assert (mean[0], sd[0]) == (pytest.approx(0.2), pytest.approx(0.1))
