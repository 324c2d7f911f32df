"""Owners of a durable who use up a consumable: its demand, known before its own history shows it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import QuerySet

from forecasting import engine, frames
from forecasting.engine import Array
from forecasting.models import ConsensusLine, ForecastLine, ForecastRun, InstalledBase, SalesHistory
from siop import bulk
from siop.accounts.models import Person
from siop.catalog import calendar
from siop.plans.models import PlanVersion

from . import causes, launches, outside, overrides

if TYPE_CHECKING:
    from .following import Moved

TAKE_OVER = """
UPDATE forecasting_consensusline c SET run_id = %s, quantity = f.statistical, overridden = '{}', version = c.version + 1,
       touched = pg_current_xact_id()::text::bigint
FROM forecasting_forecastline f WHERE c.plan_id = %s AND f.run_id = %s AND f.series_id = c.series_id
"""
PLANNED_BY_PEOPLE = "Counts on the consensus of"
NOTE_LENGTH = 300


def apply_installed_bases(*, plan: PlanVersion, run: ForecastRun) -> int:
    """Write the demand of consumables from the owners of a durable; returns how many lines changed.

    Runs when all series are forecast, since what is sold of the durable makes new owners, and once more on the
    plan's consensus, since people may plan to sell more or fewer of it.
    """
    changed = 0
    for base in InstalledBase.objects.select_related("durable").order_by("id"):
        line = _line(run, base.consumable_id, base)
        if line is not None:
            changed += _follow(plan, run, base, line)
    return changed


def follow_edit(person: Person, moved: Moved) -> Moved:
    """Let consumables follow where people changed the plan of their durable; returns what that moved."""
    plans = PlanVersion.objects.filter(pk__in=moved)
    return {
        plan.pk: follow_in(plan, InstalledBase.objects.filter(durable_id__in=moved[plan.pk]))
        for plan in plans
    }


def follow_in(plan: PlanVersion, bases: QuerySet[InstalledBase]) -> list[int]:
    """Forecast the consumables of owners in a run of their own, and replay the overrides on it; the plan keeps its
    forecast of all else.

    A run is shared by plans and read as never changing, so each time it is a new one. Returns the items that moved.
    """
    if not bases:
        return []
    run = ForecastRun.objects.get(pk=plan.inputs["forecast_run"])
    own = ForecastRun.objects.get(pk=run.pk)
    own.pk, own.calibration, own.backtested = None, b"", None
    own.save()
    for base in bases.select_related("durable").order_by("id"):
        line = _line(own, base.consumable_id, base) or _planned_line(plan, base)
        if line is not None:
            line.pk, line.run = (line.pk if line.run_id == own.pk else None), own
            _follow(plan, run, base, line)
    outside.apply(plan=plan, run=own)
    taken = bulk.execute(TAKE_OVER, [own.pk, plan.pk, own.pk])
    if not taken:
        own.delete()
        return []
    moved = ForecastLine.objects.filter(run=own).values_list("series__item_id", flat=True)
    return sorted({*moved, *overrides.derive_again(plan=plan)})


def _planned_line(plan: PlanVersion, base: InstalledBase) -> ForecastLine | None:
    """The forecast that a plan's consensus of the consumable was made from."""
    agreed = ConsensusLine.objects.filter(
        plan=plan,
        series__item_id=base.consumable_id,
        series__location_id=base.location_id,
        series__segment_id=base.segment_id,
    ).first()
    return (
        ForecastLine.objects.filter(run_id=agreed.run_id, series=agreed.series_id).first() if agreed else None
    )


def _follow(plan: PlanVersion, run: ForecastRun, base: InstalledBase, line: ForecastLine) -> bool:
    """Set one consumable's line; false where it stood so already."""
    sold, beyond = _planned_sales(plan, run, base)
    active, first = _rolled_forward(plan, base, sold)
    months = _months(plan.as_of, run.horizon)[:, None]
    demand = engine.installed_base_demand(
        np.array([active]),
        first,
        units_per_active_period=base.units_per_active_month * months,
        churn_pct=_churn_pct(base, months),
    )[:, 0]
    before = line.statistical, line.note, line.method
    _set_level(line, demand, plan=plan)
    line.method = f"Owners of {base.durable.code}"[:60]
    line.note = _note(line.note, base, beyond)
    if (line.statistical, line.note, line.method) == before:
        return False
    line.save()
    return True


def _planned_sales(plan: PlanVersion, run: ForecastRun, base: InstalledBase) -> tuple[Array, float]:
    """Units (H, 1) of the durable that the plan counts on, and how many of them people added to its forecast."""
    durable = _line(run, base.durable_id, base)
    if durable is None:
        return np.zeros((run.horizon, 1)), 0.0
    statistical = np.array(durable.statistical)
    agreed = ConsensusLine.objects.filter(plan=plan, run=run, series_id=durable.series_id).first()
    sold = np.array(agreed.quantity) if agreed else statistical
    return sold[:, None], float(sold.sum() - statistical.sum())


def _note(note: str, base: InstalledBase, beyond: float) -> str:
    """What a reader should know; what an earlier pass said of the owners is replaced."""
    other = note.split(PLANNED_BY_PEOPLE)[0].strip()
    if abs(beyond) < 0.5:
        return other
    more = "more" if beyond > 0 else "fewer"
    said = f"{PLANNED_BY_PEOPLE} {base.durable.code}: {abs(beyond):,.0f} units {more} than its statistical forecast."
    return f"{other} {said}".strip()[:NOTE_LENGTH]


def _line(run: ForecastRun, item: int, base: InstalledBase) -> ForecastLine | None:
    return ForecastLine.objects.filter(
        run=run,
        series__item_id=item,
        series__location_id=base.location_id,
        series__segment_id=base.segment_id,
    ).first()


def _months(first: date, count: int) -> Array:
    """Length (count,) of the periods from `first` on in months: a calendar month is 1, a week of May 7/31."""
    return np.diff([_in_months(date.fromordinal(int(day))) for day in calendar.load().edges(first, count)])


def _in_months(day: date) -> float:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    length = (following - day.replace(day=1)).days
    return 12 * day.year + day.month + (day.day - 1) / length


def _churn_pct(base: InstalledBase, months: Any) -> Any:
    """Per cent of the owners lost in periods of that many months."""
    return 100 * (1 - (1 - base.monthly_churn_pct / 100) ** months)


def _rolled_forward(plan: PlanVersion, base: InstalledBase, sold: Array) -> tuple[float, Array]:
    """Owners at the planning date: those counted on the base's day, less churn, plus the durables sold since, net of
    those sent back."""
    periods = calendar.load()
    active, since = float(base.active_units), _sales_since(plan, base, base.as_of)
    months = _months(base.as_of, len(since))
    for units, length in zip(since, months, strict=True):
        active = max(active * (1 - _churn_pct(base, length) / 100) + units, 0.0)
    later = periods.between(plan.as_of, base.as_of)
    return active, np.where(np.arange(len(sold))[:, None] >= max(later, 0), sold, 0.0)


def _sales_since(plan: PlanVersion, base: InstalledBase, day: date) -> list[float]:
    periods = calendar.load()
    history = SalesHistory.objects.filter(
        series__item_id=base.durable_id,
        series__location_id=base.location_id,
        series__segment_id=base.segment_id,
    ).first()
    if history is None or periods.start_of(day) >= plan.as_of:
        return []
    start = periods.between(history.origin, day)
    sold = history.quantity[max(start, 0) : plan.history_periods]
    return [sold[0] * _share_after(day), *sold[1:]] if sold and start >= 0 else sold


def _share_after(day: date) -> float:
    """Part of a count's own period in which units were sold after it: all from its first day, none from its last."""
    periods = calendar.load()
    first, last = periods.start_of(day), periods.end_of(day)
    return 0.0 if day == last else (last - day).days / (last - first).days


def _set_level(line: ForecastLine, demand: Array, *, plan: PlanVersion) -> None:
    """Replace the smoothed level by the demand (H,), on which drivers and events work from then on; the reach of the
    interval moves with it."""
    series = frames.read_series(plan, first=line.series_id, last=line.series_id)
    sold = launches.sold_share(plan=plan, series=series)
    moved = causes.effects(plan=plan, series=series, baseline=demand[:, None]).while_sold(sold)
    level = demand * sold[:, 0]
    line.drivers, line.events = moved.drivers[:, 0].tolist(), moved.events[:, 0].tolist()
    line.causes = moved.stored()[0]
    statistical = np.maximum(level + np.array(line.drivers) + np.array(line.events), 0.0)
    shift = statistical - np.array(line.statistical)
    for name in ("low_80", "high_80", "low_95", "high_95"):
        setattr(line, name, np.maximum(np.array(getattr(line, name)) + shift, 0.0).tolist())
    line.level, line.trend, line.season = level.tolist(), [0.0] * len(level), [0.0] * len(level)
    line.statistical = statistical.tolist()
