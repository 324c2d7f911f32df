"""Seasonal indices: classical, shrunk by their own reliability, and shared within a category."""

from dataclasses import dataclass

import numpy as np

from .arrays import Array, BoolArray, FloatArray, IntArray

SMALLEST_INDEX = 0.01


@dataclass(frozen=True)
class SeasonalIndex:
    """Index (S, B) by seasonal position of the row (row % season), with what speaks for it.

    ``significant`` (B,) is the autocorrelation test at 90 %; ``reliability`` (B,) is 1 - 1/F, the share of
    the spread between positions that is not noise; 0.5 where a single season leaves it untold.
    """

    index: FloatArray
    significant: BoolArray
    reliability: FloatArray

    def shrunk(self, neutral: FloatArray) -> FloatArray:
        """The index pulled towards ``neutral`` (B,) by what is not reliable in it."""
        return np.asarray(neutral + self.reliability * (self.index - neutral), dtype=self.index.dtype)


def classical_index(
    y: FloatArray, length: IntArray, *, multiplicative: BoolArray, season: int, pseudo_years: float = 0.0
) -> SeasonalIndex:
    """Classical seasonal index of end-aligned series y (T, B) of ``length`` (B,) periods.

    Ratios (or, where not ``multiplicative`` (B,), differences) to the centred moving average from four
    seasons on, to the mean below. ``pseudo_years`` of neutral season are added to each position.
    """
    rows, _ = y.shape
    lived = np.arange(rows)[:, None] >= rows - length
    ratio, use = _ratios(y, length, lived, multiplicative=multiplicative, season=season)
    base = np.where(multiplicative, 1.0, 0.0)
    positions = [slice(p, None, season) for p in range(season)]
    count = np.stack([use[p].sum(axis=0) for p in positions])
    total = np.stack([(ratio[p] * use[p]).sum(axis=0) for p in positions])
    weight = count + pseudo_years
    index = np.where(weight > 0, (total + pseudo_years * base) / np.maximum(weight, 1e-9), base)
    index = np.where(
        multiplicative,
        np.maximum(index / np.maximum(index.mean(axis=0), 1e-12), SMALLEST_INDEX),
        index - index.mean(axis=0),
    )
    within = sum((np.where(use[p], ratio[p] - index[k], 0) ** 2).sum(axis=0) for k, p in enumerate(positions))
    reliability = _reliability(index - base, within, count.sum(axis=0), season=season)
    significant = _significant(y, length, lived, season=season)
    return SeasonalIndex(
        index=index.astype(y.dtype), significant=significant, reliability=reliability.astype(y.dtype)
    )


def _ratios(
    y: FloatArray, length: IntArray, lived: BoolArray, *, multiplicative: BoolArray, season: int
) -> tuple[FloatArray, BoolArray]:
    """Ratios or differences to the trend, and the rows (T, B) in which they may be used."""
    rows = len(y)
    mean = (y * lived).sum(axis=0) / np.maximum(length, 1)
    ratio = np.where(multiplicative, y / np.maximum(mean, 1e-12), y - mean)
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


def centred_average(y: FloatArray, *, season: int) -> FloatArray:
    """Centred moving average over one season, (T - 2 * (season // 2), B)."""
    total = np.concatenate([np.zeros_like(y[:1]), np.cumsum(y, axis=0, dtype=np.float64)])
    sums = total[season:] - total[:-season]
    average = sums / season if season % 2 else (sums[:-1] + sums[1:]) / (2 * season)
    return average.astype(y.dtype)


def _reliability(deviation: FloatArray, within: FloatArray, count: IntArray, *, season: int) -> FloatArray:
    noise = within / np.maximum(count - season, 1) / np.maximum(count / season, 1)
    signal = (deviation**2).sum(axis=0) / (season - 1)
    told = np.clip(1 - noise / np.maximum(signal, 1e-12), 0, 1)
    return np.asarray(np.where(count > season, told, 0.5))


def _significant(y: FloatArray, length: IntArray, lived: BoolArray, *, season: int) -> BoolArray:
    """Autocorrelation at the seasonal lag beyond its 90 % limit (Bartlett); never below a season and a point."""
    if len(y) <= season:
        return np.zeros(y.shape[1], dtype=bool)
    mean = (y * lived).sum(axis=0) / np.maximum(length, 1)
    centred = (y - mean) * lived
    power = (centred**2).sum(axis=0) + 1e-30
    lags = [(centred[k:] * centred[:-k]).sum(axis=0) / power for k in range(1, season + 1)]
    earlier = sum(r**2 for r in lags[:-1])
    limit = 1.645 * np.sqrt((1 + 2 * earlier) / np.maximum(length, 1))
    return np.asarray((np.abs(lags[-1]) > limit) & (length > season))


def align(index: Array, phase: IntArray) -> Array:
    """Roll indices (S, B) forward by ``phase`` (B,) positions each: from row positions to shared ones."""
    position = (np.arange(len(index))[:, None] - phase) % len(index)
    return np.asarray(np.take_along_axis(index, position, axis=0))
