"""Loss functions: what demand is expected to exceed a stock of x by.

Every function takes arrays of one shape (or broadcastable) and returns that shape. A loss is
E[(D - x)+], in units; a second loss is the integral of the loss from x upwards, in units squared.
Source: Zipkin (2000), Foundations of Inventory Management, C.2-C.3; Snyder and Shen (2019), ch. 4.
"""

import numpy as np
from scipy import special

from inventory.engine.arrays import Array

Losses = tuple[Array, Array, Array]
"""P(D > x), the loss and the second loss at x."""

_SQRT_TWO_PI = float(np.sqrt(2 * np.pi))
# Below this ratio of variance to mean a negative binomial is a Poisson to six digits.
_LEAST_DISPERSION = 1e-6


def standard_density(z: Array) -> Array:
    """Density of the standard normal."""
    density: Array = np.exp(-0.5 * z * z) / _SQRT_TWO_PI
    return density


def normal_losses(x: Array, mean: Array, sd: Array) -> Losses:
    """P(D > x), loss and second loss of a normal demand."""
    z = (x - mean) / sd
    tail, density = special.ndtr(-z), standard_density(z)
    loss = density - z * tail
    second = 0.5 * (tail - z * loss)
    return tail, sd * loss, sd * sd * second


def gamma_losses(x: Array, mean: Array, sd: Array) -> Losses:
    """The same of a gamma demand with this mean and sd, from one incomplete gamma function.

    Partial moments of higher order follow by Q(a + 1, y) = Q(a, y) + y^a e^-y / gamma(a + 1).
    """
    scale = sd * sd / mean
    shape = mean / scale
    y = np.maximum(x, 0.0) / scale
    tail: Array = special.gammaincc(shape, y)
    jump: Array = np.exp(special.xlogy(shape, y) - y - special.gammaln(shape + 1.0))
    over = mean * (tail + jump)
    over_squared = (mean + scale) * (over + mean * jump * y / (shape + 1.0))
    return tail, over - x * tail, 0.5 * (over_squared - 2.0 * x * over + x * x * tail)


def negative_binomial_moments(mean: Array, sd: Array) -> tuple[Array, Array]:
    """Size r and success probability p of the negative binomial with this mean and sd."""
    variance = np.maximum(sd * sd, mean * (1.0 + _LEAST_DISPERSION))
    return mean * mean / (variance - mean), mean / variance


def negative_binomial_losses(x: Array, mean: Array, sd: Array) -> Losses:
    """The same of a negative binomial demand (a Poisson where sd^2 <= mean), x whole numbers.

    Higher partial moments are tails of negative binomials of size r + 1 and r + 2, which follow from
    the tail and the probability at x. The second loss is the sum of the loss over whole numbers above x.
    """
    size, chance = negative_binomial_moments(mean, sd)
    odds = (1.0 - chance) / chance
    count = np.maximum(x, 0.0)
    tail = np.where(x < 0, 1.0, special.betainc(count + 1.0, size, 1.0 - chance))
    at = np.where(x < 0, 0.0, _negative_binomial_probability(count, size, chance))
    growth = at * (count + size) / size
    next_tail = tail + growth
    last_tail = next_tail + growth * count / (odds * (size + 1.0))
    over = mean * next_tail
    pairs = mean * (size + 1.0) * odds * last_tail
    return tail, over - x * tail, 0.5 * (pairs - 2.0 * x * over + x * (x + 1.0) * tail)


def _negative_binomial_probability(count: Array, size: Array, chance: Array) -> Array:
    """P(D = count)."""
    positive = np.maximum(count, 1.0)
    logarithm = special.xlog1py(count, -chance) + special.xlogy(size, chance)
    logarithm -= np.where(count > 0, np.log(positive) + special.betaln(positive, size), 0.0)
    probability: Array = np.exp(logarithm)
    return probability
