"""What the failure of a supplier would do to the plan, stored chunk by chunk."""

from decimal import Decimal

import numpy as np

from siop import bulk
from supply.engine import PlanInputs, SupplyPlan
from supply.engine.risk import supplier_risks
from supply.frames import Problem
from supply.models import SupplierRisk

OF_THE_SHORTEST = ("survive_days", "gap_days", "stock_needed", "first_short_item_id")


def store(problem: Problem, inputs: PlanInputs, answer: SupplyPlan) -> None:
    """What the failure of each supplier of these items would do, where its time to recover is known."""
    known = bulk.lists_out(
        "SELECT id, time_to_recover_days FROM supply_supplier WHERE time_to_recover_days IS NOT NULL AND id = ANY(%s)",
        [problem.network.suppliers.tolist()],
    )
    days = dict(zip(*known, strict=True))
    numbers = np.array([k for k, pk in enumerate(problem.network.suppliers.tolist()) if pk in days], np.int64)
    if not len(numbers):
        return
    ids = problem.network.suppliers[numbers]
    risks = supplier_risks(
        inputs,
        answer,
        suppliers=numbers,
        recover_days=np.array([float(days[int(pk)]) for pk in ids]),
        margin=problem.margin,
    )
    for risk in risks:
        supplier = int(problem.network.suppliers[risk.supplier])
        found = SupplierRisk(
            plan=problem.plan,
            supplier_id=supplier,
            survive_days=risk.survive_days,
            recover_days=risk.recover_days,
            gap_days=risk.gap_days,
            stock_needed=risk.stock_needed,
            exposure=Decimal(str(round(risk.exposure, 4))),
            first_short_item_id=int(problem.places.item[risk.item]) if risk.item >= 0 else None,
        )
        _merge(found)


def _merge(found: SupplierRisk) -> None:
    """A supplier of several chunks: what survives shortest counts, the losses add up."""
    rows = SupplierRisk.objects.select_for_update()
    known = rows.filter(plan=found.plan, supplier_id=found.supplier_id).first()
    if known is None:
        found.save(force_insert=True)
        return
    known.exposure += found.exposure
    if found.survive_days < known.survive_days:
        for name in OF_THE_SHORTEST:
            setattr(known, name, getattr(found, name))
    known.save()
