"""Two models of the same capacitated lots: shares of demand, whose relaxation guides, and stocks, whose rows are few.

The first prices overtime far above any set-up, so whatever avoids it wins; the second, for proof, knows none. Both
count columns z or (lot, stock), then set-ups; overtime by bucket comes last.
"""

from dataclasses import dataclass

import numpy as np

from .capacitated import CapacitatedLots, overtime_needed
from .shapes import TOLERANCE, Array, BoolArray, IntArray
from .solver import Model, Rows

_NO_SHARE = 1e-9


@dataclass(frozen=True, kw_only=True)
class SharesModel:
    """z[i, s, t], the share of item i's demand in t that is made in s, and set-ups; `setup` (T, N) are columns.

    Facility location (Krarup and Bilde 1977): as tight as all (l, S) inequalities, with N T^2 / 2 columns.
    `item`, `made` and `needed` (Z,) name the columns of z.
    """

    problem: CapacitatedLots
    model: Model
    item: IntArray
    made: IntArray
    needed: IntArray
    setup: IntArray

    def point(self, quantity: Array) -> Array:
        """Lots (T, N) as values of all columns: what is made first serves the demand that comes first."""
        nothing = np.zeros((1, quantity.shape[1]))
        made = np.cumsum(np.vstack([nothing, quantity]), axis=0)
        due = np.cumsum(np.vstack([nothing, self.problem.demand]), axis=0)
        item, s, t = self.item, self.made, self.needed
        served = np.minimum(made[s + 1, item], due[t + 1, item]) - np.maximum(made[s, item], due[t, item])
        share = np.maximum(served, 0.0) / self.problem.demand[t, item]
        return _joined(share, quantity > TOLERANCE, overtime_needed(self.problem, quantity))

    def lots(self, x: Array) -> Array:
        """Lots (T, N) from values of all columns."""
        quantity = np.zeros(self.problem.demand.shape)
        share = np.where(x[: len(self.item)] < _NO_SHARE, 0.0, x[: len(self.item)])
        np.add.at(quantity, (self.made, self.item), share * self.problem.demand[self.needed, self.item])
        return quantity


@dataclass(frozen=True, kw_only=True)
class StocksModel:
    """Lots, stocks and set-ups, (T, N) each: weak as it stands, but so small that the solver's own cuts close more.

    Plans that need overtime are none of it: columns that could make up for a bucket's time would blunt every cut.
    """

    problem: CapacitatedLots
    model: Model

    def point(self, quantity: Array) -> Array:
        """Lots (T, N) as values of all columns."""
        stock = np.maximum(np.cumsum(quantity - self.problem.demand, axis=0), 0.0)
        return _joined(quantity, stock, quantity > TOLERANCE)

    def lots(self, x: Array) -> Array:
        """Lots (T, N) from values of all columns; a set-up within the solver's tolerance of none makes nothing."""
        shape = self.problem.demand.shape
        quantity, _, setup = x[: 3 * self.problem.demand.size].reshape(3, *shape)
        return np.asarray(np.where(setup > 0.5, np.maximum(quantity, 0.0), 0.0))


def shares_model(problem: CapacitatedLots) -> SharesModel:
    """The model whose relaxation tells set-ups apart; for search."""
    buckets, count = problem.demand.shape
    needed, item = np.nonzero(problem.demand > TOLERANCE)
    repeats = needed + 1
    of_demand = np.repeat(np.arange(len(repeats)), repeats)
    made = np.arange(len(of_demand)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    item, needed = item[of_demand], needed[of_demand]
    size = len(item)
    setup = size + np.arange(buckets * count).reshape(buckets, count)
    each, units = np.arange(size), problem.demand[needed, item]
    rows = Rows()
    rows.add(np.ones(len(repeats)), np.ones(len(repeats)), (of_demand, each, np.ones(size)))
    rows.add(
        np.full(size, -np.inf),
        np.zeros(size),
        (each, each, np.ones(size)),
        (each, setup[made, item], -np.ones(size)),
    )
    bucket = np.arange(buckets)
    _limit(
        rows,
        problem,
        setup,
        (made, each, units * problem.unit_time[item]),
        (bucket, size + buckets * count + bucket, -np.ones(buckets)),
    )
    held = problem.holding[item] * (needed - made) * units
    model = _whole_setups(
        rows,
        setup,
        cost=_joined(held, np.tile(problem.setup_cost, buckets), _dear_overtime(problem)),
        upper=_joined(np.ones(size + buckets * count), np.full(buckets, np.inf)),
    )
    return SharesModel(problem=problem, model=model, item=item, made=made, needed=needed, setup=setup)


def stocks_model(problem: CapacitatedLots) -> StocksModel:
    """The model that is small; for proof."""
    demand = problem.demand
    buckets, count = demand.shape
    lot, stock, setup = np.arange(3 * demand.size).reshape(3, buckets, count)
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
    _limit(
        rows,
        problem,
        setup,
        (np.repeat(np.arange(buckets), count), lot.ravel(), np.tile(problem.unit_time, buckets)),
    )
    model = _whole_setups(
        rows,
        setup,
        cost=_joined(
            np.zeros(demand.size), np.tile(problem.holding, buckets), np.tile(problem.setup_cost, buckets)
        ),
        upper=_joined(np.full(2 * demand.size, np.inf), np.ones(demand.size)),
    )
    return StocksModel(problem=problem, model=model)


def _limit(
    rows: Rows, problem: CapacitatedLots, setup: IntArray, *uses: tuple[IntArray, IntArray, Array]
) -> None:
    """Capacity of each bucket over what lots and overtime `uses` of it, and over set-ups (T, N)."""
    buckets, count = setup.shape
    rows.add(
        np.full(buckets, -np.inf),
        problem.capacity,
        *uses,
        (np.repeat(np.arange(buckets), count), setup.ravel(), np.tile(problem.setup_time, buckets)),
    )


def _dear_overtime(problem: CapacitatedLots) -> Array:
    """A price of overtime by bucket, (T,), far above any set-up."""
    dearest = float((problem.holding * problem.demand).sum(axis=1).max())
    return np.full(len(problem.demand), 100.0 * max(float(problem.setup_cost.max()), dearest))


def _whole_setups(rows: Rows, setup: IntArray, *, cost: Array, upper: Array) -> Model:
    """The model of `rows` in which the columns `setup` (T, N) are whole."""
    whole = np.zeros(len(cost), bool)
    whole[setup] = True
    return rows.model(cost=cost, lower=np.zeros(len(cost)), upper=upper, integer=whole)


def _joined(*parts: Array | BoolArray) -> Array:
    return np.concatenate([np.asarray(part, np.float64).ravel() for part in parts])
