"""What the failure of a supplier does: how long stock survives, what is lost until it recovers."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from .explosion import spread_rows
from .feasibility import plan_supply
from .lanes import arrival_days, terms_in_force
from .pegging import DEMAND, overlap, peg
from .shapes import Array, BoolArray, IntArray, Kind, Lanes, PlanInputs, SupplyPlan
from .sorting import running_totals
from .stacking import batches, stacked
from .whatif import affected_by, restrict

_SLACK = 1e-6  # units; two plans of the same demand cut its pegs differently


@dataclass(frozen=True, kw_only=True)
class SupplierRisk:
    """One supplier. `survive_days` until the first day on which own demand goes short that would not without the
    failure (the horizon's length if never).

    `item` is the first item-location short (-1: none), `gap_days` = recovery - survival, `stock_needed` its
    demand over the gap, `exposure` the margin of what is needed before the recovery and waits because of the failure:
    all of it where it would have come in time, the share of its wait that the failure adds where it would not (ADR 0315).
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

    Open orders that have not left the supplier wait with it; what is afloat arrives. Where the failure is felt before it
    has recovered, it stands still until then only: were nothing ever to come again, what is first in line would keep
    scarce parts.
    """
    calendar = inputs.calendar
    otherwise = _served(inputs, plan)
    gone = _stopped(inputs, plan, suppliers, until_day=np.full(len(suppliers), calendar.edges[-1]))
    risks = [
        _one(stop, otherwise, days, margin) for stop, days in zip(gone, recover_days.tolist(), strict=True)
    ]
    felt = np.flatnonzero([risk.gap_days > 0 or risk.exposure > 0 for risk in risks])
    back = calendar.as_of + np.ceil(recover_days[felt]).astype(np.int64)
    until_back = _stopped(inputs, plan, suppliers[felt], until_day=np.minimum(back, calendar.edges[-1]))
    for k, stop in zip(felt.tolist(), until_back, strict=True):
        risks[k] = _one(stop, otherwise, float(recover_days[k]), margin)
    return sorted(risks, key=lambda risk: (-risk.exposure, risk.supplier))


@dataclass(frozen=True, kw_only=True)
class _Served:
    """Own demand by the supply that serves it: item-location, first day needed, day of the supply, quantity, how much
    of it a day asks for (P,), sorted by item-location and in the order of need. `end` is the day on which its plan ends.
    """

    item: IntArray
    day: IntArray
    served: IntArray
    quantity: Array
    per_day: Array
    end: int

    @property
    def late(self) -> BoolArray:
        return self.served > self.day

    @property
    def before(self) -> Array:
        """Units of the item-location that are needed before each row."""
        return running_totals(self.item, self.quantity) - self.quantity

    def among(self, members: IntArray) -> "_Served":
        """Those of some item-locations (M,), sorted, which are numbered from 0."""
        first, after = (np.searchsorted(self.item, members, side=side) for side in ("left", "right"))
        owner, place = spread_rows(after - first)
        row = first[owner] + place
        return _Served(
            item=owner,
            day=self.day[row],
            served=self.served[row],
            quantity=self.quantity[row],
            per_day=self.per_day[row],
            end=self.end,
        )


@dataclass(frozen=True, kw_only=True)
class _Late:
    """Own demand that comes late after a failure (P,): item-location, first day needed, how much of it a day asks for,
    quantity, day served, day served without the failure, and whether it was `anyway` to be late.
    """

    item: IntArray
    needed: Array
    per_day: Array
    quantity: Array
    served: IntArray
    otherwise: IntArray
    anyway: BoolArray

    def first_short(self) -> tuple[int, int]:
        """(item-location, day) of the first unit that would not be late without the failure; (-1, 0) where there is none."""
        short = np.flatnonzero(~self.anyway)
        if not len(short):
            return -1, 0
        first = short[np.argmin(self.needed[short])]
        return int(self.item[first]), int(np.floor(self.needed[first] + _SLACK))

    def lost(self, margin: Array, *, until_day: int) -> float:
        """Margin, by item-location (M,), of what is needed before a day, by the share of its wait that is added."""
        units = np.clip((until_day - self.needed) * self.per_day, 0.0, self.quantity)
        middle = self.needed + units / self.per_day / 2
        added = np.maximum(self.served - np.maximum(self.otherwise, middle), 0.0)
        share = np.divide(added, self.served - middle, out=np.zeros_like(added), where=added > 0)
        return float((units * share * margin[self.item]).sum())


def _late(served: _Served, otherwise: _Served) -> _Late:
    """What is late in the first, the n-th unit of an item-location held to the n-th of the second.

    What the end of the shorter plan cuts off is not known to come later.
    """
    hit = np.unique(served.item[served.late])
    mine, theirs = served.among(hit), otherwise.among(hit)
    left, right, quantity, start = overlap(mine.item, mine.quantity, theirs.item, theirs.quantity)
    found = np.flatnonzero((left >= 0) & (right >= 0) & (quantity > _SLACK))
    found = found[mine.late[left[found]]]
    left, right = left[found], right[found]
    per_day = mine.per_day[left]
    return _Late(
        item=hit[mine.item[left]],
        needed=mine.day[left] + (start[found] - mine.before[left]) / per_day,
        per_day=per_day,
        quantity=quantity[found],
        served=mine.served[left],
        otherwise=np.minimum(theirs.served[right], mine.end),
        anyway=theirs.late[right],
    )


@dataclass(frozen=True, kw_only=True)
class _Stop:
    """What is served where a supplier stands still; `members` are the item-locations it reaches, in the whole."""

    supplier: int
    until_day: int
    inputs: PlanInputs
    members: IntArray
    served: _Served


def _served(inputs: PlanInputs, plan: SupplyPlan) -> _Served:
    calendar, pegs = inputs.calendar, peg(inputs, plan)
    rows = np.flatnonzero(pegs.use == DEMAND)
    item, bucket, quantity = pegs.item[rows], pegs.use_ref[rows], pegs.quantity[rows]
    a_day = inputs.demand[bucket, item] / calendar.days[bucket]
    end = int(calendar.edges[-1])
    return _Served(
        item=item,
        day=pegs.need_day[rows],
        served=np.minimum(pegs.supply_day[rows], end),
        quantity=quantity,
        per_day=np.where(a_day > 0, a_day, quantity),  # what was owed before is needed at once
        end=end,
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
    served: list[_Served] = []
    for batch in batches([part.count for part, _ in failed]):
        served += _served_together([_in_view(part, last) for part, _ in failed[batch]])
    return [
        _Stop(supplier=supplier, until_day=day, inputs=part, members=members, served=found)
        for supplier, day, (part, members), found in zip(
            suppliers.tolist(), until_day.tolist(), failed, served, strict=True
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


def _served_together(parts: list[PlanInputs]) -> list[_Served]:
    if not parts:
        return []
    joint = stacked(parts)
    served = _served(joint, plan_supply(joint))
    ends = np.cumsum([part.count for part in parts]).tolist()
    return [served.among(np.arange(low, high)) for low, high in pairwise([0, *ends])]


def _one(stop: _Stop, otherwise: _Served, recover: float, margin: Array) -> SupplierRisk:
    """Where nothing goes short, stock lasts as long as the supplier stands still."""
    as_of, members = stop.inputs.calendar.as_of, stop.members
    late = _late(stop.served, otherwise.among(members))
    item, day = late.first_short()
    survive = float((day if item >= 0 else stop.until_day) - as_of)
    gap = max(recover - survive, 0.0) if item >= 0 else 0.0
    back = as_of + int(np.ceil(recover))
    return SupplierRisk(
        supplier=stop.supplier,
        survive_days=survive,
        recover_days=recover,
        gap_days=gap,
        item=int(members[item]) if item >= 0 else -1,
        stock_needed=_demand_between(stop.inputs, item, day, gap) if gap > 0 else 0.0,
        exposure=late.lost(margin[members], until_day=back),
    )


def _demand_between(inputs: PlanInputs, item: int, first_day: int, days: float) -> float:
    """Own demand of the days from `first_day` on, even over the days of each bucket."""
    edges = inputs.calendar.edges
    end = np.clip(first_day + days, edges[:-1], edges[1:])
    start = np.clip(first_day, edges[:-1], edges[1:])
    return float((inputs.demand[:, item] * (end - start) / inputs.calendar.days).sum())
