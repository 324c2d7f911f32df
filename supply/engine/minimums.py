"""The same lanes with a smaller minimum: what one costs is found by planning again without it."""

from dataclasses import replace

import numpy as np

from .shapes import Array, Lanes


def minimum_of(lanes: Lanes, *, lane: int, term: int) -> float:
    """Units that an order on one lane has to reach under a term row, alone or with its group."""
    group = int(lanes.group[lane])
    return float(lanes.group_moq[group] if group >= 0 else lanes.moq[term])


def with_smaller_minimum(lanes: Lanes, *, lane: int, less: float) -> Lanes:
    """The lanes with the minimum of one, or of the group that shares it, `less` units lower, never below 0.

    >>> one = Lanes(item=np.array([0]), term_lane=np.array([0]), moq=np.array([100.0]), group=np.array([-1]))
    >>> with_smaller_minimum(one, lane=0, less=30.0).moq.tolist()
    [70.0]
    """
    group = int(lanes.group[lane])
    if group >= 0:
        shared = np.arange(len(lanes.group_moq)) == group
        return replace(lanes, group_moq=np.where(shared, _lowered(lanes.group_moq, less), lanes.group_moq))
    return replace(lanes, moq=np.where(lanes.term_lane == lane, _lowered(lanes.moq, less), lanes.moq))


def _lowered(minimum: Array, less: float) -> Array:
    return np.maximum(minimum - less, 0.0)
