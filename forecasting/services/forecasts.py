"""Histories become forecasts: calibrated once, then chunk by chunk; every part of the number is stored."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecasting import engine, frames
from forecasting.engine import Array, Calibration, CommonGrowth, Forecast, IntArray, Method
from forecasting.frames import SeriesFrame
from forecasting.models import ForecastLine, ForecastRun
from siop import bulk
from siop.catalog import calendar
from siop.catalog.enums import Bucket
from siop.plans.models import PlanVersion
from siop.web.templatetags.siop import month as month_label
from siop.web.templatetags.siop import signed

from . import causes, launches, learning
from .cleansing import cleanse, store_marks

SERIES_A_CHUNK = 5000
ORIGINS, LAGS = 12, 6
LEAST_GROWTH = 0.005  # a year; less is not worth a word
BY_PERIOD = ("cumulative_rmse", "lag_wape", "naive_lag_wape", "cumulative_wape")  # figures of the backtest
LEVELS = (80, 95)
Z = (1.2815515655446004, 1.959963984540054)  # of the levels, for the doubt about elasticities


def start_run(*, plan: PlanVersion) -> tuple[ForecastRun, list[tuple[int, int]]]:
    """Open a run for the plan, learn what all series share, and cut the series into ranges of ids."""
    series = frames.read_series(plan)
    run = ForecastRun.objects.create(
        data_version=plan.data_version,
        as_of=plan.as_of,
        origin=plan.origin,
        history_periods=plan.history_periods,
        horizon=plan.horizon,
        season=plan.parameters["season"],
        parameters={
            "series": series.count,
            "levels": list(LEVELS),
            "knew_backtest": newest_backtest(season=plan.parameters["season"]) is not None,
        },
    )
    if series.count:
        run.calibration = _calibrate(run, series).to_bytes()
        run.save(update_fields=["calibration"])
    learning.observe(plan=plan)  # what all runs share is written behind what takes long
    learning.learn(plan=plan, series=series)
    return run, id_ranges(series.series, size=SERIES_A_CHUNK)


def newest_backtest(*, season: int) -> ForecastRun | None:
    """The run whose backtest was finished last among the newest."""
    return ForecastRun.objects.filter(backtested__isnull=False, season=season).order_by("-id").first()


def forget_old_runs(*, newest: ForecastRun) -> None:
    """Runs that no plan shows any more, but for the one whose backtest the next run starts from."""
    tested = newest_backtest(season=newest.season)
    kept = [run.pk for run in (newest, tested) if run]
    unused = (
        "id < %s AND id <> ALL (%s) AND NOT EXISTS "
        "(SELECT 1 FROM forecasting_consensusline c WHERE c.run_id = r.id)"
    )
    ids = bulk.lists_out(f"SELECT id FROM forecasting_forecastrun r WHERE {unused}", [newest.pk, kept])[0]  # noqa: S608
    bulk.execute("DELETE FROM forecasting_forecastline WHERE run_id = ANY(%s)", [ids])
    bulk.execute("DELETE FROM forecasting_forecastrun WHERE id = ANY(%s)", [ids])


def id_ranges(ids: Sequence[int] | IntArray, *, size: int) -> list[tuple[int, int]]:
    """First and last id of each `size` neighbours."""
    return [(int(ids[k]), int(ids[min(k + size, len(ids)) - 1])) for k in range(0, len(ids), size)]


def forecast_range(*, plan: PlanVersion, run: ForecastRun, first: int, last: int) -> int:
    """Forecast the series with ids from `first` to `last` and store their lines."""
    series = frames.read_series(plan, first=first, last=last)
    if not series.count:
        return 0
    earlier = _newest_backtest(run, series)
    calibration = Calibration.from_bytes(bytes(run.calibration))
    cleansed = cleanse(plan=plan, series=series)
    answer = engine.forecast(
        cleansed.history,
        series.first,
        season=run.season,
        horizon=run.horizon,
        groups=series.category,
        levels=LEVELS,
        naive=_naive_wins(earlier, lived=plan.history_periods - series.first, season=run.season),
        calibration=calibration,
    )
    parts = launches.with_like_items(
        plan=plan, run=run, series=series, answer=answer, calibration=calibration
    )
    columns = earlier | _columns(plan, run, series, answer, parts, calibration, earlier)
    store_marks(series, cleansed)
    ForecastLine.objects.filter(run=run, series__id__range=(first, last)).delete()
    return bulk.copy_in(ForecastLine, columns)


def _calibrate(run: ForecastRun, series: SeriesFrame) -> Calibration:
    return engine.calibrate(
        series.history, series.first, season=run.season, horizon=run.horizon, groups=series.category
    )


def _columns(
    plan: PlanVersion,
    run: ForecastRun,
    series: SeriesFrame,
    answer: Forecast,
    parts: launches.Parts,
    calibration: Calibration,
    earlier: dict[str, Any],
) -> dict[str, Any]:
    """Columns of the forecast lines; level + trend + season + drivers + events is the statistical forecast."""
    alive = launches.sold_share(plan=plan, series=series)
    moved = causes.effects(plan=plan, series=series, baseline=parts.level + parts.trend + parts.season)
    moved = moved.while_sold(alive)
    level, trend, season = (part * alive for part in (parts.level, parts.trend, parts.season))
    statistical = np.maximum(level + trend + season + moved.drivers + moved.events, 0.0)
    bounds = {}
    for row, (share, z) in enumerate(zip(LEVELS, Z, strict=True)):
        doubt = z * moved.driver_sd
        down, up = np.hypot(parts.down[row] * alive, doubt), np.hypot(parts.up[row] * alive, doubt)
        bounds[f"low_{share}"] = np.maximum(statistical - down, 0.0).T
        bounds[f"high_{share}"] = (statistical + up).T
    return {
        "run_id": run.pk,
        "series_id": series.series,
        "history": series.history.T,
        "statistical": statistical.T,
        **bounds,
        "level": level.T,
        "trend": trend.T,
        "season": season.T,
        "drivers": moved.drivers.T,
        "events": moved.events.T,
        "causes": moved.stored(),
        "method": parts.method,
        "seasonal_weight": answer.seasonal_weight,
        "error_sd": parts.error[0],
        "cumulative_rmse": _summed(parts.error, earlier["cumulative_rmse"]),
        "note": _notes(plan, series, answer, calibration, parts.method, moved.notes),
    }


def _summed(expected: Array, measured: list[list[float]]) -> list[list[float]]:
    """Error of the first 1, 2, ... periods together, a list a series: as the backtest measured it, else as expected."""
    told = expected[:LAGS].T.tolist() if len(expected) >= LAGS else measured
    return [own or usual for own, usual in zip(measured, told, strict=True)]


def _notes(
    plan: PlanVersion,
    series: SeriesFrame,
    answer: Forecast,
    calibration: Calibration,
    method: list[str],
    notes: list[str],
) -> list[str]:
    """What a reader should know of each number: what its causes lack, and what its history could not tell."""
    periods, said = calendar.load().periods(plan.origin, plan.history_periods), list(notes)
    for column in np.flatnonzero((answer.begins > series.first) & (answer.begins < plan.history_periods)):
        begun = month_label(periods[int(answer.begins[column])])
        said[column] += f" History counts from {begun} on, when demand broke to another level."
    for column in np.flatnonzero((answer.method == Method.CONSTANT) & (answer.mean[0] > 0)):
        if method[column] == Method.CONSTANT.label:
            said[column] += " Its own history never moved, so its range is the usual one of all items."
    for column in np.flatnonzero(np.abs(answer.step) >= LEAST_GROWTH):
        begun = month_label(periods[int(answer.stepped[column])])
        said[column] += (
            f" Stepped with its category by {signed(float(answer.step[column]) * 100)} % in {begun}."
        )
    for column in np.flatnonzero(np.abs(answer.growth) >= LEAST_GROWTH):
        if method[column] == Method(int(answer.method[column])).label:
            category = int(series.category[column])
            said[column] += _grows(float(answer.growth[column]), category, calibration.shared.growth)
    return [note.strip()[: causes.NOTE_LENGTH] for note in said]


def _grows(rate: float, category: int, shared: CommonGrowth) -> str:
    """By how much a year a series grows because others do, and who told it."""
    k = int(shared.place(np.array([category]))[0])
    count, periods = int(shared.series[k]), int(shared.periods[k])
    if not count:
        return f" Grows as all items together: {signed(rate * 100)} % a year."
    unit = "weeks" if calendar.load().bucket == Bucket.WEEK else "months"
    told = f"told by {count} histories over {periods} {unit}"
    return f" Grows as its category: {signed(rate * 100)} % a year, {told}."


def _newest_backtest(run: ForecastRun, series: SeriesFrame) -> dict[str, Any]:
    """What the newest finished backtest said about each series; nothing where there was none."""
    count = series.count
    figures: dict[str, Any] = {
        "backtest_wape": np.full(count, np.nan),
        "naive_wape": np.full(count, np.nan),
        "backtest_origins": np.zeros(count, np.int64),
        **{name: [[] for _ in range(count)] for name in BY_PERIOD},
    }
    tested = newest_backtest(season=run.season)
    if tested:
        found = ForecastLine.objects.filter(
            run=tested,
            series__id__range=(int(series.series[0]), int(series.series[-1])),
            backtest_origins__gt=0,
        ).values_list("series_id", *figures)
        place = {int(pk): k for k, pk in enumerate(series.series)}
        for pk, *values in found:
            if pk in place:
                for name, value in zip(figures, values, strict=True):
                    figures[name][place[pk]] = np.nan if value is None else value
    return figures


def _naive_wins(earlier: dict[str, Any], *, lived: IntArray, season: int) -> Any:
    """Seasonal naive replaces the pool only where it won over 12 or more origins, each with a season before it.

    A younger series, `lived` (N,) periods long, was compared with its last value: that it won says nothing of last year.
    """
    seen = (earlier["backtest_origins"] >= ORIGINS) & (lived >= season + ORIGINS)
    return seen & (earlier["naive_wape"] < earlier["backtest_wape"])
