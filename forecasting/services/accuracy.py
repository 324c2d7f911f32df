"""What was said some periods before, beside what came: kept from the first cycle on, never computed afterwards."""

from datetime import date

from siop import bulk
from siop.catalog import calendar
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion

LAGS = 6
PLANS_LOOKED_AT = 24

RECORD = """
INSERT INTO forecasting_accuracyline (series_id, month, lag, actual, naive, statistical, consensus, plan_id)
SELECT c.series_id, %(month)s, %(lag)s, COALESCE(h.quantity[%(place)s], 0),
       GREATEST(COALESCE(l.history[%(naive)s], l.history[cardinality(l.history)], 0), 0),
       l.statistical[%(lag)s], c.quantity[%(lag)s], c.plan_id
FROM forecasting_consensusline c
JOIN forecasting_forecastline l ON l.run_id = c.run_id AND l.series_id = c.series_id
LEFT JOIN forecasting_saleshistory h ON h.series_id = c.series_id AND h.origin = %(origin)s
WHERE c.plan_id = %(plan)s AND cardinality(c.quantity) >= %(lag)s
ON CONFLICT (series_id, month, lag) DO NOTHING
"""


def record(*, plan: PlanVersion) -> int:
    """Score the periods that have closed by `plan` against earlier plans; what is scored already stays.

    Of several plans of one period the published one counts, else the newest live one. Returns new rows.
    """
    periods = calendar.load()
    return sum(
        _record(plan, source, lag)
        for source in _sources(plan)
        for lag in range(1, min(LAGS, source.horizon) + 1)
        if periods.shift(source.as_of, lag - 1) < plan.as_of
    )


def _sources(plan: PlanVersion) -> list[PlanVersion]:
    """One earlier plan for each planning period, newest first."""
    earlier = PlanVersion.objects.filter(as_of__lt=plan.as_of, bucket=plan.bucket).exclude(
        status__in=[PlanStatus.COMPUTING, PlanStatus.FAILED]
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
    return bulk.execute(
        RECORD,
        {
            "month": month,
            "lag": lag,
            "place": place,
            "naive": source.history_periods - season + (lag - 1) % season + 1,
            "origin": plan.origin,
            "plan": source.pk,
        },
    )
