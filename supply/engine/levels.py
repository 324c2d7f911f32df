"""Low-level codes: each item-location below everything that requires it."""

import numpy as np

from .shapes import IntArray
from .sorting import stable_order

_CHECK_EVERY = 64  # real structures are shallower; from here on a cycle is looked for


class SupplyCycleError(ValueError):
    """Item-locations that require themselves; `members` holds them in order, the first one repeated at the end."""

    def __init__(self, members: list[int]) -> None:
        self.members = members
        super().__init__("Item-locations require themselves: " + " -> ".join(str(m) for m in members))


def low_level_codes(count: int, *, above: IntArray, below: IntArray) -> IntArray:
    """Longest path from any top item to each item-location, (N,).

    `above`, `below`: (E,) ends of each requirement (parent and component, receiver and sender).
    Raises SupplyCycleError naming one cycle.

    >>> low_level_codes(3, above=np.array([0, 0, 1]), below=np.array([1, 2, 2])).tolist()
    [0, 1, 2]
    """
    levels = np.zeros(count, np.int64)
    for level in range(1, count + 2):
        if not len(below):
            return levels
        levels[below] = level
        if level % _CHECK_EVERY == 0 or level > count:
            _refuse_cycles(above.tolist(), below.tolist())
        # only what ends below an item-location of this level lies on a longer path
        longer = np.flatnonzero(levels[above] == level)
        above, below = above[longer], below[longer]
    return levels


def latest_levels(levels: IntArray, *, above: IntArray, below: IntArray) -> IntArray:
    """The deepest level (N,) on which each item-location still stands above all that it requires.

    `levels` (N,): low-level codes; `above`, `below`: (E,) ends of each requirement.

    >>> latest_levels(np.array([0, 1, 2, 0]), above=np.array([0, 1]), below=np.array([1, 2])).tolist()
    [0, 1, 2, 2]
    """
    latest = np.full(len(levels), levels.max(initial=0))
    for rows in reversed(rows_by_level(levels[above])):
        np.minimum.at(latest, above[rows], latest[below[rows]] - 1)
    return latest


def rows_by_level(level: IntArray) -> list[IntArray]:
    """Rows of each level (R,), top first."""
    order = stable_order(level)
    bounds = np.searchsorted(level[order], np.arange(int(level.max(initial=0)) + 2))
    return [order[bounds[k] : bounds[k + 1]] for k in range(len(bounds) - 1)]


def _refuse_cycles(above: list[int], below: list[int]) -> None:
    children: dict[int, list[int]] = {}
    for parent, child in zip(above, below, strict=True):
        children.setdefault(parent, []).append(child)
    done: set[int] = set()
    for start in sorted(children):
        if start not in done:
            _walk(start, children, done)


def _walk(start: int, children: dict[int, list[int]], done: set[int]) -> None:
    """Depth-first without recursion: the path is the stack, meeting it again is a cycle."""
    path = [start]
    places = {start: 0}
    iterators = [iter(children.get(start, ()))]
    while path:
        child = next(iterators[-1], None)
        if child is None:
            done.add(path[-1])
            del places[path.pop()]
            iterators.pop()
        elif child in places:
            raise SupplyCycleError([*path[places[child] :], child])
        elif child not in done:
            places[child] = len(path)
            path.append(child)
            iterators.append(iter(children.get(child, ())))
