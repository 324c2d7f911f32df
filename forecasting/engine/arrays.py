"""Array types of the engine, and the one place where raw history becomes something that can be computed with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FloatArray = NDArray[np.floating]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class History:
    """Clean copy of a history: finite, never negative, end-aligned, zeros before a series begins.

    ``values`` (T, N) in the units of the input, ``length`` (N,) the number of periods each series has.
    """

    values: Array
    length: IntArray

    @property
    def first(self) -> IntArray:
        return len(self.values) - self.length

    def at(self, columns: IntArray | slice) -> "History":
        """The history of some series, without the rows that none of them has."""
        length = self.length[columns]
        rows = int(length.max(initial=1))
        return History(values=self.values[-rows:, columns], length=length)

    def before(self, periods: int) -> "History":
        """The history as it stood ``periods`` earlier; series that had not begun yet have length 0."""
        kept = len(self.values) - periods
        return History(values=self.values[:kept], length=np.maximum(self.length - periods, 0))


def clean_history(history: Array, first: IntArray | None = None, *, season: int = 12) -> History:
    """Make a history computable: gaps filled, negative periods floored at zero, leading blanks cut.

    ``history`` (T, N) end-aligned; ``first`` (N,) the row of each series' first real period (row 0 if left
    out). NaN and infinity count as missing. Raises ValueError where shapes do not fit together.
    """
    values = np.array(history, dtype=np.float64, ndmin=2)
    if values.ndim != 2:
        raise ValueError(f"history has {values.ndim} axes; pass an array of shape (periods, series)")
    rows, count = values.shape
    start = np.zeros(count, dtype=np.int64) if first is None else np.array(first, dtype=np.int64)
    if start.shape != (count,):
        raise ValueError(f"first has shape {start.shape}; pass one row number per series, shape ({count},)")
    row = np.arange(rows)[:, None]
    known = np.isfinite(values) & (row >= start)
    start = np.where(known.any(axis=0), known.argmax(axis=0) if rows else 0, rows)
    values[~known] = 0.0
    missing = ~known & (row >= start)
    for column in np.flatnonzero(missing.any(axis=0)):
        begin = start[column]
        values[begin:, column] = _fill_gaps(values[begin:, column], known[begin:, column], season=season)
    np.maximum(values, 0.0, out=values)
    return History(values=values, length=rows - start)


def _fill_gaps(series: Array, known: BoolArray, *, season: int) -> Array:
    """Fill missing periods along the line between their neighbours, times the ratio of their season."""
    time = np.arange(len(series))
    ratio = np.ones(len(series))
    typical = series[known].mean()
    if known.sum() >= 2 * season and typical > 0:
        line = _moving_mean(series, known, season=season)
        for position in range(season):
            same = np.flatnonzero(known[position::season]) * season + position
            if len(same) and line[same].sum() > 0:
                ratio[position::season] = series[same].sum() / line[same].sum()
    smooth = np.where(ratio > 0, series / np.maximum(ratio, 1e-9), series)
    filled = np.interp(time, time[known], smooth[known]) * ratio
    return np.where(known, series, filled)


def _moving_mean(series: Array, known: BoolArray, *, season: int) -> Array:
    """Mean of the known periods within half a season on either side."""
    window = np.ones(season + 1 - season % 2)
    total = np.convolve(np.where(known, series, 0.0), window, mode="same")
    count = np.convolve(known.astype(np.float64), window, mode="same")
    return np.asarray(total / np.maximum(count, 1.0))
