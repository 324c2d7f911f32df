"""Which items are netted together: first all that nothing limits, then by priority, so that no two share a limit.

Two kinds share one all the same: items of one joint minimum, and sites of one priority that one sender supplies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .limits import Limits
from .ranking import LaneChoice
from .shapes import Array, BoolArray, IntArray, Kind, PlanInputs


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Items (n,) netted together: their share of limits that their group has jointly, and the scarce component, a
    column of `Material`, that sites of one priority share out by need, -1 for none.
    """

    items: IntArray
    share: Array
    sender: IntArray


def planning_waves(
    members: IntArray,
    inputs: PlanInputs,
    *,
    precedence: IntArray,
    dependent: Array,
    choice: LaneChoice,
    limits: Limits,
) -> list[Wave]:
    """The waves of one level's `members` (n,), in the order to net them.

    `precedence` (N,): place in line for what is limited. Items of one group (a shared MOQ) stay together: they share
    out what is left by their demand, people's and what `dependent` (T, N) says that orders above them take.
    """
    lanes = choice.lanes_of(members)
    if not inputs.lanes.count:
        return _free(members)
    group = _groups(lanes, inputs, choice)
    held = _held(lanes, group, limits)
    waves = _free(members[~held])
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


def _free(items: IntArray) -> list[Wave]:
    alone = Wave(items=items, share=np.ones(len(items)), sender=np.full(len(items), -1, np.int64))
    return [alone] if len(items) else []


def _limited(
    members: IntArray, lanes: IntArray, group: IntArray, precedence: IntArray, asked: Array, limits: Limits
) -> list[Wave]:
    first = np.array(
        [precedence[group == g].min() if g >= 0 else p for g, p in zip(group, precedence, strict=True)]
    )
    sets = limits.constraints_of(lanes)
    sender, site_node = _senders(lanes, sets, np.where(group >= 0, -1, precedence), limits)
    nodes = np.where(group >= 0, -1 - group, members)  # what is netted together is one node, named below zero
    nodes = np.where(site_node >= 0, -2 - group.max(initial=-1) - site_node, nodes)
    order = np.lexsort((members, first))
    row = {item: k for k, item in enumerate(members.tolist())}
    share = _shares(group, asked)
    waves = priority_waves(members[order].tolist(), [sets[k] for k in order], nodes[order].tolist())
    rows = [np.array([row[item] for item in wave]) for wave in waves]
    return [Wave(items=members[k], share=share[k], sender=sender[k]) for k in rows]


def _senders(
    lanes: IntArray, sets: Sequence[set[int]], precedence: IntArray, limits: Limits
) -> tuple[IntArray, IntArray]:
    """(scarce component that sites share by need, number of those who share it), each (n,), -1 where a site does not.

    Sites that one sender supplies, of one `precedence` (-1: served otherwise), which nothing else limits.
    """
    capacities = limits.remaining.shape[1]
    limited = (lanes >= 0) & limits.constrained(np.maximum(lanes, 0).ravel()).reshape(lanes.shape)
    moved = (limited & (limits.lanes.kind[lanes] == Kind.TRANSFER)).sum(axis=0) == 1
    alone = moved & (limited.sum(axis=0) == 1) & (precedence >= 0)
    sender = np.array(
        [
            next(iter(wanted)) - capacities if fits and len(wanted) == 1 else -1
            for fits, wanted in zip(alone, sets, strict=True)
        ],
        np.int64,
    )
    sender = np.maximum(sender, -1)
    _, number, count = np.unique(
        np.stack([sender, precedence]), axis=1, return_inverse=True, return_counts=True
    )
    number = number.ravel()
    shared = (sender >= 0) & (count[number] > 1)
    return np.where(shared, sender, -1), np.where(shared, number, -1)


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
