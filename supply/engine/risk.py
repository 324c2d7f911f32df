"""What the failure of a supplier does: how long stock survives, what is lost until it recovers."""

from dataclasses import dataclass, replace

import numpy as np

from .feasibility import plan_supply
from .pegging import DEMAND, Pegs, peg
from .shapes import Array, Ints, Kind, PlanInputs, SupplyPlan
from .whatif import affected_by, restrict


@dataclass(frozen=True, kw_only=True)
class SupplierRisk:
    """One supplier. `survive_days` until the first day on which own demand goes short (the horizon's length if never).

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
    inputs: PlanInputs, plan: SupplyPlan, *, suppliers: Ints, recover_days: Array, margin: Array
) -> list[SupplierRisk]:
    """Drop each supplier, plan again what it touches, and rank by exposure.

    Open orders that have not left the supplier fail with it; what is afloat arrives. What the plan itself
    leaves late is no fault of the supplier and is taken off the exposure.
    """
    late_anyway = _late_demand(peg(inputs, plan))
    risks = [
        _one(inputs, plan, late_anyway, int(supplier), float(days), margin)
        for supplier, days in zip(suppliers, recover_days, strict=True)
    ]
    return sorted(risks, key=lambda risk: (-risk.exposure, risk.supplier))


@dataclass(frozen=True, kw_only=True)
class _Late:
    """Own demand that is late: item-location, first day needed, quantity (P,)."""

    item: Ints
    day: Ints
    quantity: Array

    def lost(self, margin: Array, *, until_day: int, items: Ints) -> float:
        """Margin of what is needed before a day, of some item-locations (sorted)."""
        mine = (self.day < until_day) & np.isin(self.item, items)
        return float((self.quantity[mine] * margin[self.item[mine]]).sum())


def _late_demand(pegs: Pegs) -> _Late:
    rows = np.flatnonzero((pegs.use == DEMAND) & (pegs.days_late > 0))
    return _Late(item=pegs.item[rows], day=pegs.need_day[rows], quantity=pegs.quantity[rows])


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


def _one(
    inputs: PlanInputs, plan: SupplyPlan, late_anyway: _Late, supplier: int, recover: float, margin: Array
) -> SupplierRisk:
    calendar = inputs.calendar
    touched = np.unique(
        np.concatenate(
            [
                inputs.lanes.item[(inputs.lanes.kind == Kind.BUY) & (inputs.lanes.source == supplier)],
                inputs.receipts.item[inputs.receipts.supplier == supplier],
            ]
        )
    )
    horizon = int(calendar.edges[-1])
    part, members = restrict(inputs, plan, affected_by(inputs, touched))
    failed = without_supplier(part, supplier, until_day=horizon)
    late = _late_demand(peg(failed, plan_supply(failed)))
    first = int(np.argmin(late.day)) if len(late.day) else -1
    survive = float((int(late.day[first]) if first >= 0 else horizon) - calendar.as_of)
    gap = max(recover - survive, 0.0) if first >= 0 else 0.0
    exposure = stock = 0.0
    if gap > 0:
        back = calendar.as_of + int(np.ceil(recover))
        lost = late.lost(margin[members], until_day=back, items=np.arange(len(members)))
        exposure = max(lost - late_anyway.lost(margin, until_day=back, items=members), 0.0)
        stock = float(gap * part.demand[:, late.item[first]].sum() / calendar.days.sum())
    return SupplierRisk(
        supplier=supplier,
        survive_days=survive,
        recover_days=recover,
        gap_days=gap,
        item=int(members[late.item[first]]) if first >= 0 else -1,
        stock_needed=stock,
        exposure=exposure,
    )
