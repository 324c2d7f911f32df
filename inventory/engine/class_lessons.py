"""What the members of a demand class teach each other: found once over the whole plan, used for each item."""

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, as_array, require_at_least_zero
from inventory.engine.codes import DEMAND_CLASSES
from inventory.engine.protection_error import ENOUGH_ORIGINS

First = NDArray[np.intp] | None


def class_ratios(history: Array, *, group: NDArray[np.intp], first: First = None) -> Array:
    """Ratio of variance to mean of a bucket's demand in each demand class (G,), units; 1 for an empty class.

    history: (T, N), units of past buckets, from row `first` (N,) on. group: (N,), codes of DEMAND_CLASSES.

    >>> class_ratios(np.array([[0.0], [4.0]]), group=np.array([2])).tolist()
    [1.0, 1.0, 2.0, 1.0]
    """
    mean, variance, _ = _moments(history, first)
    groups = len(DEMAND_CLASSES)
    variances = as_array(np.bincount(group, weights=variance, minlength=groups))
    means = as_array(np.bincount(group, weights=mean, minlength=groups))
    return np.divide(variances, means, out=np.ones(groups), where=means > 0)


def demand_spread(
    history: Array, *, protection_demand: Array, class_ratio: Array, first: First = None
) -> Array:
    """Sd of demand over the protection interval (N,) from how demand itself varies, units.

    history: (T, N), units of past buckets, from row `first` (N,) on. protection_demand: (N,), forecast of
    the interval, units. class_ratio: (N,), of each item's class. For items that are not `steady`: the ratio
    of variance to mean, shrunk to that of the class with the weight buckets / (buckets + ENOUGH_ORIGINS),
    never below that of a Poisson, times the forecast.

    >>> demand_spread(
    ...     np.array([[0.0], [4.0]]), protection_demand=np.array([6.0]), class_ratio=np.array([2.0]))
    array([3.46410162])
    """
    require_at_least_zero(protection_demand=protection_demand)
    mean, variance, buckets = _moments(history, first)
    own = np.divide(variance, mean, out=class_ratio.astype(np.float64), where=mean > 0)
    weight = buckets / (buckets + ENOUGH_ORIGINS)
    ratio = np.maximum(weight * own + (1.0 - weight) * class_ratio, 1.0)
    error: Array = np.sqrt(ratio * protection_demand)
    return error


def class_errors(rmse: Array, *, level: Array, group: NDArray[np.intp]) -> Array:
    """Variance of the error summed over 1, 2, ... buckets, relative to level^2, in each demand class (P, G).

    rmse: (P, N), units, NaN where not measured. level: (N,), mean demand of a bucket, units. NaN for a class
    in which nothing was measured.

    >>> class_errors(np.array([[2.0, np.nan]]), level=np.array([10.0, 5.0]), group=np.array([0, 0])).tolist()
    [[0.04, nan, nan, nan]]
    """
    measured = np.isfinite(rmse).all(axis=0) & (level > 0)
    groups = len(DEMAND_CLASSES)
    count = np.bincount(group[measured], minlength=groups)
    relative = rmse[:, measured] ** 2 / level[measured] ** 2
    total = np.stack([np.bincount(group[measured], weights=row, minlength=groups) for row in relative])
    answer: Array = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return answer


def completed_errors(
    rmse: Array, *, error_sd: Array, origins: Array, level: Array, class_error: Array
) -> Array:
    """RMSE (P, N) of the error summed over 1, 2, ... buckets, for those too young to have measured it as well.

    rmse: (P, N), NaN where not measured; what was measured stands. error_sd: (N,), of one bucket; origins:
    (N,), at which it was seen; level: (N,), mean demand of a bucket; class_error: (P, N), of each one's class,
    relative to level^2. The own variance grows with the buckets and is shrunk to that of the class with the
    weight origins / (origins + ENOUGH_ORIGINS). NaN where neither class nor level has anything to say.
    """
    buckets = np.arange(1.0, len(rmse) + 1.0)[:, None]
    own = error_sd**2 * buckets
    shared = np.where(level > 0, class_error * level**2, np.nan)
    weight = origins / (origins + ENOUGH_ORIGINS)
    shrunk: Array = np.sqrt(weight * own + (1.0 - weight) * shared)
    return np.where(np.isfinite(rmse), rmse, shrunk)


def _moments(history: Array, first: First) -> tuple[Array, Array, Array]:
    """Mean and variance of a bucket's demand since the first one, and how many buckets that is, each (N,)."""
    rows = np.arange(len(history))[:, None]
    lived = rows >= (0 if first is None else first)
    floored = np.where(lived, np.maximum(history, 0.0), 0.0)
    buckets = as_array(np.broadcast_to(lived, history.shape).sum(axis=0))
    mean = floored.sum(axis=0) / np.maximum(buckets, 1.0)
    variance = (np.where(lived, floored - mean, 0.0) ** 2).sum(axis=0) / np.maximum(buckets, 1.0)
    return mean, variance, buckets
