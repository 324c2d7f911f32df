"""Outside factors as elasticities: demand changes by ratio ** elasticity when a driver changes by a ratio."""

from dataclasses import dataclass

import numpy as np

from .arrays import Array


@dataclass(frozen=True)
class DriverEffect:
    """Units (H, N) that a driver adds to the baseline, with the range of one standard deviation either way."""

    units: Array
    lower: Array
    upper: Array


def driver_effect(
    baseline: Array, ratio: Array, *, elasticity: Array | float, sd: Array | float
) -> DriverEffect:
    """Effect of drivers on a baseline.

    ``baseline`` (H, N) units; ``ratio`` (H, N) the driver's future value over the value behind the baseline
    (NaN where the future value is missing: no effect then, and the caller says so); ``elasticity`` and ``sd``
    numbers or (N,). ``lower`` and ``upper`` are the effects at one sd either way, in order of size.

    >>> effect = driver_effect(np.array([[5000.0]]), np.array([[2.0]]), elasticity=0.2, sd=0.1)
    >>> round(float(effect.units[0, 0])), round(5000 + float(effect.upper[0, 0]))
    (743, 6156)
    """
    change = np.log(_positive_ratio(ratio))
    units, one, other = (
        baseline * np.expm1(change * power)
        for power in (np.asarray(elasticity), np.asarray(elasticity) - sd, np.asarray(elasticity) + sd)
    )
    return DriverEffect(units=units, lower=np.minimum(one, other), upper=np.maximum(one, other))


def implied_elasticity(actual: Array, baseline: Array, ratio: Array) -> Array:
    """Elasticity that explains an actual: log(actual / baseline) / log(ratio); NaN where it cannot be told.

    >>> round(float(implied_elasticity(np.array(6156.0), np.array(5000.0), np.array(2.0))), 2)
    0.3
    """
    change = np.log(_positive_ratio(ratio))
    told = (np.asarray(actual) > 0) & (np.asarray(baseline) > 0) & (np.abs(change) > 1e-9)
    growth = np.log(np.where(told, actual, 1.0) / np.where(told, baseline, 1.0))
    return np.asarray(np.where(told, growth / np.where(told, change, 1.0), np.nan))


def update_elasticity(
    prior: Array | float, prior_sd: Array | float, observed: Array | float, observed_sd: Array | float
) -> tuple[Array, Array]:
    """Mean and sd of an elasticity after one more observation, weighted by precision (normal conjugate).

    >>> mean, sd = update_elasticity(0.2, 0.1, 0.3, 0.1)
    >>> round(float(mean), 4), round(float(sd), 4)
    (0.25, 0.0707)
    """
    before, seen = np.square(prior_sd) ** -1.0, np.square(observed_sd) ** -1.0
    known = np.isfinite(observed)
    seen = np.where(known, seen, 0.0)
    mean = (before * prior + seen * np.where(known, observed, 0.0)) / (before + seen)
    return np.asarray(mean), np.asarray((before + seen) ** -0.5)


def _positive_ratio(ratio: Array) -> Array:
    """Ratios that can be taken to a power; a missing, zero or negative driver value changes nothing."""
    values = np.asarray(ratio, dtype=np.float64)
    return np.where(np.isfinite(values) & (values > 0), values, 1.0)
