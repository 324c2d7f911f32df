"""Months that are not demand as they stand: marked, with a proposal, until a planner undoes the mark."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting import engine
from forecasting.engine import Array, BoolArray, Mark
from forecasting.enums import MarkKind
from forecasting.frames import SeriesFrame
from forecasting.models import CleansingMark, Event
from forecasting.selectors import drivers as book
from forecasting.selectors.unshipped import unshipped
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion

KINDS = {
    Mark.STOCKOUT: MarkKind.STOCKOUT,
    Mark.OUTLIER: MarkKind.OUTLIER,
    Mark.EVENT: MarkKind.EVENT,
    Mark.UNSHIPPED: MarkKind.UNSHIPPED,
}
OutOfStock = Callable[[PlanVersion, SeriesFrame], BoolArray]
_stock_rooms: list[OutOfStock] = []


def register_out_of_stock(known: OutOfStock) -> None:
    """The room of stock tells which periods (T, N) of a plan's history series were without stock."""
    _stock_rooms[:] = [known]


@dataclass(frozen=True, kw_only=True)
class Cleansed:
    """The history (T, N) to forecast from, the marks found in it, and the first day (T,) of each period as a number."""

    history: Array
    marks: engine.Cleansing
    months: engine.IntArray


def cleanse(*, plan: PlanVersion, series: SeriesFrame) -> Cleansed:
    """What was asked for, without stockouts, outliers and known events, except where a planner undid the mark.

    Nothing is stored.
    """
    if not plan.history_periods:
        return _unmarked(series)
    empty = _stock_rooms[0](plan, series) if _stock_rooms else None
    asked = series.history + unshipped(plan, series)
    found = engine.cleanse(asked, series.first, out_of_stock=empty, season=int(plan.parameters["season"]))
    found = engine.without_events(found, asked, uplift=_past_events(plan, series))
    found = engine.with_unshipped(found, series.history, asked=asked)
    months = np.array([m.toordinal() for m in calendar.load().periods(plan.origin, plan.history_periods)])
    history = _with_people(series, found.applied(series.history), months)
    return Cleansed(history=history, marks=found, months=months)


def _past_events(plan: PlanVersion, series: SeriesFrame) -> Array:
    """What known events did to each period of history (T, N), as a factor less 1."""
    uplift, above = np.zeros_like(series.history), book.lineage()
    edges = calendar.load().edges(plan.origin, plan.history_periods)
    for event in Event.objects.filter(uplift_pct__isnull=False, start__lt=plan.as_of):
        share, columns = book.covered(event, edges), book.columns_of(event, series, above)
        uplift += np.outer(share * (event.uplift_pct or 0.0) / 100, columns)
    return uplift


def _unmarked(series: SeriesFrame) -> Cleansed:
    """Of series without any period of history."""
    shape = series.history.shape
    nothing = engine.Cleansing(np.zeros(shape, dtype=np.int64), np.full(shape, np.nan))
    return Cleansed(history=series.history, marks=nothing, months=np.zeros(0, dtype=np.int64))


def store_marks(series: SeriesFrame, cleansed: Cleansed) -> None:
    """Keep the marks that are new and drop those that no longer hold; what people made or undid stays.

    All runs share the marks: whoever stores them holds back every later run until its transaction ends, so this comes
    after what takes long.
    """
    found, months = cleansed.marks, cleansed.months
    period, column = np.nonzero(found.marks)
    first, last = int(series.series[0]), int(series.series[-1])
    bulk.execute(
        "CREATE TEMP TABLE new_marks (LIKE forecasting_cleansingmark INCLUDING IDENTITY) ON COMMIT DROP"
    )
    bulk.copy_in(
        CleansingMark,
        {
            "series_id": series.series[column],
            "month": months[period],
            "kind": [KINDS[Mark(int(code))].value for code in found.marks[period, column]],
            "raw": series.history[period, column],
            "imputed": found.imputed[period, column],
            "person_id": None,
        },
        table="new_marks",
    )
    bulk.execute(
        "DELETE FROM forecasting_cleansingmark m WHERE m.series_id BETWEEN %s AND %s AND m.person_id IS NULL "
        "AND NOT m.undone AND NOT EXISTS (SELECT 1 FROM new_marks n WHERE n.series_id = "
        "m.series_id AND n.month = m.month AND n.kind = m.kind AND n.raw = m.raw AND n.imputed = m.imputed)",
        [first, last],
    )
    bulk.execute(
        "INSERT INTO forecasting_cleansingmark (version, series_id, month, kind, raw, imputed, reason, undone) "
        "SELECT version, series_id, month, kind, raw, imputed, reason, undone FROM new_marks ON CONFLICT DO NOTHING"
    )
    bulk.execute("DROP TABLE new_marks")


def _with_people(series: SeriesFrame, cleansed: Array, months: engine.IntArray) -> Array:
    """Marks that a person undid bring the sale back; those that a person made replace it."""
    out = cleansed.copy()
    place = {int(pk): k for k, pk in enumerate(series.series)}
    period = {int(day): k for k, day in enumerate(months)}
    ids = (int(series.series[0]), int(series.series[-1]))
    rows = CleansingMark.objects.filter(series__id__range=ids).exclude(undone=False, person=None)
    for pk, month, undone, imputed in rows.values_list("series_id", "month", "undone", "imputed"):
        column, row = place.get(pk), period.get(month.toordinal())
        if column is not None and row is not None:
            out[row, column] = series.history[row, column] if undone else imputed
    return out
