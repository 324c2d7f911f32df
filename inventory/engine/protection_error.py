"""How far demand over the protection interval may miss its forecast, measured or shrunk to its class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, as_array, require_at_least_zero

ENOUGH_ORIGINS = 12
"""Rolling origins from which an item's own cumulative error is used as it is."""


@dataclass(frozen=True, kw_only=True)
class ProtectionError:
    """RMSE of the cumulative error over the protection interval (N,), units, and where it comes from.

    origins: (N,), rolling origins that reach over the whole interval. own_weight: (N,), 1 where the
    measured error is used as it is, else the share of the item's own error against its class.
    """

    rmse: Array
    origins: Array
    own_weight: Array


def protection_error(
    errors: Array, *, weight: Array, protection_buckets: Array, level: Array, group: NDArray[np.intp]
) -> ProtectionError:
    """Cumulative forecast error over the protection interval of each item-location.

    errors: (O, H, N), actual minus forecast at each origin and step ahead, units, NaN where not known.
    weight: (O, N), what each origin counts beside the item's others.
    protection_buckets: (N,), lead time + review in buckets, fractions allowed, at most H is measured and
    the root of time takes it further. level: (N,), mean demand of a bucket, units. group: (N,), class.

    With `ENOUGH_ORIGINS` origins the measured RMSE stands, bias and autocorrelation included. With fewer,
    the variance s^2 P of single buckets is shrunk to the class's cumulative variance relative to level^2,
    with the weight origins / (origins + ENOUGH_ORIGINS).

    >>> errors = np.ones((12, 4, 1))                       # always 1 short: after 4 buckets 4 short
    >>> answer = protection_error(
    ...     errors, weight=np.ones((12, 1)), protection_buckets=np.array([4.0]), level=np.array([10.0]),
    ...     group=np.array([0]))
    >>> float(answer.rmse[0])
    4.0
    """
    require_at_least_zero(protection_buckets=protection_buckets, level=level)
    horizon = errors.shape[1]
    within = np.minimum(protection_buckets, horizon)
    beyond = np.divide(protection_buckets, within, out=np.ones_like(within), where=within > 0)
    measured, origins = _measured_variance(errors, weight, within)
    measured = measured * beyond
    single, singles = _mean_square(errors[:, 0], weight)
    own = np.where(np.isnan(single), 0.0, single) * protection_buckets
    shared = _class_variance(measured, own, origins, singles, level, protection_buckets, group)
    own_weight = singles / (singles + ENOUGH_ORIGINS)
    shrunk = own_weight * own + (1.0 - own_weight) * shared
    enough = origins >= ENOUGH_ORIGINS
    variance = np.where(enough, np.where(enough, measured, 0.0), shrunk)
    return ProtectionError(
        rmse=np.sqrt(variance), origins=origins, own_weight=np.where(enough, 1.0, own_weight)
    )


def _measured_variance(errors: Array, weight: Array, buckets: Array) -> tuple[Array, Array]:
    """Mean square (N,) of errors summed over `buckets` steps, and of how many origins; NaN where of none."""
    cumulative = np.concatenate([np.zeros_like(errors[:, :1]), np.cumsum(errors, axis=1)], axis=1)
    whole = np.floor(buckets).astype(np.intp)
    following = np.minimum(whole + 1, errors.shape[1])
    columns = np.arange(errors.shape[2])
    at, after = cumulative[:, whole, columns], cumulative[:, following, columns]
    part = buckets - whole
    total = np.where(part > 0, at + part * (after - at), at)
    return _mean_square(total, weight)


def _mean_square(values: Array, weight: Array) -> tuple[Array, Array]:
    """Weighed mean square (N,) of what is known of (O, N), NaN where nothing is, and how many are known."""
    known = np.isfinite(values)
    total = np.where(known, weight, 0.0).sum(axis=0)
    square = (weight * np.where(known, values, 0.0) ** 2).sum(axis=0)
    mean = np.divide(square, total, out=np.full_like(total, np.nan), where=total > 0)
    return mean, as_array(known.sum(axis=0))


def _class_variance(
    measured: Array,
    own: Array,
    origins: Array,
    singles: Array,
    level: Array,
    buckets: Array,
    group: NDArray[np.intp],
) -> Array:
    """Variance over the interval that the class would expect of an item of this level (N,).

    The class gives a variance per bucket relative to level^2, weighted by origins: cumulative where it
    was measured, so that autocorrelation is carried over to members too young to show it.
    """
    usable = (level > 0) & (buckets > 0) & (np.maximum(origins, singles) > 0)
    known = np.where(origins > 0, np.where(np.isnan(measured), 0.0, measured), own)
    scale = np.where(usable, level**2 * np.maximum(buckets, 1e-9), 1.0)
    weight = np.where(usable, np.maximum(origins, singles), 0.0)
    groups = int(group.max(initial=0)) + 1
    relative = as_array(np.bincount(group, weights=weight * known / scale, minlength=groups))
    weights = as_array(np.bincount(group, weights=weight, minlength=groups))
    overall = relative.sum() / weights.sum() if weights.sum() > 0 else 0.0
    per_class = np.divide(relative, weights, out=np.full(groups, overall), where=weights > 0)
    shared: Array = per_class[group] * level**2 * buckets
    return shared
