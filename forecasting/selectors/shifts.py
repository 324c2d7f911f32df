"""Demand that runs outside its range in the period in progress: seen at each import, long before the month closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting import engine
from forecasting.models import SalesLine
from siop import bulk
from siop.catalog import calendar
from siop.catalog.calendar import PlanningCalendar
from siop.plans.models import PlanVersion

# Consensus of the period, reach of its 95 % range and what was sold of it, by item-location.
RUNNING = """
SELECT s.item_id, s.location_id, sum(c.quantity[%(place)s]),
       sqrt(sum((l.statistical[%(place)s] - l.low_95[%(place)s]) ^ 2)),
       sqrt(sum((l.high_95[%(place)s] - l.statistical[%(place)s]) ^ 2)),
       sum(COALESCE(h.quantity[%(sold)s], 0))
FROM forecasting_consensusline c
JOIN forecasting_forecastline l ON l.run_id = c.run_id AND l.series_id = c.series_id
JOIN forecasting_demandseries s ON s.id = c.series_id
LEFT JOIN forecasting_saleshistory h ON h.series_id = c.series_id AND h.origin = %(origin)s
WHERE c.plan_id = %(plan)s
GROUP BY s.item_id, s.location_id ORDER BY s.item_id, s.location_id
"""


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Of one item-location: sold until `day`, the `passed`th of `days` days, against what its plan expected."""

    item: int
    location: int
    month: date
    day: date
    passed: int
    days: int
    planned: float
    expected: float
    low: float
    high: float
    sold: float

    @property
    def ahead(self) -> float:
        """Units sold beyond what was expected so far; negative where demand lags."""
        return self.sold - self.expected

    @property
    def outlook(self) -> float:
        """The period's demand if its remaining days sell as planned."""
        return self.planned + self.ahead


def _dated_by_period(known: PlanningCalendar, month: date) -> bool:
    """Whether all sales before stand on first days: sums of their periods, which say nothing of a single day."""
    dates = SalesLine.objects.filter(date__lt=month).order_by().values_list("date", flat=True).distinct()
    found = list(dates)
    return bool(found) and all(known.start_of(day) == day for day in found)


def running_shifts(plan: PlanVersion) -> list[Shift]:
    """Item-locations outside the 95 % range of the period that holds the latest sale, the largest shift first."""
    latest = SalesLine.objects.order_by("-date").values_list("date", flat=True).first()
    if latest is None or latest < plan.as_of:
        return []
    known = calendar.load()
    ahead = known.between(plan.as_of, latest)
    if ahead >= plan.horizon:
        return []
    month = known.start_of(latest)
    if latest == month and _dated_by_period(known, month):
        return []
    days, passed = (known.end_of(latest) - month).days + 1, (latest - month).days + 1
    item, location, planned, down, up, sold = bulk.copy_out(
        RUNNING,
        {
            "plan": plan.pk,
            "place": ahead + 1,
            "sold": plan.history_periods + ahead + 1,
            "origin": plan.origin,
        },
        columns="i i f f f f",
    )
    expected, low, high = engine.expected_so_far(planned, down, up, share=passed / days)
    outside = np.flatnonzero((sold < low) | (sold > high))
    found = [
        Shift(
            item=int(item[k]), location=int(location[k]), month=month, day=latest, passed=passed, days=days,
            planned=float(planned[k]), expected=float(expected[k]), low=float(low[k]), high=float(high[k]),
            sold=float(sold[k]),
        )
        for k in outside
    ]  # fmt: skip
    return sorted(found, key=lambda shift: -abs(shift.ahead))
