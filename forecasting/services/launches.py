"""What history cannot say: items that follow a like item, items that end, owners who use up a consumable."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting import engine, frames
from forecasting.engine import Array, Calibration, Forecast, Method
from forecasting.frames import SeriesFrame
from forecasting.models import DemandSeries, ForecastLine, ForecastRun, InstalledBase, SalesHistory
from siop.catalog import calendar
from siop.catalog.models import Item
from siop.plans.models import PlanVersion

OWN_WORD_PERIODS = 12  # with so many periods of its own an item no longer follows its like item


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Parts of the forecast before causes, (H, N), and how far the interval reaches to either side (L, H, N)."""

    level: Array
    trend: Array
    season: Array
    down: Array
    up: Array
    method: list[str]


def with_like_items(
    *, plan: PlanVersion, run: ForecastRun, series: SeriesFrame, answer: Forecast, calibration: Calibration
) -> Parts:
    """The engine's parts, replaced by the like item's profile where a planner named one and history is short."""
    level, trend, season = answer.level.copy(), answer.trend.copy(), answer.seasonal.copy()
    down, up = answer.mean - answer.lower, answer.upper - answer.mean
    method = [Method(int(code)).label for code in answer.method]
    for column, item, like in _followers(plan, series):
        curve, reach = _like_curve(plan, run, series, calibration, column=column, like=int(like.pk))
        if curve is None:
            continue
        start = _launch(plan, item, own_first=int(series.first[column]))
        scale = float(item.like_item_scale if item.like_item_scale is not None else 1)
        profile = engine.like_item_profile(curve, scale=scale, start=start, horizon=run.horizon)[:, 0]
        level[:, column], trend[:, column], season[:, column] = profile, 0.0, 0.0
        down[:, :, column], up[:, :, column] = profile * reach[0], profile * reach[1]
        method[column] = f"Like {like.code} x {scale:g}"[:60]
    return Parts(level=level, trend=trend, season=season, down=down, up=up, method=method)


def sold_share(*, plan: PlanVersion, series: SeriesFrame) -> Array:
    """Share of each planned period (H, N) in which the item is still sold: falls to 0 after its end date."""
    share = np.ones((plan.horizon, series.count))
    items = Item.objects.filter(pk__in=np.unique(series.item).tolist(), end_date__isnull=False)
    ends = {item.pk: item.end_date.toordinal() + 1 for item in items if item.end_date}
    if not ends:
        return share
    edges = calendar.load().edges(plan.as_of, plan.horizon)
    for column in np.flatnonzero(np.isin(series.item, list(ends))):
        last = ends[int(series.item[column])]
        share[:, column] = np.clip((last - edges[:-1]) / np.diff(edges), 0.0, 1.0)
    return share


def apply_installed_bases(*, plan: PlanVersion, run: ForecastRun) -> int:
    """Demand of consumables from the owners of a durable, known before their own history shows it.

    Runs when all series are forecast, since what is sold of the durable makes new owners.
    """
    changed = 0
    for base in InstalledBase.objects.select_related("durable").order_by("id"):
        line = _line(run, base.consumable_id, base)
        if line is None:
            continue
        durable = _line(run, base.durable_id, base)
        sold = np.array(durable.statistical if durable else [0.0] * run.horizon)[:, None]
        active, first = _rolled_forward(plan, base, sold)
        demand = engine.installed_base_demand(
            np.array([active]),
            first,
            units_per_active_period=np.array([base.units_per_active_month]),
            churn_pct=base.monthly_churn_pct,
        )[:, 0]
        _set_level(line, demand, method=f"Owners of {base.durable.code}"[:60])
        changed += 1
    return changed


def _followers(plan: PlanVersion, series: SeriesFrame) -> list[tuple[int, Item, Item]]:
    """Columns whose item follows another one: no or few periods of their own."""
    young = plan.history_periods - series.first < OWN_WORD_PERIODS
    ids = np.unique(series.item[young]).tolist()
    items = Item.objects.filter(pk__in=ids, like_item__isnull=False).select_related("like_item").in_bulk()
    return [
        (int(column), items[int(series.item[column])], items[int(series.item[column])].like_item)  # type: ignore[misc]
        for column in np.flatnonzero(young)
        if int(series.item[column]) in items
    ]


def _launch(plan: PlanVersion, item: Item, *, own_first: int) -> int:
    """Planned period in which the item launches; negative where it already did."""
    periods = calendar.load()
    if item.launch_date:
        return periods.position(item.launch_date) - periods.position(plan.as_of)
    return own_first - plan.history_periods


def _like_curve(
    plan: PlanVersion,
    run: ForecastRun,
    series: SeriesFrame,
    calibration: Calibration,
    *,
    column: int,
    like: int,
) -> tuple[Array | None, tuple[Array, Array]]:
    """Demand of the like item from its first sale on, its forecast appended, and its relative reach (L, H)."""
    pk = DemandSeries.objects.filter(
        item_id=like, location_id=int(series.location[column]), segment_id=int(series.segment[column])
    ).values_list("pk", flat=True)
    found = frames.read_series(plan, first=pk[0], last=pk[0]) if pk else None
    nothing = np.zeros((2, run.horizon))
    if found is None or not found.count or found.first[0] >= plan.history_periods:
        return None, (nothing, nothing)
    answer = engine.forecast(
        found.history,
        found.first,
        season=run.season,
        horizon=run.horizon,
        groups=found.category,
        calibration=calibration,
    )
    mean = np.maximum(answer.mean[:, 0], 1e-9)
    reach = (answer.mean - answer.lower)[:, :, 0] / mean, (answer.upper - answer.mean)[:, :, 0] / mean
    return np.concatenate([found.history[found.first[0] :, 0], answer.mean[:, 0]]), reach


def _line(run: ForecastRun, item: int, base: InstalledBase) -> ForecastLine | None:
    return ForecastLine.objects.filter(
        run=run,
        series__item_id=item,
        series__location_id=base.location_id,
        series__segment_id=base.segment_id,
    ).first()


def _rolled_forward(plan: PlanVersion, base: InstalledBase, sold: Array) -> tuple[float, Array]:
    """Owners at the planning date: those counted on the base's day, less churn, plus the durables sold since."""
    periods = calendar.load()
    active, since = float(base.active_units), _sales_since(plan, base, base.as_of)
    for units in since:
        active = active * (1 - base.monthly_churn_pct / 100) + units
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
    sold = [max(units, 0.0) for units in history.quantity[max(start, 0) : plan.history_periods]]
    return [sold[0] * _share_after(day), *sold[1:]] if sold and start >= 0 else sold


def _share_after(day: date) -> float:
    """Part of a count's own period in which units were sold after it: all from its first day, none from its last."""
    periods = calendar.load()
    first, last = periods.start_of(day), periods.end_of(day)
    return 0.0 if day == last else (last - day).days / (last - first).days


def _set_level(line: ForecastLine, demand: Array, *, method: str) -> None:
    """Replace the smoothed level by the demand; the reach of the interval moves with it."""
    statistical = demand + np.array(line.drivers) + np.array(line.events)
    shift = statistical - np.array(line.statistical)
    for name in ("low_80", "high_80", "low_95", "high_95"):
        setattr(line, name, np.maximum(np.array(getattr(line, name)) + shift, 0.0).tolist())
    line.level, line.trend, line.season = demand.tolist(), [0.0] * len(demand), [0.0] * len(demand)
    line.statistical, line.method = statistical.tolist(), method
    line.save()
