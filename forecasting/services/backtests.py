"""How good the forecast would have been at earlier origins, beside the seasonal naive one."""

from typing import Any

import numpy as np
from django.utils import timezone

from forecasting import engine
from forecasting.models import ForecastLine, ForecastRun
from siop import bulk
from siop.plans.models import PlanVersion

from .forecasts import BY_PERIOD, LAGS, ORIGINS, id_ranges

SERIES_A_CHUNK = 2000
PERIODS = np.arange(1, LAGS + 1)
FIGURES = ("backtest_wape", "naive_wape", "backtest_origins", *BY_PERIOD)
TAKEN = ", ".join(f"{name} = t.{name}" for name in FIGURES if name != "cumulative_rmse")
# What was not measured stays as the forecast expects it.
TAKEN += (
    ", cumulative_rmse = CASE t.cumulative_rmse WHEN '{}' THEN l.cumulative_rmse ELSE t.cumulative_rmse END"
)


def ranges(*, run: ForecastRun) -> list[tuple[int, int]]:
    """Ranges of series ids to backtest; none where the same histories were tested before: figures are taken over."""
    if run.backtested:
        return []
    twin = ForecastRun.objects.filter(
        data_version=run.data_version,
        as_of=run.as_of,
        origin=run.origin,
        season=run.season,
        backtested__isnull=False,
    ).last()
    if twin:
        _take_over(run, twin)
        return []
    (ids,) = bulk.copy_out(
        "SELECT series_id FROM forecasting_forecastline WHERE run_id = %s ORDER BY series_id",
        [run.pk],
        columns="i",
    )
    return id_ranges(ids, size=SERIES_A_CHUNK)


def _take_over(run: ForecastRun, twin: ForecastRun) -> None:
    bulk.execute(
        f"UPDATE forecasting_forecastline l SET {TAKEN} "  # noqa: S608 - names of columns only
        "FROM forecasting_forecastline t WHERE l.run_id = %s AND t.run_id = %s AND t.series_id = l.series_id "
        "AND l.backtest_wape IS DISTINCT FROM t.backtest_wape",
        [run.pk, twin.pk],
    )


def backtest_range(*, plan: PlanVersion, run: ForecastRun, first: int, last: int) -> int:
    """Score the series with ids from `first` to `last` and store their figures on the run's lines."""
    ids, category, history = bulk.copy_out(
        """
        SELECT l.series_id, COALESCE(i.category_id, 0), l.history
        FROM forecasting_forecastline l
        JOIN forecasting_demandseries s ON s.id = l.series_id JOIN catalog_item i ON i.id = s.item_id
        WHERE l.run_id = %s AND l.series_id BETWEEN %s AND %s AND cardinality(l.history) > 0 ORDER BY l.series_id
        """,
        [run.pk, first, last],
        columns=f"i i f{run.history_periods}",
    )
    if not len(ids):
        return 0
    sold = history != 0
    start = np.where(sold.any(axis=1), sold.argmax(axis=1), run.history_periods)
    result = engine.backtest(
        np.ascontiguousarray(history.T), start, season=run.season, origins=ORIGINS, lags=LAGS, groups=category
    )
    _store(run, ids, _figures(result))
    return len(ids)


def _figures(result: engine.Backtest) -> dict[str, Any]:
    """Columns of the tested lines; a young series has figures of its first periods ahead only."""
    by_lag = [engine.backtest_wape(result, lag=lag) for lag in range(1, LAGS + 1)]
    rmse = engine.cumulative_rmse(result, periods=PERIODS, naive=engine.naive_wins(result))
    return {
        "backtest_wape": by_lag[0][0],
        "naive_wape": by_lag[0][1],
        "backtest_origins": engine.scored_origins(result),
        "cumulative_rmse": _where_known(rmse),
        "lag_wape": _first_known(np.stack([own for own, _ in by_lag])),
        "naive_lag_wape": _first_known(np.stack([naive for _, naive in by_lag])),
        "cumulative_wape": _first_known(engine.cumulative_wape(result, periods=PERIODS)),
    }


def _where_known(figures: engine.Array) -> list[list[float]]:
    """Rows (P, N) turned to one list a series, empty where one of them is not known."""
    return [row.tolist() if np.isfinite(row).all() else [] for row in figures.T]


def _first_known(figures: engine.Array) -> list[list[float]]:
    """Rows (P, N) turned to one list a series, up to the first that is not known."""
    count = np.logical_and.accumulate(np.isfinite(figures)).sum(axis=0)
    return [row[:known].tolist() for row, known in zip(figures.T, count, strict=True)]


def finish(*, run: ForecastRun) -> bool:
    """Mark the run as backtested; true where its forecasts knew of no backtest and would now differ."""
    run.backtested = timezone.now()
    run.save(update_fields=["backtested"])
    news = ForecastLine.objects.filter(run=run, backtest_origins__gte=ORIGINS).exists()
    return news and not run.parameters.get("knew_backtest")


def _store(run: ForecastRun, ids: engine.IntArray, figures: dict[str, Any]) -> None:
    bulk.execute("CREATE TEMP TABLE tested (LIKE forecasting_forecastline INCLUDING IDENTITY) ON COMMIT DROP")
    columns = {"run_id": run.pk, "series_id": ids, "method": "", **figures}
    bulk.copy_in(ForecastLine, columns, table="tested")
    bulk.execute(
        f"UPDATE forecasting_forecastline l SET {TAKEN} "  # noqa: S608 - names of columns only
        "FROM tested t WHERE l.run_id = %s AND l.series_id = t.series_id",
        [run.pk],
    )
    bulk.execute("DROP TABLE tested")
