"""Ranges calibrated on what forecasts of the same kind really missed by: pooled conformal intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import Array, BoolArray, History, IntArray
from .points import Points
from .results import Method

FEWEST_SCORES = 30
QUANTILES = np.linspace(0, 1, 201)
CLASSES: tuple[tuple[Method, ...], ...] = (
    (Method.COMBINATION, Method.COMBINATION_GLOBAL, Method.SEASONAL_NAIVE),
    (Method.LEVEL, Method.SHARED_SEASON),
    (Method.COUNT,),
)
DEFAULT_SCORE = (
    1.25  # mean |error| of a normal forecast error is 0.8 sd; used only where nothing was measured
)

Forecaster = Callable[[History, int], Points]


@dataclass(frozen=True)
class Scores:
    """Quantiles (C, H, Q) of absolute error over spread, by class of method and period ahead."""

    table: Array

    def at(self, method: IntArray, *, level: int, horizon: int) -> Array:
        """Multiple of the spread (horizon, N) that covers ``level`` per cent."""
        position = np.interp(level / 100, QUANTILES, np.arange(len(QUANTILES)))
        low = int(position)
        high = min(low + 1, len(QUANTILES) - 1)
        column = self.table[:, :, low] + (position - low) * (self.table[:, :, high] - self.table[:, :, low])
        ahead = np.minimum(np.arange(horizon), column.shape[1] - 1)
        return np.asarray(column[_class_of(method)][:, ahead].T)


def _class_of(method: IntArray) -> IntArray:
    found = np.zeros(len(method), dtype=np.int64)
    for k, members in enumerate(CLASSES):
        found[np.isin(method, members)] = k
    return found


def spread(history: History, sigma: Array, *, season: int) -> Array:
    """Scale of a series' errors (N,): geometric mean of one-step error and mean (seasonal) difference."""
    difference = np.where(
        history.length >= 2 * season, _mean_difference(history, lag=season), _mean_difference(history, lag=1)
    )
    return np.sqrt(np.maximum(sigma, 1e-9) * np.maximum(difference, 1e-9))


def _mean_difference(history: History, *, lag: int) -> Array:
    values, length = history.values, history.length
    rows = len(values)
    if rows <= lag:
        return np.zeros(values.shape[1])
    lived = np.arange(lag, rows)[:, None] >= rows - length + lag
    total = (np.abs(values[lag:] - values[:-lag]) * lived).sum(axis=0)
    return np.asarray(total / np.maximum(length - lag, 1))


def measure_scores(history: History, *, season: int, horizon: int, forecaster: Forecaster) -> Scores:
    """Score forecasts made at two earlier origins of each series against what happened since."""
    table = np.empty((len(CLASSES), horizon, len(QUANTILES)))
    collected: list[list[list[Array]]] = [[[] for _ in range(horizon)] for _ in CLASSES]
    longest = int(history.length.max(initial=0))
    for back in sorted({season, season + season // 2, longest // 2} - {0}):
        earlier = history.before(back)
        use = earlier.length >= np.where(back > longest // 2, 2 * season, 3)
        if use.any():
            _score(history, earlier, use, back, season=season, forecaster=forecaster, into=collected)
    for k, by_horizon in enumerate(collected):
        table[k] = _smooth_quantiles(by_horizon)
    return Scores(table=table)


def _score(
    history: History,
    earlier: History,
    use: BoolArray,
    back: int,
    *,
    season: int,
    forecaster: Forecaster,
    into: list[list[list[Array]]],
) -> None:
    points = forecaster(earlier, back)
    size = spread(earlier, points.sigma, season=season)
    actual = history.values[len(history.values) - back :]
    ahead = min(back, len(into[0]))
    ratio = np.abs(actual[:ahead] - points.mean[:ahead]) / size
    found = _class_of(points.method)
    counted = use & (points.method != Method.NO_HISTORY) & (points.method != Method.CONSTANT)
    for k in range(len(CLASSES)):
        columns = counted & (found == k)
        for j in range(ahead if columns.any() else 0):
            into[k][j].append(ratio[j, columns])


def _smooth_quantiles(by_horizon: list[list[Array]]) -> Array:
    """Quantiles (H, Q), each a line in the root of the horizon, so that gaps fill and noise averages out."""
    horizon = len(by_horizon)
    known = [j for j in range(horizon) if sum(len(part) for part in by_horizon[j]) >= FEWEST_SCORES]
    root = np.sqrt(np.arange(1, horizon + 1))
    if not known:
        return np.asarray(DEFAULT_SCORE * root[:, None] * -np.log(np.maximum(1 - QUANTILES, 0.002)))
    found = np.stack([np.quantile(np.concatenate(by_horizon[j]), QUANTILES) for j in known])
    if len(known) == 1:
        return np.asarray(found * (root / root[known[0]])[:, None])
    slope, base = np.polyfit(root[known], found, 1)
    line = np.maximum(base + root[:, None] * slope, found.min(axis=0))
    return np.maximum.accumulate(line, axis=1)
