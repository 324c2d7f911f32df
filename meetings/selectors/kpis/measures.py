"""How each key figure is measured; None where nothing is known."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast, Least

from forecasting.models import AccuracyLine, Delivery
from forecasting.selectors import accuracy
from siop.catalog import calendar, parameters
from siop.plans.models import PlanVersion
from siop.reading import once
from siop.web.kept import kept
from supply.enums import ExceptionStatus
from supply.models import PlanException
from supply.selectors.pages import exceptions
from supply.selectors.scorecard import judged_receipts, scorecard

from ...enums import ActionStatus
from ...models import ActionItem
from .. import comparisons, supply_lags
from .moment import Moment


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _sum(query: str, values: list[Any]) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else float(row[0])


# Forecast quality, at the lag at which supply can still follow.


def scored(at: Moment) -> QuerySet[AccuracyLine]:
    """Forecasts of the period, each item at the lag next to its own supply lead time."""
    rows = AccuracyLine.objects.filter(at.node.rows("series__item", "series__location"), month=at.start)
    return supply_lags.at_own_lag(rows)


def _accuracy(at: Moment) -> accuracy.Measured | None:
    """None where nothing was forecast before."""
    key = ("accuracy", at.start, str(at.node))
    found = once(key, lambda: kept(key, lambda: accuracy.measured(scored(at)), size=lambda _: 500))
    return found if found.rows else None


def wape(at: Moment) -> float | None:
    found = _accuracy(at)
    return found.wape if found else None


def bias(at: Moment) -> float | None:
    found = _accuracy(at)
    return found.bias if found else None


def value_added(at: Moment) -> float | None:
    found = _accuracy(at)
    return found.value_added if found else None


# Service


def deliveries(at: Moment) -> QuerySet[Delivery]:
    """Order lines promised for the period."""
    return Delivery.objects.filter(at.node.rows(), promised_date__range=(at.start, at.end))


ON_TIME = Q(shipped_date__isnull=False, shipped_date__lte=F("promised_date"))


DELIVERED: dict[str, Any] = {
    "ordered": Sum(Cast("ordered_quantity", FloatField())),
    "shipped": Sum(Cast(Least("shipped_quantity", "ordered_quantity"), FloatField()), filter=ON_TIME),
    "lines": Count("id"),
    "met": Count("id", filter=ON_TIME & Q(shipped_quantity__gte=F("ordered_quantity"))),
}


def fill_rate_of(sums: dict[str, Any]) -> float | None:
    return _ratio(sums["shipped"] or 0.0, sums["ordered"])


def otif_of(sums: dict[str, Any]) -> float | None:
    return _ratio(sums["met"], sums["lines"])


def fill_rate(at: Moment) -> float | None:
    return fill_rate_of(deliveries(at).aggregate(**DELIVERED))


def otif(at: Moment) -> float | None:
    return otif_of(deliveries(at).aggregate(**DELIVERED))


STOCKOUT_DAYS = """
WITH counts AS (
    SELECT item_id, location_id, date, sum(quantity) AS quantity FROM inventory_stockonhand
    WHERE date <= %s AND (%s::bigint[] IS NULL OR item_id = ANY(%s)) AND (%s::bigint[] IS NULL OR location_id = ANY(%s))
    GROUP BY 1, 2, 3
), spans AS (
    SELECT quantity, greatest(date, %s, i.launch_date) AS since,
           least(coalesce(lead(date) OVER (PARTITION BY item_id, location_id ORDER BY date), %s), i.end_date + 1) AS until
    FROM counts JOIN catalog_item i ON i.id = item_id
)
SELECT coalesce(sum(until - since) FILTER (WHERE quantity <= 0), 0) FROM spans WHERE until > since HAVING count(*) > 0
"""


def stockout_days(at: Moment) -> float | None:
    return _sum(STOCKOUT_DAYS, [at.end, *at.node.lists(), at.start, at.end + timedelta(days=1)])


# Stock, at cost

STOCK = """
SELECT {value} FROM supply_planline x JOIN catalog_item i ON i.id = x.item_id
LEFT JOIN inventory_inventorytarget t
    ON t.plan_id = x.plan_id AND t.item_id = x.item_id AND t.location_id = x.location_id
WHERE x.plan_id = %s AND (%s::bigint[] IS NULL OR x.item_id = ANY(%s))
  AND (%s::bigint[] IS NULL OR x.location_id = ANY(%s))
"""


def _of_stock(at: Moment, value: str) -> float | None:
    return _sum(STOCK.format(value=value), [at.plan.pk, *at.node.lists()])


USAGE = (
    "((SELECT coalesce(sum(q), 0) FROM unnest(x.demand[:{periods}]) q)"
    " + (SELECT coalesce(sum(q), 0) FROM unnest(x.dependent_demand[:{periods}]) q))"
)


def _usage(periods: int) -> str:
    """Units asked for in the first `periods` planned periods, own and dependent."""
    return USAGE.format(periods=int(periods))


def inventory_value(at: Moment) -> float | None:
    return _of_stock(at, "sum(x.on_hand * coalesce(i.unit_cost, 0)::float8)")


def _days_ahead(plan: PlanVersion, periods: int) -> int:
    return int(calendar.load().days(plan.as_of, min(periods, plan.horizon)).sum())


def days_of_supply(at: Moment) -> float | None:
    used = _of_stock(at, f"sum({_usage(3)} * coalesce(i.unit_cost, 0)::float8)")
    value = inventory_value(at)
    return None if value is None or not used else value / (used / _days_ahead(at.plan, 3))


def excess_value(at: Moment) -> float | None:
    return _of_stock(at, "sum((x.excess + x.obsolete) * coalesce(i.unit_cost, 0)::float8)")


SOLD_AT_COST = """
SELECT {by} sum(r.quantity * coalesce(i.unit_cost, 0)::float8)
FROM forecasting_saleshistory h JOIN forecasting_demandseries d ON d.id = h.series_id
JOIN catalog_item i ON i.id = d.item_id
CROSS JOIN LATERAL unnest(h.quantity[greatest(1, cardinality(h.quantity) - {season} + 1):]) AS r(quantity)
WHERE (%s::bigint[] IS NULL OR d.item_id = ANY(%s)) AND (%s::bigint[] IS NULL OR d.location_id = ANY(%s))
"""


def turns(at: Moment) -> float | None:
    sold = _sum(SOLD_AT_COST.format(by="", season=parameters.load().season), at.node.lists())
    return _ratio(sold, inventory_value(at))


def turns_by_item(at: Moment) -> list[tuple[str, float]]:
    """What the sales of each item add to the turns of all stock."""
    sold = SOLD_AT_COST.format(by="i.code,", season=parameters.load().season) + "GROUP BY i.code"
    stock = inventory_value(at)
    with connection.cursor() as cursor:
        cursor.execute(sold, at.node.lists())
        return [(code, worth / stock) for code, worth in cursor.fetchall()] if stock else []


# Plan and supply


def avoidable_loss(at: Moment) -> float | None:
    rows = PlanException.objects.filter(at.node.rows(), plan=at.plan, status=ExceptionStatus.OPEN)
    found = kept(
        ("avoidable loss", at.plan.pk, str(at.node)), lambda: exceptions.totals(rows), size=lambda _: 500
    )
    return float(found.avoidable_loss)


PLANNED_RECEIPTS = """
SELECT sum(least(coalesce(r.received, 0), p.planned)), sum(p.planned) FROM (
    SELECT item_id, location_id, coalesce(planned_receipts[%s], 0) + coalesce(scheduled_receipts[%s], 0) AS planned
    FROM supply_planline WHERE plan_id = %s AND (%s::bigint[] IS NULL OR item_id = ANY(%s))
      AND (%s::bigint[] IS NULL OR location_id = ANY(%s))
) p LEFT JOIN (
    SELECT item_id, location_id, sum(coalesce(received_quantity, quantity))::float8 AS received
    FROM supply_scheduledreceipt WHERE received_date BETWEEN %s AND %s GROUP BY 1, 2
) r USING (item_id, location_id) WHERE p.planned > 0
"""


def plan_attainment(at: Moment) -> float | None:
    """Of what the last published plan was to receive in the period, what came."""
    plan = at.last_cycle
    if plan is None:
        return None
    place = calendar.load().between(plan.as_of, at.start) + 1
    if not 1 <= place <= plan.horizon:
        return None
    with connection.cursor() as cursor:
        cursor.execute(PLANNED_RECEIPTS, [place, place, plan.pk, *at.node.lists(), at.start, at.end])
        received, planned = cursor.fetchone()
    return _ratio(received, planned)


def supplier_otif(at: Moment) -> float | None:
    """Orders asked for within the last twelve months, judged as on the Suppliers page."""
    since = calendar.load().shift(at.start, -11)
    judged = judged_receipts(day=at.end, about=at.node.rows())
    return scorecard(one for one in judged if since <= one.promised <= at.end).otif


def _comparison(at: Moment) -> comparisons.Comparison:
    return comparisons.compare(at.plan, last_cycle=at.last_cycle)


def budget_gap(at: Moment) -> float | None:
    return _comparison(at).gap_share(comparisons.BUDGET)


def demand_plan(at: Moment) -> float | None:
    return _comparison(at).total(comparisons.PLAN)


def actions_due(at: Moment) -> QuerySet[ActionItem]:
    """Actions due in the last three periods, each with `met`: whether it was done by its day."""
    rows = ActionItem.objects.filter(due__range=(calendar.load().shift(at.start, -2), at.end))
    met = Case(When(status=ActionStatus.DONE, closed__date__lte=F("due"), then=True), default=False)
    return rows.select_related("owner").annotate(met=met).order_by("due", "id")


def actions_on_time(at: Moment) -> float | None:
    counts = actions_due(at).aggregate(all=Count("id"), done=Count("id", filter=Q(met=True)))
    return _ratio(counts["done"], counts["all"])
