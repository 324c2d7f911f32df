"""What the members of a demand class teach each other: found once over the whole plan, used for each item."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, as_array, require_at_least_zero
from inventory.engine.codes import DEMAND_CLASSES
from inventory.engine.demand_shape import intermittent

First = NDArray[np.intp] | None


ENOUGH_BUCKETS = 104
"""Buckets from which an item's own variance of wild demand counts more than that of its class (ADR 0202)."""
ENOUGH_RARE_BUCKETS = 36
"""The same of intermittent demand, whose items differ more from each other than a class of like variation does."""
FEWEST_FOR_POWER = 30
"""Members from which a class shows how its variance grows with the mean."""


@dataclass(frozen=True, kw_only=True)
class ClassSpread:
    """What is expected of the variance of a bucket's demand: dispersion * mean ** power, by class or by item."""

    dispersion: Array
    power: Array

    @classmethod
    def of_chance(cls, groups: int) -> "ClassSpread":
        """Orders of single units that come by chance: the variance is the mean."""
        return cls(dispersion=np.ones(groups), power=np.ones(groups))

    def of(self, group: NDArray[np.intp]) -> "ClassSpread":
        """That of each item's class (N,)."""
        return ClassSpread(dispersion=self.dispersion[group], power=self.power[group])

    def variance(self, mean: Array) -> Array:
        """Expected of items with these means, units squared."""
        expected: Array = self.dispersion * mean**self.power
        return expected


def class_spread(history: Array, *, group: NDArray[np.intp], first: First = None) -> ClassSpread:
    """How the variance of a bucket's demand goes with its mean in each demand class (G,); chance for an empty class.

    history: (T, N), units of past buckets, from row `first` (N,) on. group: (N,), codes of DEMAND_CLASSES.
    The power lies halfway between 1, orders of one size that merely come more often, and what the members show
    (Taylor 1961: between 1 and 2); members count by their buckets.

    >>> class_spread(np.array([[0.0], [4.0]]), group=np.array([2])).dispersion.tolist()
    [1.0, 1.0, 2.0, 1.0]
    """
    mean, variance, buckets = _moments(history, first)
    found = ClassSpread.of_chance(len(DEMAND_CLASSES))
    for code in np.unique(group[mean > 0]).tolist():
        members = (group == code) & (mean > 0)
        found.power[code] = power = 0.5 + 0.5 * _taylor_power(mean[members], variance[members])
        relative = variance[members] / mean[members] ** power
        found.dispersion[code] = np.average(relative, weights=buckets[members])
    return found


def _taylor_power(mean: Array, variance: Array) -> float:
    """Slope of log variance on log mean of M members, between 1 and 2; 1 where too few tell."""
    varies = variance > 0
    x, y = np.log(mean[varies]), np.log(variance[varies])
    if len(x) < FEWEST_FOR_POWER or np.ptp(x) < 1e-9:
        return 1.0
    slope = ((x - x.mean()) * y).sum() / ((x - x.mean()) ** 2).sum()
    return float(np.clip(slope, 1.0, 2.0))


def demand_spread(
    history: Array, *, protection_demand: Array, expected: ClassSpread, first: First = None
) -> Array:
    """Sd of demand over the protection interval (N,) from how demand itself varies, units.

    history: (T, N), units of past buckets, from row `first` (N,) on. protection_demand: (N,), forecast of
    the interval, units. expected: (N,), of each item's class. For items that are not `steady`: the variance,
    shrunk to what its class lets expect with the weight buckets / (buckets + ENOUGH_BUCKETS), over the mean,
    never below that of a Poisson, times the forecast.

    >>> chance = ClassSpread(dispersion=np.array([2.0]), power=np.array([1.0]))
    >>> demand_spread(np.array([[0.0], [4.0]]), protection_demand=np.array([8.0]), expected=chance)
    array([4.])
    """
    require_at_least_zero(protection_demand=protection_demand)
    mean, variance, buckets = _moments(history, first)
    enough = np.where(intermittent(history, first=first), ENOUGH_RARE_BUCKETS, ENOUGH_BUCKETS)
    weight = buckets / (buckets + enough)
    shrunk = weight * variance + (1.0 - weight) * expected.variance(mean)
    ratio = np.divide(shrunk, mean, out=np.ones_like(mean), where=mean > 0)
    error: Array = np.sqrt(np.maximum(ratio, 1.0) * protection_demand)
    return error


def _moments(history: Array, first: First) -> tuple[Array, Array, Array]:
    """Mean and variance of a bucket's demand since the first one, and how many buckets that is, each (N,)."""
    rows = np.arange(len(history))[:, None]
    lived = rows >= (0 if first is None else first)
    floored = np.where(lived, np.maximum(history, 0.0), 0.0)
    buckets = as_array(np.broadcast_to(lived, history.shape).sum(axis=0))
    mean = floored.sum(axis=0) / np.maximum(buckets, 1.0)
    variance = (np.where(lived, floored - mean, 0.0) ** 2).sum(axis=0) / np.maximum(buckets, 1.0)
    return mean, variance, buckets
