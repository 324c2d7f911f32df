"""How full the space of each location is."""

import numpy as np

from siop import bulk
from siop.plans.models import PlanVersion
from supply.enums import LoadKind
from supply.models import CapacityLoad

WORTH = (
    "made_ahead",
    "value_of_one_more",
    "missing",
    "tried",
    "worth_of_missing",
)  # space holds no order back


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
            **dict.fromkeys(WORTH, np.zeros_like(used)),
        },
    )
