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
