"""What should have been sold by now of a period that is not over yet."""

import numpy as np

from .arrays import Array


def expected_so_far(mean: Array, down: Array, up: Array, *, share: float) -> tuple[Array, Array, Array]:
    """Mean and bounds (N,) after ``share`` (0 to 1) of a period, of forecasts with reach ``down`` and ``up``.

    Demand is even over the period and independent from day to day: the mean grows with the share, the reach
    with its root. The lower bound is never negative. Raises ValueError for a share outside 0 to 1.

    >>> mean, low, high = expected_so_far(np.array([6000.0]), np.array([791.0]), np.array([791.0]), share=0.4)
    >>> round(float(mean[0])), round(float(low[0])), round(float(high[0]))
    (2400, 1900, 2900)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of a period is {share}; give 0 to 1")
    expected, root = mean * share, np.sqrt(share)
    return expected, np.maximum(expected - down * root, 0.0), expected + up * root
