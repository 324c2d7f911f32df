"""Driver values and elasticities as series see them: the most exact that is written for them counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from forecasting import engine
from forecasting.engine import Array, BoolArray, IntArray
from forecasting.frames import SeriesFrame
from forecasting.models import DriverEffect, DriverValue, Event, LearnedEffect
from siop.catalog import calendar
from siop.catalog.models import Category
from siop.plans.models import PlanVersion

if TYPE_CHECKING:
    from siop.catalog.calendar import PlanningCalendar

Node = tuple[int | None, int | None]  # item, category
Values = dict[tuple[int | None, int | None, int | None], dict[date, float]]
Lineage = Callable[[int], list[int]]
EMBEDDED_PERIODS = 3  # the level of a forecast has followed the driver's newest periods already


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """Elasticity and its sd by series (N,), NaN where the driver says nothing; id of the effect typed, else 0."""

    elasticity: Array
    sd: Array
    effect: IntArray

    @property
    def known(self) -> BoolArray:
        return np.isfinite(self.elasticity)


@dataclass(frozen=True, kw_only=True)
class Ratios:
    """Planned driver over what the baseline holds of it (H, N), NaN where a value is missing."""

    ratio: Array
    told: BoolArray  # (N,) series for which the driver has values at all

    @property
    def missing(self) -> BoolArray:
        return np.asarray(self.told & np.isnan(self.ratio).any(axis=0))


def lineage() -> Lineage:
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


def drivers_with_effect() -> list[str]:
    """Codes of the drivers that somebody typed an effect of or that history showed one of."""
    typed = DriverEffect.objects.values_list("driver", flat=True)
    learned = LearnedEffect.objects.filter(kept=True).values_list("driver", flat=True)
    return sorted({*typed, *learned})


def current_effect(effect: DriverEffect) -> tuple[float, float]:
    """Mean and sd of an elasticity: as typed, moved by every month that has closed since."""
    mean, sd = effect.elasticity, effect.sd
    for seen in effect.observations.all() if sd > 0 else ():
        moved = engine.update_elasticity(mean, sd, seen.elasticity, seen.sd)
        mean, sd = float(moved[0]), float(moved[1])
    return mean, sd


def effect_texts(effect: DriverEffect | None) -> dict[str, str]:
    """By label; empty where nobody typed one."""
    return {
        "Elasticity": "" if effect is None else f"{effect.elasticity:.10g}",
        "Give or take": "" if effect is None else f"{effect.sd:.10g}",
    }


def strengths(driver: str, series: SeriesFrame, above: Lineage) -> Strengths:
    """What people typed for the item, its categories or all; else what the item's own history shows."""
    typed: dict[Node, tuple[float, float, int]] = {}
    for effect in DriverEffect.objects.filter(driver=driver).prefetch_related("observations"):
        typed[effect.item_id, effect.category_id] = (*current_effect(effect), effect.pk)
    learned = {
        item: (elasticity, sd, 0)
        for item, elasticity, sd in LearnedEffect.objects.filter(driver=driver, kept=True).values_list(
            "item_id", "elasticity", "sd"
        )
    }
    out, effect_ids = np.full((2, series.count), np.nan), np.zeros(series.count, dtype=np.int64)
    for column, (item, category) in enumerate(
        zip(series.item.tolist(), series.category.tolist(), strict=True)
    ):
        found = next((typed[node] for node in _nodes(item, category, above) if node in typed), None)
        found = found or learned.get(item)
        if found:
            out[:, column], effect_ids[column] = found[:2], found[2]
    return Strengths(elasticity=out[0], sd=out[1], effect=effect_ids)


def ratios(driver: str, plan: PlanVersion, series: SeriesFrame, above: Lineage) -> Ratios:
    """Of each planned period: its value over that of the same period in the last year of history, less what the
    newest periods of history had already changed against their year before."""
    values, known = values_of_driver(driver), calendar.load()
    columns: dict[int, Array] = {}
    out, told = np.full((plan.horizon, series.count), np.nan), np.zeros(series.count, dtype=bool)
    for column in range(series.count):
        found = _values_of(values, series, column, above)
        if found is None:
            continue
        told[column] = True
        if id(found) not in columns:
            columns[id(found)] = _planned_ratios(found, plan, known)
        out[:, column] = columns[id(found)]
    return Ratios(ratio=out, told=told)


def history_ratios(driver: str, plan: PlanVersion, series: SeriesFrame, above: Lineage) -> Array:
    """Value over that of the year before, for each period of history (T, N); NaN where one is missing."""
    values, known = values_of_driver(driver), calendar.load()
    season = int(plan.parameters["season"])
    months = known.periods(plan.origin, plan.history_periods)
    columns: dict[int, Array] = {}
    out = np.full((plan.history_periods, series.count), np.nan)
    for column in range(series.count):
        found = _values_of(values, series, column, above)
        if found is None:
            continue
        if id(found) not in columns:
            columns[id(found)] = np.array([_ratio(found, t, known.shift(t, -season)) for t in months])
        out[:, column] = columns[id(found)]
    return out


def values_of_driver(driver: str) -> Values:
    """Values by node and period; of several in one period the last one counts."""
    known, values = calendar.load(), Values()
    rows = DriverValue.objects.filter(driver=driver).order_by("month")
    for item, category, segment, month, value in rows.values_list(
        "item_id", "category_id", "segment_id", "month", "value"
    ):
        values.setdefault((item, category, segment), {})[known.start_of(month)] = value
    return values


def _planned_ratios(values: dict[date, float], plan: PlanVersion, known: PlanningCalendar) -> Array:
    season = int(plan.parameters["season"])
    newest = [known.shift(plan.as_of, -k) for k in range(1, EMBEDDED_PERIODS + 1)]
    seen = np.array([_ratio(values, t, known.shift(t, -season)) for t in newest])
    held = float(np.exp(np.log(seen).mean())) if np.isfinite(seen).all() else 1.0
    future = known.periods(plan.as_of, plan.horizon)
    past = [known.shift(plan.as_of, k % season - season) for k in range(plan.horizon)]
    return np.array([_ratio(values, t, s) for t, s in zip(future, past, strict=True)]) / held


def covered(event: Event, edges: IntArray) -> Array:
    """Share of each period (T,), between its edges as day ordinals (T + 1,), that the event covers."""
    first, last = event.start.toordinal(), event.end.toordinal() + 1
    days = np.clip(np.minimum(edges[1:], last) - np.maximum(edges[:-1], first), 0, None)
    return np.asarray(days / np.diff(edges))


def columns_of(event: Event, series: SeriesFrame, above: Lineage) -> BoolArray:
    """The series (N,) that an event is about."""
    chosen = np.ones(series.count, dtype=bool)
    if event.item_id:
        chosen &= series.item == event.item_id
    if event.segment_id:
        chosen &= series.segment == event.segment_id
    if event.category_id:
        below = [c for c in np.unique(series.category).tolist() if event.category_id in above(c)]
        chosen &= np.isin(series.category, below)
    return chosen


def _nodes(item: int, category: int, above: Lineage) -> Iterable[Node]:
    """Where something about a series may be written, most exact first."""
    yield item, None
    for one in above(category):
        yield None, one
    yield None, None


def _values_of(values: Values, series: SeriesFrame, column: int, above: Lineage) -> dict[date, float] | None:
    segment = int(series.segment[column])
    for item, category in _nodes(int(series.item[column]), int(series.category[column]), above):
        for where in (segment, None):
            if (item, category, where) in values:
                return values[item, category, where]
    return None


def _ratio(values: dict[date, float], planned: date, before: date) -> float:
    now, then = values.get(planned, 0.0), values.get(before, 0.0)
    return now / then if now > 0 and then > 0 else float("nan")
