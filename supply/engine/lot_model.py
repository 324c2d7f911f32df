"""Capacitated lots as a model of lots and stocks: weak as it stands, but so small that the solver's own cuts close more.

Overtime is priced far above any set-up and shut off: columns that could make up for a bucket's time would blunt every
cut. Only a search that starts from a plan with overtime opens it.
"""

from dataclasses import dataclass

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed
from .shapes import TOLERANCE, Array, BoolArray, IntArray
from .solver import Model, Rows


@dataclass(frozen=True, kw_only=True)
class LotModel:
    """Lots, stocks and set-ups, (T, N) each, then overtime (T,); `setup` and `overtime` are columns."""

    problem: CapacitatedLots
    model: Model
    setup: IntArray
    overtime: IntArray

    def point(self, quantity: Array) -> Array:
        """Lots (T, N) as values of all columns."""
        stock = np.maximum(np.cumsum(quantity - self.problem.demand, axis=0), 0.0)
        return _joined(quantity, stock, quantity > TOLERANCE, overtime_needed(self.problem, quantity))

    def lots(self, x: Array) -> Array:
        """Lots (T, N) from values of all columns; a set-up within the solver's tolerance of none makes nothing."""
        quantity = x[: self.setup.size].reshape(self.setup.shape)
        return np.asarray(np.where(x[self.setup] > 0.5, np.maximum(quantity, 0.0), 0.0))

    def freed(self, x: Array, free: BoolArray) -> tuple[Array, Array]:
        """Lower and upper bounds of all columns: set-ups `free` (T, N) are open, and overtime as far as x needs any."""
        lower, upper = self.model.lower.copy(), self.model.upper.copy()
        kept = self.setup[~free]
        lower[kept] = upper[kept] = np.rint(x[kept])
        upper[self.overtime] = x[self.overtime].sum()
        return lower, upper


def lot_model(problem: CapacitatedLots) -> LotModel:
    """The model of a problem; a plan beyond capacity is none of it until the upper bounds of `overtime` are raised."""
    demand = problem.demand
    buckets, count = demand.shape
    lot, stock, setup = np.arange(3 * demand.size).reshape(3, buckets, count)
    overtime = 3 * demand.size + np.arange(buckets)
    row, ones = np.arange(demand.size), np.ones(demand.size)
    rows = Rows()
    rows.add(
        demand.ravel(),
        demand.ravel(),
        (row, lot.ravel(), ones),
        (row[count:], stock[:-1].ravel(), ones[count:]),
        (row, stock.ravel(), -ones),
    )
    most = np.cumsum(demand[::-1], axis=0)[::-1]
    rows.add(
        np.full(demand.size, -np.inf),
        np.zeros(demand.size),
        (row, lot.ravel(), ones),
        (row, setup.ravel(), -most.ravel()),
    )
    bucket = np.repeat(np.arange(buckets), count)
    rows.add(
        np.full(buckets, -np.inf),
        problem.capacity,
        (bucket, lot.ravel(), np.tile(problem.unit_time, buckets)),
        (bucket, setup.ravel(), np.tile(problem.setup_time, buckets)),
        (np.arange(buckets), overtime, -np.ones(buckets)),
    )
    cost = _joined(
        np.zeros(demand.size),
        np.tile(problem.holding, buckets),
        np.tile(problem.setup_cost, buckets),
        np.full(buckets, _dear_overtime(problem)),
    )
    whole = np.zeros(len(cost), bool)
    whole[setup] = True
    upper = _joined(np.full(2 * demand.size, np.inf), np.ones(demand.size), np.zeros(buckets))
    model = rows.model(cost=cost, lower=np.zeros(len(cost)), upper=upper, integer=whole)
    return LotModel(problem=problem, model=model, setup=setup, overtime=overtime)


def _dear_overtime(problem: CapacitatedLots) -> float:
    """A price of overtime far above any set-up: whatever avoids it wins."""
    dearest = float((problem.holding * problem.demand).sum(axis=1).max())
    return 100.0 * max(float(problem.setup_cost.max()), dearest)


def _joined(*parts: Array | BoolArray) -> Array:
    return np.concatenate([np.asarray(part, np.float64).ravel() for part in parts])
