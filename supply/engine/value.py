"""What one more unit of a capacity is worth: named by the pegs, confirmed by planning again with more."""

from dataclasses import dataclass, replace

import numpy as np

from .feasibility import plan_supply
from .pegging import DEMAND, Pegs
from .shapes import Array, Cause, PlanInputs, SupplyPlan
from .whatif import lost_margin


@dataclass(frozen=True, kw_only=True)
class CapacityValue:
    """`gain` of `extra` units of a capacity in a bucket, by re-solving; `per_unit` = gain / extra."""

    capacity: int
    bucket: int
    extra: float
    gain: float

    @property
    def per_unit(self) -> float:
        return self.gain / self.extra


def value_of_more(
    inputs: PlanInputs, plan: SupplyPlan, *, margin: Array, capacity: int, bucket: int, extra: float
) -> CapacityValue:
    """Margin saved by `extra` units of a capacity in one bucket, the plan being solved anew."""
    available = inputs.capacities.available.copy()
    available[bucket, capacity] += extra
    more = plan_supply(replace(inputs, capacities=replace(inputs.capacities, available=available)))
    gain = lost_margin(plan.projection, margin) - lost_margin(more.projection, margin)
    return CapacityValue(capacity=capacity, bucket=bucket, extra=extra, gain=gain)


def values_of_one_more(
    inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, *, margin: Array, solves: int
) -> Array:
    """(T, C) value of one more unit, 0 where nothing waits for it; at most `solves` plans are made.

    Candidates are full buckets of capacities that late demand names as its first cause, the earliest first.
    """
    available = inputs.capacities.available
    value = np.zeros_like(available, dtype=np.float64)
    late = np.flatnonzero((pegs.use == DEMAND) & (pegs.days_late > 0) & (pegs.cause == Cause.CAPACITY))
    late = np.union1d(late, np.flatnonzero((pegs.days_late > 0) & (pegs.cause == Cause.CAPACITY)))
    if not len(late):
        return value
    last = np.zeros(available.shape[1], np.int64)
    buckets = np.minimum(inputs.calendar.bucket_of(pegs.need_day[late]), len(available) - 1)
    np.maximum.at(last, pegs.cause_ref[late], buckets)
    full = (plan.load >= available * (1 - 1e-9)) & (available > 0)
    named = np.unique(pegs.cause_ref[late])
    candidates = [(t, int(c)) for c in named for t in np.flatnonzero(full[: last[c] + 1, c]).tolist()]
    for t, c in sorted(candidates)[:solves]:
        value[t, c] = max(
            value_of_more(inputs, plan, margin=margin, capacity=c, bucket=t, extra=1.0).per_unit, 0.0
        )
    return value
