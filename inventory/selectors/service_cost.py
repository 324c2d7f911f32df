"""What a service level costs, at one item-location and over many, for charts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inventory.engine import one_more_point, policy_codes, service_cost_curve
from inventory.engine.reasons import percent
from siop.catalog.enums import ServicePolicy
from siop.catalog.units import places_of, unit_of
from siop.web.templatetags.siop import in_money, money, number

from ..frames import target_inputs
from ..models import InventoryTarget

LEVELS = np.array([0.80, 0.85, 0.90, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999])
FROM, TO = 0.95, 0.99
SERVED = (ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE)


def service_cost_chart(target: InventoryTarget) -> dict[str, Any] | None:
    """Safety stock of one item-location in money by service level; None where it costs nothing or nothing varies."""
    cost = float(target.item.unit_cost or 0)
    if not cost or not target.protection_sd:
        return None
    policy = _served(target)
    inputs = replace(target_inputs([target]), policy=policy_codes([policy]), service_target=FROM)
    curve = service_cost_curve(inputs, levels=LEVELS, unit_cost=cost)
    units = curve.safety_stock.ravel()
    more = units[_at(TO)] - units[_at(FROM)]
    title = (
        f"From 95 % to 99 % takes {number(more, places_of(target.item))} {unit_of(target.item)} more: "
        f"{number(more * cost)} of stock"
    )
    return _chart(title, note=ServicePolicy(policy).label.lower(), values=curve.total_value, mark=target)


def service_cost_of_all(
    targets: Sequence[InventoryTarget], *, currency: str, cut: bool = False
) -> dict[str, Any] | None:
    """What all targets that follow a service level would hold at one level for all; None where none does.

    `cut` says that these are the dearest of more.
    """
    served = [one for one in targets if one.service_policy in SERVED and one.item.unit_cost]
    if not served:
        return None
    cost = np.array([float(one.item.unit_cost or 0) for one in served])
    total = service_cost_curve(target_inputs(served), levels=LEVELS, unit_cost=cost).total_value
    more = total[_at(TO)] - total[_at(FROM)]
    title = f"From 95 % to 99 % on every item ties up {in_money(money(more), currency)} more"
    these = f"the {number(len(served))} dearest" if cut else number(len(served))
    return _chart(title, note=f"{these} item-locations with a service level", values=total)


def cost_of_one_more_point(target: InventoryTarget) -> float | None:
    """Money that one more point of service ties up at one item-location; None where no service level is set."""
    if target.service_policy not in SERVED or not target.item.unit_cost:
        return None
    return float(one_more_point(target_inputs([target]), unit_cost=float(target.item.unit_cost)).sum())


def _served(target: InventoryTarget) -> str:
    """Its own policy where that takes a service level, else what cycle service would cost instead."""
    return target.service_policy if target.service_policy in SERVED else ServicePolicy.CYCLE_SERVICE


def _at(level: float) -> int:
    return int(np.flatnonzero(level == LEVELS)[0])


def _chart(
    title: str, *, note: str, values: NDArray[np.float64], mark: InventoryTarget | None = None
) -> dict[str, Any]:
    now = f", now {percent(mark.service_target)}" if mark and mark.service_policy in SERVED else ""
    return {
        "id": "chart-service-cost",
        "title": title,
        "note": note + now,
        "height": 200,
        "spec": {
            "x": [f"{number(level * 100, 1)} %" for level in LEVELS],
            "x_label": "Service",
            "places": 0,
            "series": [
                {"name": "Value of safety stock", "kind": "line", "style": "blue", "points": True,
                 "values": values.tolist()}
            ],
        },
    }  # fmt: skip
