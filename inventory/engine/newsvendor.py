"""One decision against uncertain demand: what to stock when too much and too little both cost.

Costs per unit and period. Source: Snyder and Shen (2019), chapter 4; Zipkin (2000), chapter 9.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inventory.engine import loss
from inventory.engine.arrays import Array, as_array


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Demand of one period: whole numbers 0 .. K with their probabilities (K + 1,), or a normal."""

    mean: float
    sd: float
    probability: Array | None = None

    def quantile(self, share: float) -> float:
        """Least level that demand exceeds with at most 1 - share."""
        if self.probability is None:
            return float(self.mean + self.sd * special.ndtri(share))
        return float(np.argmax(np.cumsum(self.probability) >= share - 1e-12))

    def shortage(self, level: ArrayLike) -> Array:
        """E[(D - level)+], units."""
        if self.probability is None:
            _, expected, _ = loss.normal_losses(as_array(level), as_array(self.mean), as_array(self.sd))
            return expected
        counts = np.arange(len(self.probability))
        short = np.maximum(counts - as_array(level)[..., None], 0.0)
        mean_short: Array = short @ self.probability
        return mean_short

    def left_over(self, level: ArrayLike) -> Array:
        """E[(level - D)+], units."""
        return as_array(level) - self.mean + self.shortage(level)


def normal_demand(*, mean: float, sd: float, lead_time: float = 0.0) -> Demand:
    """Normal demand of one period, or of the `lead_time` + 1 periods that an order must last."""
    return Demand(mean=mean * (lead_time + 1.0), sd=sd * float(np.sqrt(lead_time + 1.0)))


def poisson_demand(mean: float) -> Demand:
    """Poisson demand, cut where fewer than 1e-15 remain."""
    from scipy import stats  # loads slowly, so only where it is used

    highest = int(stats.poisson.isf(1e-15, mean)) + 2
    probability = stats.poisson.pmf(np.arange(highest + 1), mean)
    return Demand(mean=mean, sd=float(np.sqrt(mean)), probability=probability)


def counted_demand(probability: Array) -> Demand:
    """Demand of 0, 1, 2 ... with these probabilities, which must sum to 1."""
    if abs(float(probability.sum()) - 1.0) > 1e-6 or (probability < 0).any():
        raise ValueError(f"probability sums to {probability.sum():g}; give shares of 0 or more that sum to 1")
    counts = np.arange(len(probability))
    mean = float(counts @ probability)
    variance = float((counts - mean) ** 2 @ probability)
    return Demand(mean=mean, sd=float(np.sqrt(variance)), probability=probability)


def newsvendor_level(demand: Demand, *, holding_cost: float, stockout_cost: float) -> float:
    """Level of least cost: the p / (p + h) quantile of demand.

    >>> demand = normal_demand(mean=50, sd=8)
    >>> round(newsvendor_level(demand, holding_cost=0.18, stockout_cost=0.7), 4)
    56.604
    """
    return demand.quantile(stockout_cost / (stockout_cost + holding_cost))


def newsvendor_cost(level: ArrayLike, demand: Demand, *, holding_cost: float, stockout_cost: float) -> Array:
    """Expected holding and shortage cost of a level."""
    return holding_cost * demand.left_over(level) + stockout_cost * demand.shortage(level)


@dataclass(frozen=True, kw_only=True)
class SeasonPrices:
    """What a unit brings and costs when a season is bought for once."""

    revenue: float
    purchase_cost: float
    salvage_value: float
    holding_cost: float = 0.0
    stockout_cost: float = 0.0

    def level(self, demand: Demand) -> float:
        """Level of highest profit."""
        too_little = self.revenue - self.purchase_cost + self.stockout_cost
        too_much = self.purchase_cost - self.salvage_value + self.holding_cost
        return demand.quantile(too_little / (too_little + too_much))

    def profit(self, level: float, demand: Demand) -> float:
        """Expected profit of a level."""
        short, left = float(demand.shortage(level)), float(demand.left_over(level))
        sold = demand.mean - short
        kept = (self.salvage_value - self.holding_cost) * left
        return self.revenue * sold - self.purchase_cost * level + kept - self.stockout_cost * short


def myopic_cost(
    level: float,
    demand: Demand,
    *,
    holding_cost: float,
    stockout_cost: float,
    purchase_cost: float,
    next_purchase_cost: float,
    discount_factor: float,
) -> float:
    """Cost of a level when what is left is worth its purchase cost of the next period, discounted."""
    here = newsvendor_cost(level, demand, holding_cost=holding_cost, stockout_cost=stockout_cost)
    carried = discount_factor * next_purchase_cost * (level - demand.mean)
    return float(purchase_cost * level + here - carried)
