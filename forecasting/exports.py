"""What goes out of this room: the forecast with its past, and how accurate it was."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from forecasting.engine import bias, wape
from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from siop.web.exports import Export, Row, Scope, register

SERIES_AT_ONCE = 1000
FORECAST = (
    "item", "location", "segment", "month", "history", "statistical", "low_80", "high_80", "low_95", "high_95",
    "override", "consensus", "method", "seasonal_weight", "backtest_wape",
)  # fmt: skip
ACCURACY = (
    "item", "location", "segment", "lag", "wape", "bias", "value_added_statistical", "value_added_consensus",
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
    """Errors of what was said `lag` periods before, where months have closed since; else of the backtest, lag 1."""
    where = scope.where(item="s.item_id", location="s.location_id")
    columns = bulk.lists_out(
        f"""
        SELECT i.code, l.code, g.code, a.lag, array_agg(a.actual ORDER BY a.month), array_agg(a.naive ORDER BY a.month),
               array_agg(a.statistical ORDER BY a.month), array_agg(a.consensus ORDER BY a.month), a.series_id
        FROM forecasting_accuracyline a JOIN forecasting_demandseries s ON s.id = a.series_id
        JOIN catalog_item i ON i.id = s.item_id JOIN catalog_location l ON l.id = s.location_id
        JOIN catalog_segment g ON g.id = s.segment_id WHERE {where}
        GROUP BY i.code, l.code, g.code, a.series_id, a.lag ORDER BY i.code, l.code, g.code, a.lag
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters,
    )
    for item, location, segment, lag, *steps, _ in zip(*columns, strict=True):
        actual, naive, statistical, consensus = (np.array(step) for step in steps)
        errors = [float(wape(actual, step)) for step in (naive, statistical, consensus)]
        tendency = float(bias(actual, consensus))
        yield item, location, segment, lag, errors[2], tendency, errors[0] - errors[1], errors[1] - errors[2]
    yield from _backtested(plan, where, scope, set(columns[-1]))


def _backtested(plan: PlanVersion, where: str, scope: Scope, measured: set[int]) -> Iterator[Row]:
    columns = bulk.lists_out(
        f"""
        SELECT i.code, l.code, g.code, f.backtest_wape, f.naive_wape - f.backtest_wape, s.id
        FROM forecasting_consensusline c
        JOIN forecasting_forecastline f ON f.run_id = c.run_id AND f.series_id = c.series_id
        JOIN forecasting_demandseries s ON s.id = c.series_id
        JOIN catalog_item i ON i.id = s.item_id JOIN catalog_location l ON l.id = s.location_id
        JOIN catalog_segment g ON g.id = s.segment_id
        WHERE c.plan_id = %(plan)s AND f.backtest_wape IS NOT NULL AND {where}
        ORDER BY i.code, l.code, g.code
        """,  # noqa: S608 - the condition holds column names and placeholders only
        scope.parameters | {"plan": plan.pk},
    )
    for item, location, segment, error, gain, series in zip(*columns, strict=True):
        if series not in measured:
            yield item, location, segment, 1, error, None, gain, None


register(Export(kind="forecast", label="Forecast", columns=FORECAST, rows=forecast_rows))
register(Export(kind="accuracy", label="Forecast accuracy", columns=ACCURACY, rows=accuracy_rows))
