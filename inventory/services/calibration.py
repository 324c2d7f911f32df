"""Fill rates promised against fill rates kept: the past is replayed and the error scaled until they agree."""

import numpy as np

from inventory.engine import DEMAND_CLASSES
from inventory.engine.arrays import Array
from inventory.hindsight import FEWEST_ITEMS, History, Panel, scales_for_fill
from inventory.models import FillCalibration
from siop.plans.models import PlanVersion

from .errors import PastErrors

TARGETS = (0.95, 0.97, 0.98, 0.99)
ORIGINS = 12
MOST_ITEMS = 250


def calibrate(plan: PlanVersion, past: PastErrors, *, protection_buckets: int) -> FillCalibration | None:
    """Replay the last year of items that stand for the whole plan; None where the history is too short."""
    season = int(plan.parameters["season"])
    run = season + protection_buckets
    if len(past.history) < run + ORIGINS + protection_buckets:
        return None
    replayed = _members(past)
    counts = np.bincount(past.classes[replayed], minlength=len(DEMAND_CLASSES))
    if (counts < FEWEST_ITEMS).all():
        return None
    panel = _panel(past, replayed, season=season, protection=protection_buckets)
    history = History(panel, run=run, error_origins=ORIGINS)
    scales = [_by_class(history, target=target) for target in TARGETS]
    return FillCalibration.objects.update_or_create(
        data_version=plan.data_version,
        as_of=plan.as_of,
        season=season,
        defaults={"items": counts.tolist(), "scales": [row.tolist() for row in scales]},
    )[0]


def newest_scales(*, season: int) -> Array:
    """Factors on the error (K, G) by target and demand class; 1 before anything was replayed."""
    newest = FillCalibration.objects.filter(season=season).order_by("-id").first()
    return np.array(newest.scales) if newest else np.ones((len(TARGETS), len(DEMAND_CLASSES)))


def _members(past: PastErrors) -> np.ndarray:
    """Positions of the items that are replayed: spread evenly over each demand class."""
    sold = past.sales.any(axis=0)
    found = []
    for code in range(len(DEMAND_CLASSES)):
        members = np.flatnonzero(sold & (past.classes == code))
        found.append(members[:: -(-len(members) // MOST_ITEMS) or 1])
    return np.concatenate(found)


def _panel(past: PastErrors, members: np.ndarray, *, season: int, protection: int) -> Panel:
    sales = past.sales[:, members]
    return Panel(
        name="sales",
        demand=sales,
        first=past.first[members],
        season=season,
        whole=bool((sales == np.round(sales)).all()),
        tested=season,
        lead_time=protection - 1,
    )


def _by_class(history: History, *, target: float) -> Array:
    """Factor of each demand class (G,); 1 where too few items tell."""
    count = np.bincount(history.classes, minlength=len(DEMAND_CLASSES))
    found = np.ones(len(DEMAND_CLASSES))
    learned = scales_for_fill(history, target=target)
    found[: len(learned)] = learned
    return np.where(count >= FEWEST_ITEMS, found, 1.0)
