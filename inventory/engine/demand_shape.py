"""Which distribution the demand of an item over its protection interval asks for."""

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, BoolArray, Codes, as_array, require_at_least_zero
from inventory.engine.codes import Distribution

LONGEST_INTERVAL = 1.32
"""Mean buckets between sales from which demand counts as intermittent (Syntetos and Boylan 2005)."""
FEW_UNITS = 20.0
"""Mean demand over the interval up to which whole numbers matter."""
SKEWED = 0.3
"""Coefficient of variation of a bucket from which a normal has too thin a tail."""
STEADY = 0.5
"""Coefficient of variation of a bucket up to which past errors say more than the spread of demand."""
MOST_VARIATION = 0.49
"""Squared variation of the sizes sold up to which demand is not erratic (Syntetos and Boylan 2005)."""


def demand_shape(history: Array, protection_buckets: Array) -> Codes:
    """`Distribution` code of each item-location.

    history: (T, N), units of past buckets. protection_buckets: (N,), lead time + review in buckets.
    Whole units that are intermittent or so few that they must be counted: negative binomial. Else a gamma
    from `SKEWED` on, and a normal for the rest.

    >>> history = np.array([[100.0, 0.0], [110.0, 3.0], [90.0, 0.0], [95.0, 0.0]])
    >>> [Distribution(code).name for code in demand_shape(history, np.array([2.0, 2.0]))]
    ['NORMAL', 'NEGATIVE_BINOMIAL']
    """
    require_at_least_zero(protection_buckets=protection_buckets)
    floored = np.maximum(history, 0.0)
    whole = (floored == np.round(floored)).all(axis=0)
    few = floored.mean(axis=0) * protection_buckets <= FEW_UNITS
    counted = whole & (intermittent(history) | few)
    shape = np.where(_variation(floored) > SKEWED, np.int8(Distribution.GAMMA), np.int8(Distribution.NORMAL))
    return np.where(counted, np.int8(Distribution.NEGATIVE_BINOMIAL), shape)


def intermittent(history: Array, *, first: NDArray[np.intp] | None = None) -> BoolArray:
    """True (N,) where more than `LONGEST_INTERVAL` buckets pass from sale to sale.

    history: (T, N), units of past buckets, from row `first` (N,) on.

    >>> intermittent(np.array([[1.0, 0.0], [2.0, 0.0], [1.0, 5.0]])).tolist()
    [False, True]
    """
    rows = np.arange(len(history))[:, None]
    lived = rows >= (0 if first is None else first)
    times = (lived & (history > 0)).sum(axis=0)
    rare: BoolArray = lived.sum(axis=0) > LONGEST_INTERVAL * np.maximum(times, 1)
    return rare


def demand_classes(history: Array, *, first: NDArray[np.intp] | None = None) -> NDArray[np.intp]:
    """Position in DEMAND_CLASSES of each item (N,): long intervals, sizes that vary widely, both or neither.

    history: (T, N), units of past buckets, from row `first` (N,) on. Source: Syntetos and Boylan (2005).

    >>> demand_classes(np.array([[10.0, 1.0], [12.0, 0.0], [11.0, 0.0]])).tolist()
    [0, 2]
    """
    rows = np.arange(len(history))[:, None]
    sold = (rows >= (0 if first is None else first)) & (history > 0)
    times = np.maximum(sold.sum(axis=0), 1)
    size = np.where(sold, history, 0.0).sum(axis=0) / times
    variance = (np.where(sold, history - size, 0.0) ** 2).sum(axis=0) / times
    varied = variance > MOST_VARIATION * np.maximum(size, 1e-9) ** 2
    classes: NDArray[np.intp] = 2 * intermittent(history, first=first) + varied
    return classes


def steady(history: Array, *, first: NDArray[np.intp] | None = None) -> BoolArray:
    """True (N,) where `protection_error` says most; for the others `demand_spread` does.

    history: (T, N), units of past buckets, from row `first` (N,) on. Steady is what is not intermittent
    and varies by no more than `STEADY`. Replayed on real demand, past errors of the rest were so few and
    so wild that they misled.

    >>> steady(np.array([[10.0, 0.0], [12.0, 9.0], [11.0, 0.0]])).tolist()
    [True, False]
    """
    floored = np.maximum(history, 0.0)
    calm: BoolArray = _variation(floored, first=first) <= STEADY
    return calm & ~intermittent(history, first=first)


def _variation(history: Array, *, first: NDArray[np.intp] | None = None) -> Array:
    """Coefficient of variation (N,) of a bucket; 0 without demand."""
    rows = np.arange(len(history))[:, None]
    lived = rows >= (0 if first is None else first)
    buckets = np.maximum(lived.sum(axis=0), 1)
    mean = np.where(lived, history, 0.0).sum(axis=0) / buckets
    variance = (np.where(lived, history - mean, 0.0) ** 2).sum(axis=0) / buckets
    variation: Array = np.divide(np.sqrt(variance), mean, out=np.zeros_like(mean), where=mean > 0)
    return variation


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
