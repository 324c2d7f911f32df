"""Days on which a supplier or a location is closed, and the open days between them.

A calendar is a number from 0; -1 stands for one that never closes. Days are ordinals, (K,) beside their calendars.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .basics import NEVER, IntArray

_WIDTH = NEVER + 1


@dataclass(frozen=True)
class Closures:
    """Closed days as rows (calendar, day), in any order; twice the same counts once.

    >>> new_year = Closures(calendar=np.array([0, 0]), day=np.array([10, 11]))
    >>> one = np.array([0])
    >>> new_year.next_open(one, np.array([10])).tolist(), new_year.last_open(one, np.array([11])).tolist()
    ([12], [9])
    >>> new_year.open_days_before(one, np.array([15])).tolist(), new_year.open_day(one, np.array([13])).tolist()
    ([13], [15])
    """

    calendar: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    day: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    _closed: IntArray = field(init=False, repr=False)
    _skipped: IntArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        closed = np.unique(self.calendar * _WIDTH + self.day)
        first = np.searchsorted(closed, closed - closed % _WIDTH)
        object.__setattr__(self, "_closed", closed)
        # the open days before each closed one: it does not fall, so that it can be searched as well
        object.__setattr__(self, "_skipped", closed - (np.arange(len(closed)) - first))

    def open_days_before(self, calendar: IntArray, day: IntArray) -> IntArray:
        """Number of open days before each day, counted from day 0."""
        return np.asarray(day - self._found(self._closed, calendar, day, side="left"))

    def open_day(self, calendar: IntArray, number: IntArray) -> IntArray:
        """The day with this many open days before it."""
        return np.asarray(number + self._found(self._skipped, calendar, number, side="right"))

    def next_open(self, calendar: IntArray, day: IntArray) -> IntArray:
        """The day itself where it is open, else the next open one."""
        return self.open_day(calendar, self.open_days_before(calendar, day))

    def last_open(self, calendar: IntArray, day: IntArray) -> IntArray:
        """The day itself where it is open, else the last open one before it."""
        return self.open_day(calendar, self.open_days_before(calendar, day + 1) - 1)

    def _found(
        self, keys: IntArray, calendar: IntArray, value: IntArray, *, side: Literal["left", "right"]
    ) -> IntArray:
        """Rows of the calendar at or below the value."""
        if not len(keys):
            return np.zeros(np.broadcast_shapes(np.shape(calendar), np.shape(value)), np.int64)
        base = calendar * _WIDTH
        until = np.searchsorted(keys, base + np.clip(value, 0, NEVER), side=side)
        return np.where(calendar >= 0, until - np.searchsorted(keys, base), 0)
