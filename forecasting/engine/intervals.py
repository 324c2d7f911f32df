"""Ranges calibrated on what forecasts of the same kind really missed by: pooled conformal intervals.

Every library's normal-theory intervals are too narrow. Here the errors of forecasts made at earlier origins
are divided by the spread of their series and pooled by class of method and period ahead; their quantiles,
times the spread, are the half-width. Source: split conformal prediction, Vovk and others (2005).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import Array, BoolArray, History, IntArray
from .closed import closed_season
from .points import Points, choose_method
from .results import Method
from .trust import learned_trust

FEWEST_SCORES = 30
FEWEST_SERIES = 60
STAND_INS = 150  # at least so many longer series cut short, where there are as many
MOST_ORIGINS = 24
SHORTEST_TRIAL = 6  # periods that a trial looks back and ahead at least, however few a year has
SMALLEST_SPREAD = 1e-3  # of the typical value: a series that repeats exactly has no spread to divide by
LARGEST_SCORE = 15.0  # one odd series among few would widen the ranges of all
QUANTILES = np.linspace(0, 1, 401)
LONG, SHORT, COUNT = range(3)
CLASS_OF_METHOD = {
    Method.COMBINATION: LONG,
    Method.COMBINATION_GLOBAL: LONG,
    Method.SEASONAL_NAIVE: LONG,
    Method.LEVEL: SHORT,
    Method.SHARED_SEASON: SHORT,
    Method.COUNT: COUNT,
}
DEFAULT_SCORE = 1.25  # where nothing could be measured: exponential errors of this mean over the spread

USUAL_SPREAD = 0.2  # of the mean, where no series could be measured

Forecaster = Callable[[History, IntArray, IntArray], Points]


@dataclass(frozen=True)
class Scores:
    """Quantiles (C, H, Q) of absolute error over spread, by class of method and period ahead.

    ``usual`` is the spread of a typical series over its mean, rare demand apart.
    """

    table: Array
    usual: float = USUAL_SPREAD

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


def class_of(method: IntArray) -> IntArray:
    """Class of intervals (N,) that a method belongs to."""
    table = np.full(len(Method), SHORT, dtype=np.int64)
    for known, number in CLASS_OF_METHOD.items():
        table[known] = number
    return table[method]


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
    return np.where(kind == SHORT, np.maximum(step, smallest), fitted)


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
class Trials:
    """Forecasts to make again, (M,) each: of which column, how many periods back, for which class.

    ``most`` is the number of periods that the forecast may look at.
    """

    column: IntArray
    back: IntArray
    kind: IntArray
    most: IntArray


def measure(history: History, *, season: int, horizon: int, forecaster: Forecaster) -> tuple[Scores, Array]:
    """Score forecasts made at earlier origins of each series against what happened since.

    Returns the scores behind the ranges, and how far each member of the pool is to be trusted (M,).
    ``forecaster`` takes histories (T, M), the columns they come from and the periods (M,) they lie back.
    """
    trials = _trials(history, class_of(choose_method(history, season=season)), season=season)
    past = _past(history, trials)
    points = forecaster(past, trials.column, trials.back)
    useful = ~np.isin(points.method, (Method.NO_HISTORY, Method.CONSTANT))
    size = np.where(useful, spread(past, points.sigma, trials.kind, season=season), 1.0)
    ahead = np.arange(horizon)[:, None]
    row = np.minimum(len(history.values) - trials.back + ahead, len(history.values) - 1)
    actual = history.values[row, trials.column]
    missed = np.minimum(np.abs(actual - points.mean) / size, LARGEST_SCORE)
    apart = np.minimum(np.abs(actual - points.members) / size, LARGEST_SCORE)
    known = useful & (ahead < trials.back) & ~points.closed
    tables = [
        _quantiles([missed[h, known[h] & (trials.kind == number)] for h in range(horizon)])
        for number in range(COUNT + 1)
    ]
    scores = Scores(table=np.stack(tables), usual=_usual(past, size, useful & (trials.kind != COUNT)))
    return scores, learned_trust(apart, known)


def _usual(past: History, size: Array, useful: BoolArray) -> float:
    """Median of spread over mean of the series that have both; few of them say little against what is usual."""
    mean = past.values.sum(axis=0) / np.maximum(past.length, 1)
    moved = useful & (mean > 0)
    if not moved.any():
        return USUAL_SPREAD
    count, middle = int(moved.sum()), float(np.median(size[moved] / mean[moved]))
    return (count * middle + FEWEST_SERIES * USUAL_SPREAD) / (count + FEWEST_SERIES)


def _past(history: History, trials: Trials) -> History:
    """Each trial's history as it stood then, side by side, so that all origins are forecast in one go."""
    values = history.values
    row = np.arange(len(values))[:, None] - trials.back
    length = np.minimum(history.length[trials.column] - trials.back, trials.most)
    lived = row >= len(values) - trials.back - length
    return History(values=np.where(lived, values[row, trials.column], 0.0), length=length)


def _trials(history: History, kind: IntArray, *, season: int) -> Trials:
    found = [
        (columns, np.full((3, len(columns)), [[back], [number], [rows]]))
        for number in range(COUNT + 1)
        for back, columns, rows in _origins(history, kind == number, number, season=season)
    ]
    back, number, rows = np.concatenate([facts for _, facts in found], axis=1)
    return Trials(column=np.concatenate([columns for columns, _ in found]), back=back, kind=number, most=rows)


def _origins(
    history: History, member: BoolArray, number: int, *, season: int
) -> Iterator[tuple[int, IntArray, int]]:
    """Periods back, columns and the most rows to look at, for each scoring run of a class."""
    if number == SHORT:
        yield from _short_origins(history, member, season=season)
        return
    first = max(season, SHORTEST_TRIAL)
    for back in _spread_out(first, series=int(member.sum()), season=season):
        left = history.length - back
        enough = left >= np.maximum(np.where(history.length >= 4 * season, 3, 2) * season, SHORTEST_TRIAL)
        yield back, np.flatnonzero(member & enough), len(history.values)


def _spread_out(first: int, *, series: int, season: int) -> list[int]:
    """Periods back of each origin, half a season and more beyond the first; few series are scored at more."""
    origins = int(np.clip(np.ceil(2 * FEWEST_SERIES / max(series, 1)), 2, MOST_ORIGINS))
    return sorted(
        {int(back) for back in np.linspace(first, first + max(season // 2, 1) + origins - 2, origins)}
    )


def _short_origins(
    history: History, member: BoolArray, *, season: int
) -> Iterator[tuple[int, IntArray, int]]:
    """Short series at about half their length; where hardly any are short, longer ones cut short stand in."""
    length = history.length
    backs = sorted({season, 3 * season // 4, season // 2, season // 4, 1} - {0})
    allowed = np.array(backs)[:, None] <= np.maximum(length // 2, 1)
    largest = np.where(allowed, np.array(backs)[:, None], 0).max(axis=0, initial=0)
    for back in backs:
        yield back, np.flatnonzero(member & (largest == back) & (length >= 3)), len(history.values)
    if member.sum() < FEWEST_SERIES:
        longer = np.flatnonzero(length >= 3 * season)
        yield season, longer[:: max(len(longer) // STAND_INS, 1)], season + season // 2


def _quantiles(by_horizon: list[Array]) -> Array:
    """Quantiles (H, Q), each a line in the root of the horizon, so that gaps fill and noise averages out."""
    horizon = len(by_horizon)
    root = np.sqrt(np.arange(1, horizon + 1))
    known = [j for j in range(horizon) if len(by_horizon[j]) >= FEWEST_SCORES]
    if not known:
        pooled = np.concatenate([scores / np.sqrt(root[j]) for j, scores in enumerate(by_horizon)])
        if len(pooled) >= FEWEST_SCORES:
            return np.asarray(np.sqrt(root)[:, None] * np.quantile(pooled, QUANTILES))
        return np.asarray(DEFAULT_SCORE * np.sqrt(root)[:, None] * -np.log(np.maximum(1 - QUANTILES, 0.002)))
    found = np.stack([np.quantile(by_horizon[j], QUANTILES) for j in known])
    if len(known) == 1:
        return np.asarray(found * np.sqrt(root / root[known[0]])[:, None])
    slope = np.maximum(np.polyfit(root[known], found, 1)[0], 0.0)  # no range narrows with distance
    line = found.mean(axis=0) + (root - root[known].mean())[:, None] * slope
    line = np.maximum(line, found.min(axis=0))
    return np.maximum.accumulate(line, axis=1)
