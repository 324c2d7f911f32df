"""Which items are netted together: first all that nothing limits, then by priority, so that no two share a limit."""

from collections.abc import Sequence

import numpy as np

from .limits import Limits
from .ranking import LaneChoice
from .shapes import Array, BoolArray, IntArray, PlanInputs


def planning_waves(
    members: IntArray,
    inputs: PlanInputs,
    *,
    precedence: IntArray,
    dependent: Array,
    choice: LaneChoice,
    limits: Limits,
) -> list[tuple[IntArray, Array]]:
    """(items, their share of joint limits) of each wave of one level's `members` (n,), in the order to net them.

    `precedence` (N,): place in line for what is limited. Items of one group (a shared MOQ) stay together: they share
    out what is left by their demand, people's and what `dependent` (T, N) says that orders above them take.
    """
    lanes = choice.lanes_of(members)
    if not inputs.lanes.count:
        return [(members, np.ones(len(members)))] if len(members) else []
    group = _groups(lanes, inputs, choice)
    held = _held(lanes, group, limits)
    free = members[~held]
    waves = [(free, np.ones(len(free)))] if len(free) else []
    if held.any():
        items = members[held]
        asked = (inputs.demand[:, items] + dependent[:, items]).sum(axis=0)
        waves += _limited(items, lanes[:, held], group[held], precedence[items], asked, limits)
    return waves


def _groups(lanes: IntArray, inputs: PlanInputs, choice: LaneChoice) -> IntArray:
    """The group (n,) of each item's first lane, -1 for none."""
    if not (inputs.lanes.group >= 0).any():
        return np.full(lanes.shape[1], -1, np.int64)
    first = choice.ordered(lanes)[0, 0]
    return np.where(first >= 0, inputs.lanes.group[np.maximum(first, 0)], -1)


def _held(lanes: IntArray, group: IntArray, limits: Limits) -> BoolArray:
    """True (n,) where a lane of the item, or of another of its group, uses something that is limited."""
    held = ((lanes >= 0) & limits.constrained(np.maximum(lanes, 0).ravel()).reshape(lanes.shape)).any(axis=0)
    return np.asarray(held | ((group >= 0) & np.isin(group, group[held])))


def _limited(
    members: IntArray, lanes: IntArray, group: IntArray, precedence: IntArray, asked: Array, limits: Limits
) -> list[tuple[IntArray, Array]]:
    first = np.array(
        [precedence[group == g].min() if g >= 0 else p for g, p in zip(group, precedence, strict=True)]
    )
    order = np.lexsort((members, first))
    items = members[order].tolist()
    nodes = np.where(group >= 0, -1 - group, members)[order].tolist()  # a group is one node, named below zero
    sets = [limits.constraints_of(lanes[lanes[:, k] >= 0, k]) for k in order]
    share = dict(zip(members.tolist(), _shares(group, asked).tolist(), strict=True))
    return [
        (np.array(wave), np.array([share[item] for item in wave]))
        for wave in priority_waves(items, sets, nodes)
    ]


def _shares(group: IntArray, asked: Array) -> Array:
    """What of a joint limit falls to each item (n,), by what is asked of it; alike where its group is asked for nothing.

    >>> _shares(np.array([4, 4, -1, 5, 5]), np.array([30.0, 10.0, 7.0, 0.0, 0.0])).tolist()
    [0.75, 0.25, 1.0, 0.5, 0.5]
    """
    share = np.ones(len(group))
    for g in np.unique(group[group >= 0]):
        rows = np.flatnonzero(group == g)
        total = asked[rows].sum()
        share[rows] = asked[rows] / total if total > 0 else 1.0 / len(rows)
    return share


def priority_waves(
    items: Sequence[int], constraints: Sequence[set[int]], nodes: Sequence[int]
) -> list[list[int]]:
    """Items in order of priority, packed into waves whose members share no constraint (unless of one node).

    >>> priority_waves([7, 8, 9], [{0}, {0}, {1}], [7, 8, 9])
    [[7, 9], [8]]
    """
    needs: dict[int, set[int]] = {}
    for node, wanted in zip(nodes, constraints, strict=True):
        needs.setdefault(node, set()).update(wanted)
    last: dict[int, int] = {}
    wave_of: dict[int, int] = {}
    for node, wanted in needs.items():
        wave_of[node] = 1 + max((last.get(c, -1) for c in wanted), default=-1)
        for c in wanted:
            last[c] = wave_of[node]
    waves: list[list[int]] = [[] for _ in range(1 + max(wave_of.values(), default=-1))]
    for item, node in zip(items, nodes, strict=True):
        waves[wave_of[node]].append(item)
    return waves
