"""Reorder point and lot together: (r, Q) and (s, S) systems of least cost.

Costs per unit of time; demand over the lead time normal or Poisson. Source: Snyder and Shen (2019),
chapters 4 and 5; Federgruen and Zheng (1992); Zheng and Federgruen (1991); Ehrhardt and Mosier (1984).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from inventory.engine import loss
from inventory.engine.arrays import as_array
from inventory.engine.codes import Distribution
from inventory.engine.lot_sizes import economic_order_quantity, economic_order_quantity_with_backorders
from inventory.engine.newsvendor import Demand, newsvendor_cost, newsvendor_level, poisson_demand
from inventory.engine.service_levels import FillProblem, safety_for_fill_rate

_TOLERANCE = 1e-10


@dataclass(frozen=True, kw_only=True)
class NormalSystem:
    """An (r, Q) system whose demand over the lead time is normal. Rates and costs per unit of time."""

    holding_cost: float
    stockout_cost: float
    order_cost: float
    demand_mean: float
    demand_sd: float
    lead_time: float

    @property
    def demand(self) -> Demand:
        """Demand over the lead time."""
        return Demand(
            mean=self.demand_mean * self.lead_time, sd=self.demand_sd * float(np.sqrt(self.lead_time))
        )

    @property
    def _economic_lot(self) -> float:
        return float(
            economic_order_quantity(
                order_cost=self.order_cost, holding_cost=self.holding_cost, demand_rate=self.demand_mean
            ).quantity
        )

    def cost(self, reorder_point: float, quantity: float) -> float:
        """Exact cost: the newsvendor cost averaged over positions r .. r + Q, and the orders."""
        both = self.holding_cost + self.stockout_cost
        start, end = reorder_point - self.demand.mean, reorder_point + quantity - self.demand.mean
        averaged = 0.5 * self.holding_cost * (end**2 - start**2)
        averaged += both * (self._second_loss(reorder_point) - self._second_loss(reorder_point + quantity))
        return (self.order_cost * self.demand_mean + averaged) / quantity

    def _second_loss(self, level: float) -> float:
        _, _, second = loss.normal_losses(
            as_array(level), as_array(self.demand.mean), as_array(self.demand.sd)
        )
        return float(second)

    def best_reorder_point(self, quantity: float) -> float:
        """r at which r and r + Q cost the same: the fill-rate equation at b = p / (p + h)."""
        one = np.ones(1)
        problem = FillProblem(
            target=one * self.stockout_cost / (self.stockout_cost + self.holding_cost),
            protection_mean=one * self.demand.mean,
            protection_sd=one * self.demand.sd,
            lead_time_mean=one * self.demand.mean,
            lead_time_sd=one * self.demand.sd,
            quantity=one * quantity,
            review_demand=0.0 * one,
        )
        safety = safety_for_fill_rate(problem, distribution=np.full(1, Distribution.NORMAL, dtype=np.int8))
        return float(self.demand.mean + safety[0])

    def expected_loss_approximation(self) -> tuple[float, float, float]:
        """r, Q and approximate cost when shortages are counted per cycle (Hadley and Whitin)."""
        lot, point = self._economic_lot, 0.0
        for _ in range(1000):
            before = lot, point
            share = 1.0 - lot * self.holding_cost / (self.stockout_cost * self.demand_mean)
            point = float(self.demand.mean + self.demand.sd * special.ndtri(share))
            per_cycle = self.order_cost + self.stockout_cost * float(self.demand.shortage(point))
            lot = float(np.sqrt(2.0 * self.demand_mean * per_cycle / self.holding_cost))
            if abs(lot - before[0]) + abs(point - before[1]) < _TOLERANCE:
                break
        short = float(self.demand.shortage(point))
        cost = self.holding_cost * (point - self.demand.mean + lot / 2.0)
        cost += (self.order_cost + self.stockout_cost * short) * self.demand_mean / lot
        return point, lot, cost

    def loss_function_approximation(self) -> tuple[float, float]:
        """r and Q by turns: loss(r) = h Q / (h + p), then Q from the second loss at r."""
        lot, both = self._economic_lot, self.holding_cost + self.stockout_cost
        point = self.demand.mean
        for _ in range(1000):
            before = lot
            point = self._inverse_shortage(self.holding_cost * lot / both)
            spent = self.order_cost * self.demand_mean + both * self._second_loss(point)
            lot = float(np.sqrt(2.0 * spent / self.holding_cost))
            if abs(lot - before) < _TOLERANCE:
                break
        return point, lot

    def _inverse_shortage(self, wanted: float) -> float:
        from scipy import optimize  # loads slowly, so only where it is used

        low = self.demand.mean - wanted - 40.0 * self.demand.sd
        high = self.demand.mean + 40.0 * self.demand.sd
        return float(
            optimize.brentq(lambda level: float(self.demand.shortage(level)) - wanted, low, high, xtol=1e-12)
        )

    def backorder_approximation(self) -> tuple[float, float]:
        """The economic lot with backorders, and the best reorder point for it."""
        lot, _ = economic_order_quantity_with_backorders(
            order_cost=self.order_cost,
            holding_cost=self.holding_cost,
            stockout_cost=self.stockout_cost,
            demand_rate=self.demand_mean,
        )
        return self.best_reorder_point(float(lot.quantity)), float(lot.quantity)

    def safety_stock_approximation(self) -> tuple[float, float]:
        """The newsvendor level as reorder point, and the economic lot."""
        level = newsvendor_level(
            self.demand, holding_cost=self.holding_cost, stockout_cost=self.stockout_cost
        )
        return level, self._economic_lot


@dataclass(frozen=True, kw_only=True)
class PoissonSystem:
    """An (r, Q) system whose demand is Poisson; r and Q are whole numbers."""

    holding_cost: float
    stockout_cost: float
    order_cost: float
    demand_mean: float
    lead_time: float

    def _level_cost(self, level: int) -> float:
        demand = poisson_demand(self.demand_mean * self.lead_time)
        return float(
            newsvendor_cost(level, demand, holding_cost=self.holding_cost, stockout_cost=self.stockout_cost)
        )

    def cost(self, reorder_point: int, quantity: int) -> float:
        """Cost of ordering Q whenever the position falls to r."""
        levels = range(reorder_point + 1, reorder_point + quantity + 1)
        return (
            self.order_cost * self.demand_mean + sum(self._level_cost(level) for level in levels)
        ) / quantity

    def best(self) -> tuple[int, int, float]:
        """r, Q and the least cost: levels are taken on from the cheapest outwards while they help."""
        demand = poisson_demand(self.demand_mean * self.lead_time)
        level = int(
            newsvendor_level(demand, holding_cost=self.holding_cost, stockout_cost=self.stockout_cost)
        )
        point, quantity = level - 1, 1
        total = self.order_cost * self.demand_mean + self._level_cost(level)
        while True:
            below, above = self._level_cost(point), self._level_cost(point + quantity + 1)
            if min(below, above) >= total / quantity:
                return point, quantity, total / quantity
            total, quantity = total + min(below, above), quantity + 1
            point -= int(below < above)


def periodic_system_cost(
    reorder_point: int,
    order_up_to: int,
    demand: Demand,
    *,
    holding_cost: float,
    stockout_cost: float,
    order_cost: float,
) -> float:
    """Cost per period of an (s, S) system with counted demand, reviewed each period, no lead time.

    A cycle runs down from S; the expected visits to each position follow from the renewal equation.
    """
    if demand.probability is None:
        raise ValueError("demand is normal; an (s, S) system needs counted or Poisson demand")
    span = order_up_to - reorder_point
    chance = np.zeros(span)
    chance[: min(span, len(demand.probability))] = demand.probability[:span]
    visits = np.zeros(span)
    visits[0] = 1.0 / (1.0 - chance[0])
    for step in range(1, span):
        visits[step] = visits[0] * (chance[1 : step + 1] @ visits[step - 1 :: -1][:step])
    levels = order_up_to - np.arange(span)
    costs = newsvendor_cost(levels, demand, holding_cost=holding_cost, stockout_cost=stockout_cost)
    return float((order_cost + visits @ costs) / visits.sum())


def best_periodic_system(
    demand: Demand, *, holding_cost: float, stockout_cost: float, order_cost: float
) -> tuple[int, int, float]:
    """s, S and the least cost per period. Source: Zheng and Federgruen (1991).

    s falls and S rises from the cheapest single level as long as a level costs less than the best system.
    """
    prices = {"holding_cost": holding_cost, "stockout_cost": stockout_cost}

    def single(level: int) -> float:
        return float(newsvendor_cost(level, demand, **prices))

    def system(point: int, up_to: int) -> float:
        return periodic_system_cost(point, up_to, demand, order_cost=order_cost, **prices)

    best_up_to = int(newsvendor_level(demand, **prices))
    point = best_up_to - 1
    while system(point, best_up_to) > single(point):
        point -= 1
    best_point, best_cost = point, system(point, best_up_to)
    up_to = best_up_to + 1
    while single(up_to) <= best_cost:
        if system(point, up_to) < best_cost:
            best_up_to = up_to
            while system(point, up_to) <= single(point + 1):
                point += 1
            best_point, best_cost = point, system(point, up_to)
        up_to += 1
    return best_point, best_up_to, best_cost


def power_approximation(
    *, holding_cost: float, stockout_cost: float, order_cost: float, demand_mean: float, demand_sd: float
) -> tuple[float, float]:
    """s and S of an (s, S) system by the power approximation of Ehrhardt and Mosier, no lead time."""
    lot = 1.30 * demand_mean**0.494 * (order_cost / holding_cost) ** 0.506
    lot *= (1.0 + (demand_sd / demand_mean) ** 2) ** 0.116
    root = float(np.sqrt(lot / demand_sd * holding_cost / stockout_cost))
    point = 0.973 * demand_mean + demand_sd * (0.183 / root + 1.063 - 2.192 * root)
    return point, point + lot
