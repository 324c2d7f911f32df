"""What customers ordered and did not get, by month and series: demand that sales do not show."""

import numpy as np

from forecasting.engine import Array, BoolArray, IntArray
from forecasting.frames import SeriesFrame, bundle_contents, series_keys
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion

# Lines by the day they were promised for. A line that ships later is the same row then, with nothing left of it.
_LEFT = """
WITH contents AS (
    SELECT * FROM unnest(%(bundles)s::bigint[], %(parts)s::bigint[], %(factors)s::float8[]) AS b (bundle_id, item_id, factor)
)
SELECT COALESCE(b.item_id, d.item_id), d.location_id, COALESCE(d.segment_id, 0), d.promised_date,
       ((d.ordered_quantity - d.shipped_quantity) * COALESCE(b.factor, 1))::float8
FROM forecasting_delivery d LEFT JOIN contents b ON b.bundle_id = d.item_id
WHERE d.ordered_quantity > d.shipped_quantity AND d.promised_date >= %(begin)s AND d.promised_date < %(end)s
  AND COALESCE(b.item_id, d.item_id) = ANY(%(items)s)
"""


def unshipped(plan: PlanVersion, series: SeriesFrame) -> Array:
    """Units (T, N) ordered for each period of the plan's history and not shipped since.

    What is known without a segment is shared out by what each segment of the item-location sold in that period.
    """
    if not series.count:
        return np.zeros(series.history.shape)
    edges = calendar.load().edges(plan.origin, plan.history_periods)
    bundles, parts, factors = bundle_contents()
    item, location, segment, promised, quantity = bulk.copy_out(
        _LEFT,
        {
            "bundles": bundles, "parts": parts, "factors": factors, "begin": plan.origin, "end": plan.as_of,
            "items": np.unique(series.item).tolist(),
        },
        columns="i i i d f",
    )  # fmt: skip
    period = np.searchsorted(edges, promised, side="right") - 1
    named = segment > 0

    def of(rows: BoolArray, *, with_segment: int) -> Array:
        wanted = series_keys(series.item, series.location, series.segment * with_segment)
        asked = series_keys(item[rows], location[rows], segment[rows])
        return _summed(asked, period[rows], quantity[rows], shape=series.history.shape, wanted=wanted)

    place = series_keys(series.item, series.location, np.zeros_like(series.segment))
    return of(named, with_segment=1) + of(~named, with_segment=0) * _shares(series.history, place)


def _summed(
    key: IntArray, period: IntArray, quantity: Array, *, shape: tuple[int, ...], wanted: IntArray
) -> Array:
    """Quantities (R,) of rows by period (T) and the `wanted` key of each series (N,)."""
    keys, column = np.unique(wanted, return_inverse=True)
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    known = (keys[at] == key) & (period >= 0) & (period < shape[0])
    total = np.zeros((shape[0], len(keys)))
    np.add.at(total, (period[known], at[known]), quantity[known])
    return np.asarray(total[:, column])


def _shares(history: Array, place: IntArray) -> Array:
    """Share (T, N) of each series in what was sold at its `place` (N,), equal parts where nothing was."""
    _, column = np.unique(place, return_inverse=True)
    sold = np.zeros((len(history), column.max() + 1))
    np.add.at(sold.T, column, np.maximum(history, 0.0).T)
    equal = 1.0 / np.bincount(column)[column]
    whole = sold[:, column]
    return np.divide(
        np.maximum(history, 0.0), whole, out=np.broadcast_to(equal, history.shape).copy(), where=whole > 0
    )
