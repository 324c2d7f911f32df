"""What the failure of a supplier does: how long stock survives, what is lost until it recovers."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .feasibility import plan_supply
from .lanes import arrival_days, terms_in_force
from .pegging import DEMAND, Pegs, peg
from .shapes import Array, IntArray, Kind, Lanes, PlanInputs, SupplyPlan
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

    Open orders that have not left the supplier wait with it; what is afloat arrives. What the plan itself leaves
    late is no fault of the supplier and is taken off the exposure. Where stock would not last until it has recovered,
    it stands still until then only: were nothing ever to come again, what is first in line would keep scarce parts.
    """
    calendar = inputs.calendar
    late_anyway = _late_demand(inputs, peg(inputs, plan))
    gone = _stopped(inputs, plan, suppliers, until_day=np.full(len(suppliers), calendar.edges[-1]))
    risks = [
        _one(stop, late_anyway, days, margin) for stop, days in zip(gone, recover_days.tolist(), strict=True)
    ]
    felt = np.flatnonzero([risk.gap_days > 0 for risk in risks])
    back = calendar.as_of + np.ceil(recover_days[felt]).astype(np.int64)
    until_back = _stopped(inputs, plan, suppliers[felt], until_day=np.minimum(back, calendar.edges[-1]))
    for k, stop in zip(felt.tolist(), until_back, strict=True):
        risks[k] = _one(stop, late_anyway, float(recover_days[k]), margin)
    return sorted(risks, key=lambda risk: (-risk.exposure, risk.supplier))


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


@dataclass(frozen=True, kw_only=True)
class _Stop:
    """What a supplier that stands still leaves late; `members` are the item-locations it reaches, in the whole."""

    supplier: int
    until_day: int
    inputs: PlanInputs
    members: IntArray
    late: _Late


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
    """The same problem with a supplier that makes and ships nothing before a day; what is afloat arrives."""
    lanes = inputs.lanes
    theirs = (lanes.kind == Kind.BUY) & (lanes.source == supplier)
    failed = theirs[lanes.term_lane]
    shut = replace(
        lanes, valid_from=np.where(failed, np.maximum(lanes.valid_from, until_day), lanes.valid_from)
    )
    day = _days_of_orders(inputs, shut, supplier, until_day=until_day)
    return replace(inputs, lanes=shut, receipts=replace(inputs.receipts, day=day))


def _days_of_orders(inputs: PlanInputs, shut: Lanes, supplier: int, *, until_day: int) -> IntArray:
    """When open orders arrive, (R,): the supplier's come as much later as it stands still.

    None comes later than what is begun when the supplier is back: an order for a distant day has not been begun yet.
    """
    receipts, as_of = inputs.receipts, inputs.calendar.as_of
    delayed = np.maximum(receipts.day, as_of) + max(until_day - as_of, 0)
    known = np.flatnonzero(receipts.lane >= 0) if len(receipts.lane) else np.zeros(0, np.int64)
    rows = terms_in_force(shut, until_day)[receipts.lane[known]]
    begun = arrival_days(shut, order_day=np.full(len(known), until_day), rows=rows)
    delayed[known] = np.minimum(delayed[known], begun)
    stopped = (receipts.supplier == supplier) & ~receipts.afloat
    return np.where(stopped, np.maximum(receipts.day, delayed), receipts.day)


def _stopped(
    inputs: PlanInputs, plan: SupplyPlan, suppliers: IntArray, *, until_day: IntArray
) -> list[_Stop]:
    """Each supplier stands still until its day (S,); planned side by side, which costs little more than one alone."""
    failed = [
        _without(inputs, plan, supplier, until_day=day)
        for supplier, day in zip(suppliers.tolist(), until_day.tolist(), strict=True)
    ]
    last = int(until_day.max(initial=0)) + int(inputs.lanes.lead_time_days.max(initial=0))
    late: list[_Late] = []
    for batch in batches([part.count for part, _ in failed]):
        late += _late_together([_in_view(part, last) for part, _ in failed[batch]])
    return [
        _Stop(supplier=supplier, until_day=day, inputs=part, members=members, late=found)
        for supplier, day, (part, members), found in zip(
            suppliers.tolist(), until_day.tolist(), failed, late, strict=True
        )
    ]


def _without(
    inputs: PlanInputs, plan: SupplyPlan, supplier: int, *, until_day: int
) -> tuple[PlanInputs, IntArray]:
    """The part of the problem that the failure reaches, and its item-locations in the whole."""
    lanes, receipts = inputs.lanes, inputs.receipts
    theirs = (lanes.kind == Kind.BUY) & (lanes.source == supplier)
    touched = np.unique(np.concatenate([lanes.item[theirs], receipts.item[receipts.supplier == supplier]]))
    part, members = restrict(inputs, plan, affected_by(inputs, touched))
    return without_supplier(part, supplier, until_day=until_day), members


def _in_view(inputs: PlanInputs, day: int) -> PlanInputs:
    """The buckets up to a day: what is needed after what is ordered then arrives takes nothing from before."""
    calendar = inputs.calendar
    end = calendar.inside(day) + 1
    return replace(
        inputs,
        calendar=replace(calendar, edges=calendar.edges[: end + 1]),
        demand=inputs.demand[:end],
        safety_stock=inputs.safety_stock[:end],
        capacities=replace(inputs.capacities, available=inputs.capacities.available[:end]),
    )


def _late_together(parts: list[PlanInputs]) -> list[_Late]:
    if not parts:
        return []
    joint = stacked(parts)
    late = _late_demand(joint, peg(joint, plan_supply(joint)))
    ends = np.cumsum([part.count for part in parts]).tolist()
    return [late.of(low, high) for low, high in pairwise([0, *ends])]


def _one(stop: _Stop, late_anyway: _Late, recover: float, margin: Array) -> SupplierRisk:
    """Where nothing goes short, stock lasts as long as the supplier stands still."""
    as_of, members = stop.inputs.calendar.as_of, stop.members
    item, day = stop.late.first_beyond(late_anyway, members)
    survive = float((day if item >= 0 else stop.until_day) - as_of)
    gap = max(recover - survive, 0.0) if item >= 0 else 0.0
    exposure = stock = 0.0
    if gap > 0:
        back = as_of + int(np.ceil(recover))
        lost = stop.late.lost(margin[members], until_day=back, items=np.arange(len(members)))
        exposure = max(lost - late_anyway.lost(margin, until_day=back, items=members), 0.0)
        stock = _demand_between(stop.inputs, item, day, gap)
    return SupplierRisk(
        supplier=stop.supplier,
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
