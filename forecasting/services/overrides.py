"""Overrides: typed at a node, split over its leaves again whenever the baseline is new."""

from decimal import Decimal

import numpy as np
from django.db.models import Q

from forecasting import engine
from forecasting.enums import OverrideMode
from forecasting.models import ConsensusLine, ForecastLine, Override
from siop.catalog import calendar
from siop.catalog.models import Category
from siop.plans.models import PlanVersion
from siop.plans.selectors import planning_day


def replay(*, plan: PlanVersion) -> int:
    """Apply the active overrides, in the order they were typed, to a plan's fresh consensus; returns changed lines."""
    periods = calendar.load()
    today = planning_day(plan)
    active = Override.objects.filter(Q(expires__isnull=True) | Q(expires__gt=today), revoked__isnull=True)
    changed: dict[int, ConsensusLine] = {}
    locked: set[tuple[int, int]] = set()
    for override in active.order_by("sequence").select_related("category"):
        period = periods.between(plan.as_of, override.month)
        if not 0 <= period < plan.horizon:
            continue
        leaves = [changed.setdefault(line.pk, line) for line in _leaves(plan, override)]
        if leaves:
            _apply(override, leaves, period, locked)
    ConsensusLine.objects.bulk_update(changed.values(), ["quantity", "overridden"], batch_size=1000)
    return len(changed)


def _leaves(plan: PlanVersion, override: Override) -> list[ConsensusLine]:
    lines = ConsensusLine.objects.filter(plan=plan).select_related("series__item").order_by("series_id")
    if override.item_id:
        lines = lines.filter(series__item_id=override.item_id)
    if override.category_id:
        lines = lines.filter(series__item__category_id__in=_below(override.category_id))
    if override.location_id:
        lines = lines.filter(series__location_id=override.location_id)
    if override.segment_id:
        lines = lines.filter(series__segment_id=override.segment_id)
    return list(lines)


def _below(category: int) -> set[int]:
    parents = dict(Category.objects.values_list("pk", "parent_id"))
    found = {category}
    while more := {pk for pk, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _apply(
    override: Override, leaves: list[ConsensusLine], period: int, locked: set[tuple[int, int]]
) -> None:
    now = np.array([[line.quantity[period] for line in leaves]])
    if override.mode == OverrideMode.RELEASE:
        original = dict(
            ForecastLine.objects.filter(
                run_id=leaves[0].run_id, series_id__in=[line.series_id for line in leaves]
            ).values_list("series_id", "statistical")
        )
        for line in leaves:
            line.quantity[period] = original[line.series_id][period]
            line.overridden = [k for k in line.overridden if k != period]
        return
    total = {
        OverrideMode.ADD: Decimal(str(now.sum())) + override.value,
        OverrideMode.MULTIPLY: Decimal(str(now.sum())) * override.value,
    }.get(OverrideMode(override.mode), override.value)
    fixed = np.array([[now[0, k] if (line.pk, period) in locked else np.nan for k, line in enumerate(leaves)]])
    steps = np.array([float(line.series.item.step) for line in leaves])
    split = engine.disaggregate(np.array([float(total)]), now, locks=fixed, step=steps)[0]
    for line, quantity in zip(leaves, split.tolist(), strict=True):
        line.quantity[period] = quantity
        line.overridden = sorted({*line.overridden, period})
        if override.mode == OverrideMode.LOCK:
            locked.add((line.pk, period))
