"""Loss functions: what demand is expected to exceed a stock of x by.

Every function takes arrays of one shape (or broadcastable) and returns that shape. `loss` is
E[(D - x)+], in units; `second_loss` is the integral of the loss from x upwards, in units squared.
Source: Zipkin (2000), Foundations of Inventory Management, C.2-C.3; Snyder and Shen (2019), ch. 4.
"""

import numpy as np
from scipy import special

from inventory.engine.arrays import Array

_SQRT_TWO_PI = float(np.sqrt(2 * np.pi))
# Below this ratio of variance to mean a negative binomial is a Poisson to six digits.
_LEAST_DISPERSION = 1e-6


def standard_density(z: Array) -> Array:
    """Density of the standard normal."""
    density: Array = np.exp(-0.5 * z * z) / _SQRT_TWO_PI
    return density


def standard_loss(z: Array) -> Array:
    """G(z) = E[(Z - z)+] of the standard normal.

    >>> round(float(standard_loss(np.float64(0.0))), 6)
    0.398942
    """
    loss: Array = standard_density(z) - z * special.ndtr(-z)
    return loss


def standard_second_loss(z: Array) -> Array:
    """Integral of G from z upwards: ((z^2 + 1) P(Z > z) - z density) / 2."""
    second: Array = 0.5 * ((z * z + 1.0) * special.ndtr(-z) - z * standard_density(z))
    return second


def normal_tail(x: Array, mean: Array, sd: Array) -> Array:
    """P(D > x) of a normal demand."""
    tail: Array = special.ndtr((mean - x) / sd)
    return tail


def normal_loss(x: Array, mean: Array, sd: Array) -> Array:
    """E[(D - x)+] of a normal demand, in units."""
    return sd * standard_loss((x - mean) / sd)


def normal_second_loss(x: Array, mean: Array, sd: Array) -> Array:
    """Integral of the normal loss from x upwards."""
    return sd * sd * standard_second_loss((x - mean) / sd)


def _gamma_moments(mean: Array, sd: Array) -> tuple[Array, Array]:
    """Shape and scale of the gamma with this mean and sd."""
    scale = sd * sd / mean
    return mean / scale, scale


def gamma_tail(x: Array, mean: Array, sd: Array) -> Array:
    """P(D > x) of a gamma demand with this mean and sd."""
    shape, scale = _gamma_moments(mean, sd)
    tail: Array = special.gammaincc(shape, np.maximum(x, 0.0) / scale)
    return tail


def gamma_loss(x: Array, mean: Array, sd: Array) -> Array:
    """E[(D - x)+] of a gamma demand; below zero stock the whole demand and the backlog are lost."""
    tail, over, _ = _gamma_partial_moments(x, mean, sd)
    return over - x * tail


def gamma_second_loss(x: Array, mean: Array, sd: Array) -> Array:
    """Integral of the gamma loss from x upwards."""
    tail, over, over_squared = _gamma_partial_moments(x, mean, sd)
    return 0.5 * (over_squared - 2.0 * x * over + x * x * tail)


def _gamma_partial_moments(x: Array, mean: Array, sd: Array) -> tuple[Array, Array, Array]:
    """P(D > x), E[D; D > x] and E[D^2; D > x], from one incomplete gamma function by recurrence."""
    shape, scale = _gamma_moments(mean, sd)
    y = np.maximum(x, 0.0) / scale
    tail: Array = special.gammaincc(shape, y)
    with np.errstate(divide="ignore"):
        jump: Array = np.exp(special.xlogy(shape, y) - y - special.gammaln(shape + 1.0))
    next_tail = tail + jump
    last_tail = next_tail + jump * y / (shape + 1.0)
    return tail, mean * next_tail, mean * (mean + scale) * last_tail


def negative_binomial_moments(mean: Array, sd: Array) -> tuple[Array, Array]:
    """Size r and success probability p of the negative binomial with this mean and sd."""
    variance = np.maximum(sd * sd, mean * (1.0 + _LEAST_DISPERSION))
    return mean * mean / (variance - mean), mean / variance


def _negative_binomial_tail(x: Array, size: Array, chance: Array) -> Array:
    """P(D > x) for whole x; 1 below zero."""
    tail = special.betainc(np.maximum(x, 0.0) + 1.0, size, 1.0 - chance)
    return np.where(x < 0, 1.0, tail)


def negative_binomial_tail(x: Array, mean: Array, sd: Array) -> Array:
    """P(D > x) of a negative binomial demand (a Poisson where sd^2 <= mean), x a whole number."""
    size, chance = negative_binomial_moments(mean, sd)
    return _negative_binomial_tail(x, size, chance)


def negative_binomial_loss(x: Array, mean: Array, sd: Array) -> Array:
    """E[(D - x)+] of a negative binomial demand, x a whole number."""
    size, chance = negative_binomial_moments(mean, sd)
    over = mean * _negative_binomial_tail(x - 1.0, size + 1.0, chance)
    return over - x * _negative_binomial_tail(x, size, chance)


def negative_binomial_second_loss(x: Array, mean: Array, sd: Array) -> Array:
    """Sum of the loss over all whole numbers above x, x a whole number."""
    size, chance = negative_binomial_moments(mean, sd)
    odds = (1.0 - chance) / chance
    pairs = size * (size + 1.0) * odds * odds * _negative_binomial_tail(x - 2.0, size + 2.0, chance)
    over = mean * _negative_binomial_tail(x - 1.0, size + 1.0, chance)
    tail = _negative_binomial_tail(x, size, chance)
    return 0.5 * (pairs - 2.0 * x * over + x * (x + 1.0) * tail)
