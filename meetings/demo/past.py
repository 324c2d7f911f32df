"""The cycles before the story: kept as figures only, as a company brings them along from its spreadsheets."""

from datetime import date, datetime, time

import numpy as np
from django.utils import timezone

from forecasting.models import AccuracyLine, SalesHistory
from meetings.enums import StageKind
from meetings.models import Cycle, KpiValue, Stage
from meetings.selectors import kpis
from meetings.services import templates
from siop.catalog import calendar as planning_calendar
from siop.plans.models import PlanVersion

from .months import Calendar

FIRST, LAST = -7, -2
LAGS = range(1, 7)
# What sales, deliveries and receipts still tell about a month that is over is measured; the rest was written down.
MEASURED = {"wape", "bias", "value_added", "fill_rate", "otif", "supplier_otif", "actions_on_time"}
DRIFT = {
    "inventory_value": 0.034, "excess_value": 0.085, "days_of_supply": 0.03, "turns": -0.028, "avoidable_loss": 0.11,
    "demand_plan": -0.013,
    "budget_gap": -0.07, "plan_attainment": -0.02, "stockout_days": 0.2,
}  # fmt: skip
WAVE = (0.4, -0.3, 0.6, -0.2, 0.1, -0.4)


def open_and_close(calendar: Calendar) -> None:
    """Six closed cycles, so that the first one of the story has others before it."""
    before = None
    for month in range(FIRST, LAST + 1):
        period = calendar.m(month)
        ended = timezone.make_aware(datetime.combine(calendar.day(month + 1, 2), time(16)))
        before = Cycle.objects.create(
            period=period, name=f"{period:%B %Y}", previous=before, stage=StageKind.CLOSED, closed=ended
        )
        Stage.objects.bulk_create(
            Stage(
                cycle=before, kind=kind, position=position, start=start, due=due, owner=templates.owner_of(kind),
                started=_morning(start), finished=_morning(due),
            )
            for position, (kind, start, due) in enumerate(templates.schedule(period))
        )  # fmt: skip


def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(9)))


def remember_forecasts(calendar: Calendar) -> None:
    """What the spreadsheets had forecast for the months behind us, at every lag: better as the months went by."""
    rng, found, periods = np.random.default_rng(41), [], planning_calendar.load()
    for history in SalesHistory.objects.order_by("series_id"):
        for month in range(FIRST, 0):
            at = periods.between(history.origin, calendar.m(month))
            if not 1 <= at < len(history.quantity) or history.quantity[at] <= 0:
                continue
            naive = history.quantity[at - 12] if at >= 12 else history.quantity[at - 1]
            found += [
                _remembered(history, calendar.m(month), lag, naive, history.quantity[at], -month, rng)
                for lag in LAGS
            ]
    AccuracyLine.objects.bulk_create(found, ignore_conflicts=True)


def _remembered(
    history: SalesHistory,
    month: date,
    lag: int,
    naive: float,
    actual: float,
    back: int,
    rng: np.random.Generator,
) -> AccuracyLine:
    spread = (0.11 + 0.02 * lag) * (0.85 + 0.09 * back)
    miss = float(rng.normal(-0.02, spread))
    typed = actual * (1 + 0.86 * miss + float(rng.normal(0, 0.02)))
    return AccuracyLine(
        series_id=history.series_id, month=month, lag=lag, actual=actual, naive=max(0.0, naive),
        statistical=max(0.0, actual * (1 + miss)), reconciled=max(0.0, actual * (1 + 0.94 * miss)),
        planner=max(0.0, typed), consensus=max(0.0, typed),
        inside_80=abs(miss) < 1.28 * spread, inside_95=abs(miss) < 1.96 * spread,
    )  # fmt: skip


def remember_figures(calendar: Calendar, plan: PlanVersion) -> None:
    """Key figures of the closed cycles, which the trends begin with; what is kept already stays."""
    now = {kpi.name: kpi.measure(kpis.moment(plan)) for kpi in kpis.KPIS}
    KpiValue.objects.filter(value=None).delete()
    KpiValue.objects.bulk_create(
        (
            _figure(kpi, cycle, now[kpi.name], plan, calendar)
            for cycle in Cycle.objects.filter(period__lt=calendar.m(0))
            for kpi in kpis.KPIS
        ),
        ignore_conflicts=True,
    )


def _figure(
    kpi: kpis.Kpi, cycle: Cycle, now: float | None, plan: PlanVersion, calendar: Calendar
) -> KpiValue:
    back = _months(calendar.m(0)) - _months(cycle.period)
    value = _written_down(kpi.name, now, back)
    if kpi.name in MEASURED:
        value = kpi.measure(kpis.moment(plan, month=calendar.m(-1 - back)))
    return KpiValue(cycle=cycle, kpi=kpi.name, value=value, target=kpi.limits()[0], colour=kpi.colour(value))


def _written_down(name: str, now: float | None, back: int) -> float | None:
    """What it was `back` months ago, on its way to what it is now."""
    drift = DRIFT.get(name, 0.0)
    return None if now is None else round(now * (1 + drift * (back + WAVE[back % len(WAVE)])), 4)


def _months(day: date) -> int:
    return day.year * 12 + day.month
