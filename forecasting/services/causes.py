"""What moves demand away from its own past: drivers with an elasticity, and known events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting import engine
from forecasting.engine import Array, BoolArray
from forecasting.frames import SeriesFrame
from forecasting.models import DriverEffect, DriverValue, Event
from siop.catalog import calendar
from siop.catalog.models import Category
from siop.plans.models import PlanVersion

Node = tuple[int | None, int | None]  # item, category
Values = dict[tuple[int | None, int | None, int | None], dict[date, float]]


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Units that drivers and events add (H, N), the sd of the drivers' part, and a note for each series."""

    drivers: Array
    driver_sd: Array
    events: Array
    notes: list[str]


def effects(*, plan: PlanVersion, series: SeriesFrame, baseline: Array) -> Effects:
    """What drivers and events add to a baseline (H, N), one after the other."""
    lineage = _lineage()
    drivers, variance = np.zeros_like(baseline), np.zeros_like(baseline)
    notes = [""] * series.count
    for driver in DriverEffect.objects.order_by("driver").values_list("driver", flat=True).distinct():
        strength, doubt = _strengths(driver, series, lineage)
        ratio, missing = _ratios(driver, plan, series, lineage)
        touched = np.isfinite(strength)
        strength, doubt = np.where(touched, strength, 0.0), np.where(touched, doubt, 0.0)
        moved = engine.driver_effect(baseline + drivers, ratio, elasticity=strength, sd=doubt)
        drivers = drivers + moved.units
        variance += ((moved.upper - moved.lower) / 2) ** 2
        for column in np.flatnonzero(touched & missing):
            notes[column] = f"{notes[column]} {driver}: months without a value keep the baseline.".strip()[
                :300
            ]
    return Effects(
        drivers=drivers,
        driver_sd=np.sqrt(variance),
        events=_events(plan, series, baseline + drivers, lineage),
        notes=notes,
    )


def _lineage() -> Callable[[int], list[int]]:
    """A category's own id and those of all categories above it, nearest first."""
    parents = dict(Category.objects.values_list("pk", "parent_id"))

    def above(category: int) -> list[int]:
        path: list[int] = []
        here: int | None = category
        while here and here not in path:
            path.append(here)
            here = parents.get(here)
        return path

    return above


def _nodes(item: int, category: int, lineage: Callable[[int], list[int]]) -> Iterable[Node]:
    """Where something about a series may be written, most exact first."""
    yield item, None
    for above in lineage(category):
        yield None, above
    yield None, None


def _strengths(driver: str, series: SeriesFrame, lineage: Callable[[int], list[int]]) -> tuple[Array, Array]:
    known = {
        (item, category): (elasticity, sd)
        for item, category, elasticity, sd in DriverEffect.objects.filter(driver=driver).values_list(
            "item_id", "category_id", "elasticity", "sd"
        )
    }
    out = np.full((2, series.count), np.nan)
    for column, (item, category) in enumerate(
        zip(series.item.tolist(), series.category.tolist(), strict=True)
    ):
        found = next((known[node] for node in _nodes(item, category, lineage) if node in known), None)
        if found:
            out[:, column] = found
    return out[0], out[1]


def _ratios(
    driver: str, plan: PlanVersion, series: SeriesFrame, lineage: Callable[[int], list[int]]
) -> tuple[Array, BoolArray]:
    """Planned value over the value of the same period in the last year of history (H, N), NaN where one is
    missing; and which series miss a planned value."""
    values: Values = {}
    for item, category, segment, month, value in DriverValue.objects.filter(driver=driver).values_list(
        "item_id", "category_id", "segment_id", "month", "value"
    ):
        values.setdefault((item, category, segment), {})[month] = value
    periods, season = calendar.load(), int(plan.parameters["season"])
    future = periods.periods(plan.as_of, plan.horizon)
    past = [periods.shift(plan.as_of, k % season - season) for k in range(plan.horizon)]
    ratios: dict[int, Array] = {}
    out, missing = np.full((plan.horizon, series.count), np.nan), np.zeros(series.count, dtype=bool)
    for column in range(series.count):
        found = _values_of(values, series, column, lineage)
        if found is None:
            continue
        if id(found) not in ratios:
            by_period = {periods.start_of(month): value for month, value in found.items()}
            ratios[id(found)] = np.array([_ratio(by_period, t, s) for t, s in zip(future, past, strict=True)])
        out[:, column] = ratios[id(found)]
        missing[column] = bool(np.isnan(out[:, column]).any())
    return out, missing


def _values_of(
    values: Values, series: SeriesFrame, column: int, lineage: Callable[[int], list[int]]
) -> dict[date, float] | None:
    segment = int(series.segment[column])
    for item, category in _nodes(int(series.item[column]), int(series.category[column]), lineage):
        for where in (segment, None):
            if (item, category, where) in values:
                return values[item, category, where]
    return None


def _ratio(values: dict[date, float], planned: date, before: date) -> float:
    if planned not in values or values.get(before, 0.0) <= 0:
        return float("nan")
    return values[planned] / values[before]


def _events(
    plan: PlanVersion, series: SeriesFrame, baseline: Array, lineage: Callable[[int], list[int]]
) -> Array:
    periods = calendar.load()
    edges = periods.edges(plan.as_of, plan.horizon)
    added = np.zeros_like(baseline)
    for event in Event.objects.filter(uplift_pct__isnull=False, end__gte=plan.as_of).order_by("id"):
        first, last = event.start.toordinal(), event.end.toordinal() + 1
        share = np.clip(np.minimum(edges[1:], last) - np.maximum(edges[:-1], first), 0, None) / np.diff(edges)
        columns = _columns_of(event, series, lineage)
        if columns.any() and share.any():
            assert event.uplift_pct is not None  # noqa: S101 - filtered above
            added[:, columns] += engine.event_uplift(
                baseline[:, columns], share=share, uplift_pct=event.uplift_pct
            )
    return np.maximum(added, -baseline)


def _columns_of(event: Event, series: SeriesFrame, lineage: Callable[[int], list[int]]) -> BoolArray:
    chosen = np.ones(series.count, dtype=bool)
    if event.item_id:
        chosen &= series.item == event.item_id
    if event.segment_id:
        chosen &= series.segment == event.segment_id
    if event.category_id:
        below = [c for c in np.unique(series.category).tolist() if event.category_id in lineage(c)]
        chosen &= np.isin(series.category, below)
    return chosen
