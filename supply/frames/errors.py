"""How forecasts of the item-locations of a plan erred, as the targets read it."""

import numpy as np

from inventory.services.errors import MEASURED_BUCKETS, PastErrors
from siop import bulk
from siop.plans.models import PlanVersion

from .places import Places

_MEASURED = ", ".join(f"COALESCE(l.cumulative_rmse[{k}], 'NaN')" for k in range(1, MEASURED_BUCKETS + 1))
_GIVEN = """
EXISTS (SELECT 1 FROM forecasting_externaldemand e
        WHERE e.item_id = s.item_id AND e.location_id = s.location_id AND e.error_sd IS NOT NULL)
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
