"""Work that may be done in any bucket of a span: what fits into a capacity, and when it is done.

Spans fit where no stretch of buckets holds more of them than it can make (Hall 1935; of intervals the stretches are
enough). `work` (C, T, T) is units of each capacity by first and last bucket of their spans, `room` (T, C) what it makes.
"""

import numpy as np

from .shapes import TOLERANCE, Array, BoolArray, IntArray


class Spans:
    """Work that is booked on capacities, and what every stretch of their buckets has left for more."""

    def __init__(self, work: Array, *, room: Array) -> None:
        self.work = work
        made = done_late(work, room=room)
        # what does not fit is there all the same: nothing else has to make room for it
        self.room = np.maximum(room, made)
        total = np.vstack([np.zeros((1, room.shape[1])), np.cumsum(self.room, axis=0)]).T
        inside = np.cumsum(np.cumsum(work[:, ::-1], axis=1)[:, ::-1], axis=2)
        self.left = total[:, None, 1:] - total[:, :-1, None] - inside

    def without_room(self, column: IntArray, amount: Array, *, first: int, last: int) -> BoolArray:
        """True (n,) for each capacity of `column` (n,) that cannot make its `amount` (n,) from the first bucket to the last.

        >>> spans = Spans(np.zeros((1, 2, 2)), room=np.array([[60.0], [40.0]]))
        >>> [spans.without_room(np.array([0]), np.array([50.0]), first=first, last=1).item() for first in (0, 1)]
        [False, True]
        """
        left = self.left[column, : first + 1, last:].min(axis=(1, 2))
        return np.asarray(left + TOLERANCE * np.maximum(1.0, amount) < amount)

    def add(self, column: IntArray, amount: Array, *, first: int, last: int) -> None:
        """Book it."""
        self.work[column, first, last] += amount
        self.left[column, : first + 1, last:] -= amount[:, None, None]

    def done(self) -> Array:
        """What is made in each bucket, (T, C)."""
        return done_late(self.work, room=self.room)


def done_late(work: Array, *, room: Array) -> Array:
    """What is made in each bucket (T, C), as late as spans and room allow; what finds no room, in its first bucket.

    >>> work = np.zeros((1, 3, 3))
    >>> work[0, 0, 1], work[0, 1, 1], work[0, 2, 2] = 30, 50, 20
    >>> done_late(work, room=np.full((3, 1), 60.0)).ravel().tolist()
    [20.0, 60.0, 20.0]
    """
    done, left = np.zeros(room.shape), np.zeros((room.shape[1], len(room)))
    for t in range(len(room) - 1, -1, -1):
        left += work[:, :, t]
        # the last to begin goes first: the others can still be made in buckets before
        latest = left[:, t::-1]
        part = np.clip(room[t, :, None] - (np.cumsum(latest, axis=1) - latest), 0.0, latest)
        part[:, 0] = latest[:, 0]
        left[:, t::-1] -= part
        done[t] = part.sum(axis=1)
    return done
