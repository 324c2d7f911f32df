"""Ranges calibrated on what forecasts of the same kind really missed by: pooled conformal intervals.

Every library's normal-theory intervals are too narrow. Here the errors of forecasts made at earlier origins
are divided by the spread of their series and pooled by class of method and period ahead; their quantiles,
times the spread, are the half-width. Source: split conformal prediction, Vovk and others (2005).
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from .arrays import Array, BoolArray, History, IntArray
from .closed import closed_season
from .points import Points, choose_method
from .results import Method
from .trials import CLASSES, COUNT, FEWEST_SERIES, SHORT, YOUNG, class_of, find_trials
from .trust import learned_trust

FEWEST_SCORES = 30
SMALLEST_SPREAD = 1e-3  # of the typical value: a series that repeats exactly has no spread to divide by
LARGEST_SCORE = 15.0  # one odd series among few would widen the ranges of all
QUANTILES = np.linspace(0, 1, 401)
DEFAULT_SCORE = 1.25  # where nothing could be measured: exponential errors of this mean over the spread
USUAL_SPREAD = 0.2  # of the mean, where no series could be measured
WIDEST_SEASON = 5.0  # times the level, or a fifth of it, at most that widths follow
ERROR_LEVEL = 80  # per cent of errors that tell their standard deviation, untouched by the few largest
ERROR_Z = NormalDist().inv_cdf(0.5 + ERROR_LEVEL / 200)
INDEPENDENT, WANDERING = 0.5, 1.5  # powers of the periods by which their summed errors grow

Forecaster = Callable[[History, IntArray, IntArray], Points]


@dataclass(frozen=True)
class Scores:
    """Quantiles (C, H, Q) of absolute error over spread, by class of method and period ahead.

    ``adding`` (C,) is the power of the periods by which errors grow when they are summed: 0.5 where they are
    independent, 1 where they last, 1.5 where the level wanders off. ``usual`` is the spread of a typical series over
    its mean, rare demand apart.
    """

    table: Array
    adding: Array
    usual: Array

    def at(self, method: IntArray, *, level: int, horizon: int) -> Array:
        """Multiple of the spread (horizon, N) that covers ``level`` per cent."""
        position = level / 100 * (len(QUANTILES) - 1)
        low = int(position)
        high = min(low + 1, len(QUANTILES) - 1)
        column = self.table[:, :, low] + (position - low) * (self.table[:, :, high] - self.table[:, :, low])
        ahead = np.arange(horizon)
        last = column.shape[1] - 1
        grown = np.sqrt(np.maximum(ahead + 1, last + 1) / (last + 1))
        return np.asarray(column[class_of(method)][:, np.minimum(ahead, last)].T * grown[:, None])

    def summed(self, method: IntArray, *, horizon: int) -> Array:
        """Multiple of the spread (horizon, N) that is the sd of the error summed over 1, 2, ... periods."""
        first = self.at(method, level=ERROR_LEVEL, horizon=1) / ERROR_Z
        return np.asarray(first * np.arange(1.0, horizon + 1)[:, None] ** self.adding[class_of(method)])


def season_width(level: Array, trend: Array, seasonal: Array) -> Array:
    """Width of each period's range (H, N) over that of a period without season, for parts (H, N) of a forecast.

    The variance of demand grows with its mean from month to month, so the width with the root of the season.
    """
    flat = level + trend
    share = np.where(flat > 0, (flat + seasonal) / np.where(flat > 0, flat, 1.0), 1.0)
    return np.asarray(np.sqrt(np.clip(share, 1 / WIDEST_SEASON, WIDEST_SEASON)))


def spread(history: History, sigma: Array, kind: IntArray, *, season: int) -> Array:
    """Scale of each series' errors (N,) by class ``kind`` (N,).

    Short series: mean difference of neighbours, since the fit of a short series flatters it. Others:
    geometric mean of one-step error and mean seasonal difference. In closed periods nothing is missed, so
    that all of it falls to the others.
    """
    share = closed_season(history, season=season).open_share
    step = _mean_difference(history, lag=1) / share
    yearly = _mean_difference(history, lag=season) / share
    sigma = sigma / np.sqrt(share)
    difference = np.where(history.length >= 2 * season, yearly, step)
    typical = history.values.mean(axis=0) if len(history.values) else np.zeros(len(sigma))
    smallest = np.maximum(SMALLEST_SPREAD * typical, np.finfo(np.float64).tiny)
    fitted = np.sqrt(np.maximum(sigma, smallest)) * np.sqrt(np.maximum(difference, smallest))
    return np.where(np.isin(kind, (YOUNG, SHORT)), np.maximum(step, smallest), fitted)


def unseen_spread(history: History, *, usual: float) -> Array:
    """Spread (N,) of series that never moved: the usual one of the others, less with each period that it held."""
    periods = np.maximum(history.length, 1)
    mean = history.values.sum(axis=0) / periods
    return np.asarray(usual * mean / np.sqrt(periods))


def _mean_difference(history: History, *, lag: int) -> Array:
    values, length = history.values, history.length
    rows = len(values)
    if rows <= lag:
        return np.zeros(values.shape[1])
    lived = np.arange(lag, rows)[:, None] >= rows - length + lag
    total = (np.abs(values[lag:] - values[:-lag]) * lived).sum(axis=0)
    return np.asarray(total / np.maximum(length - lag, 1))


@dataclass(frozen=True)
class Misses:
    """What M forecasts made again missed by: ``single`` (H, M) absolute errors of periods over their width, ``summed``
    (H, M) those of the periods so far over the spread; NaN where not known. ``kind`` (M,) is the class."""

    single: Array
    summed: Array
    kind: IntArray

    def of(self, number: int) -> list[tuple[Array, Array]]:
        """Both, known ones only, at each period ahead, for one class."""
        member = self.kind == number
        rows = zip(self.single[:, member], self.summed[:, member], strict=True)
        return [(a[np.isfinite(a)], b[np.isfinite(b)]) for a, b in rows]


def measure(history: History, *, season: int, horizon: int, forecaster: Forecaster) -> tuple[Scores, Array]:
    """Score forecasts made at earlier origins of each series against what happened since.

    Returns the scores behind the ranges, and how far each member of the pool is to be trusted (M,).
    ``forecaster`` takes histories (T, M), the columns they come from and the periods (M,) they lie back.
    """
    trials = find_trials(history, class_of(choose_method(history, season=season)), season=season)
    past = trials.past(history)
    points = forecaster(past, trials.column, trials.back)
    useful = ~np.isin(points.method, (Method.NO_HISTORY, Method.CONSTANT))
    size = np.where(useful, spread(past, points.sigma, trials.kind, season=season), 1.0)
    ahead = np.arange(horizon)[:, None]
    row = np.minimum(len(history.values) - trials.back + ahead, len(history.values) - 1)
    actual = history.values[row, trials.column]
    apart = np.minimum(np.abs(actual - points.members) / size, LARGEST_SCORE)
    told = useful & (ahead < trials.back)
    error = actual - points.mean
    width = size * season_width(points.level, points.trend, points.seasonal)
    misses = Misses(
        single=np.where(told & ~points.closed, np.minimum(np.abs(error) / width, LARGEST_SCORE), np.nan),
        summed=np.where(told, np.abs(np.cumsum(error, axis=0)) / size, np.nan),
        kind=_kind_then(points.method, trials.kind),
    )
    usual = _usual(past, size, useful & (trials.kind != COUNT))
    return _scores(misses, usual=usual), learned_trust(apart, told & ~points.closed)


def _kind_then(method: IntArray, kind: IntArray) -> IntArray:
    """Class (M,) of trials: that of the method used then, where it was one of short series, else that of today."""
    then = class_of(method)
    return np.where(np.isin(kind, (YOUNG, SHORT)) & np.isin(then, (YOUNG, SHORT)), then, kind)


def _scores(misses: Misses, *, usual: float) -> Scores:
    found = [misses.of(number) for number in range(CLASSES)]
    single, summed = ([[both[k] for both in rows] for rows in found] for k in (0, 1))
    for each in (single, summed):
        each[YOUNG], each[SHORT] = _lent(each[YOUNG], each[SHORT]), _lent(each[SHORT], each[YOUNG])
    return Scores(
        table=np.stack([_quantiles(scores) for scores in single]),
        adding=np.array([_adding(scores) for scores in summed]),
        usual=np.array(usual),
    )


def _lent(own: list[Array], others: list[Array]) -> list[Array]:
    """Scores at each period ahead; where too few are known those of another class, times how both compare elsewhere."""
    both = [
        (mine, theirs)
        for mine, theirs in zip(own, others, strict=True)
        if min(len(mine), len(theirs)) >= FEWEST_SCORES
    ]
    factor = 1.0
    if both:
        told = sum(min(len(mine), len(theirs)) for mine, theirs in both)
        ratio = sum(mine.mean() for mine, _ in both) / sum(theirs.mean() for _, theirs in both)
        factor = (told * ratio + FEWEST_SCORES) / (told + FEWEST_SCORES)
    return [
        mine if len(mine) >= FEWEST_SCORES else np.concatenate([mine, factor * theirs])
        for mine, theirs in zip(own, others, strict=True)
    ]


def _adding(by_horizon: list[Array]) -> float:
    """Power of the periods by which the sd of summed errors grows, from independent ones to a level that wanders off."""
    count = np.array([len(scores) for scores in by_horizon])
    periods = np.log(np.arange(1, len(by_horizon) + 1))
    bins = _together(count)
    size = np.array([np.quantile(np.concatenate(by_horizon[part]), ERROR_LEVEL / 100) for part in bins])
    if len(bins) < 2 or not size.all():
        return INDEPENDENT
    at = [count[part] @ periods[part] / count[part].sum() for part in bins]
    return float(np.clip(np.polyfit(at, np.log(size), 1)[0], INDEPENDENT, WANDERING))


def _usual(past: History, size: Array, useful: BoolArray) -> float:
    """Median of spread over mean of the series that have both; few of them say little against what is usual."""
    mean = past.values.sum(axis=0) / np.maximum(past.length, 1)
    moved = useful & (mean > 0)
    if not moved.any():
        return USUAL_SPREAD
    count, middle = int(moved.sum()), float(np.median(size[moved] / mean[moved]))
    return (count * middle + FEWEST_SERIES * USUAL_SPREAD) / (count + FEWEST_SERIES)


def _quantiles(by_horizon: list[Array]) -> Array:
    """Quantiles (H, Q), each a line in the root of the horizon, so that gaps fill and noise averages out.

    Neighbouring horizons are judged together until they hold `FEWEST_SCORES`.
    """
    root = np.sqrt(np.arange(1, len(by_horizon) + 1))
    count = np.array([len(scores) for scores in by_horizon])
    bins = _together(count)
    if not len(bins):
        return np.asarray(DEFAULT_SCORE * np.sqrt(root)[:, None] * -np.log(np.maximum(1 - QUANTILES, 0.002)))
    if len(bins) == 1:
        pooled = np.concatenate([scores / np.sqrt(root[j]) for j, scores in enumerate(by_horizon)])
        return np.asarray(np.sqrt(root)[:, None] * np.quantile(pooled, QUANTILES))
    found = np.stack([np.quantile(np.concatenate(by_horizon[part]), QUANTILES) for part in bins])
    at = np.array([count[part] @ root[part] / count[part].sum() for part in bins])
    slope = np.maximum(np.polyfit(at, found, 1)[0], 0.0)  # no range narrows with distance
    line = found.mean(axis=0) + (root - at.mean())[:, None] * slope
    line = np.maximum(line, found.min(axis=0))
    return np.maximum.accumulate(line, axis=1)


def _together(count: IntArray) -> list[slice]:
    """Neighbouring horizons that hold at least `FEWEST_SCORES` of the ``count`` (H,) together; none where all do not."""
    bins, begin = [], 0
    for j in range(len(count)):
        if count[begin : j + 1].sum() >= FEWEST_SCORES:
            bins.append(slice(begin, j + 1))
            begin = j + 1
    if bins:
        bins[-1] = slice(bins[-1].start, len(count))
    return bins
