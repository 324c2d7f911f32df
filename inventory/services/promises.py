"""Never run out, put to the test with the plan: what is stored of it, and which targets promise it."""

import numpy as np
from django.db.models import QuerySet

from inventory.engine import Position, Promise, paths_that_run_short
from inventory.engine.arrays import Array, IntArray
from inventory.models import InventoryTarget
from siop.catalog.enums import ServicePolicy
from siop.plans.models import PlanVersion


def confirm_promises(plan: PlanVersion, position: Position, *, item: IntArray, location: IntArray) -> None:
    """Store what share of 10,000 seeded paths runs short within the protection interval (S34).

    `item`, `location` (N,): which item-locations the position is of.
    """
    promised = {
        (target.item_id, target.location_id): target
        for target in promises(plan).filter(item__in=np.unique(item).tolist())
    }
    keys = list(zip(item.tolist(), location.tolist(), strict=True))
    places = [k for k, key in enumerate(keys) if key in promised]
    if not places:
        return
    tested = [promised[keys[k]] for k in places]
    answer = paths_that_run_short(position, _promise(tested, places))
    for target, count in zip(tested, answer.count.tolist(), strict=True):
        target.simulated_risk = count / answer.paths
    InventoryTarget.objects.bulk_update(tested, ["simulated_risk"])


def promises(plan: PlanVersion) -> QuerySet[InventoryTarget]:
    return InventoryTarget.objects.filter(plan=plan, service_policy=ServicePolicy.NEVER_RUN_OUT)


def _promise(tested: list[InventoryTarget], places: list[int]) -> Promise:
    def column(name: str) -> Array:
        return np.array([getattr(target, name) for target in tested], np.float64)

    return Promise(
        place=np.array(places, np.int64),
        daily_demand=column("daily_demand"),
        error_sd=column("error_sd"),
        protection_days=column("protection_days"),
        protection_sd=column("protection_sd"),
        lead_time_sd_days=column("lead_time_sd_days"),
    )
