"""What was said some periods before, beside what came: kept from the first cycle on, never computed afterwards."""

from datetime import date

from django.utils import timezone

from siop import bulk
from siop.catalog import calendar
from siop.plans.enums import UNFINISHED, PlanKind
from siop.plans.models import PlanVersion

LAGS = 6
PLANS_LOOKED_AT = 24

# Last year's figure, or the newest one of what had not sold for a year: its zeros before are no forecast of anybody.
RECORD = """
INSERT INTO forecasting_accuracyline (series_id, month, lag, actual, naive, statistical, reconciled, planner,
    consensus, inside_80, inside_95, plan_id)
SELECT c.series_id, %(month)s, %(lag)s, a.actual,
       GREATEST(COALESCE(CASE WHEN 0 = ALL (l.history[:%(year_ago)s]) THEN NULL ELSE l.history[%(naive)s] END,
                         l.history[cardinality(l.history)], 0), 0),
       GREATEST(l.level[%(lag)s] + l.trend[%(lag)s] + l.season[%(lag)s], 0), l.statistical[%(lag)s],
       COALESCE(c.reviewed[%(lag)s], c.quantity[%(lag)s]), c.quantity[%(lag)s],
       a.actual BETWEEN l.low_80[%(lag)s] AND l.high_80[%(lag)s],
       a.actual BETWEEN l.low_95[%(lag)s] AND l.high_95[%(lag)s], c.plan_id
FROM forecasting_consensusline c
JOIN forecasting_forecastline l ON l.run_id = c.run_id AND l.series_id = c.series_id
LEFT JOIN forecasting_saleshistory h ON h.series_id = c.series_id AND h.origin = %(origin)s
CROSS JOIN LATERAL (SELECT COALESCE(h.quantity[%(place)s], 0) AS actual) a
WHERE c.plan_id = %(plan)s AND cardinality(c.quantity) >= %(lag)s
ON CONFLICT (series_id, month, lag) DO NOTHING
"""
# Of the overrides that reached a leaf before its plan was settled, the last one made the number.
CREDIT = """
WITH RECURSIVE above (category_id, ancestor_id) AS (
    SELECT id, id FROM catalog_category
    UNION SELECT a.category_id, k.parent_id FROM above a JOIN catalog_category k ON k.id = a.ancestor_id
    WHERE k.parent_id IS NOT NULL
)
UPDATE forecasting_accuracyline a SET override_id = typed.id
FROM forecasting_consensusline c
JOIN forecasting_demandseries s ON s.id = c.series_id
JOIN catalog_item i ON i.id = s.item_id
CROSS JOIN LATERAL (
    SELECT o.id FROM forecasting_override o
    WHERE o.month = %(month)s AND o.created <= %(settled)s AND (o.revoked IS NULL OR o.revoked > %(settled)s)
      AND (o.item_id IS NULL OR o.item_id = s.item_id)
      AND (o.category_id IS NULL OR o.category_id IN (
           SELECT ancestor_id FROM above WHERE above.category_id = i.category_id))
      AND (o.location_id IS NULL OR o.location_id = s.location_id)
      AND (o.segment_id IS NULL OR o.segment_id = s.segment_id)
    ORDER BY o.sequence DESC LIMIT 1
) typed
WHERE a.plan_id = %(plan)s AND a.month = %(month)s AND a.lag = %(lag)s AND a.override_id IS NULL
  AND c.plan_id = %(plan)s AND c.series_id = a.series_id AND %(lag)s - 1 = ANY (c.overridden)
"""


def record(*, plan: PlanVersion) -> int:
    """Score the periods that have closed by `plan` against earlier plans; what is scored already stays.

    Of several plans of one period the published one counts, else the newest live one. Returns new rows.
    """
    periods = calendar.load()
    return sum(
        _record(plan, source, lag)
        for source in earlier_plans(plan)
        for lag in range(1, min(LAGS, source.horizon) + 1)
        if periods.shift(source.as_of, lag - 1) < plan.as_of
    )


def earlier_plans(plan: PlanVersion) -> list[PlanVersion]:
    """One earlier plan for each planning period, newest first."""
    earlier = PlanVersion.objects.filter(as_of__lt=plan.as_of, bucket=plan.bucket).exclude(
        status__in=UNFINISHED
    )
    chosen: dict[date, PlanVersion] = {}
    for one in earlier.exclude(kind=PlanKind.SCENARIO).order_by("-as_of", "-id"):
        kept = chosen.setdefault(one.as_of, one)
        if kept.published is None and one.published is not None:
            chosen[one.as_of] = one
    return list(chosen.values())[:PLANS_LOOKED_AT]


def _record(plan: PlanVersion, source: PlanVersion, lag: int) -> int:
    periods, season = calendar.load(), int(plan.parameters["season"])
    month = periods.shift(source.as_of, lag - 1)
    place = periods.between(plan.origin, month) + 1
    if place < 1:
        return 0
    values = {
        "month": month,
        "lag": lag,
        "place": place,
        "naive": source.history_periods - season + (lag - 1) % season + 1,
        "year_ago": max(source.history_periods - season + 1, 0),
        "origin": plan.origin,
        "plan": source.pk,
        "settled": source.published or timezone.now(),
    }
    added = bulk.execute(RECORD, values)
    if added:
        bulk.execute(CREDIT, values)
    return added
