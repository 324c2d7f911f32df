"""Economic lot sizes: how much to order when each order costs something and stock does too.

Rates and costs are per the same unit of time (a year, say); quantities in units, costs in money. All
functions take numbers or arrays that broadcast. Source: Snyder and Shen (2019), Fundamentals of Supply
Chain Theory, chapters 3 and 9; Silver (1976) for joint replenishment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inventory.engine.arrays import Array, as_array, require


@dataclass(frozen=True, kw_only=True)
class LotSize:
    """A quantity and what ordering in it costs per unit of time."""

    quantity: Array
    cost: Array


def _require_positive(**arguments: ArrayLike) -> None:
    for name, value in arguments.items():
        values = as_array(value)
        require(name, values, ~(values > 0), "give a number above 0")


def lot_cost(
    quantity: ArrayLike, *, order_cost: ArrayLike, holding_cost: ArrayLike, demand_rate: ArrayLike
) -> Array:
    """Ordering and holding cost of a lot: K d / Q + h Q / 2."""
    _require_positive(quantity=quantity)
    lot = as_array(quantity)
    return as_array(order_cost) * as_array(demand_rate) / lot + 0.5 * as_array(holding_cost) * lot


def economic_order_quantity(
    *, order_cost: ArrayLike, holding_cost: ArrayLike, demand_rate: ArrayLike
) -> LotSize:
    """The lot at which ordering and holding cost the same: sqrt(2 K d / h).

    >>> round(float(economic_order_quantity(order_cost=8, holding_cost=0.225, demand_rate=1300).quantity), 4)
    304.0468
    """
    _require_positive(order_cost=order_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    quantity = np.sqrt(2.0 * as_array(order_cost) * as_array(demand_rate) / as_array(holding_cost))
    cost = lot_cost(quantity, order_cost=order_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    return LotSize(quantity=quantity, cost=cost)


def backorder_cost(
    quantity: ArrayLike,
    stockout_share: ArrayLike,
    *,
    order_cost: ArrayLike,
    holding_cost: ArrayLike,
    stockout_cost: ArrayLike,
    demand_rate: ArrayLike,
) -> Array:
    """Cost of a lot of which the share `stockout_share` is planned to be sold before it arrives."""
    lot, share = as_array(quantity), as_array(stockout_share)
    held = as_array(holding_cost) * lot * (1.0 - share) ** 2 / 2.0
    owed = as_array(stockout_cost) * lot * share**2 / 2.0
    return held + owed + as_array(order_cost) * as_array(demand_rate) / lot


def economic_order_quantity_with_backorders(
    *, order_cost: ArrayLike, holding_cost: ArrayLike, stockout_cost: ArrayLike, demand_rate: ArrayLike
) -> tuple[LotSize, Array]:
    """The best lot where customers wait at a cost, and the share of it they wait for: h / (h + p)."""
    _require_positive(stockout_cost=stockout_cost, holding_cost=holding_cost)
    held, owed = as_array(holding_cost), as_array(stockout_cost)
    share = held / (held + owed)
    plain = economic_order_quantity(
        order_cost=order_cost, holding_cost=held * owed / (held + owed), demand_rate=demand_rate
    )
    return plain, share


def economic_production_quantity(
    *,
    order_cost: ArrayLike,
    holding_cost: ArrayLike,
    demand_rate: ArrayLike,
    production_rate: ArrayLike,
) -> LotSize:
    """The best lot that arrives at a rate while it is being sold: only the share 1 - d / m is ever held."""
    busy = as_array(demand_rate) / as_array(production_rate)
    require("production_rate", as_array(production_rate), ~(busy < 1), "give more than the demand rate")
    return economic_order_quantity(
        order_cost=order_cost, holding_cost=as_array(holding_cost) * (1.0 - busy), demand_rate=demand_rate
    )


@dataclass(frozen=True, kw_only=True)
class DiscountedLot:
    """The best lot under price breaks, the break it falls in (0 first), and its cost with the purchase."""

    quantity: float
    price_break: int
    cost: float


def all_units_discount_lot(
    *, order_cost: float, holding_share: float, demand_rate: float, min_quantity: Array, unit_cost: Array
) -> DiscountedLot:
    """The best lot where the price of a break holds for every unit.

    min_quantity, unit_cost: (B,), rising and falling. Holding costs `holding_share` of the unit cost.
    In each break the best lot is the economic one, or where that is too small the break itself.
    """
    free = economic_order_quantity(
        order_cost=order_cost, holding_cost=holding_share * unit_cost, demand_rate=demand_rate
    ).quantity
    next_break = np.append(min_quantity[1:], np.inf)
    lots = np.maximum(free, min_quantity)
    costs = unit_cost * demand_rate + lot_cost(
        np.maximum(lots, 1e-300),
        order_cost=order_cost,
        holding_cost=holding_share * unit_cost,
        demand_rate=demand_rate,
    )
    best = int(np.argmin(np.where(lots < next_break, costs, np.inf)))
    return DiscountedLot(quantity=float(lots[best]), price_break=best, cost=float(costs[best]))


def incremental_discount_lot(
    *, order_cost: float, holding_share: float, demand_rate: float, min_quantity: Array, unit_cost: Array
) -> DiscountedLot:
    """The best lot where the price of a break holds only for the units beyond it; arguments as above."""
    below = np.concatenate([[0.0], np.cumsum(unit_cost[:-1] * np.diff(min_quantity))])
    fixed = below - unit_cost * min_quantity
    lots = np.sqrt(2.0 * (order_cost + fixed) * demand_rate / (holding_share * unit_cost))
    inside = (lots >= min_quantity) & (lots < np.append(min_quantity[1:], np.inf))
    costs = unit_cost * demand_rate + 0.5 * holding_share * (fixed + unit_cost * lots)
    costs = costs + (order_cost + fixed) * demand_rate / lots
    best = int(np.argmin(np.where(inside, costs, np.inf)))
    return DiscountedLot(quantity=float(lots[best]), price_break=best, cost=float(costs[best]))


@dataclass(frozen=True, kw_only=True)
class JointReplenishment:
    """Items ordered together: the base cycle, how many cycles each waits (N,), its lot (N,), the cost."""

    cycle: float
    every: Array
    quantity: Array
    cost: float


def joint_replenishment(
    *, joint_cost: float, item_cost: Array, holding_cost: Array, demand_rate: Array
) -> JointReplenishment:
    """Silver's rule: the item that pays most for holding sets the pace, the others come every m cycles."""
    held = holding_cost * demand_rate
    ratio = item_cost / held
    leader = int(np.argmin(ratio))
    every: Array = np.maximum(np.rint(np.sqrt(ratio * held[leader] / (joint_cost + item_cost[leader]))), 1.0)
    every[leader] = 1.0
    ordering = joint_cost + float((item_cost / every).sum())
    holding = float((held * every).sum())
    cycle = float(np.sqrt(2.0 * ordering / holding))
    return JointReplenishment(
        cycle=cycle,
        every=every,
        quantity=cycle * every * demand_rate,
        cost=ordering / cycle + 0.5 * cycle * holding,
    )


@dataclass(frozen=True, kw_only=True)
class DisruptedSupply:
    """A supplier that fails and comes back at random; rates per unit of time."""

    order_cost: float
    holding_cost: float
    stockout_cost: float
    demand_rate: float
    disruption_rate: float
    recovery_rate: float

    @property
    def share_down(self) -> float:
        """Share of time that the supplier is down."""
        return self.disruption_rate / (self.disruption_rate + self.recovery_rate)

    def cost(self, quantity: float) -> float:
        """Cost per unit of time of lots of `quantity`, with the chance that an order meets a failure."""
        relaxing = (self.disruption_rate + self.recovery_rate) * quantity / self.demand_rate
        return self._cost(quantity, self.share_down * -np.expm1(-relaxing))

    def approximate_cost(self, quantity: float) -> float:
        """The same with that chance taken as the share of time the supplier is down."""
        return self._cost(quantity, self.share_down)

    def _cost(self, quantity: float, down: float) -> float:
        time_down = down / self.recovery_rate
        per_order = self.order_cost + 0.5 * self.holding_cost * quantity**2 / self.demand_rate
        per_order += self.stockout_cost * self.demand_rate * time_down
        return float(per_order / (quantity / self.demand_rate + time_down))

    def approximate_quantity(self) -> float:
        """Lot of least approximate cost, in closed form."""
        waiting = self.share_down * self.demand_rate / self.recovery_rate
        spent = self.order_cost * self.demand_rate + self.demand_rate * self.stockout_cost * waiting
        return float(np.sqrt(waiting**2 + 2.0 * spent / self.holding_cost) - waiting)

    def quantity(self) -> float:
        """Lot of least cost."""
        from scipy import optimize  # loads slowly, so only where it is used

        near = self.approximate_quantity()
        answer = optimize.minimize_scalar(
            self.cost, bounds=(near / 10.0, near * 10.0), method="bounded", options={"xatol": 1e-10 * near}
        )
        return float(answer.x)


def additive_yield_lot(
    *, order_cost: float, holding_cost: float, demand_rate: float, yield_mean: float, yield_sd: float
) -> float:
    """Best order where what arrives is the order plus a random amount (mean below zero: losses)."""
    return float(np.sqrt(2.0 * order_cost * demand_rate / holding_cost + yield_sd**2) - yield_mean)


def additive_yield_cost(
    quantity: float,
    *,
    order_cost: float,
    holding_cost: float,
    demand_rate: float,
    yield_mean: float,
    yield_sd: float,
) -> float:
    """Cost per unit of time of such an order."""
    arriving = quantity + yield_mean
    per_order = 2.0 * order_cost * demand_rate + holding_cost * yield_sd**2
    return per_order / (2.0 * arriving) + 0.5 * holding_cost * arriving


def multiplicative_yield_lot(
    *, order_cost: float, holding_cost: float, demand_rate: float, yield_mean: float, yield_sd: float
) -> float:
    """Best order where a random share of it arrives."""
    square = yield_sd**2 + yield_mean**2
    return float(np.sqrt(2.0 * order_cost * demand_rate / (holding_cost * square)))


def multiplicative_yield_cost(
    quantity: float,
    *,
    order_cost: float,
    holding_cost: float,
    demand_rate: float,
    yield_mean: float,
    yield_sd: float,
) -> float:
    """Cost per unit of time of such an order."""
    square = yield_sd**2 + yield_mean**2
    ordering = order_cost * demand_rate / (quantity * yield_mean)
    return ordering + 0.5 * holding_cost * quantity * square / yield_mean
