"""Which distribution the demand of an item over its protection interval asks for."""

import numpy as np

from inventory.engine.arrays import Array, Codes, as_array, require_at_least_zero
from inventory.engine.codes import Distribution

MOSTLY_ZEROS = 0.4
"""Share of empty buckets from which demand counts as intermittent."""
FEW_UNITS = 20.0
"""Mean demand over the interval up to which whole numbers matter."""
SKEWED = 0.5
"""Coefficient of variation over the interval from which a normal would put much weight below zero."""


def demand_shape(history: Array, protection_buckets: Array) -> Codes:
    """`Distribution` code of each item-location.

    history: (T, N), units of past buckets. protection_buckets: (N,), lead time + review in buckets.
    Mostly zeros, or so few units that they must be counted: negative binomial. Else a gamma where the
    normal would expect demand below zero, and the normal everywhere else.

    >>> history = np.array([[100.0, 0.0], [110.0, 3.0], [90.0, 0.0], [95.0, 0.0]])
    >>> [Distribution(code).name for code in demand_shape(history, np.array([2.0, 2.0]))]
    ['NORMAL', 'NEGATIVE_BINOMIAL']
    """
    require_at_least_zero(protection_buckets=protection_buckets)
    floored = np.maximum(history, 0.0)
    mean = floored.mean(axis=0)
    buckets = np.maximum(protection_buckets, 1e-9)
    sd = floored.std(axis=0)
    variation = np.divide(sd, mean * np.sqrt(buckets), out=np.zeros_like(sd), where=mean > 0)
    empty = (floored <= 0).mean(axis=0)
    whole = (floored == np.round(floored)).all(axis=0)
    counted = whole & ((empty >= MOSTLY_ZEROS) | (mean * buckets <= FEW_UNITS))
    shape = np.where(variation > SKEWED, np.int8(Distribution.GAMMA), np.int8(Distribution.NORMAL))
    return np.where(counted, np.int8(Distribution.NEGATIVE_BINOMIAL), shape)


def largest_demand(history: Array, *, bucket_days: float, protection_days: Array) -> Array:
    """Largest demand seen over any stretch of `protection_days` (N,), units.

    history: (T, N), units of past buckets of `bucket_days` days, even over their days. Of an interval
    longer than the history, all of it grown in proportion.

    >>> largest_demand(np.array([[30.0], [60.0], [90.0]]), bucket_days=30, protection_days=np.array([45.0]))
    array([120.])
    """
    require_at_least_zero(protection_days=protection_days)
    total_days = len(history) * bucket_days
    within = np.minimum(protection_days, total_days)
    cumulative = np.concatenate([np.zeros((1, history.shape[1])), np.cumsum(history, axis=0)])
    buckets = within / bucket_days
    # Demand is even within a bucket, so the largest stretch begins or ends at the border of one.
    borders = as_array(np.arange(len(history) + 1))[:, None]
    ahead = _demand_between(cumulative, borders, np.minimum(borders + buckets, len(history)))
    back = _demand_between(cumulative, np.maximum(borders - buckets, 0.0), borders)
    largest: Array = np.maximum(ahead.max(axis=0), back.max(axis=0))
    grown: Array = np.divide(protection_days, within, out=np.ones_like(within), where=within > 0)
    return largest * grown


def _demand_between(cumulative: Array, start: Array, end: Array) -> Array:
    return _cumulative_at(cumulative, end) - _cumulative_at(cumulative, start)


def _cumulative_at(cumulative: Array, moment: Array) -> Array:
    """Cumulative demand (.., N) at moments in buckets, fractions interpolated."""
    moments = np.broadcast_to(moment, (moment.shape[0], cumulative.shape[1]))
    whole = np.minimum(moments.astype(np.intp), len(cumulative) - 2)
    columns = np.arange(cumulative.shape[1])
    at: Array = cumulative[whole, columns]
    following: Array = cumulative[whole + 1, columns]
    return at + (moments - whole) * (following - at)
