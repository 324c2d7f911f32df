"""Which lane serves which item-location in which bucket: cheapest first, dearer ones by money only."""

from dataclasses import dataclass

import numpy as np

from .lanes import LaneTable
from .limits import Limits
from .netting import Rank
from .shapes import Array, BoolArray, IntArray, Kind, PlanInputs


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Lane of each rank, bucket and item (J, T, n), -1 where there is none, with its term row and what caps it."""

    lane: IntArray
    term: IntArray
    binding: IntArray
    ranks: list[Rank]
    shares: BoolArray


class LaneChoice:
    """Lanes by item-location, ready to be ranked for any set of items."""

    def __init__(self, *, inputs: PlanInputs, table: LaneTable, margin: Array) -> None:
        self.inputs = inputs
        self.table = table
        self.margin = margin
        order = np.argsort(inputs.lanes.item, kind="stable")
        self.by_item = order
        self.starts = np.searchsorted(inputs.lanes.item[order], np.arange(inputs.count + 1))

    def lanes_of(self, items: IntArray) -> IntArray:
        """(J, n) lanes of each item in input order, -1 beyond its last."""
        counts = self.starts[items + 1] - self.starts[items]
        depth = max(int(counts.max(initial=0)), 1)
        lanes = np.full((depth, len(items)), -1, np.int64)
        for k in range(int(counts.max(initial=0))):
            has = counts > k
            lanes[k, has] = self.by_item[self.starts[items[has]] + k]
        return lanes

    def rank(self, items: IntArray, *, limits: Limits, share: Array) -> Ranking:
        """Rank lanes by priority, then landed cost; `share` (n,) of shared limits belongs to each item."""
        lanes = self.ordered(self.lanes_of(items))
        safe = np.maximum(lanes, 0)
        buckets = np.arange(lanes.shape[1])[:, None]
        if not self.inputs.lanes.count:
            return self._without_lanes(lanes)
        term = np.stack([self.table.term[buckets, rows] for rows in safe])
        reachable = np.stack([self.table.reachable[buckets, rows] for rows in safe]) & (lanes >= 0)
        landed = np.stack([self.table.landed[buckets, rows] for rows in safe])
        premium = landed - landed[:1]
        allowed = reachable & ((premium <= 0) | (premium <= self.margin[items]))
        to_zero = premium > self.inputs.safety_premium * np.abs(landed[:1])
        ceiling, binding = self._ceilings(lanes, term, limits, share)
        moq = self._minima(safe, term)
        shares = self._shares(lanes, limits)
        in_parts = self._in_parts(lanes, binding, shares, limits)
        depth = len(lanes)
        ranks = [
            Rank(
                moq=moq[j],
                multiple=self.inputs.lanes.multiple[term[j]],
                allowed=allowed[j],
                ceiling=None if ceiling is None else ceiling[j],
                to_zero=to_zero[j] if depth > 1 else None,
                early_share=self._early_share(lanes, j, reachable[0]) if j else None,
                in_parts=in_parts[j] if in_parts[j].any() else None,
            )
            for j in range(depth)
        ]
        return Ranking(lane=lanes, term=term, binding=binding, ranks=ranks, shares=shares)

    def _in_parts(self, lanes: IntArray, binding: IntArray, shares: BoolArray, limits: Limits) -> BoolArray:
        """(J, T, n): the item's own production on one line, which a capacity holds back and nobody shares the lot of."""
        held = (binding >= 0) & (binding < limits.remaining.shape[1])
        made = (self.inputs.lanes.kind[lanes] == Kind.MAKE) & (self.inputs.lanes.group[lanes] < 0)
        stays = (lanes == lanes[:, :1]).all(axis=1) & (shares.sum(axis=1) == 1)
        return np.asarray(held & made & stays[:, None])

    def _minima(self, lanes: IntArray, term: IntArray) -> Array:
        """MOQ (J, T, n) of an order by itself; one that joins its group is raised there, together with the others.

        Netting joins the lots of first choices only, in the groups of today's; any other reaches the MOQ alone.
        """
        group, own = self.inputs.lanes.group[lanes], self.inputs.lanes.moq[term]
        if not (group >= 0).any():
            return own
        alone = np.append(self.inputs.lanes.group_moq, 0.0)[group]
        alone[0][group[0] == group[0][0]] = 0.0
        return np.where(group >= 0, alone, own)

    def _without_lanes(self, lanes: IntArray) -> Ranking:
        none = np.zeros(lanes.shape[1:])
        rank = Rank(moq=none, multiple=none, allowed=np.zeros(none.shape, bool))
        unknown = np.full(lanes.shape, -1, np.int64)
        shares = np.ones((1, 1, lanes.shape[2]), bool)
        return Ranking(lane=lanes, term=unknown, binding=unknown, ranks=[rank], shares=shares)

    def ordered(self, lanes: IntArray) -> IntArray:
        """(J, n) lanes as (J, T, n), best first in every bucket; lanes without terms come last."""
        buckets = self.inputs.calendar.buckets
        spread = np.broadcast_to(lanes[:, None, :], (len(lanes), buckets, lanes.shape[1]))
        if len(lanes) == 1:
            return spread
        rows = np.arange(buckets)[None, :, None]
        safe = np.maximum(spread, 0)
        usable = self.table.valid[rows, safe] & (spread >= 0)
        order = np.lexsort((self.table.landed[rows, safe], self.inputs.lanes.priority[safe], ~usable), axis=0)
        return np.take_along_axis(spread, order, axis=0)

    def _early_share(self, lanes: IntArray, j: int, cheapest_reachable: BoolArray) -> Array:
        """Share of the bucket before the cheapest lane can land, where lane j lands sooner."""
        calendar = self.inputs.calendar
        first = self.table.earliest[np.maximum(lanes[0], 0)]
        days = (first - calendar.edges[:-1, None]) / calendar.days[:, None]
        sooner = (self.table.earliest[np.maximum(lanes[j], 0)] < first) & cheapest_reachable
        return np.where(sooner, np.clip(days, 0.0, 1.0), 0.0)

    def _ceilings(
        self, lanes: IntArray, term: IntArray, limits: Limits, share: Array
    ) -> tuple[Array | None, IntArray]:
        """Ceilings (J, T, n); lanes that nothing limits get infinity."""
        used = np.unique(lanes[lanes >= 0])
        limited = used[limits.constrained(used)]
        binding = np.full(lanes.shape, -1, np.int64)
        if not len(limited):
            return None, binding
        owner_share = np.ones(self.inputs.lanes.count)
        items_share = np.broadcast_to(share, lanes.shape)
        owner_share[lanes[lanes >= 0]] = items_share[lanes >= 0]
        table = limits.ceilings(limited, term=self.table.term[:, limited], share=owner_share[limited])
        place = np.searchsorted(limited, np.maximum(lanes, 0))
        place = np.minimum(place, len(limited) - 1)
        hit = (lanes >= 0) & (limited[place] == lanes)
        rows = np.arange(lanes.shape[1])[None, :, None]
        ceiling = np.where(hit, table.quantity[rows, place], np.inf)
        return ceiling, np.where(hit, table.binding[rows, place], -1)

    def _shares(self, lanes: IntArray, limits: Limits) -> BoolArray:
        """(J, J, n): do two ranks draw on one capacity? Yes to be safe where the ranking changes over time."""
        depth, _, count = lanes.shape
        shares = np.broadcast_to(np.eye(depth, dtype=bool)[:, :, None], (depth, depth, count)).copy()
        if depth == 1:
            return shares
        first = lanes[:, 0, :]
        changing = (lanes != lanes[:, :1, :]).any(axis=(0, 1))
        busy = np.flatnonzero((limits.constrained(np.maximum(first, 0)) & (first >= 0)).sum(axis=0) > 1)
        for n in busy:
            sets = limits.constraints_of(first[None, :, n])
            for j in range(depth):
                for k in range(depth):
                    shares[j, k, n] |= changing[n] or bool(sets[j] & sets[k])
        return shares
