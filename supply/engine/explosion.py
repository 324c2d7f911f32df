"""What planned orders require one level down: components on the release day, sender's stock on the ship day."""

from bisect import bisect_right
from collections import defaultdict

import numpy as np

from .shapes import Array, Bom, DependentDemand, IntArray, Kind, Lanes


def spread_rows(counts: IntArray) -> tuple[IntArray, IntArray]:
    """For each i, counts[i] pairs (i, 0 .. counts[i] - 1): the join that bills of material need.

    >>> [part.tolist() for part in spread_rows(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - first[owner]


def taken_per_unit(bom: Bom, above: IntArray, below: IntArray, *, day: IntArray) -> Array:
    """Units of `below` in one unit of `above` begun on a day, (P,) item-locations; 1 where it is only moved.

    By the line in force on the day; where none is by the last one before it, else by the first one to come.
    """
    asked = np.flatnonzero(np.isin(bom.component, below) & np.isin(bom.parent, above))  # few of many lines
    asked = asked[np.argsort(bom.valid_from[asked], kind="stable")]
    columns = (
        values[asked].tolist() for values in (bom.parent, bom.component, bom.valid_from, bom.gross_per)
    )
    lines: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
    for parent, component, since, units in zip(*columns, strict=True):
        lines[parent, component].append((since, units))
    pairs = zip(above.tolist(), below.tolist(), strict=True)
    return np.array([_in_force(lines.get(pair), on) for pair, on in zip(pairs, day.tolist(), strict=True)])


def _in_force(lines: list[tuple[int, float]] | None, day: int) -> float:
    """Units of the last of some `lines` (first day, units), sorted by day, that has begun, else of the first."""
    if not lines:
        return 1.0
    return lines[max(bisect_right([since for since, _ in lines], day) - 1, 0)][1]


class Explosion:
    """Bill of materials by parent, ready for level after level."""

    def __init__(self, *, bom: Bom, lanes: Lanes, count: int) -> None:
        self.lanes = lanes
        order = np.argsort(bom.parent, kind="stable")
        self.component = bom.component[order]
        self.gross_per = bom.gross_per[order]
        self.valid_from = bom.valid_from[order]
        self.valid_to = bom.valid_to[order]
        self.starts = np.searchsorted(bom.parent[order], np.arange(count + 1))

    def requirements(
        self,
        *,
        number: IntArray,
        item: IntArray,
        lane: IntArray,
        quantity: Array,
        release_day: IntArray,
        ship_day: IntArray,
    ) -> DependentDemand:
        """Dependent demand of orders, all (K,); `number` labels them. A line counts if valid on the release day."""
        kind = self.lanes.kind[lane]
        made = np.flatnonzero(kind == Kind.MAKE)
        owner, place = spread_rows((self.starts[item[made] + 1] - self.starts[item[made]]).astype(np.int64))
        edge = self.starts[item[made]][owner] + place
        order = made[owner]
        day = release_day[order]
        valid = (self.valid_from[edge] <= day) & (day <= self.valid_to[edge])
        edge, order = edge[valid], order[valid]
        moved = np.flatnonzero(kind == Kind.TRANSFER)
        return DependentDemand(
            order=np.concatenate([number[order], number[moved]]),
            item=np.concatenate([self.component[edge], self.lanes.source[lane[moved]]]),
            day=np.concatenate([release_day[order], ship_day[moved]]),
            quantity=np.concatenate([quantity[order] * self.gross_per[edge], quantity[moved]]),
        )
