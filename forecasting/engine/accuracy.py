"""Forecast accuracy: one definition of each measure for the whole product.

Errors are forecast minus actual, so a positive bias is over-forecasting. NaN pairs are left out.
"""

from itertools import pairwise

import numpy as np

from .arrays import Array, BoolArray, IntArray
from .results import Backtest

FEWEST_ORIGINS = 12


def wape(actual: Array, forecast: Array, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """Weighted absolute percentage error, sum|error| / sum|actual|, along ``axis``; NaN where nothing sold.

    >>> float(wape(np.array([100.0, 50.0]), np.array([90.0, 70.0])))
    0.2
    """
    return _ratio(np.abs(_error(actual, forecast)), actual, axis=axis)


def bias(actual: Array, forecast: Array, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """Signed bias, sum(error) / sum|actual|, along ``axis``; positive where too much was forecast."""
    return _ratio(_error(actual, forecast), actual, axis=axis)


def mase(actual: Array, forecast: Array, history: Array, *, season: int = 12) -> Array:
    """Mean absolute scaled error (N,) against the in-sample seasonal naive of ``history`` (T, N).

    NaN marks periods without data; NaN where the history is too short or never changes.
    Source: Hyndman and Koehler (2006).
    """
    lag = season if len(history) > season else 1
    scale = _mean(np.abs(history[lag:] - history[:-lag]))
    return np.asarray(_mean(np.abs(_error(actual, forecast))) / np.where(scale > 0, scale, np.nan))


def smape(actual: Array, forecast: Array) -> Array:
    """Symmetric mean absolute percentage error (N,) of (H, N) arrays, as a fraction (0 to 2)."""
    size = np.abs(actual) + np.abs(forecast)
    return _mean(2 * np.abs(forecast - actual) / np.where(size > 0, size, 1.0))


def pinball(actual: Array, quantile: Array, *, level: float) -> Array:
    """Pinball loss, elementwise, of a forecast of the ``level`` quantile (0 < level < 1)."""
    short = actual - quantile
    return np.asarray(np.maximum(level * short, (level - 1) * short))


def coverage(actual: Array, lower: Array, upper: Array, *, axis: int | None = None) -> Array:
    """Share of actuals inside their interval, along ``axis``."""
    known = np.isfinite(actual)
    inside = known & (actual >= lower) & (actual <= upper)
    return np.asarray(inside.sum(axis=axis) / np.maximum(known.sum(axis=axis), 1))


def value_added(actual: Array, steps: dict[str, Array]) -> dict[str, float]:
    """WAPE gained by each step over the one before it, in order; positive where the step helped.

    ``steps`` maps names (naive, statistical, reconciled, planner, consensus) to forecasts shaped as actual.
    """
    known = np.isfinite(actual) & np.all([np.isfinite(step) for step in steps.values()], axis=0)
    errors = [float(wape(actual[known], step[known])) for step in steps.values()]
    gains = [before - after for before, after in pairwise(errors)]
    return dict(zip(list(steps)[1:], gains, strict=True))


def scored_origins(result: Backtest, *, lag: int = 1) -> IntArray:
    """Number of origins (N,) at which one lag was scored."""
    known, _, _ = _newest(result, lag=lag)
    return np.asarray(known.sum(axis=0))


def backtest_wape(result: Backtest, *, lag: int = 1) -> tuple[Array, Array]:
    """WAPE (N,) at one lag over the newest origins: of the engine and of seasonal naive."""
    known, pool, naive = _newest(result, lag=lag)
    actual = _actual(result, lag=lag, known=known)
    return wape(actual, pool, axis=0), wape(actual, naive, axis=0)


def backtest_bias(result: Backtest, *, lag: int = 1) -> Array:
    """Signed bias (N,) of the engine's forecast at one lag over the newest origins."""
    known, pool, _ = _newest(result, lag=lag)
    return bias(_actual(result, lag=lag, known=known), pool, axis=0)


def naive_wins(result: Backtest, *, lag: int = 1) -> BoolArray:
    """True (N,) where seasonal naive had the lower WAPE over 12 or more origins, each with a season before it."""
    pool, naive = backtest_wape(result, lag=lag)
    return np.asarray((scored_origins(result, lag=lag) >= FEWEST_ORIGINS) & result.seasons & (naive < pool))


def cumulative_rmse(result: Backtest, *, periods: IntArray, naive: BoolArray | None = None) -> Array:
    """RMSE (len(periods), N) of the error summed over the first P periods, for protection intervals.

    One row for each P in ``periods`` (1 .. lags); ``naive`` (N,) marks series that use seasonal naive.
    NaN where fewer than 12 origins were complete. Origins count as origin_weight() says.
    """
    used = result.pool if naive is None else np.where(naive, result.naive, result.pool)
    error = np.cumsum(used - result.actual, axis=1)
    weight = origin_weight(result.length, origins=len(error))[:, None]
    weights = _newest_sums(result, np.broadcast_to(weight, error.shape), periods=periods)
    sums = _newest_sums(result, error, periods=periods)
    return np.stack([_rms(newest, counts) for newest, counts in zip(sums, weights, strict=True)])


def origin_weight(length: IntArray, *, origins: int) -> Array:
    """What an error made ``o + 1`` periods ago (O, N) counts: the square of the share of today's history known then.

    ``length`` (N,) is the history of today, in periods. What a model of half a year missed does not speak for one of
    two years (ADR 0103).
    """
    known = np.maximum(length - 1 - np.arange(origins)[:, None], 0)
    return np.asarray((known / np.maximum(length, 1)) ** 2)


def _rms(errors: Array, weight: Array) -> Array:
    """Root of the weighed mean square (N,) of errors (O, N); NaN where fewer than 12 are known."""
    known = np.isfinite(errors)
    total = np.where(known, weight, 0.0).sum(axis=0)
    square = np.where(known, weight * errors**2, 0.0).sum(axis=0)
    enough = (known.sum(axis=0) >= FEWEST_ORIGINS) & (total > 0)
    return np.asarray(np.where(enough, np.sqrt(square / np.where(enough, total, 1.0)), np.nan))


def cumulative_wape(result: Backtest, *, periods: IntArray) -> Array:
    """WAPE (len(periods), N) of the engine's demand of the first P periods together, over the newest origins.

    What is too early in one period and too late in the next cancels out, as it does for whoever buys once for
    all of them.
    """
    pool = _newest_sums(result, np.cumsum(result.pool, axis=1), periods=periods)
    actual = _newest_sums(result, np.cumsum(result.actual, axis=1), periods=periods)
    return np.stack([wape(came, said, axis=0) for came, said in zip(actual, pool, strict=True)])


def _newest_sums(result: Backtest, summed: Array, *, periods: IntArray) -> list[Array]:
    """Of sums (O, L, N) over the first periods, those of each P at the newest origins complete there."""
    lags = result.pool.shape[1]
    if periods.min(initial=1) < 1 or periods.max(initial=1) > lags:
        raise ValueError(f"periods must lie between 1 and the {lags} lags of the backtest")
    return [summed[span - 1 : span - 1 + result.origins, span - 1] for span in periods]


def _newest(result: Backtest, *, lag: int) -> tuple[BoolArray, Array, Array]:
    """The newest origins complete at one lag, the engine's forecasts there, and the naive ones."""
    if not 1 <= lag <= result.pool.shape[1]:
        raise ValueError(f"lag {lag} was not backtested; choose 1 to {result.pool.shape[1]}")
    rows = slice(lag - 1, lag - 1 + result.origins)
    pool, naive = result.pool[rows, lag - 1], result.naive[rows, lag - 1]
    known = np.isfinite(pool) & np.isfinite(result.actual[rows, lag - 1])
    return known, pool, naive


def _actual(result: Backtest, *, lag: int, known: BoolArray) -> Array:
    return np.where(known, result.actual[lag - 1 : lag - 1 + result.origins, lag - 1], np.nan)


def _error(actual: Array, forecast: Array) -> Array:
    return np.asarray(forecast - actual)


def _ratio(error: Array, actual: Array, *, axis: int | tuple[int, ...] | None) -> Array:
    known = np.isfinite(error)
    top = np.where(known, error, 0.0).sum(axis=axis)
    size = np.where(known, np.abs(actual), 0.0).sum(axis=axis)
    return np.asarray(top / np.where(size > 0, size, np.nan))


def _mean(values: Array) -> Array:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.where(count > 0, count, np.nan))
