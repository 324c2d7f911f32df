"""How forecasts of the item-locations of a plan erred, in the backtest and as published, as the targets read it."""

from datetime import date

import numpy as np

from inventory.engine import PublishedMisses
from inventory.services.errors import MEASURED_BUCKETS, PastErrors
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion
from supply.engine.shapes import Array, IntArray

from .places import Places

PLANS_HEARD = 12

_MEASURED = ", ".join(f"COALESCE(l.cumulative_rmse[{k}], 'NaN')" for k in range(1, MEASURED_BUCKETS + 1))
_GIVEN = """
EXISTS (SELECT 1 FROM forecasting_externaldemand e
        WHERE e.item_id = s.item_id AND e.location_id = s.location_id AND e.error_sd IS NOT NULL)
"""
# Of several plans that were published for one period the last one counts.
_PUBLISHED = """
WITH published AS (
    SELECT DISTINCT ON (as_of) id, as_of FROM plans_planversion
    WHERE published IS NOT NULL AND bucket = %(bucket)s AND as_of >= %(origin)s AND as_of < %(as_of)s
      AND horizon >= %(spans)s
    ORDER BY as_of DESC, published DESC LIMIT %(most)s
)
SELECT s.item_id, s.location_id, p.as_of, c.quantity[1:%(spans)s]
FROM published p JOIN forecasting_consensusline c ON c.plan_id = p.id
JOIN forecasting_demandseries s ON s.id = c.series_id WHERE s.item_id = ANY(%(items)s)
"""
_NOT_SOLD = """
SELECT s.item_id, s.location_id, m.month, m.imputed - m.raw
FROM forecasting_cleansingmark m JOIN forecasting_demandseries s ON s.id = m.series_id
WHERE m.kind IN ('stockout', 'unshipped') AND NOT m.undone AND m.month >= %(since)s AND s.item_id = ANY(%(items)s)
"""


def read_errors(plan: PlanVersion, places: Places) -> PastErrors:
    """Past errors and sales of places (N,); errors of segments are taken as independent."""
    length = plan.history_periods
    item, location, given, origins, error_sd, *columns = bulk.copy_out(
        f"""
        SELECT s.item_id, s.location_id, {_GIVEN}, l.backtest_origins::bigint, l.error_sd, {_MEASURED}
               {", l.history" if length else ""}
        FROM forecasting_consensusline c
        JOIN forecasting_forecastline l ON l.run_id = c.run_id AND l.series_id = c.series_id
        JOIN forecasting_demandseries s ON s.id = c.series_id
        WHERE c.plan_id = %(plan)s AND s.item_id = ANY(%(items)s)
        """,  # noqa: S608 - constants of this module and a number only
        {"plan": plan.pk, "items": np.unique(places.item).tolist()},
        columns="i i b i f " + "f " * MEASURED_BUCKETS + (f"f{length}" if length else ""),
    )
    place, count = places.index(item, location), places.count
    variance, fewest, known = np.zeros(count), np.full(count, np.inf), np.zeros(count, dtype=bool)
    np.add.at(variance, place, error_sd**2)
    np.minimum.at(fewest, place, origins)
    np.logical_or.at(known, place, given)
    cumulative, history = np.zeros((MEASURED_BUCKETS, count)), np.zeros((count, length))
    for k, column in enumerate(columns[:MEASURED_BUCKETS]):
        np.add.at(cumulative[k], place, column**2)
    if length:
        np.add.at(history, place, columns[MEASURED_BUCKETS])
    seen = np.isfinite(fewest)
    return PastErrors(
        error_sd=np.sqrt(variance),
        cumulative_rmse=np.sqrt(np.where(seen, cumulative, np.nan)),
        origins=np.where(seen, fewest, 0.0),
        given=known,
        history=np.ascontiguousarray(history.T),
    )


def read_published(plan: PlanVersion, places: Places, *, history: Array) -> PublishedMisses:
    """What the newest published plans of earlier periods said of places (N,), beside their `history` (H, N) of sales.

    A month that ran dry is held to what was asked for in it, as far as that is known.
    """
    item, location, begun, said = bulk.copy_out(
        _PUBLISHED,
        {
            "bucket": plan.bucket, "origin": plan.origin, "as_of": plan.as_of, "most": PLANS_HEARD,
            "spans": MEASURED_BUCKETS, "items": places.item_ids,
        },
        columns=f"i i d f{MEASURED_BUCKETS}",
    )  # fmt: skip
    begins, row = np.unique(begun, return_inverse=True)
    if not len(begins):
        return PublishedMisses.none(MEASURED_BUCKETS, places.count)
    first = _period(begins, plan)
    asked = np.vstack(
        [history + _not_sold(plan, places, since=int(begins[0])), np.zeros((MEASURED_BUCKETS, places.count))]
    )
    missed = asked[first[:, None] + np.arange(MEASURED_BUCKETS)]
    place = places.index(item, location)
    planned = np.array(missed[:, 0] > 0)
    planned[row[said[:, 0] > 0], place[said[:, 0] > 0]] = True
    np.subtract.at(missed.transpose(0, 2, 1), (row, place), said)
    return PublishedMisses(
        missed=np.cumsum(missed, axis=1),
        closed=np.minimum(plan.history_periods - first, MEASURED_BUCKETS),
        planned=planned,
    )


def _not_sold(plan: PlanVersion, places: Places, *, since: int) -> Array:
    """Demand (H, N) that sales do not show, from a day (an ordinal) on."""
    item, location, month, units = bulk.copy_out(
        _NOT_SOLD, {"since": date.fromordinal(since), "items": places.item_ids}, columns="i i d f"
    )
    period, found = _period(month, plan), np.zeros((plan.history_periods, places.count))
    over = (period >= 0) & (period < plan.history_periods)
    np.add.at(found, (period[over], places.index(item, location)[over]), units[over])
    return found


def _period(days: IntArray, plan: PlanVersion) -> IntArray:
    """Row of a plan's history in which days (ordinals) lie."""
    return calendar.load().index(days, origin=plan.origin)
