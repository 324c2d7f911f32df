"""What history cannot say: items that follow a like item, and items that end."""

from dataclasses import dataclass

import numpy as np

from forecasting import engine, frames
from forecasting.engine import Array, Calibration, Forecast, Method
from forecasting.frames import SeriesFrame
from forecasting.models import DemandSeries, ForecastRun
from siop.catalog import calendar
from siop.catalog.models import Item
from siop.plans.models import PlanVersion

OWN_WORD_PERIODS = 12  # with so many periods of its own an item no longer follows its like item


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Parts of the forecast before causes, (H, N), how far the interval reaches to either side (L, H, N), and the sd
    of the error of the first 1, 2, ... periods that sell (H, N).
    """

    level: Array
    trend: Array
    season: Array
    down: Array
    up: Array
    error: Array
    method: list[str]


def with_like_items(
    *, plan: PlanVersion, run: ForecastRun, series: SeriesFrame, answer: Forecast, calibration: Calibration
) -> Parts:
    """The engine's parts, replaced by the like item's profile where a planner named one and history is short."""
    level, trend, season = answer.level.copy(), answer.trend.copy(), answer.seasonal.copy()
    down, up, error = answer.mean - answer.lower, answer.upper - answer.mean, answer.error.copy()
    method = [Method(int(code)).label for code in answer.method]
    for column, item, like in _followers(plan, series):
        curve, reach, missed = _like_curve(plan, run, series, calibration, column=column, like=int(like.pk))
        if curve is None:
            continue
        start = _launch(plan, item, own_first=int(series.first[column]))
        scale = float(item.like_item_scale if item.like_item_scale is not None else 1)
        profile = engine.like_item_profile(curve, scale=scale, start=start, horizon=run.horizon)[:, 0]
        level[:, column], trend[:, column], season[:, column] = profile, 0.0, 0.0
        down[:, :, column], up[:, :, column] = profile * reach[0], profile * reach[1]
        error[:, column] = missed * np.cumsum(_from_first_sale(profile))
        method[column] = f"Like {like.code} x {scale:g}"[:60]
    return Parts(level=level, trend=trend, season=season, down=down, up=up, error=error, method=method)


def _from_first_sale(profile: Array) -> Array:
    """A profile (H,) from the first period that sells on, nothing after its end."""
    first = int((profile > 0).argmax())
    return np.concatenate([profile[first:], np.zeros(first)])


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


def _followers(plan: PlanVersion, series: SeriesFrame) -> list[tuple[int, Item, Item]]:
    """Columns whose item follows another one: no or few periods of their own."""
    young = plan.history_periods - series.first < OWN_WORD_PERIODS
    ids = np.unique(series.item[young]).tolist()
    items = Item.objects.filter(pk__in=ids, like_item__isnull=False).select_related("like_item").in_bulk()
    return [
        (int(column), item, item.like_item)
        for column in np.flatnonzero(young)
        if (item := items.get(int(series.item[column]))) and item.like_item
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
) -> tuple[Array | None, tuple[Array, Array], Array]:
    """Demand of the like item from its first sale on, its forecast appended, and relative to that its reach (L, H) and
    the sd (H,) of the error of the first 1, 2, ... periods together."""
    pk = DemandSeries.objects.filter(
        item_id=like, location_id=int(series.location[column]), segment_id=int(series.segment[column])
    ).values_list("pk", flat=True)
    found = frames.read_series(plan, first=pk[0], last=pk[0]) if pk else None
    nothing = np.zeros((2, run.horizon))
    if found is None or not found.count or found.first[0] >= plan.history_periods:
        return None, (nothing, nothing), nothing[0]
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
    level = np.cumsum(np.maximum(answer.level + answer.trend, 1e-9)[:, 0])
    curve = np.concatenate([found.history[found.first[0] :, 0], answer.mean[:, 0]])
    return curve, reach, answer.error[:, 0] / level
