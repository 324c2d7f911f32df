"""What a service level costs at one item-location, for its chart."""

from typing import Any

import numpy as np

from inventory.engine import TargetInputs, policy_codes, service_cost_curve
from siop.catalog.enums import ServicePolicy
from siop.catalog.units import places_of, unit_of
from siop.web.templatetags.siop import number

from .models import InventoryTarget

LEVELS = np.array([0.80, 0.85, 0.90, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.999])


def service_cost_chart(target: InventoryTarget) -> dict[str, Any] | None:
    """Safety stock in money by cycle service; None where the item has no cost or no variation to guard against."""
    cost = float(target.item.unit_cost or 0)
    if not cost or not (target.error_sd or target.lead_time_sd_days):
        return None
    policy = target.service_policy
    if policy not in (ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE):
        policy = ServicePolicy.CYCLE_SERVICE
    curve = service_cost_curve(
        TargetInputs(
            policy=policy_codes([policy]),
            service_target=0.95,
            demand_per_day=target.daily_demand,
            lead_time_days=target.lead_time_days,
            lead_time_sd_days=target.lead_time_sd_days,
            review_days=max(0.0, target.protection_days - target.lead_time_days),
            error_sd=target.error_sd,
            step=float(target.item.step),
        ),
        levels=LEVELS,
        unit_cost=cost,
    )
    value, units = curve.value.ravel(), curve.safety_stock.ravel()
    low, high = (int(np.flatnonzero(level == LEVELS)[0]) for level in (0.95, 0.99))
    places = places_of(target.item)
    more = number(units[high] - units[low], places)
    title = (
        f"From 95 % to 99 % takes {more} {unit_of(target.item)} more: "
        f"{number(value[high] - value[low])} of stock"
    )
    return {
        "id": "chart-service-cost",
        "title": title,
        "note": ServicePolicy(policy).label.lower(),
        "height": 200,
        "spec": {
            "x": [f"{number(level * 100, 1)} %" for level in LEVELS],
            "x_label": "Service",
            "places": 0,
            "series": [{"name": "Value of safety stock", "kind": "line", "style": "blue", "points": True, "values": value.tolist()}],
        },
    }  # fmt: skip
