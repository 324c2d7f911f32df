"""From history to forecast: points, the naive where it earned its place, ranges and parts."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from .arrays import Array, BoolArray, History, IntArray, read_panel
from .calibration import Calibration, calibrate_panel, points_of
from .intervals import season_width, spread, unseen_spread
from .points import SMOOTH, Points
from .results import Forecast, Method
from .trials import class_of


def forecast(
    history: Array,
    first: IntArray | None = None,
    *,
    season: int = 12,
    horizon: int = 18,
    groups: IntArray | None = None,
    phase: IntArray | None = None,
    levels: tuple[int, ...] = (80, 95),
    naive: BoolArray | None = None,
    calibration: Calibration | None = None,
) -> Forecast:
    """Forecast N series over ``horizon`` periods, with intervals and exactly additive parts.

    ``history`` (T, N) end-aligned, any units; ``first`` (N,) the row of each first real period; ``groups``
    (N,) category ids, whose season short series borrow; ``phase`` (N,) the calendar position (0 .. season-1)
    of the first forecast period where it differs between series; ``naive`` (N,) marks series for which a
    finished backtest prefers seasonal naive; ``calibration`` from :func:`calibrate`, so that chunks of one
    run share what was learned from all of them (left out: learned from these series alone).

    Missing (NaN, infinite) periods are filled and negative ones floored in the engine's own copy, so the
    result is finite and never negative for every series. Raises ValueError for shapes or settings that make
    no sense.
    """
    check_settings(season=season, horizon=horizon, levels=levels)
    panel = read_panel(history, first, season=season, groups=groups, phase=phase)
    learned = calibration or calibrate_panel(panel, horizon=horizon)
    points = points_of(panel, learned.shared, horizon=horizon, model=learned.model, trust=learned.trust)
    if naive is not None:
        points = _with_naive(points, seasonal_naive(panel.history, season=season, horizon=horizon), naive)
    size = _error_scale(panel.history, points, learned, season=season)
    leans, length = np.isin(points.method, SMOOTH), panel.history.length
    rate = np.where(leans, learned.shared.growth.rates(panel.groups, length, season=season), 0.0)
    untold = points.mean * np.where(leans, learned.shared.untold(panel.groups, length), 0.0)
    step, ago = learned.shared.step.of(panel.groups, length, season=season)
    reach = _reach(points, size, untold, learned, levels=levels)
    return Forecast(
        mean=points.mean,
        lower=np.maximum(points.mean - reach, 0.0),
        upper=points.mean + reach,
        levels=tuple(levels),
        level=points.level,
        trend=points.trend,
        seasonal=points.seasonal,
        method=points.method,
        seasonal_weight=points.seasonal_weight,
        begins=panel.history.first,
        growth=np.expm1(rate * season),
        step=np.where(leans, np.expm1(step), 0.0),
        stepped=len(panel.history.values) - ago,
        error=np.hypot(
            learned.scores.summed(points.method, horizon=horizon) * size, np.cumsum(untold, axis=0)
        ),
    )


def _reach(
    points: Points, size: Array, untold: Array, learned: Calibration, *, levels: tuple[int, ...]
) -> Array:
    """How far the ranges reach from the mean, (levels, H, N): by past errors, and by growth that nothing tells."""
    horizon = len(points.mean)
    width = np.where(points.closed, 0.0, size * season_width(points.level, points.trend, points.seasonal))
    return np.stack(
        [
            np.hypot(
                learned.scores.at(points.method, level=level, horizon=horizon) * width,
                NormalDist().inv_cdf(0.5 + level / 200) * untold,
            )
            for level in levels
        ]
    )


def _error_scale(history: History, points: Points, learned: Calibration, *, season: int) -> Array:
    """Spread (N,) that the ranges of each series are multiples of; nothing is known where there is no history."""
    size = spread(history, points.sigma, class_of(points.method), season=season)
    still = unseen_spread(history, usual=float(learned.scores.usual))
    size = np.where(points.method == Method.CONSTANT, still, size)
    return np.where(points.method == Method.NO_HISTORY, 0.0, size)


def check_settings(*, season: int, horizon: int, levels: tuple[int, ...]) -> None:
    """Refuse settings that make no sense with a ValueError that says what to give."""
    if season < 1:
        raise ValueError(f"season is {season}; give the periods of a year, 12 for months, 52 for weeks")
    if horizon < 1:
        raise ValueError(f"horizon is {horizon}; forecast at least one period")
    if not all(0 < level < 100 for level in levels) or len(set(levels)) < len(levels):
        raise ValueError(f"levels are {levels}; give different per cents between 1 and 99")


def seasonal_naive(history: History, *, season: int, horizon: int) -> Array:
    """The value of the same period of the last season (H, N); the last value where there is no full season."""
    values, length = history.values, history.length
    if not len(values):
        return np.zeros((horizon, len(length)))
    ahead = np.arange(horizon)
    if len(values) < season:
        return np.repeat(values[-1:], horizon, axis=0)
    repeated = values[len(values) - season + ahead % season]
    return np.where(length >= season, repeated, values[-1])


def _with_naive(points: Points, repeated: Array, chosen: BoolArray) -> Points:
    """The seasonal naive forecast in place of the pool's for some series."""
    chosen = chosen & (points.method != Method.NO_HISTORY)
    level = np.where(chosen, repeated.mean(axis=0), points.level)
    return replace(
        points,
        level=level,
        trend=np.where(chosen, 0.0, points.trend),
        seasonal=np.where(chosen, repeated - repeated.mean(axis=0), points.seasonal),
        method=np.where(chosen, Method.SEASONAL_NAIVE, points.method),
        seasonal_weight=np.where(chosen, 1.0, points.seasonal_weight),
    )
