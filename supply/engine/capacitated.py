"""Lots of many items on one machine: the problem, what a plan costs and the overtime that it needs."""

from dataclasses import dataclass

import numpy as np

from .shapes import TOLERANCE, Array


@dataclass(frozen=True, kw_only=True)
class CapacitatedLots:
    """One machine: `demand` (T, N), capacity (T,), and per item (N,) unit time, set-up time and cost, holding cost."""

    demand: Array
    capacity: Array
    unit_time: Array
    setup_time: Array
    setup_cost: Array
    holding: Array


def plan_cost(problem: CapacitatedLots, quantity: Array) -> float:
    """Set-up and holding cost of lots (T, N); infinite where demand is not met in time."""
    stock = np.cumsum(quantity - problem.demand, axis=0)
    if (stock < -TOLERANCE * max(1.0, float(problem.demand.sum()))).any():
        return float("inf")
    made = quantity > TOLERANCE
    return float((made * problem.setup_cost).sum() + (np.maximum(stock, 0.0) * problem.holding).sum())


def overtime_needed(problem: CapacitatedLots, quantity: Array) -> Array:
    """Time above capacity in each bucket, (T,)."""
    made = quantity > TOLERANCE
    used = (quantity * problem.unit_time + made * problem.setup_time).sum(axis=1)
    return np.asarray(np.maximum(used - problem.capacity, 0.0))
