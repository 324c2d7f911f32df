"""Seasonal indices: classical, shrunk by their own reliability, and shared within a category."""

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray

SMALLEST_INDEX = 0.01
GROWTH = 0.5  # share of the growth from season to season that is no season, whatever a line tells
WAVE = (
    0.6  # of the variance: no line tells more of one whole wave (6 / pi ** 2), so what tells more is growth
)
STRAIGHT = 0.85  # of the variance told by a line: all of it is growth
SMALLEST_LINE = 0.2  # of the mean
TELLING = 0.5  # share of the entries that must repeat before they alone tell how much of a season is true
MEMORY = 6.0
MEMORIES = (3.0, 6.0, 12.0, 24.0)  # tried where there are four seasons or more


@dataclass(frozen=True)
class SeasonalIndex:
    """Index (S, B) by seasonal position of the row (row % season), with what speaks for it.

    ``significant`` (B,) is the autocorrelation test at 90 %; ``noise`` (S, B) the variance of each entry, NaN
    where a single season leaves it untold; ``repeated`` (S, B) whether an entry was seen in more than one.
    """

    index: FloatArray
    significant: BoolArray
    noise: FloatArray
    repeated: BoolArray

    def shrunk(self, towards: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The index pulled towards another (S, B), and the own share (B,) that remains.

        The own share of an entry is t / (t + noise), t the mean square by which the two truly differ: what the
        gaps hold beyond their noise. Only entries that repeat tell t where half of them do: a spike seen once has
        no noise beside it that would give it away. One half where the noise is untold. Source: Efron and
        Morris (1975), James and Stein's estimator for unequal variances.
        """
        gap = self.index - towards
        telling = self.repeated | (self.repeated.mean(axis=0) < TELLING)
        count = telling.sum(axis=0)
        seen = (gap**2 * telling).sum(axis=0) / np.maximum(count - 1, 1)
        true = np.maximum(seen - (self.noise * telling).sum(axis=0) / count, 0)
        share = true / np.maximum(true + self.noise, 1e-12)
        share = np.where(np.isfinite(self.noise), share, 0.5).astype(self.index.dtype)
        return (towards + share * gap).astype(self.index.dtype), share.mean(axis=0)


def classical_index(
    y: FloatArray, length: IntArray, *, multiplicative: BoolArray, season: int
) -> SeasonalIndex:
    """Classical seasonal index of end-aligned series y (T, B) of ``length`` (B,) periods.

    Ratios (or, where not ``multiplicative`` (B,), differences) to the centred moving average from four
    seasons on, to a line through the mean below, averaged with weights that fade, because seasons drift: over
    :data:`MEMORY` seasons, or from four on over as many as foretold the series' own next seasons best.
    """
    rows = len(y)
    lived = np.arange(rows)[:, None] >= rows - length
    ratio, use = _ratios(y, length, lived, multiplicative=multiplicative, season=season)
    base = np.where(multiplicative, 1.0, 0.0)
    fade = _fading(ratio, use, season=season)
    weight, total, square = (_by_position(part, season=season) for part in (fade, ratio * fade, fade**2))
    index = np.where(weight > 0, total / np.maximum(weight, 1e-9), base)
    index = np.where(
        multiplicative,
        np.maximum(index / np.maximum(index.mean(axis=0), 1e-12), SMALLEST_INDEX),
        index - index.mean(axis=0),
    )
    gap = np.where(use, ratio - index[np.arange(rows) % season], 0.0)
    count = use.sum(axis=0)
    repeats = np.maximum(weight**2 / np.maximum(square, 1e-9), 1)
    noise = (gap**2).sum(axis=0) / np.maximum(count - season, 1) / repeats
    return SeasonalIndex(
        index=index.astype(y.dtype),
        significant=_significant(y, length, lived, season=season),
        noise=np.where(count > season, noise, np.nan).astype(y.dtype),
        repeated=_by_position(use.astype(y.dtype), season=season) > 1,
    )


def _fading(ratio: FloatArray, use: BoolArray, *, season: int) -> FloatArray:
    """Weight (T, B) of each row in its index; old seasons lose it as fast as foretold the next ones best."""
    age = (len(ratio) - 1 - np.arange(len(ratio))) // season
    if len(ratio) < 4 * season:
        return np.exp(-age / MEMORY)[:, None] * use
    deviance = np.stack([_foretold(ratio, use, season=season, memory=memory) for memory in MEMORIES])
    share = np.exp((deviance.min(axis=0) - deviance) / 2)
    share /= share.sum(axis=0)
    curves = np.stack([np.exp(-age / memory) * (1 - np.exp(-1 / memory)) for memory in MEMORIES])
    return np.asarray((curves.T @ share) * use)


def _foretold(ratio: FloatArray, use: BoolArray, *, season: int, memory: float) -> FloatArray:
    """Deviance (B,) of each season's ratios from the mean of those before it, faded over ``memory`` seasons."""
    keep = np.exp(-1 / memory)
    total, mass = np.zeros((2, season, ratio.shape[1]), dtype=ratio.dtype)
    missed, count = np.zeros((2, ratio.shape[1]))
    values, used = (_by_season(part, season=season) for part in (ratio * use, use.astype(ratio.dtype)))
    for now, there in zip(values, used, strict=True):
        known = there * (mass > 0)
        missed += (((now - total / np.maximum(mass, 1e-9)) * known) ** 2).sum(axis=0)
        count += known.sum(axis=0)
        total, mass = keep * total + now, keep * mass + there
    return np.asarray(count * np.log(np.maximum(missed, 1e-12)))


def _by_season(values: FloatArray, *, season: int) -> FloatArray:
    """Rows (T, B) by season and position (Y, S, B); zeros fill up the oldest."""
    lead = np.zeros((-len(values) % season, values.shape[1]), dtype=values.dtype)
    return np.concatenate([lead, values]).reshape(-1, season, values.shape[1])


def _by_position(values: FloatArray, *, season: int) -> FloatArray:
    """Sums (S, B) of the rows (T, B) of each seasonal position."""
    rows = len(values)
    lead = np.zeros((-rows % season, values.shape[1]), dtype=values.dtype)
    return np.asarray(np.concatenate([values, lead]).reshape(-1, season, values.shape[1]).sum(axis=0))


def _ratios(
    y: FloatArray, length: IntArray, lived: BoolArray, *, multiplicative: BoolArray, season: int
) -> tuple[FloatArray, BoolArray]:
    """Ratios or differences to the trend, and the rows (T, B) in which they may be used."""
    rows = len(y)
    line = _short_line(y, length, season=season)
    ratio = np.where(multiplicative, y / np.maximum(line, 1e-12), y - line).astype(y.dtype)
    if rows < 4 * season:
        return ratio, lived
    half = season // 2
    average = centred_average(y, season=season)
    inner = y[half : rows - half]
    moving = np.zeros_like(y)
    moving[half : rows - half] = np.where(multiplicative, inner / np.maximum(average, 1e-12), inner - average)
    row = np.arange(rows)[:, None]
    inside = lived & (row >= rows - length + half) & (row < rows - half)
    long = length >= 4 * season
    return np.where(long, moving, ratio), np.where(long, inside, lived)


@dataclass(frozen=True)
class Line:
    """Least-squares line through histories: mean and slope a period (B,), and ``growth`` (B,), how far from 0 to 1
    it is too straight to be a season."""

    mean: FloatArray
    slope: FloatArray
    growth: FloatArray


def line_through(y: FloatArray, length: IntArray) -> Line:
    """The line through the last ``length`` (B,) periods of y (T, B)."""
    rows, count = len(y), np.maximum(length, 1)
    lived = np.arange(rows)[:, None] >= rows - length
    mean = (y * lived).sum(axis=0) / count
    apart = np.maximum(count * (count**2 - 1) / 12, 1)
    slope = (_from_middle(rows, length) * y).sum(axis=0) / apart
    told = slope**2 * apart / np.maximum((((y - mean) * lived) ** 2).sum(axis=0), 1e-12)
    return Line(mean=mean, slope=slope, growth=np.clip((told - WAVE) / (STRAIGHT - WAVE), 0, 1))


def _from_middle(rows: int, length: IntArray) -> FloatArray:
    """Periods (T, B) from the middle of each history, 0 before its first."""
    row = np.arange(rows)[:, None]
    return np.asarray((row - (rows - (np.maximum(length, 1) + 1) / 2)) * (row >= rows - length))


def _short_line(y: FloatArray, length: IntArray, *, season: int) -> FloatArray:
    """Line (T, B) under a history too short for moving averages: its mean, with the growth that is no season.

    From two seasons on the growth is what the periods that repeat grew by, half of it or, where the history is
    straight, all; after one season nothing repeats and only a straight line tells it. In between the two mix
    by how much of a season repeats.
    """
    rows = len(y)
    line = line_through(y, length)
    repeats = np.clip(length - season, 0, season)
    age = np.arange(rows)[:, None] - (rows - length)
    first = (y * ((age >= 0) & (age < repeats))).sum(axis=0)
    last = (y * (age >= length - repeats)).sum(axis=0)
    yearly = (last - first) / np.maximum(repeats * (length - repeats), 1)
    share = repeats / season
    slope = share * (GROWTH + (1 - GROWTH) * line.growth) * yearly + (1 - share) * line.growth * line.slope
    slope = np.where(length >= season, slope, 0.0)
    return np.asarray(np.maximum(line.mean + slope * _from_middle(rows, length), SMALLEST_LINE * line.mean))


def centred_average(y: FloatArray, *, season: int) -> FloatArray:
    """Centred moving average over one season, (T - 2 * (season // 2), B)."""
    total = np.concatenate([np.zeros_like(y[:1]), np.cumsum(y, axis=0, dtype=np.float64)])
    sums = total[season:] - total[:-season]
    average = sums / season if season % 2 else (sums[:-1] + sums[1:]) / (2 * season)
    return np.asarray(average, dtype=y.dtype)


def _significant(y: FloatArray, length: IntArray, lived: BoolArray, *, season: int) -> BoolArray:
    """Autocorrelation at the seasonal lag beyond its 90 % limit (Bartlett); never below a season and a point.

    A year of one period has no season: there the same figure would tell a trend.
    """
    if season < 2 or len(y) <= season:
        return np.zeros(y.shape[1], dtype=bool)
    mean = (y * lived).sum(axis=0) / np.maximum(length, 1)
    centred = (y - mean) * lived
    power = (centred**2).sum(axis=0) + 1e-30
    lags = [(centred[k:] * centred[:-k]).sum(axis=0) / power for k in range(1, season + 1)]
    earlier = sum(r**2 for r in lags[:-1])
    limit = 1.645 * np.sqrt((1 + 2 * earlier) / np.maximum(length, 1))
    return np.asarray((np.abs(lags[-1]) > limit) & (length > season))
