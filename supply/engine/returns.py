"""What comes back of what was shipped: empties, to be filled again."""

import numpy as np

from .shapes import Array, PlanInputs


def returned_units(inputs: PlanInputs, shipped: Array) -> Array:
    """What comes back of shipments (T, N) by item returned; a lag between buckets is split linearly."""
    back = np.zeros(inputs.demand.shape)
    returns = inputs.returns
    for item, into, rate, lag in zip(
        returns.item, returns.returned, returns.rate, returns.lag_buckets, strict=True
    ):
        whole = int(lag)
        part = float(lag) - whole
        for delay, weight in ((whole, 1 - part), (whole + 1, part)):
            if weight > 0 and delay < len(back):
                back[delay:, into] += rate * weight * shipped[: len(back) - delay, item]
    return back
