"""What the failure of a supplier does: how long stock survives, what is lost until it recovers."""

from dataclasses import dataclass, replace

import numpy as np

from .feasibility import plan_supply
from .pegging import DEMAND, peg
from .shapes import Array, Ints, Kind, PlanInputs, SupplyPlan
from .whatif import affected_by, columns_of, newly_short, restrict


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

    Open orders that have not left the supplier fail with it; what is afloat arrives.
    """
    risks = [
        _one(inputs, plan, int(supplier), float(days), margin)
        for supplier, days in zip(suppliers, recover_days, strict=True)
    ]
    return sorted(risks, key=lambda risk: (-risk.exposure, risk.supplier))


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


def _one(inputs: PlanInputs, plan: SupplyPlan, supplier: int, recover: float, margin: Array) -> SupplierRisk:
    calendar = inputs.calendar
    touched = np.unique(
        np.concatenate(
            [
                inputs.lanes.item[(inputs.lanes.kind == Kind.BUY) & (inputs.lanes.source == supplier)],
                inputs.receipts.item[inputs.receipts.supplier == supplier],
            ]
        )
    )
    back = calendar.as_of + int(np.ceil(recover))
    part, members = restrict(inputs, plan, affected_by(inputs, touched))
    forever = plan_supply(without_supplier(part, supplier, until_day=int(calendar.edges[-1])))
    first_day, item = _first_short(part, forever)
    horizon = int(calendar.edges[-1])
    survive = float(min(first_day, horizon) - calendar.as_of)
    gap = max(recover - survive, 0.0) if item >= 0 else 0.0
    exposure = stock = 0.0
    if gap > 0:
        recovered = plan_supply(without_supplier(part, supplier, until_day=back))
        lost = newly_short(recovered.projection) - newly_short(columns_of(plan.projection, members))
        exposure = float((np.maximum(lost, 0.0) * margin[members]).sum())
        rate = part.demand[:, item].sum() / calendar.days.sum()
        stock = float(gap * rate)
    return SupplierRisk(
        supplier=supplier,
        survive_days=survive,
        recover_days=recover,
        gap_days=gap,
        item=int(members[item]) if item >= 0 else -1,
        stock_needed=stock,
        exposure=exposure,
    )


def _first_short(inputs: PlanInputs, plan: SupplyPlan) -> tuple[int, int]:
    """First day on which own demand is late, and whose; (NEVER-like horizon end, -1) if none is."""
    pegs = peg(inputs, plan)
    late = np.flatnonzero((pegs.use == DEMAND) & (pegs.days_late > 0))
    if not len(late):
        return int(inputs.calendar.edges[-1]), -1
    first = late[np.argmin(pegs.need_day[late])]
    return int(pegs.need_day[first]), int(pegs.item[first])
