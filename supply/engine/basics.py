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
