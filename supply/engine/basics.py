"""What every module of the supply engine measures with."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 3_652_059  # the last day Python knows: open-ended validity
TOLERANCE = 1e-7  # of a unit; below it a shortfall is rounding, not a need
