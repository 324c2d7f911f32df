"""Array types of the engine, and the one place where raw history becomes something that can be computed with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FloatArray = NDArray[np.floating]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

FEWEST_SINCE_BREAK = 6
BREAK = 3.0
SEASON_APART = 1.3  # the same where a whole season lies to one side, so that it can be no season
FEWEST_BESIDE = 12  # periods of a history in which one that stands alone is known for it
LONE = 10.0  # times the second largest: more than so much says no more about what comes


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


@dataclass(frozen=True)
class Panel:
    """Histories of N series, with the category ``groups`` (N,) of each and the calendar position ``phase`` (N,), from 0
    to ``season`` - 1, of the first period after them."""

    history: History
    groups: IntArray
    phase: IntArray
    season: int

    def at(self, columns: IntArray) -> "Panel":
        """Some of the series; rows stay."""
        kept = History(values=self.history.values[:, columns], length=self.history.length[columns])
        return Panel(kept, self.groups[columns], self.phase[columns], self.season)

    def before(self, periods: int) -> "Panel":
        """The panel as it stood ``periods`` earlier."""
        return Panel(self.history.before(periods), self.groups, self.phase - periods, self.season)


def read_panel(
    history: Array,
    first: IntArray | None = None,
    *,
    season: int = 12,
    groups: IntArray | None = None,
    phase: IntArray | None = None,
) -> Panel:
    """A clean copy of a history, arguments as for :func:`clean_history`; one category and position 0 where left out."""
    clean = clean_history(history, first, season=season)
    nought = np.zeros(len(clean.length), dtype=np.int64)
    return Panel(
        history=clean,
        groups=nought if groups is None else groups,
        phase=nought if phase is None else phase,
        season=season,
    )


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
    gappy = np.flatnonzero(missing.any(axis=0))
    if len(gappy):
        filled = _fill_gaps(values[:, gappy], known[:, gappy], season=season)
        values[:, gappy] = np.where(row >= start[gappy], filled, 0.0)
    np.maximum(values, 0.0, out=values)
    _cap_lone_spike(values, start)
    start = np.maximum(start, _level_break(values, start, season=season))
    values[row < start] = 0.0
    return History(values=values, length=rows - start)


def _cap_lone_spike(values: Array, start: IntArray) -> None:
    """Let no single period of a history count more than ten times every other, in place.

    A year's demand in one month is a slip of the keyboard or an order that does not come again; taken as it is, it
    would be the level and the season of all that follows. Rare demand keeps its peaks.
    """
    rows = len(values)
    if rows < FEWEST_BESIDE:
        return
    second, largest = np.partition(values, rows - 2, axis=0)[-2:]
    length = rows - start
    frequent = 2 * (values > 0).sum(axis=0) > length
    lone = frequent & (length >= FEWEST_BESIDE) & (largest > LONE * second)
    np.minimum(values, np.where(lone, LONE * second, np.inf), out=values)


def _level_break(values: Array, start: IntArray, *, season: int) -> IntArray:
    """Row (N,) at which the newest lasting break of level begins; 0 where there is none.

    A jump so high that every period since is more than three times every period before (or less than a
    third) is another series under the same name: as season or trend it would be repeated. Where a whole season
    lies before it or since, no season can be what it is, and 1.3 times is enough.
    """
    rows, lasting = len(values), max(FEWEST_SINCE_BREAK, season // 4)
    if rows < 2 * lasting:
        return np.zeros_like(start)
    lived = np.arange(rows)[:, None] >= start
    highest = np.maximum.accumulate(np.where(lived, values, -np.inf), axis=0)[lasting - 1 : -lasting]
    lowest = np.minimum.accumulate(np.where(lived, values, np.inf), axis=0)[lasting - 1 : -lasting]
    high_since = np.maximum.accumulate(values[::-1], axis=0)[::-1][lasting : rows - lasting + 1]
    low_since = np.minimum.accumulate(values[::-1], axis=0)[::-1][lasting : rows - lasting + 1]
    row = np.arange(lasting, rows - lasting + 1)[:, None]
    whole = (season > 1) & ((row - start >= season) | (rows - row >= season))
    factor = np.where(whole, SEASON_APART, BREAK)
    broken = (row >= start + lasting) & ((low_since > factor * highest) | (factor * high_since < lowest))
    newest = len(broken) - 1 - broken[::-1].argmax(axis=0)
    return np.where(broken.any(axis=0), newest + lasting, 0)


def _fill_gaps(values: Array, known: BoolArray, *, season: int) -> Array:
    """Fill what is missing along the line between its neighbours, times the ratio of its season; (T, N)."""
    ratio = _season_ratio(values, known, season=season)
    level = np.where(ratio > 0, values / np.where(ratio > 0, ratio, 1.0), values)
    row = np.arange(len(values))[:, None]
    before = np.maximum.accumulate(np.where(known, row, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, row, len(values))[::-1], axis=0)[::-1]
    before, after = np.where(before < 0, after, before), np.where(after == len(values), before, after)
    share = (row - before) / np.maximum(after - before, 1)
    low, high = (np.take_along_axis(level, place, axis=0) for place in (before, after))
    return np.where(known, values, (low + share * (high - low)) * ratio)


def _season_ratio(values: Array, known: BoolArray, *, season: int) -> Array:
    """Ratio (T, N) of each period's season to the level around it; 1 below two seasons of known periods."""
    line = np.where(known, _moving_mean(values, known, season=season), 0.0)
    position = np.arange(len(values)) % season
    sold, level = (_sum_by(np.where(known, part, 0.0), position, season) for part in (values, line))
    enough = (known.sum(axis=0) >= 2 * season) & (np.where(known, values, 0.0).sum(axis=0) > 0)
    ratio = np.where(enough & (level > 0), sold / np.where(level > 0, level, 1.0), 1.0)
    return np.asarray(ratio[position])


def _sum_by(values: Array, position: IntArray, season: int) -> Array:
    total = np.zeros((season, values.shape[1]))
    np.add.at(total, position, values)
    return total


def _moving_mean(values: Array, known: BoolArray, *, season: int) -> Array:
    """Mean of the known periods within half a season on either side."""
    rows, half = len(values), season // 2
    begin = np.maximum(np.arange(rows) - half, 0)
    end = np.minimum(np.arange(rows) + half + 1, rows)
    sums = []
    for part in (np.where(known, values, 0.0), known.astype(np.float64)):
        total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(part, axis=0)])
        sums.append(total[end] - total[begin])
    return np.asarray(sums[0] / np.maximum(sums[1], 1.0))
