"""Find the periods of a history that are not demand: out of stock, and outliers. Marks only; a person decides."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .arrays import Array, BoolArray, IntArray, clean_history

OUTLIER_SPREADS = 7.0
UNTAUGHT_SPREADS = 15.0  # below three seasons, in which a peak of the season looks like one
TAUGHT = 3  # seasons
FEWEST_PERIODS = 12
MOST_ZEROS = 0.3
LEAST_UNSHIPPED = 0.02  # of what was asked for; less is the usual dust of order books
RETURNS = 1 / 3  # of a deviation, in the same period a year before or after: that is season, not error


class Mark(IntEnum):
    """What a period of history was marked as."""

    NONE = 0
    STOCKOUT = 1
    OUTLIER = 2
    EVENT = 3
    UNSHIPPED = 4


@dataclass(frozen=True)
class Cleansing:
    """``marks`` (T, N) of :class:`Mark`, ``imputed`` (T, N) the value proposed for marked periods (else NaN)."""

    marks: IntArray
    imputed: Array

    def applied(self, history: Array, *, undone: BoolArray | None = None) -> Array:
        """The history with marked periods replaced, except where ``undone`` (T, N) is true."""
        use = np.isfinite(self.imputed)
        if undone is not None:
            use &= ~undone
        return np.asarray(np.where(use, self.imputed, history))


def cleanse(
    history: Array, first: IntArray | None = None, *, out_of_stock: BoolArray | None = None, season: int = 12
) -> Cleansing:
    """Mark stockouts and outliers of a history (T, N) and propose values for them.

    A period out of stock is marked where less than expected was sold. An outlier lies more than 7 robust
    spreads (15 below three seasons) from the median of its deseasonalised neighbours, and the same period of the
    years beside it does not deviate likewise (two years are too few to learn the season, and enough to see it
    return); what still lasts at the end may be news and is not judged yet. Series of fewer than 12 periods or with more
    than 30 % zeros get no outlier marks. The proposal is the local median times the season.
    """
    rows, count = history.shape
    start = np.zeros(count, dtype=np.int64) if first is None else first
    lived = np.arange(rows)[:, None] >= start
    empty = np.zeros((rows, count), dtype=bool) if out_of_stock is None else out_of_stock & lived
    masked = np.where(empty | ~lived, np.nan, history)
    values = clean_history(masked, start, season=season).values
    ratio = _season_ratio(values, lived, season=season)
    smooth = values / ratio
    centre = _local_median(smooth, lived, reach=min(season // 2 + 1, 6))
    expected = centre * ratio
    short = empty & (np.nan_to_num(history) < expected)
    odd = _outliers(smooth, centre, lived & ~empty, season=season)
    odd &= ~_returns(np.where(lived, smooth, np.nan), smooth - centre, season)
    odd &= ~np.logical_and.accumulate(odd[::-1], axis=0)[::-1]
    marks = np.where(short, Mark.STOCKOUT, np.where(odd, Mark.OUTLIER, Mark.NONE))
    return Cleansing(marks=marks.astype(np.int64), imputed=np.where(marks > 0, expected, np.nan))


def with_unshipped(found: Cleansing, history: Array, *, asked: Array) -> Cleansing:
    """Mark the periods in which more was `asked` for than the `history` says was shipped, (T, N); other marks stay.

    >>> none = Cleansing(np.zeros((1, 1), dtype=np.int64), np.full((1, 1), np.nan))
    >>> float(with_unshipped(none, np.array([[400.0]]), asked=np.array([[520.0]])).imputed[0, 0])
    520.0
    """
    short = (found.marks == Mark.NONE) & (asked - history > LEAST_UNSHIPPED * np.maximum(asked, 0.0))
    return Cleansing(
        marks=np.where(short, Mark.UNSHIPPED, found.marks), imputed=np.where(short, asked, found.imputed)
    )


def without_events(found: Cleansing, history: Array, *, uplift: Array) -> Cleansing:
    """Take known events out of a history (T, N): ``uplift`` is the factor less 1 that they had on each period.

    An event explains what would else be an outlier; a stockout stays one. Nothing is proposed below 0.

    >>> none = Cleansing(np.zeros((1, 1), dtype=np.int64), np.full((1, 1), np.nan))
    >>> float(without_events(none, np.array([[120.0]]), uplift=np.array([[0.2]])).imputed[0, 0])
    100.0
    """
    touched = (np.abs(uplift) > 1e-9) & (uplift > -0.9) & (history > 0) & (found.marks != Mark.STOCKOUT)
    plain = history / np.where(touched, 1.0 + uplift, 1.0)
    return Cleansing(
        marks=np.where(touched, Mark.EVENT, found.marks), imputed=np.where(touched, plain, found.imputed)
    )


def _outliers(smooth: Array, centre: Array, lived: BoolArray, *, season: int) -> BoolArray:
    count = lived.sum(axis=0)
    zeros = ((smooth <= 0) & lived).sum(axis=0)
    eligible = (count >= FEWEST_PERIODS) & (zeros <= MOST_ZEROS * count)
    gap = np.where(lived, np.abs(smooth - centre), np.nan)
    spread = 1.4826 * _nanmedian(gap)
    floor = 0.05 * np.abs(_nanmedian(np.where(lived, smooth, np.nan)))
    limit = np.where(count < TAUGHT * season, UNTAUGHT_SPREADS, OUTLIER_SPREADS)
    return np.asarray(eligible & (np.nan_to_num(gap) > limit * np.maximum(spread, floor)))


def _returns(smooth: Array, gap: Array, season: int) -> BoolArray:
    """Where the same period of the year before or after (T, N) lies as far out, near enough, to the same side."""
    missing = np.full((season, smooth.shape[1]), np.nan)
    before = np.concatenate([missing, smooth])[: len(smooth)]
    after = np.concatenate([smooth, missing])[season:]
    nearest = np.fmin(np.abs(smooth - before), np.abs(smooth - after))
    return np.asarray(nearest <= (1 - RETURNS) * np.abs(gap))  # false where there is no such year


def _season_ratio(values: Array, lived: BoolArray, *, season: int) -> Array:
    """Robust seasonal ratios (T, N): median over the years of the ratio to the year's mean; 1 below 2 years."""
    rows, count = values.shape
    years = rows // season
    ratio = np.ones((rows, count))
    if years < 2:
        return ratio
    tail = values[rows - years * season :].reshape(years, season, count)
    alive = lived[rows - years * season :].reshape(years, season, count)
    whole = alive.all(axis=1)
    mean = np.where(whole, tail.mean(axis=1), np.nan)
    index = _nanmedian(tail / np.where(mean > 0, mean, np.nan)[:, None])
    learned = (whole.sum(axis=0) >= TAUGHT) & np.isfinite(index).all(axis=0) & (index > 0).all(axis=0)
    index = np.where(learned, index, 1.0)
    position = (np.arange(rows) - (rows - years * season)) % season
    return np.asarray((index / index.mean(axis=0))[position])


def _local_median(values: Array, lived: BoolArray, *, reach: int) -> Array:
    """Median of the periods within ``reach`` on either side, the period itself left out."""
    rows = len(values)
    padded = np.pad(np.where(lived, values, np.nan), ((reach, reach), (0, 0)), constant_values=np.nan)
    shifts = [padded[k : k + rows] for k in range(2 * reach + 1) if k != reach]
    median = _nanmedian(np.stack(shifts))
    return np.where(np.isfinite(median), median, values)


def _nanmedian(values: Array) -> Array:
    """Median along the first axis, NaN (without a warning) where nothing is known."""
    ordered = np.sort(values, axis=0)
    count = np.isfinite(values).sum(axis=0)
    low = np.maximum((count - 1) // 2, 0)[None]
    high = np.maximum(count // 2, 0)[None]
    high = np.minimum(high, len(values) - 1)
    middle = np.take_along_axis(ordered, low, axis=0)[0] + np.take_along_axis(ordered, high, axis=0)[0]
    return np.asarray(np.where(count > 0, middle / 2, np.nan))
