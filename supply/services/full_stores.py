"""Locations that hold more than fits: one exception each, with what to split off so that it fits."""

from datetime import date

import numpy as np

from inventory.engine.arrays import round_up
from inventory.engine.reasons import quantity
from siop import bulk
from siop.catalog.models import Item
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine.shapes import Array
from supply.engine.threat_rows import Action
from supply.enums import ExceptionKind, LoadKind
from supply.models import PlanException, PlannedOrder

from . import threats


def store(*, plan: PlanVersion) -> None:
    """Locations that hold more than fits: one exception a location, with what to split off so that it fits."""
    months = plans.planned_months(plan)
    said = threats.people_said(plan)
    PlanException.objects.filter(plan=plan, kind=ExceptionKind.STORAGE).delete()
    rows = []
    for load in plan.loads.filter(kind=LoadKind.STORAGE):
        over = np.array(load.required) - np.array(load.available)
        if (over > 1e-9).any():
            rows.append(_storage_row(plan, load.code, over, months))
    threats.store_rows(plan, rows, said)


def _storage_row(plan: PlanVersion, code: str, over: Array, months: list[date]) -> dict[str, object]:
    first = int((over > 1e-9).argmax())
    space, month = float(over[first]), months[first]
    advice, last_day, order = _what_to_split_off(plan, code, space, months, first)
    return {
        "key": f"storage/{code}"[:120],
        "kind": ExceptionKind.STORAGE.value,
        "title": f"Storage: {quantity(space)} m³ more than fits at {code} in {month:%B %Y}"[:300],
        "item_id": None,
        "location_id": int(bulk.lists_out("SELECT id FROM catalog_location WHERE code = %s", [code])[0][0]),
        "month": month,
        "quantity": space,
        "probability": 1.0,
        "money_at_risk": 0,
        "action_cost": 0,
        "avoidable_loss": 0,
        "last_responsible_date": last_day,
        "root_cause": f"Space at {code}"[:120],
        "suggestion": advice,
        "action": Action.SPLIT_OFF.name.lower(),
        "order": order,
        "parts": [],
    }


def _what_to_split_off(
    plan: PlanVersion, code: str, space: float, months: list[date], first: int
) -> tuple[str, date, str]:
    """(what to split off which delivery, last day to say so, order): the bulkiest order of the period that is over."""
    orders = (
        PlannedOrder.objects.filter(
            plan=plan, location__code=code, item__volume_m3__gt=0, due_date__gte=months[first]
        )
        .filter(due_date__lt=months[first + 1] if first + 1 < len(months) else date.max)
        .select_related("item")
    )
    found = max(orders, key=lambda o: (float(o.quantity) * unit_volume(o.item), o.number), default=None)
    if found is None:
        return f"Find {quantity(space)} m³ elsewhere: no delivery of the month takes it.", months[first], ""
    wanted = round_up(np.array([space / unit_volume(found.item)]), np.array([float(found.item.step)]))
    units = min(float(wanted[0]), float(found.quantity))
    advice = (
        f"Split {quantity(units)} of {found.item.code} off {found.number} and take them in a later month."
    )
    return advice, found.ship_date, found.number


def unit_volume(item: Item) -> float:
    """Cubic metres of one unit."""
    return float(item.volume_m3 or 0) / float(item.units_per_carton or 1)
