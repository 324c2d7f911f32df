"""How long suppliers really took, from the receipts there are."""

from dataclasses import dataclass

import numpy as np

from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine.shapes import Array, IntArray

from .places import Places

ENOUGH_RECEIPTS = 12
REMEMBERED_DAYS = 730


@dataclass(frozen=True, kw_only=True)
class LeadTimeSpread:
    """Sd of the lead time in days (N,), and from how many receipts; both 0 where these are too few to tell."""

    sd_days: Array
    count: Array


def read_lead_time_spread(plan: PlanVersion, places: Places, *, supplier: IntArray) -> LeadTimeSpread:
    """From order to receipt, at each place (N,) from its first supplier, over the two years before planning."""
    today = plans.planning_day(plan)
    item, location, source, sd, count = bulk.copy_out(
        """
        SELECT item_id, location_id, supplier_id, stddev_samp(received_date - order_date)::float8, count(*)
        FROM supply_scheduledreceipt
        WHERE status <> 'cancelled' AND supplier_id IS NOT NULL AND item_id = ANY(%(items)s)
              AND received_date >= order_date AND received_date <= %(today)s
              AND received_date > %(today)s - %(remembered)s
        GROUP BY item_id, location_id, supplier_id HAVING count(*) >= %(enough)s
        """,
        {
            "items": np.unique(places.item).tolist(),
            "today": today,
            "remembered": REMEMBERED_DAYS,
            "enough": ENOUGH_RECEIPTS,
        },
        columns="i i i f i",
    )
    place = places.index(item, location)
    known = place >= 0
    known[known] &= supplier[place[known]] == source[known]
    answer = LeadTimeSpread(sd_days=np.zeros(places.count), count=np.zeros(places.count))
    answer.sd_days[place[known]], answer.count[place[known]] = sd[known], count[known]
    return answer
