"""How late suppliers really were, from the receipts there are, beside what was typed."""

from dataclasses import dataclass

import numpy as np

from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine.shapes import Array, IntArray

from .places import Places

ENOUGH_RECEIPTS = 12  # that what was typed is worth, and the fewest that tell where nothing was typed
FEWEST_RECEIPTS = 2
REMEMBERED_DAYS = 730

# A receipt is held to the day on which it was asked for, but to none before its lane could bring it.
_LATENESS = """
WITH receipt AS (
    SELECT DISTINCT ON (r.id) r.item_id, r.location_id, r.supplier_id, r.mode_id,
           r.received_date - GREATEST(r.requested_date, r.order_date + l.lead_time_days) AS late
    FROM supply_scheduledreceipt r
    LEFT JOIN supply_sourcinglane l ON l.item_id = r.item_id AND l.location_id = r.location_id
         AND l.supplier_id = r.supplier_id AND (l.mode_id = r.mode_id OR r.mode_id IS NULL OR l.mode_id IS NULL)
    WHERE r.status <> 'cancelled' AND r.supplier_id IS NOT NULL AND r.item_id = ANY(%(items)s)
          AND r.received_date >= r.order_date AND r.received_date <= %(today)s
          AND r.received_date > %(today)s - %(remembered)s
    ORDER BY r.id, l.mode_id NULLS LAST, l.priority,
             COALESCE(l.valid_from <= r.order_date, TRUE) AND COALESCE(l.valid_to >= r.order_date, TRUE) DESC,
             l.valid_from DESC NULLS LAST
)
SELECT item_id, location_id, supplier_id, COALESCE(mode_id, 0), count(*), sum(late)::float8, sum(late * late)::float8
FROM receipt WHERE late IS NOT NULL GROUP BY item_id, location_id, supplier_id, mode_id
"""


@dataclass(frozen=True, kw_only=True)
class LeadTimeSpread:
    """Sd of the lead time in days (N,), and from how many receipts; 0 of them where only what was typed tells."""

    sd_days: Array
    count: Array


def read_lead_time_spread(
    plan: PlanVersion, places: Places, *, supplier: IntArray, mode: IntArray, typed_sd: Array
) -> LeadTimeSpread:
    """What receipts of the two years before planning make of the sd that was typed, at each place (N,) by its first lane.

    What is late on the mean is in the sd: the plan counts on the lead time as it stands. What comes early hurts nobody.
    """
    item, location, source, by, *sums = bulk.copy_out(
        _LATENESS,
        {"items": places.item_ids, "today": plans.planning_day(plan), "remembered": REMEMBERED_DAYS},
        columns="i i i i i f f",
    )
    place = places.index(item, location)
    usual = place >= 0
    usual[usual] &= supplier[place[usual]] == source[usual]
    usual[usual] &= (by[usual] == 0) | (mode[place[usual]] == 0) | (mode[place[usual]] == by[usual])
    count, late, square = np.zeros((3, places.count))
    for total, column in zip((count, late, square), sums, strict=True):
        np.add.at(total, place[usual], column[usual])
    enough = count >= np.where(typed_sd > 0, FEWEST_RECEIPTS, ENOUGH_RECEIPTS)
    n = np.where(enough, count, FEWEST_RECEIPTS)
    mean = late / n
    variance = np.maximum(square - n * mean**2, 0.0) / (n - 1)
    lasting = np.where(mean > 0, np.maximum(mean**2 - variance / n, 0.0), 0.0)
    weight = np.where(typed_sd > 0, ENOUGH_RECEIPTS, 0)
    credible = np.sqrt((weight * typed_sd**2 + n * (variance + lasting)) / (weight + n))
    return LeadTimeSpread(sd_days=np.where(enough, credible, typed_sd), count=np.where(enough, count, 0.0))
