"""Months of history in which an item-location was without stock, by its counts."""

import numpy as np

from forecasting.engine import BoolArray
from forecasting.frames import SeriesFrame, series_keys
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion

FEWEST_DAYS = 5
# A count of nothing holds until the next count of the same item-location.
EMPTY_SPANS = """
WITH counts AS (
    SELECT item_id, location_id, date, sum(quantity) AS quantity FROM inventory_stockonhand
    WHERE item_id = ANY(%(items)s) GROUP BY 1, 2, 3
), spans AS (
    SELECT item_id, location_id, quantity, date AS since,
           coalesce(lead(date) OVER (PARTITION BY item_id, location_id ORDER BY date), date + 1) AS until
    FROM counts
)
SELECT item_id, location_id, since, until FROM spans WHERE quantity <= 0 AND since < %(end)s
"""


def out_of_stock(plan: PlanVersion, series: SeriesFrame) -> BoolArray:
    """Periods (T, N) of the plan's history with five or more days without stock."""
    empty = np.zeros(series.history.shape, dtype=bool)
    edges = calendar.load().edges(plan.origin, plan.history_periods)
    item, location, since, until = bulk.copy_out(
        EMPTY_SPANS, {"items": np.unique(series.item).tolist(), "end": plan.as_of}, columns="i i d d"
    )
    if not len(item):
        return empty
    keys, row = np.unique(series_keys(item, location, np.zeros_like(item)), return_inverse=True)
    days = np.zeros((len(edges) - 1, len(keys)))
    inside = np.minimum(until, edges[1:, None]) - np.maximum(since, edges[:-1, None])
    np.add.at(days.T, row, np.clip(inside, 0, None).T)
    mine = series_keys(series.item, series.location, np.zeros_like(series.item))
    at = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
    return np.asarray((keys[at] == mine) & (days[:, at] >= FEWEST_DAYS))
