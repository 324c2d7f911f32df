"""What the whole plan teaches about errors and fill rates, from items spread evenly over it."""

from dataclasses import replace

import numpy as np

from inventory.models import FillCalibration, InventoryTarget
from inventory.services import calibration
from inventory.services.errors import ClassLessons, learn_classes
from siop.catalog.enums import ServicePolicy
from siop.plans.models import PlanVersion
from supply.engine.basics import MEAN_DAYS
from supply.frames import Places, read_errors, read_places, read_published

LEARNED_FROM = 10_000
WORTH_A_PLAN = 0.02
"""By how much a factor on the error must move for targets to be computed again."""


def class_lessons(plan: PlanVersion) -> ClassLessons:
    """What demand classes teach, with the newest calibration of their fill rates."""
    places = _spread_evenly(plan)
    past = read_errors(plan, places)
    return replace(
        learn_classes(past, read_published(plan, places, history=past.history)),
        fill_targets=calibration.TARGETS,
        fill_scales=calibration.newest_scales(season=int(plan.parameters["season"])),
    )


def calibrated(plan: PlanVersion) -> bool:
    """True where the same history was replayed before."""
    return FillCalibration.objects.filter(
        data_version=plan.data_version, as_of=plan.as_of, season=int(plan.parameters["season"])
    ).exists()


def taught_anew(plan: PlanVersion) -> bool:
    """True where a replay found factors that its targets, computed before it, do without."""
    newest = calibration.newest_scales(season=int(plan.parameters["season"]))
    used = np.array(plan.inputs.get("class_lessons", {}).get("fill_scales", newest))
    return bool((np.abs(newest - used) > WORTH_A_PLAN).any())


def calibrate_fill(plan: PlanVersion) -> None:
    """Replay the past at the protection interval that is usual in the plan; the next targets are set with it."""
    fill_rates = InventoryTarget.objects.filter(plan=plan, service_policy=ServicePolicy.FILL_RATE)
    days = list(fill_rates.values_list("protection_days", flat=True))
    if not days:
        return
    buckets = max(round(float(np.median(days)) / MEAN_DAYS[plan.bucket]), 1)
    calibration.calibrate(plan, read_errors(plan, _spread_evenly(plan)), protection_buckets=buckets)


def _spread_evenly(plan: PlanVersion) -> Places:
    places = read_places(plan)
    items = np.unique(places.item)
    stride = -(-places.count // LEARNED_FROM) or 1
    return read_places(plan, items=items[::stride].tolist())
