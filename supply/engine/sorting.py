"""Orders of rows by whole-number keys, and where runs of equal keys begin: sorted rows are how tables are joined here."""

import numpy as np

from .shapes import Array, IntArray

_BITS = 63  # of a key and a position together, without the sign
_COUNTED = np.iinfo(np.uint16).max  # NumPy sorts numbers of 16 bits by counting them


def stable_order(key: IntArray) -> IntArray:
    """Rows by key (R,), none below 0, equal keys as they stood; the same as a stable argsort.

    Key and position sorted as one number are several times faster than sorting rows; keys of 16 bits are counted.

    >>> stable_order(np.array([2, 0, 2, 1])).tolist()
    [1, 3, 0, 2]
    """
    bits, largest = len(key).bit_length(), int(key.max(initial=0))
    if largest <= _COUNTED:
        return np.argsort(key.astype(np.uint16), kind="stable")
    if largest.bit_length() + bits > _BITS:
        return np.argsort(key, kind="stable")
    return np.asarray(np.sort(key << bits | np.arange(len(key))) & ((1 << bits) - 1))


def run_starts(key: IntArray) -> IntArray:
    """For each row of a sorted key (R,), the first row of its run.

    >>> run_starts(np.array([3, 3, 5, 7, 7])).tolist()
    [0, 0, 2, 3, 3]
    """
    row = np.arange(len(key))
    return np.asarray(np.maximum.accumulate(np.where(np.diff(key, prepend=-1) != 0, row, 0)))


def running_totals(key: IntArray, quantity: Array) -> Array:
    """Running total (R,) of quantities within each run of a sorted key.

    Summed with more digits than are kept, so that a run of billions leaves nothing of itself in the runs behind it.

    >>> running_totals(np.array([0, 0, 1, 1]), np.array([3.0, 4.0, 1.0, 1.0])).tolist()
    [3.0, 7.0, 1.0, 2.0]
    """
    total = np.cumsum(quantity, dtype=np.longdouble)
    first = run_starts(key)
    return np.asarray(total - np.where(first > 0, total[np.maximum(first - 1, 0)], 0.0), np.float64)
