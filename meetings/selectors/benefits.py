"""What the process has brought, measured and never promised: stock before and after, service, satisfaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Min

from forecasting.models import Delivery
from siop import bulk
from siop.catalog import calendar, parameters
from siop.plans.models import PlanVersion

from ..models import Cycle, Measure
from .kpis import DELIVERED, fill_rate_of, otif_of

MONTHS = 12
# Whose satisfaction a measure tells, best source first; a company names another in `satisfaction_measure`.
SATISFACTION = ("satisfaction", "csat", "nps", "tickets", "complaints", "otif", "fill_rate")
FEWER_IS_BETTER = ("tickets", "complaints", "returns")

# Stock at cost on every day with a count; an item-location keeps its last count until the next.
STOCK_VALUE = """
WITH counts AS (
    SELECT s.item_id, s.location_id, s.date, sum(s.quantity * coalesce(i.unit_cost, 0))::float8 AS worth
    FROM inventory_stockonhand s JOIN catalog_item i ON i.id = s.item_id
    WHERE s.date <= %(until)s GROUP BY 1, 2, 3
), moves AS (
    SELECT date, worth - coalesce(lag(worth) OVER (PARTITION BY item_id, location_id ORDER BY date), 0) AS change
    FROM counts
)
SELECT date, sum(sum(change)) OVER (ORDER BY date)::float8 FROM moves GROUP BY date ORDER BY date
"""


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """A figure before and after: averages of `counts` readings each, and whether less of it is better."""

    label: str
    source: str
    before: float
    after: float
    counts: tuple[int, int]
    spans: tuple[tuple[date, date], tuple[date, date]]
    fewer_is_better: bool

    @property
    def change(self) -> float | None:
        """Change as a share of what it was before."""
        return (self.after - self.before) / self.before if self.before else None

    @property
    def better(self) -> bool | None:
        if self.after == self.before:
            return None
        return (self.after < self.before) == self.fewer_is_better


def stock_value(until: date) -> dict[date, float]:
    """Stock at cost by day of count."""
    days, worth = bulk.lists_out(STOCK_VALUE, {"until": until})
    return dict(zip(days, worth, strict=True))


def stock_benefit(plan: PlanVersion) -> Benefit | None:
    """Average stock value before and since the first cycle; None with fewer than two counts."""
    readings = stock_value(plan.as_of)
    return _compared("Average stock value", "stock counts", readings, fewer_is_better=True)


def satisfaction(plan: PlanVersion) -> Benefit | None:
    """The company's measure of how content customers are, else deliveries on time in full; None without data."""
    named = parameters.text("satisfaction_measure")
    known = {one.lower(): one for one in Measure.objects.values_list("measure", flat=True).distinct()}
    for name in [named.lower(), *SATISFACTION] if named else SATISFACTION:
        if name in known:
            rows = Measure.objects.filter(measure=known[name]).order_by("month")
            readings = {row.month: row.value for row in rows}
            source = next((row.source for row in rows if row.source), "imported measures")
            label = known[name].replace("_", " ").capitalize()
            return _compared(label, source, readings, fewer_is_better=name in FEWER_IS_BETTER)
    served = {month: one["otif"] for month, one in service_by_month(plan, months=10 * MONTHS).items()}
    readings = {month: 100 * value for month, value in served.items() if value is not None}
    return _compared("On time in full, %", "deliveries", readings, fewer_is_better=False)


def service_by_month(plan: PlanVersion, *, months: int = MONTHS) -> dict[date, dict[str, float | None]]:
    """Fill rate and OTIF of the closed months before the plan that had deliveries, oldest first."""
    periods = calendar.load()
    rows = Delivery.objects.filter(
        promised_date__gte=periods.shift(plan.as_of, -months), promised_date__lt=plan.as_of
    )
    sums: dict[date, dict[str, Any]] = {}
    by_day: Any = rows.order_by("promised_date").values("promised_date").annotate(**DELIVERED)
    for row in by_day:
        month = sums.setdefault(periods.start_of(row["promised_date"]), dict.fromkeys(DELIVERED, 0))
        for name in DELIVERED:
            month[name] += row[name] or 0
    return {month: {"fill_rate": fill_rate_of(one), "otif": otif_of(one)} for month, one in sums.items()}


def _compared(
    label: str, source: str, readings: dict[date, float], *, fewer_is_better: bool
) -> Benefit | None:
    """Readings before the first cycle against those since; halves of what is known where one side is empty."""
    days = sorted(readings)
    if len(days) < 2:
        return None
    start = Cycle.objects.aggregate(first=Min("period"))["first"]
    early = [day for day in days if start is not None and day < start]
    if not early or len(early) == len(days):
        early = days[: len(days) // 2]
    late = days[len(early) :]
    return Benefit(
        label=label,
        source=source,
        before=sum(readings[day] for day in early) / len(early),
        after=sum(readings[day] for day in late) / len(late),
        counts=(len(early), len(late)),
        spans=((early[0], early[-1]), (late[0], late[-1])),
        fewer_is_better=fewer_is_better,
    )
