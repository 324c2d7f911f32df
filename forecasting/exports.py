"""What goes out of this room: the forecast with its past, and how accurate it was."""

from collections.abc import Iterator
from typing import Any

from forecasting.models import AccuracyLine
from forecasting.selectors import accuracy
from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from siop.web.exports import Export, Row, Scope, register

SERIES_AT_ONCE = 1000
FORECAST = (
    "item", "location", "segment", "month", "history", "statistical", "low_80", "high_80", "low_95", "high_95",
    "override", "consensus", "method", "seasonal_weight", "backtest_wape",
)  # fmt: skip
JUDGED = tuple(accuracy.STEPS)[1:]
ACCURACY = (
    "item", "location", "segment", "lag", "wape", "bias", *(f"value_added_{step}" for step in JUDGED),
)  # fmt: skip


def forecast_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    """One row a series and month: sales in the past, forecast, range, override and consensus in the future."""
    past, future = plans.history_months(plan), plans.planned_months(plan)
    where = scope.where(item="s.item_id", location="s.location_id")
    query = f"""
        SELECT c.series_id FROM forecasting_consensusline c JOIN forecasting_demandseries s ON s.id = c.series_id
        JOIN catalog_item i ON i.id = s.item_id WHERE c.plan_id = %(plan)s AND {where}
        ORDER BY i.code, s.location_id, s.segment_id
        """  # noqa: S608 - the condition holds column names and placeholders only
    ids = bulk.lists_out(query, scope.parameters | {"plan": plan.pk})[0]
    for low in range(0, len(ids), SERIES_AT_ONCE):
        for line in _lines(plan, ids[low : low + SERIES_AT_ONCE]):
            yield from _months(line, past, future)


def _lines(plan: PlanVersion, ids: list[int]) -> Iterator[tuple[Any, ...]]:
    columns = bulk.lists_out(
        """
        SELECT i.code, l.code, g.code, f.history, f.statistical, f.low_80, f.high_80, f.low_95, f.high_95,
               c.overridden, c.quantity, f.method, f.seasonal_weight, f.backtest_wape
        FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted (id, k)
        JOIN forecasting_demandseries s ON s.id = wanted.id
        JOIN catalog_item i ON i.id = s.item_id JOIN catalog_location l ON l.id = s.location_id
        JOIN catalog_segment g ON g.id = s.segment_id
        JOIN forecasting_consensusline c ON c.plan_id = %(plan)s AND c.series_id = s.id
        LEFT JOIN forecasting_forecastline f ON f.run_id = c.run_id AND f.series_id = s.id
        ORDER BY wanted.k
        """,
        {"ids": ids, "plan": plan.pk},
    )
    return zip(*columns, strict=True)


def _months(line: tuple[Any, ...], past: list[Any], future: list[Any]) -> Iterator[Row]:
    item, location, segment, history, statistical, *bounds = line[:9]
    overridden, quantity, method, weight, error = line[9:]
    names = (item, location, segment)
    nothing = [None] * (len(FORECAST) - 5)
    for month, sold in zip(past, history or [], strict=False):
        yield (*names, month, sold, *nothing)
    moved = set(overridden)
    for k, month in enumerate(future):
        ranges = [bound[k] if bound else None for bound in bounds]
        override = quantity[k] if k in moved else None
        base = statistical[k] if statistical else None
        yield (*names, month, None, base, *ranges, override, quantity[k], method, weight, error)


def accuracy_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    """Errors of what was said `lag` periods before, where months have closed since; else of the backtest."""
    lines = AccuracyLine.objects.all()
    if scope.items is not None:
        lines = lines.filter(series__item__in=scope.items)
    if scope.locations is not None:
        lines = lines.filter(series__location__in=scope.locations)
    seen: set[int] = set()
    for series, names, lag, found in accuracy.by_series_and_lag(lines):
        seen.add(series)
        gains = found.gains()
        yield (*names, lag, found.wape, found.bias, *(gains.get(step) for step in JUDGED))
    yield from _backtested(plan, scope, seen)


def _backtested(plan: PlanVersion, scope: Scope, measured: set[int]) -> Iterator[Row]:
    where = scope.where(item="s.item_id", location="s.location_id")
    columns = bulk.lists_out(
        f"""
        SELECT i.code, l.code, g.code, s.id, lag, CASE lag WHEN 1 THEN f.backtest_wape ELSE f.lag_wape[lag] END,
               CASE lag WHEN 1 THEN f.naive_wape ELSE f.naive_lag_wape[lag] END
        FROM forecasting_consensusline c
        JOIN forecasting_forecastline f ON f.run_id = c.run_id AND f.series_id = c.series_id
        JOIN forecasting_demandseries s ON s.id = c.series_id
        JOIN catalog_item i ON i.id = s.item_id JOIN catalog_location l ON l.id = s.location_id
        JOIN catalog_segment g ON g.id = s.segment_id
        CROSS JOIN LATERAL generate_series(
            1, GREATEST(1, LEAST(cardinality(f.lag_wape), cardinality(f.naive_lag_wape)))) lag
        WHERE c.plan_id = %(plan)s AND f.backtest_wape IS NOT NULL AND {where}
        ORDER BY i.code, l.code, g.code, lag
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters | {"plan": plan.pk},
    )
    for *names, series, lag, error, naive in zip(*columns, strict=True):
        if series not in measured:
            gain = None if naive is None else naive - error
            yield *names, lag, error, None, gain, *[None] * (len(JUDGED) - 1)


register(Export(kind="forecast", label="Forecast", columns=FORECAST, rows=forecast_rows))
register(Export(kind="accuracy", label="Forecast accuracy", columns=ACCURACY, rows=accuracy_rows))
