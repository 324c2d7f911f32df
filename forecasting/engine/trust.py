"""How far each member of the pool is trusted, by what all series together missed by at earlier origins.

A single series cannot tell its best member: choosing by its own backtest does worse than the mean. All series of a
run can, since an error of judgement about one is outweighed by the others.
"""

import numpy as np

from .arrays import Array, BoolArray
from .pool import MEMBERS, UNPROVEN

# What is trusted falls with these powers of what was missed by. A line errs otherwise than the rest, so a little of it
# helps even where it alone would be far worse.
POWER = {"theta": 12.0, "dynamic": 12.0, "smoothing": 12.0, "line": 4.0}
PRIOR_TRIALS = 20.0  # what was assumed before counts as much as this many forecasts
TINY = 1e-9


def learned_trust(missed: Array, known: BoolArray) -> Array:
    """Trust (M,) in each of MEMBERS, of sum 1.

    ``missed`` (M, H, N) are absolute errors over the spread of their series, NaN where not all members were fitted;
    ``known`` (H, N) is true where the actual is.
    """
    judged = known & np.isfinite(missed).all(axis=0)
    seen = int(judged.any(axis=0).sum())
    if not seen:
        return UNPROVEN
    each = np.where(judged, missed, 0.0).sum(axis=1) / np.maximum(judged.sum(axis=0), 1)
    loss = np.maximum(each.sum(axis=1), TINY)
    share = (loss / loss.min()) ** -np.array([POWER[name] for name in MEMBERS])
    return np.asarray((seen * share / share.sum() + PRIOR_TRIALS * UNPROVEN) / (seen + PRIOR_TRIALS))
