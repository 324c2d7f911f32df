"""What the failure of a supplier does: how long stock survives, what is lost until it recovers."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .feasibility import plan_supply
from .pegging import DEMAND, Pegs, peg
from .shapes import Array, IntArray, Kind, PlanInputs, SupplyPlan
from .sorting import running_totals
from .stacking import batches, stacked
from .whatif import affected_by, restrict

_SLACK = 1e-6  # units; two plans of the same demand cut its pegs differently


@dataclass(frozen=True, kw_only=True)
class SupplierRisk:
    """One supplier. `survive_days` until the first day on which own demand goes short that would not without the
    failure (the horizon's length if never).

    `item` is the first item-location short (-1: none), `gap_days` = recovery - survival, `stock_needed` its
    demand over the gap, `exposure` the margin lost until recovery.
    """

    supplier: int
    survive_days: float
    recover_days: float
    gap_days: float
    item: int
    stock_needed: float
    exposure: float


def supplier_risks(
    inputs: PlanInputs, plan: SupplyPlan, *, suppliers: IntArray, recover_days: Array, margin: Array
) -> list[SupplierRisk]:
    """Drop each supplier, plan again what it touches, and rank by exposure.

    Open orders that have not left the supplier fail with it; what is afloat arrives. What the plan itself
    leaves late is no fault of the supplier and is taken off the exposure.
    """
    late_anyway = _late_demand(inputs, peg(inputs, plan))
    failures = [_without(inputs, plan, int(supplier)) for supplier in suppliers]
    late: list[_Late] = []
    for batch in batches([failure.inputs.count for failure in failures]):
        late += _late_together(failures[batch])
    risks = [
        _one(inputs, failure, found, late_anyway, float(days), margin)
        for failure, found, days in zip(failures, late, recover_days, strict=True)
    ]
    return sorted(risks, key=lambda risk: (-risk.exposure, risk.supplier))


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """The part of the problem that a supplier's failure reaches; `members` are its item-locations in the whole."""

    supplier: int
    inputs: PlanInputs
    members: IntArray


@dataclass(frozen=True, kw_only=True)
class _Late:
    """Own demand that is late: item-location, first day needed, quantity, how much of it a day asks for (P,)."""

    item: IntArray
    day: IntArray
    quantity: Array
    per_day: Array

    def lost(self, margin: Array, *, until_day: int, items: IntArray) -> float:
        """Margin of what is needed before a day, of some item-locations (sorted)."""
        mine = (self.day < until_day) & np.isin(self.item, items)
        needed = np.minimum(self.quantity[mine], self.per_day[mine] * (until_day - self.day[mine]))
        return float((needed * margin[self.item[mine]]).sum())

    def first_beyond(self, anyway: "_Late", members: IntArray) -> tuple[int, int]:
        """(item-location, day) where first more is late than `anyway`; (-1, 0) where nothing is.

        `members` (M,) are the own item-locations in the numbers of `anyway`.
        """
        known = np.isin(anyway.item, members)
        item = np.concatenate([members[self.item], anyway.item[known]])
        day = np.concatenate([self.day, anyway.day[known]])
        quantity = np.concatenate([self.quantity, -anyway.quantity[known]])
        order = np.lexsort((quantity, day, item))
        running = running_totals(item[order], quantity[order])
        more = np.flatnonzero((running > _SLACK) & (quantity[order] > 0))
        if not len(more):
            return -1, 0
        row = order[more]
        # of a row that is late in part anyway, the rest begins later
        spared = np.maximum(self.quantity[row] - running[more], 0.0) / np.maximum(self.per_day[row], _SLACK)
        begins = self.day[row] + np.floor(spared + _SLACK).astype(np.int64)
        first = int(np.argmin(begins))
        return int(self.item[row[first]]), int(begins[first])

    def of(self, low: int, high: int) -> "_Late":
        """The part of some neighbouring item-locations, numbered from 0."""
        mine = (self.item >= low) & (self.item < high)
        return _Late(
            item=self.item[mine] - low,
            day=self.day[mine],
            quantity=self.quantity[mine],
            per_day=self.per_day[mine],
        )


def _late_demand(inputs: PlanInputs, pegs: Pegs) -> _Late:
    rows = np.flatnonzero((pegs.use == DEMAND) & (pegs.days_late > 0))
    item, bucket = pegs.item[rows], pegs.use_ref[rows]
    return _Late(
        item=item,
        day=pegs.need_day[rows],
        quantity=pegs.quantity[rows],
        per_day=inputs.demand[bucket, item] / inputs.calendar.days[bucket],
    )


def without_supplier(inputs: PlanInputs, supplier: int, *, until_day: int) -> PlanInputs:
    """The same problem with a supplier that ships nothing before a day."""
    lanes, receipts = inputs.lanes, inputs.receipts
    theirs = (lanes.kind == Kind.BUY) & (lanes.source == supplier)
    failed = theirs[lanes.term_lane]
    stopped = (receipts.supplier == supplier) & ~receipts.afloat
    return replace(
        inputs,
        lanes=replace(
            lanes, valid_from=np.where(failed, np.maximum(lanes.valid_from, until_day), lanes.valid_from)
        ),
        receipts=replace(receipts, day=np.where(stopped, np.maximum(receipts.day, until_day), receipts.day)),
    )


def _without(inputs: PlanInputs, plan: SupplyPlan, supplier: int) -> _Failure:
    lanes, receipts = inputs.lanes, inputs.receipts
    theirs = (lanes.kind == Kind.BUY) & (lanes.source == supplier)
    touched = np.unique(np.concatenate([lanes.item[theirs], receipts.item[receipts.supplier == supplier]]))
    part, members = restrict(inputs, plan, affected_by(inputs, touched))
    failed = without_supplier(part, supplier, until_day=int(inputs.calendar.edges[-1]))
    return _Failure(supplier=supplier, inputs=failed, members=members)


def _late_together(failures: list[_Failure]) -> list[_Late]:
    """Late demand of each failure; they are planned side by side, which costs little more than one alone."""
    if not failures:
        return []
    joint = stacked([failure.inputs for failure in failures])
    late = _late_demand(joint, peg(joint, plan_supply(joint)))
    ends = np.cumsum([failure.inputs.count for failure in failures]).tolist()
    return [late.of(low, high) for low, high in pairwise([0, *ends])]


def _one(
    inputs: PlanInputs,
    failure: _Failure,
    late: _Late,
    late_anyway: _Late,
    recover: float,
    margin: Array,
) -> SupplierRisk:
    calendar, members = inputs.calendar, failure.members
    horizon = int(calendar.edges[-1])
    item, day = late.first_beyond(late_anyway, members)
    survive = float((day if item >= 0 else horizon) - calendar.as_of)
    gap = max(recover - survive, 0.0) if item >= 0 else 0.0
    exposure = stock = 0.0
    if gap > 0:
        back = calendar.as_of + int(np.ceil(recover))
        lost = late.lost(margin[members], until_day=back, items=np.arange(len(members)))
        exposure = max(lost - late_anyway.lost(margin, until_day=back, items=members), 0.0)
        stock = _demand_between(failure.inputs, item, day, gap)
    return SupplierRisk(
        supplier=failure.supplier,
        survive_days=survive,
        recover_days=recover,
        gap_days=gap,
        item=int(members[item]) if item >= 0 else -1,
        stock_needed=stock,
        exposure=exposure,
    )


def _demand_between(inputs: PlanInputs, item: int, first_day: int, days: float) -> float:
    """Own demand of the days from `first_day` on, even over the days of each bucket."""
    edges = inputs.calendar.edges
    end = np.clip(first_day + days, edges[:-1], edges[1:])
    start = np.clip(first_day, edges[:-1], edges[1:])
    return float((inputs.demand[:, item] * (end - start) / inputs.calendar.days).sum())
