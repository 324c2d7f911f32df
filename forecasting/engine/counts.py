"""Demand that is mostly zero: a small smoothed rate, with negative binomial ranges."""

import numpy as np

from .arrays import Array, FloatArray, History, IntArray, clean_history
from .block import Block, make_block
from .pool import Members

ALPHA = 0.1
MOSTLY_ZEROS = 0.5
POOLED_PERIODS = 6.0
FIRST_SALE = 1 / 3  # of a period: what the first sale of a history counts


def share_of_zeros(values: Array, length: IntArray) -> Array:
    """Share of a series' own periods (N,) without demand."""
    rows = len(values)
    lived = np.arange(rows)[:, None] >= rows - length
    return np.asarray(((values <= 0) & lived).sum(axis=0) / np.maximum(length, 1))


def fit_counts(block: Block, *, group_index: FloatArray, horizon: int) -> Members:
    """Simple smoothing with alpha 0.1 from the mean of the first season: the rate of rare demand.

    A history that begins with its first sale says by that sale when it began, and hardly how much comes.
    """
    age = np.arange(len(block.y))[:, None] - (len(block.y) - block.length)
    told = np.where((age == 0) & (block.y > 0), FIRST_SALE, block.lived).astype(block.y.dtype)
    head = told * (age < block.season)
    level = (block.y * head).sum(axis=0) / head.sum(axis=0)
    square = np.zeros_like(level)
    for actual, weight in zip(block.y, told, strict=True):
        error = weight * (actual - level)
        square += error**2
        level = level + ALPHA * error
    path: FloatArray = np.repeat(level[None], horizon, axis=0)
    return Members(
        paths={"rate": path},
        weights={"rate": np.ones_like(level)},
        level=level,
        index=np.zeros_like(path),
        sigma=np.sqrt(square / block.weight),
        seasonal_weight=np.zeros_like(level),
        recent=block.y[-block.season :],
    )


def lead_time_quantiles(
    history: Array,
    first: IntArray | None = None,
    *,
    periods: int,
    levels: tuple[float, ...] = (0.8, 0.95),
    season: int = 12,
) -> Array:
    """Quantiles (L, N) of the demand of the next ``periods`` together, for series that are mostly zero.

    Negative binomial around the smoothed rate; its dispersion is the series' own, shrunk towards that of all
    series given. Select and report such series on the pinball loss of these, since a forecast of zero wins
    every error measure of single periods.
    """
    clean = clean_history(history, first, season=season)
    live = np.flatnonzero(clean.length > 0)
    result = np.zeros((len(levels), len(clean.length)))
    if not len(live):
        return result
    part = clean.at(live)
    block = make_block(part, season=season)
    none = np.ones((season, len(live)), dtype=np.float32)
    rate = fit_counts(block, group_index=none, horizon=1).level.astype(np.float64) * block.scale
    mean = np.maximum(rate * periods, 0.0)
    variance = mean * _dispersion(part)
    for number, level in enumerate(levels):
        result[number, live] = negative_binomial_quantile(mean, variance, level=level)
    return result


def _dispersion(history: History) -> Array:
    """Variance over mean (N,) of single periods, at least 1, with the pool as six more periods."""
    values, length = history.values, history.length
    lived = np.arange(len(values))[:, None] >= history.first
    mean = (values * lived).sum(axis=0) / length
    variance = (((values - mean) * lived) ** 2).sum(axis=0) / np.maximum(length - 1, 1)
    own = np.maximum(variance / np.maximum(mean, 1e-12), 1.0)
    pooled = max(float(variance.sum() / max(float(mean.sum()), 1e-12)), 1.0)
    return np.asarray((length * own + POOLED_PERIODS * pooled) / (length + POOLED_PERIODS))


def negative_binomial_quantile(mean: Array, variance: Array, *, level: float) -> Array:
    """Smallest whole number whose cumulative probability reaches ``level``, elementwise.

    Variance at or below the mean is taken just above it (Poisson). Bisection on the regularised incomplete
    beta function, P(X <= k) = I_p(r, k + 1).
    """
    from scipy.special import betainc  # loads slowly, so only where counts are forecast

    spread = np.maximum(variance, mean * (1 + 1e-4))
    chance = np.where(mean > 0, mean / np.maximum(spread, 1e-300), 1.0)
    shape = np.maximum(mean * chance / np.maximum(1 - chance, 1e-12), 1e-9)
    low = np.full(mean.shape, -1.0)
    high = np.ceil(mean + 40 * np.sqrt(np.maximum(spread, 0)) + 10)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        reached = betainc(shape, middle + 1, chance) >= level
        high, low = np.where(reached, middle, high), np.where(reached, low, middle)
    return np.where(mean > 0, high, 0.0)
