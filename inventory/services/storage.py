"""What a year of space is worth at each location whose targets do not fit it."""

from dataclasses import replace

import numpy as np

from inventory.engine import fit_storage, targets
from inventory.frames import read_settings, target_inputs
from inventory.models import InventoryTarget
from siop.catalog.models import Location
from siop.plans.models import PlanVersion

from .targets import holding_cost


def prices_of_space(plan: PlanVersion, *, capital_rate: float) -> dict[int, float]:
    """Money per m3 and year by location id, only where the stock that the targets mean does not fit.

    One price on volume for all items of a location: what it takes off costs the least service.
    """
    limits = dict(Location.objects.filter(storage_m3__isnull=False).values_list("pk", "storage_m3"))
    stored = list(
        InventoryTarget.objects.filter(plan=plan, location__in=limits).select_related("item").order_by("pk")
    )
    if not stored:
        return {}
    places = sorted({target.location_id for target in stored})
    location = np.searchsorted(places, [target.location_id for target in stored])
    settings = read_settings(
        np.array([target.item_id for target in stored]),
        np.array([target.location_id for target in stored]),
    )
    # The stock that is held counts, with the floors and caps that `target_inputs` leaves out.
    answer = replace(
        targets(target_inputs(stored)), safety_stock=np.array([target.safety_stock for target in stored])
    )
    fit = fit_storage(
        answer,
        location=location,
        limit_m3=np.array([float(limits[pk] or 0) for pk in places]),
        unit_m3=settings.unit_volume,
        unit_holding_cost=holding_cost(settings, capital_rate=capital_rate),
    )
    return {pk: float(price) for pk, price in zip(places, fit.price_per_m3, strict=True) if price > 0}
