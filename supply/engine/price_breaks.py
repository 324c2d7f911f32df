"""Dated price breaks: they begin terms of their own, for prices change from order days on."""

from dataclasses import dataclass

import numpy as np

from .explosion import spread_rows
from .shapes import NEVER, Array, IntArray

_WIDTH = NEVER + 1


@dataclass(frozen=True, kw_only=True)
class PriceBreaks:
    """Unit `cost` from a `quantity` on, for what is ordered on a `lane` from day `since` on, (B,).

    All breaks of a lane with one date replace those with the date before; until the first date none applies.
    """

    lane: IntArray
    since: IntArray
    quantity: Array
    cost: Array

    @property
    def _key(self) -> IntArray:
        return self.lane * _WIDTH + self.since

    def terms_anew(self, lane: IntArray, *, since: IntArray, until: IntArray) -> tuple[IntArray, IntArray]:
        """Terms (V,), sorted by `lane` and date, begun again on each day on which the prices of their lane change.

        Returns the row of each term among the old ones, and its first day.

        >>> breaks = PriceBreaks(lane=np.array([0, 0, 1]), since=np.array([1, 50, 50]), quantity=np.ones(3), cost=np.ones(3))
        >>> row, first = breaks.terms_anew(np.array([0, 1]), since=np.array([1, 1]), until=np.array([99, 40]))
        >>> row.tolist(), first.tolist()
        ([0, 0, 1], [1, 50, 1])
        """
        wanted = np.unique(self._key)
        behind = np.searchsorted(lane * _WIDTH + since, wanted, side="right") - 1
        row, day = np.maximum(behind, 0), wanted % _WIDTH
        cut = np.flatnonzero(behind >= 0)
        cut = cut[
            (lane[row[cut]] == wanted[cut] // _WIDTH)
            & (since[row[cut]] < day[cut])
            & (day[cut] <= until[row[cut]])
        ]
        rows, first = np.append(np.arange(len(lane)), row[cut]), np.append(since, day[cut])
        order = np.lexsort((first, lane[rows]))
        return rows[order], first[order]

    def of_terms(self, lane: IntArray, since: IntArray) -> tuple[IntArray, Array, Array]:
        """Term, quantity and cost of the breaks that each of the terms (V,) starts with, by term and quantity."""
        order = np.lexsort((self.quantity, self._key))
        key = self._key[order]
        last = np.searchsorted(key, lane * _WIDTH + since, side="right")
        newest = key[np.maximum(last - 1, 0)] if len(key) else np.zeros(len(lane), np.int64)
        first = np.where((last > 0) & (newest // _WIDTH == lane), np.searchsorted(key, newest), last)
        term, place = spread_rows(last - first)
        rows = order[first[term] + place]
        return term, self.quantity[rows], self.cost[rows]
