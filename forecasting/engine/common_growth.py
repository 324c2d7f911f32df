"""Growth from year to year that many series share.

A history of one to two years cannot tell growth from season: the months that came twice say it, and of one item they are
few and noisy. All items of a category together say it well.
"""

from dataclasses import dataclass, field

import numpy as np

from .arrays import Array, BoolArray, History, IntArray

FEWEST_SERIES = 3
UNKNOWN = 0.08  # growth a year, as a logarithm, that is usual while nothing tells it (standard deviation)
USUAL_MISS = 0.04  # by which one period of a whole group is usually off, as a logarithm
USUAL_PERIODS = 2.0  # what that assumption counts beside the periods seen
LINGERS = 1 / 4  # of a season: what troubles a group in one period troubles it so long
MEDIAN_NOISE = 1.57  # variance of a median over that of a mean
MIXED_GROUP = 0.3  # growth of less than this share of the spread within its group is hardly shared
LARGEST = np.log(2.0)  # what more than doubles or halves in a year does not go on so
LEANS, ALONE = 3, 4  # seasons up to which a series grows as its group, and from which on by itself


@dataclass(frozen=True)
class CommonGrowth:
    """Growth a year ``rate`` (K,) of each group in ``ids`` (K,), as a logarithm, shrunk by what speaks against it.

    ``doubt`` (K,) is its standard deviation; ``series`` and ``periods`` (K,) have told it, 0 where the group has too
    few of its own and takes what all series together tell.
    """

    ids: IntArray
    rate: Array
    doubt: Array
    series: IntArray
    periods: IntArray

    def place(self, groups: IntArray) -> IntArray:
        """Position (N,) of each group in ``ids``; -1 for an unknown one."""
        if not len(self.ids):
            return np.full(len(groups), -1)
        found = np.minimum(np.searchsorted(self.ids, groups), len(self.ids) - 1)
        return np.where(self.ids[found] == groups, found, -1)

    def rates(self, groups: IntArray, length: IntArray, *, season: int) -> Array:
        """Growth a period (N,) by which a history of ``length`` (N,) leans on its group: none from four seasons on."""
        return np.append(self.rate, 0.0)[self.place(groups)] * leaning(length, season=season) / season


def leaning(length: IntArray, *, season: int) -> Array:
    """How far (N,), from 1 to 0, a history of ``length`` (N,) leans on its group: not at all from four seasons on."""
    return np.clip((ALONE - length / season) / (ALONE - LEANS), 0, 1)


def levelled(history: History, rate: Array) -> History:
    """The history as if it had always stood where growth of ``rate`` (N,) a period has brought it by now."""
    ago = np.arange(len(history.values))[::-1, None]
    return History(values=history.values * np.exp(rate * ago), length=history.length)


def common_growth(history: History, groups: IntArray, *, season: int) -> CommonGrowth:
    """Learn the growth of each group (``groups`` (N,)) from the periods that its series lived through twice.

    A series' ratio is that of its newest season's sum to the sum of the same periods a season before, as far as both
    are known, its first period apart, which is often not whole. A group's growth is the median ratio, pulled towards that
    of all series, and theirs towards none, by three doubts: how far the series lie apart, how few periods came
    twice, and how unlike these are. Series that are mostly zero tell nothing.
    """
    ids = np.unique(groups)
    pairs = _pairs(history, season=season)
    every, doubt = _told(pairs, around=0.0, season=season)
    rate, unsure = np.full(len(ids), every), np.full(len(ids), doubt)
    series, periods = np.zeros((2, len(ids)), dtype=np.int64)
    for k, group in enumerate(ids):
        own = pairs.of(groups == group)
        if len(own.ratio) >= FEWEST_SERIES:
            series[k], periods[k] = len(own.ratio), own.overlap.max()
            rate[k], unsure[k] = _told(own, around=every if len(ids) > 1 else 0.0, season=season)
    return CommonGrowth(ids=ids, rate=rate, doubt=unsure, series=series, periods=periods)


@dataclass(frozen=True)
class _Pairs:
    """Periods seen twice: log ``ratio`` of their sums and their number ``overlap`` (M,) of the series ``which`` (M,), and
    log ratio ``single`` (P, M) of each pair, NaN where either is unknown."""

    ratio: Array
    overlap: IntArray
    single: Array
    which: IntArray = field(repr=False)

    def of(self, member: BoolArray) -> "_Pairs":
        kept = member[self.which]
        return _Pairs(self.ratio[kept], self.overlap[kept], self.single[:, kept], self.which[kept])


def _pairs(history: History, *, season: int) -> _Pairs:
    values, rows = history.values, len(history.values)
    back = max(min(season, rows - season), 0) if season > 1 else 0
    overlap = np.clip(history.length - season - 1, 0, back)
    newer, older = values[rows - back :], values[max(rows - back - season, 0) : rows - season][:back]
    seen = np.arange(back)[::-1, None] < overlap
    now, then = ((part * seen).sum(axis=0) for part in (newer, older))
    frequent = 2 * ((newer > 0) & (older > 0) & seen).sum(axis=0) > overlap
    which = np.flatnonzero(frequent & (now > 0) & (then > 0))
    both = (seen & (newer > 0) & (older > 0))[:, which]
    single = np.log(np.where(both, newer[:, which], 1) / np.where(both, older[:, which], 1))
    return _Pairs(np.log(now[which] / then[which]), overlap[which], np.where(both, single, np.nan), which)


def _told(pairs: _Pairs, *, around: float, season: int) -> tuple[float, float]:
    """Growth that series tell together, pulled towards ``around``, and the doubt that remains."""
    if len(pairs.ratio) < FEWEST_SERIES:
        return around, UNKNOWN
    low, middle, high = _quartiles(pairs.ratio, pairs.overlap)
    apart, gap = ((high - low) / 1.349) ** 2, middle - around
    series = pairs.overlap.sum() ** 2 / (pairs.overlap**2).sum()
    independent = pairs.overlap.mean() / max(LINGERS * season, 1)
    sampled = MEDIAN_NOISE * apart / series + _unlike(pairs.single) / independent
    proven = max(1 - sampled / max(gap**2, 1e-12), 0)
    trust = proven * gap**2 / max(gap**2 + MIXED_GROUP * apart, 1e-12)
    return float(np.clip(around + trust * gap, -LARGEST, LARGEST)), float(
        1 / np.sqrt(1 / UNKNOWN**2 + 1 / max(sampled, 1e-12))
    )


def _unlike(single: Array) -> float:
    """Variance of the periods' median ratios (P, M) around their mean; few of them say little against what is usual."""
    told = single[np.isfinite(single).sum(axis=1) >= FEWEST_SERIES]
    medians = np.nanmedian(told, axis=1) if len(told) else np.zeros(1)
    squares = ((medians - medians.mean()) ** 2).sum()
    return float((USUAL_PERIODS * USUAL_MISS**2 + squares) / (USUAL_PERIODS + len(medians) - 1))


def _quartiles(values: Array, weight: IntArray) -> Array:
    """Quartiles (3,) of weighted values (M,)."""
    order = np.argsort(values)
    mass = np.cumsum(weight[order]) - weight[order] / 2
    return np.asarray(np.interp(np.array([0.25, 0.5, 0.75]) * weight.sum(), mass, values[order]))
