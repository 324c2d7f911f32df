"""What every module of the supply engine measures with."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NEVER = 3_652_059  # the last day Python knows: open-ended validity
TOLERANCE = 1e-7  # of a unit; below it a shortfall is rounding, not a need
# Days of a bucket: on average, where a lag is a whole number of buckets, and at most.
MEAN_DAYS = {"week": 7.0, "month": 365.25 / 12}
NOMINAL_DAYS = {"week": 7.0, "month": 30.0}
LONGEST_DAYS = {"week": 7, "month": 31}


def last_days(series: IntArray, *, since: IntArray, until: IntArray) -> IntArray:
    """Last day of each dated row, (V,): its own, or the day before the next row of its series begins.

    >>> last_days(np.array([7, 8, 7]), since=np.array([1, 1, 50]), until=np.array([NEVER, 90, NEVER])).tolist()
    [49, 90, 3652059]
    """
    order = np.lexsort((since, series))
    later = np.full(len(series), NEVER)
    succeeded = np.flatnonzero(series[order][1:] == series[order][:-1])
    later[order[succeeded]] = since[order[succeeded + 1]] - 1
    return np.asarray(np.minimum(until, later))


def dated_limit(limit: Array, *, since: IntArray, edges: IntArray) -> Array:
    """What holds of a dated figure (V,), each from a day on, as its mean over the days of each bucket (T,).

    Sorted by day, at least one told. One that is not told (infinite) leaves the one before it; the first one told
    holds before it too.

    >>> dated_limit(np.array([60.0, np.inf, 30.0]), since=np.array([0, 5, 45]), edges=np.array([0, 30, 60])).tolist()
    [60.0, 45.0]
    """
    told = np.flatnonzero(np.isfinite(limit))
    begins = np.concatenate([edges[:1], since[told][1:]])
    ends = np.append(begins[1:], NEVER)
    days = np.minimum(ends[:, None], edges[1:]) - np.maximum(begins[:, None], edges[:-1])
    return np.asarray(limit[told] @ np.maximum(days, 0) / np.diff(edges))
