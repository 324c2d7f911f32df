"""Items sold in a season only: the positions of the year in which they never sell are closed, not rare demand."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .arrays import Array, BoolArray, History, IntArray
from .seasonality import SMALLEST_INDEX

BEYOND_CHANCE = 3.0  # standard deviations
FEWEST_SOLD = 3  # periods with sales in whole seasons
KEPT = 0.75  # of the sales that two seasons could share: in-season gaps are few, else never sold is just rare


@dataclass(frozen=True)
class ClosedSeason:
    """``position`` (S, N): positions (row % season) that never sell, of items that sell in a season only."""

    position: BoolArray

    @cached_property
    def item(self) -> BoolArray:
        """Items (N,) with a closed season."""
        return np.asarray(self.position.any(axis=0))

    def rows(self, first: int, count: int) -> BoolArray:
        """Closed periods (count, N) from row ``first`` on."""
        return self.position[np.arange(first, first + count) % len(self.position)]

    @cached_property
    def open_share(self) -> Array:
        """Share of the year (N,) in which an item sells."""
        return np.asarray(1 - self.position.mean(axis=0))

    def lent(self, index: Array) -> Array:
        """A season (S, N) that is shared with these items, kept to the periods in which they sell."""
        season, shut = len(index), self.position
        left = season - SMALLEST_INDEX * shut.sum(axis=0)
        share = left / np.maximum(np.where(shut, 0.0, index).sum(axis=0), 1e-12)
        return np.where(self.item, np.where(shut, SMALLEST_INDEX, share * index), index)

    def bridged(self, history: History) -> History:
        """The history with a hundredth of the year's mean in closed periods.

        So the level lives through them instead of falling to nothing, and the season multiplies it.
        """
        if not self.item.any():
            return history
        values = history.values.copy()
        part, first = values[:, self.item], history.first[self.item]
        closed = self.rows(0, len(part))[:, self.item] & (part <= 0)
        begun = np.arange(len(part))[:, None] >= first
        year = self._year_mean(part, first)
        values[:, self.item] = np.where(closed & begun, SMALLEST_INDEX * year, part)
        return History(values=values, length=history.length)

    def _year_mean(self, values: Array, first: IntArray) -> Array:
        """Mean (T, N) of the season that ends with each period, of the first whole one before that."""
        season = len(self.position)
        total = np.cumsum(np.concatenate([np.zeros_like(values[:1]), values]), axis=0)
        whole = (total[season:] - total[:-season]) / season
        begin = np.maximum(np.arange(1 - season, len(values) - season + 1)[:, None], first)
        return np.take_along_axis(whole, begin, axis=0)


def closed_season(history: History, *, season: int) -> ClosedSeason:
    """Find the items whose sales keep to the same positions of each season, by more than chance would have it.

    Counts the positions that each two seasons share. Of two with a and b sales among S positions chance shares
    a*b/S, with variance a*b*(S - a)*(S - b)/(S^2*(S - 1)) (hypergeometric); pairs are uncorrelated. Three quarters of
    what they could share must be shared. Only whole seasons count, two at least, and each must sell.
    """
    values, (rows, count) = history.values, history.values.shape
    years = rows // season
    if season < 3 or years < 2:
        return ClosedSeason(np.zeros((season, count), dtype=bool))
    whole = np.arange(years)[:, None] >= years - history.length // season
    sold = (values[rows - years * season :] > 0).reshape(years, season, count) & whole[:, None]
    sold = np.roll(sold, rows % season, axis=1)
    by_position, by_year = sold.sum(axis=0), sold.sum(axis=1)
    shared = (by_position * (by_position - 1)).sum(axis=0) / 2
    chance = _over_pairs(by_year) / season
    variance = _over_pairs(by_year * (season - by_year)) / (season**2 * (season - 1))
    every = ((by_year > 0) | ~whole).all(axis=0) & (by_year.sum(axis=0) >= FEWEST_SOLD)
    regular = (variance > 0) & (shared - chance > BEYOND_CHANCE * np.sqrt(variance))
    kept = shared >= KEPT * _most_shared(by_year)
    return ClosedSeason(every & regular & kept & (by_position == 0))


def _most_shared(by_year: IntArray) -> IntArray:
    """Sum (N,) over all pairs of seasons of the sales of the poorer."""
    poorest_first = np.sort(by_year, axis=0)
    return np.asarray((poorest_first * np.arange(len(by_year))[::-1, None]).sum(axis=0))


def _over_pairs(values: IntArray) -> IntArray:
    """Sum (N,) over all pairs of rows of the product of both."""
    return np.asarray((values.sum(axis=0) ** 2 - (values**2).sum(axis=0)) / 2)
