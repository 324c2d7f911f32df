"""What capacity and space are worth: by resource, supplier and location."""

import numpy as np

from siop import bulk
from siop.plans.models import PlanVersion
from supply.engine import Cause, SupplyPlan
from supply.engine.shapes import Array
from supply.enums import LoadKind
from supply.frames import Problem
from supply.models import CapacityLoad


def value_of_one_more(problem: Problem, answer: SupplyPlan) -> Array:
    """Margin that one more unit of each capacity would save in each period (T, C).

    It is the dearest unit that the capacity makes late, per unit of capacity that it uses; 0 where nothing waits.
    """
    capacities, calendar = problem.network.capacities, problem.calendar
    worth = np.zeros((calendar.buckets, capacities.count))
    orders = answer.orders
    waiting = np.flatnonzero((orders.cause == Cause.CAPACITY) & (orders.cause_ref >= 0))
    uses = {
        (int(lane), int(c)): per
        for lane, c, per in zip(
            capacities.lane, capacities.capacity, capacities.per_unit.tolist(), strict=True
        )
    }
    for k in waiting.tolist():
        capacity, item = int(orders.cause_ref[k]), int(orders.item[k])
        per_unit = uses.get((int(orders.lane[k]), capacity), 1.0)
        bucket = min(int(orders.need_bucket[k]), calendar.buckets - 1)
        worth[bucket, capacity] = max(
            worth[bucket, capacity], float(problem.margin[item]) / max(per_unit, 1e-9)
        )
    for item in np.flatnonzero((answer.unmet_cause == Cause.CAPACITY) & (answer.unmet_ref >= 0)).tolist():
        short = np.flatnonzero(answer.projection.shortage[:, item] > 0)
        capacity = int(answer.unmet_ref[item])
        worth[short, capacity] = np.maximum(worth[short, capacity], float(problem.margin[item]))
    return worth


def store_storage(*, plan: PlanVersion) -> None:
    """Space that the closing stock of each location takes, where it has a limit (m3)."""
    bulk.execute("DELETE FROM supply_capacityload WHERE plan_id = %s AND kind = 'storage'", [plan.pk])
    codes, ids, limits = bulk.lists_out(
        "SELECT code, id, storage_m3::float8 FROM catalog_location WHERE storage_m3 IS NOT NULL ORDER BY code"
    )
    if not codes:
        return
    location, volume, closing = bulk.copy_out(
        "SELECT l.location_id, (i.volume_m3 / COALESCE(NULLIF(i.units_per_carton, 0), 1))::float8, l.closing "
        "FROM supply_planline l JOIN catalog_item i ON i.id = l.item_id "
        "WHERE l.plan_id = %s AND i.volume_m3 > 0 AND l.location_id = ANY(%s)",
        [plan.pk, ids],
        columns=f"i f f{plan.horizon}",
    )
    used = np.zeros((len(ids), plan.horizon))
    place = {pk: k for k, pk in enumerate(ids)}
    np.add.at(used, np.array([place[pk] for pk in location.tolist()], np.int64), closing * volume[:, None])
    bulk.copy_in(
        CapacityLoad,
        {
            "plan_id": plan.pk,
            "kind": LoadKind.STORAGE.value,
            "code": codes,
            "unit": "m3",
            "required": used,
            "available": np.repeat(np.array(limits)[:, None], plan.horizon, axis=1),
            "value_of_one_more": np.zeros_like(used),
        },
    )
