import numpy as np
import pytest
import statsmodels.api as sm

from forecasting.engine import fit_drivers


def shop(count=30, weeks=60, elasticity=-2.0, seed=0):
    rng = np.random.default_rng(seed)
    price = np.log(rng.choice([1.0, 0.8, 0.65], (weeks, count), p=[0.6, 0.25, 0.15]))
    advert = (rng.random((weeks, count)) < 0.2).astype(float)
    logs = rng.uniform(3, 6, count) + elasticity * price + 0.5 * advert + rng.normal(0, 0.2, (weeks, count))
    return np.exp(logs), np.stack([price, advert])


LIMITS = {"lower": np.array([-6.0, 0.0]), "upper": np.array([0.0, 3.0])}


def test_true_elasticity_is_recovered_and_kept():
    demand, drivers = shop()
    model = fit_drivers(demand, drivers, np.zeros(30, dtype=int), **LIMITS)
    assert model.coefficients.mean(axis=1) == pytest.approx([-2.0, 0.5], abs=0.1)
    assert model.kept.mean() > 0.9


def test_one_group_without_own_evidence_equals_pooled_least_squares():
    demand, drivers = shop(count=8)
    model = fit_drivers(demand, drivers, np.zeros(8, dtype=int), **LIMITS)
    logs = np.log(demand) - np.log(demand).mean(axis=0)
    flat = (drivers - drivers.mean(axis=1, keepdims=True)).reshape(2, -1).T
    peer = sm.OLS(logs.ravel(), flat).fit()
    assert model.coefficients.mean(axis=1) == pytest.approx(peer.params, abs=0.12)


def test_drivers_halve_the_error_of_weeks_with_known_future_prices():
    demand, drivers = shop(weeks=72)
    model = fit_drivers(demand[:60], drivers[:, :60], np.zeros(30, dtype=int), **LIMITS)
    ahead = model.forecast(drivers[:, 60:])
    plain = np.exp(model.level)[None]
    assert np.abs(ahead - demand[60:]).sum() < 0.5 * np.abs(plain - demand[60:]).sum()


def test_wrong_sign_is_guarded_and_noise_is_not_kept():
    demand, drivers = shop(elasticity=1.5)
    model = fit_drivers(demand, drivers, np.zeros(30, dtype=int), **LIMITS)
    assert (model.coefficients[0] == 0).all()
    rng = np.random.default_rng(1)
    noise = fit_drivers(
        rng.gamma(20, 5, (40, 30)), rng.normal(0, 1, (2, 40, 30)), np.zeros(30, dtype=int), **LIMITS
    )
    assert noise.kept.mean() < 0.9


def test_missing_future_value_falls_back_to_the_baseline():
    demand, drivers = shop()
    model = fit_drivers(demand, drivers, np.zeros(30, dtype=int), **LIMITS)
    future = np.full((2, 3, 30), np.nan)
    baseline = np.full((3, 30), 77.0)
    assert (model.forecast(future, baseline=baseline) == 77.0).all()


def test_forecast_never_runs_far_beyond_what_was_seen():
    demand, drivers = shop()
    model = fit_drivers(demand, drivers, np.zeros(30, dtype=int), **LIMITS)
    wild = np.full((2, 1, 30), -9.0)
    assert (model.forecast(wild) <= 1.5 * demand.max(axis=0) + 1e-9).all()


def test_gaps_in_history_are_left_out():
    demand, drivers = shop()
    demand[::7] = np.nan
    assert np.isfinite(fit_drivers(demand, drivers, np.zeros(30, dtype=int), **LIMITS).coefficients).all()


def test_shapes_that_do_not_fit_are_named():
    demand, drivers = shop()
    with pytest.raises(ValueError, match="drivers have shape"):
        fit_drivers(demand, drivers[0], np.zeros(30, dtype=int), **LIMITS)
