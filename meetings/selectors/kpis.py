"""Key figures: one definition each, used by pages, packs, exports and the outcome of decisions alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast, Least

from forecasting.models import AccuracyLine, Delivery
from forecasting.selectors import accuracy
from siop.catalog import calendar, parameters
from siop.catalog.models import Category, Item, Location, Parameter
from siop.catalog.visibility import with_below
from siop.plans.models import PlanVersion
from siop.plans.reading import once
from supply.enums import ExceptionStatus, ReceiptStatus
from supply.models import PlanException, ScheduledReceipt
from supply.selectors.pages import exceptions

from ..enums import ActionStatus, Colour
from ..models import ActionItem
from . import comparisons, supply_lags

UP, DOWN, ZERO = "up", "down", "zero"
PERCENT, MONEY, DAYS, NUMBER = "percent", "money", "days", "number"


@dataclass(frozen=True)
class Node:
    """What a figure is about: items and locations by id, or everything."""

    items: list[int] | None = None
    locations: list[int] | None = None

    def lists(self) -> list[list[int] | None]:
        return [self.items, self.items, self.locations, self.locations]

    def rows(self, item: str = "item", location: str = "location") -> Q:
        found = Q()
        if self.items is not None:
            found &= Q(**{f"{item}_id__in": self.items})
        if self.locations is not None and location:
            found &= Q(**{f"{location}_id__in": self.locations})
        return found


EVERYTHING = Node()


def node_from(codes: dict[str, str]) -> Node:
    """A node from codes as a decision stores them: {"item"} or {"category"}, {"location"}."""
    items = locations = None
    if codes.get("item"):
        items = list(Item.objects.filter(code=codes["item"]).values_list("id", flat=True))
    elif codes.get("category"):
        top = set(Category.objects.filter(code=codes["category"]).values_list("id", flat=True))
        items = list(Item.objects.filter(category__in=with_below(top)).values_list("id", flat=True))
    if codes.get("location"):
        locations = list(Location.objects.filter(code=codes["location"]).values_list("id", flat=True))
    return Node(items, locations)


@dataclass(frozen=True)
class Moment:
    """The plan that a figure is read from, and the period it is about: the last finished one."""

    plan: PlanVersion
    start: date
    end: date
    node: Node = EVERYTHING
    last_cycle: PlanVersion | None = None


def moment(
    plan: PlanVersion,
    *,
    month: date | None = None,
    node: Node = EVERYTHING,
    last_cycle: PlanVersion | None = None,
) -> Moment:
    """Of the period of `month`, else of the last one that is finished before the plan begins."""
    periods = calendar.load()
    start = periods.start_of(month) if month else periods.shift(plan.as_of, -1)
    return Moment(plan=plan, start=start, end=periods.end_of(start), node=node, last_cycle=last_cycle)


def _own_limits() -> set[str]:
    """Names of the limits that the company set itself."""
    return once(
        "kpi_limits",
        lambda: set(Parameter.objects.filter(name__startswith="kpi_").values_list("name", flat=True)),
    )


@dataclass(frozen=True)
class Kpi:
    name: str
    label: str
    definition: str
    unit: str
    better: str
    measure: Callable[[Moment], float | None]
    target: float | None = None
    amber: float | None = None
    owner_role: str = "executive"

    def limits(self) -> tuple[float | None, float | None]:
        """Target and the last value that is still amber: of the company's parameters, else ours."""
        return self._limit("target", self.target), self._limit("amber", self.amber)

    def _limit(self, which: str, default: float | None) -> float | None:
        name = f"kpi_{self.name}_{which}"
        return parameters.number(name, 0) if name in _own_limits() else default

    def colour(self, value: float | None) -> Colour:
        target, amber = self.limits()
        if value is None or target is None:
            return Colour.NONE
        if self._holds(value, target):
            return Colour.GREEN
        return Colour.AMBER if amber is not None and self._holds(value, amber) else Colour.RED

    def _holds(self, value: float, limit: float) -> bool:
        if self.better == UP:
            return value >= limit
        return (abs(value) if self.better == ZERO else value) <= limit


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _sum(query: str, values: list[Any]) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return None if row is None or row[0] is None else float(row[0])


# Forecast quality, at the lag at which supply can still follow.


def _accuracy(at: Moment) -> accuracy.Measured | None:
    """Of the period, each item at the lag next to its own supply lead time; None where nothing was forecast before."""
    rows = AccuracyLine.objects.filter(at.node.rows("series__item", "series__location"), month=at.start)
    found = accuracy.measured(supply_lags.at_own_lag(rows))
    return found if found.rows else None


def _wape(at: Moment) -> float | None:
    found = _accuracy(at)
    return found.wape if found else None


def _bias(at: Moment) -> float | None:
    found = _accuracy(at)
    return found.bias if found else None


def _value_added(at: Moment) -> float | None:
    found = _accuracy(at)
    return found.value_added if found else None


# Service


def _deliveries(at: Moment) -> Any:
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


def _fill_rate(at: Moment) -> float | None:
    return fill_rate_of(_deliveries(at).aggregate(**DELIVERED))


def _otif(at: Moment) -> float | None:
    return otif_of(_deliveries(at).aggregate(**DELIVERED))


STOCKOUT_DAYS = """
WITH counts AS (
    SELECT item_id, location_id, date, sum(quantity) AS quantity FROM inventory_stockonhand
    WHERE date <= %s AND (%s::bigint[] IS NULL OR item_id = ANY(%s)) AND (%s::bigint[] IS NULL OR location_id = ANY(%s))
    GROUP BY 1, 2, 3
), spans AS (
    SELECT quantity, greatest(date, %s) AS since,
           coalesce(lead(date) OVER (PARTITION BY item_id, location_id ORDER BY date), %s) AS until
    FROM counts
)
SELECT coalesce(sum(until - since) FILTER (WHERE quantity <= 0), 0) FROM spans WHERE until > since HAVING count(*) > 0
"""


def _stockout_days(at: Moment) -> float | None:
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


def _inventory_value(at: Moment) -> float | None:
    return _of_stock(at, "sum(x.on_hand * coalesce(i.unit_cost, 0)::float8)")


def _days_ahead(plan: PlanVersion, periods: int) -> int:
    return int(calendar.load().days(plan.as_of, min(periods, plan.horizon)).sum())


def _days_of_supply(at: Moment) -> float | None:
    used = _of_stock(at, f"sum({_usage(3)} * coalesce(i.unit_cost, 0)::float8)")
    value = _inventory_value(at)
    return None if value is None or not used else value / (used / _days_ahead(at.plan, 3))


def _excess_value(at: Moment) -> float | None:
    return _of_stock(at, "sum(x.excess * coalesce(i.unit_cost, 0)::float8)")


SOLD_AT_COST = """
SELECT sum(r.quantity * coalesce(i.unit_cost, 0)::float8)
FROM forecasting_saleshistory h JOIN forecasting_demandseries d ON d.id = h.series_id
JOIN catalog_item i ON i.id = d.item_id
CROSS JOIN LATERAL unnest(h.quantity[greatest(1, cardinality(h.quantity) - {season} + 1):]) AS r(quantity)
WHERE (%s::bigint[] IS NULL OR d.item_id = ANY(%s)) AND (%s::bigint[] IS NULL OR d.location_id = ANY(%s))
"""


def _turns(at: Moment) -> float | None:
    sold = _sum(SOLD_AT_COST.format(season=parameters.load().season), at.node.lists())
    return _ratio(sold, _inventory_value(at))


# Plan and supply


def _avoidable_loss(at: Moment) -> float | None:
    rows = PlanException.objects.filter(at.node.rows(), plan=at.plan, status=ExceptionStatus.OPEN)
    return float(exceptions.totals(rows).avoidable_loss)


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


def _plan_attainment(at: Moment) -> float | None:
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


def _supplier_otif(at: Moment) -> float | None:
    """Receipts of the last twelve months that came in full by the date that was asked for."""
    rows = ScheduledReceipt.objects.filter(
        at.node.rows(),
        status=ReceiptStatus.RECEIVED,
        supplier__isnull=False,
        received_date__range=(calendar.load().shift(at.start, -11), at.end),
    )
    in_time = Q(received_date__lte=F("requested_date")) | Q(
        requested_date__isnull=True, received_date__lte=F("due_date")
    )
    in_full = Q(received_quantity__isnull=True) | Q(received_quantity__gte=F("quantity"))
    counts = rows.aggregate(all=Count("id"), met=Count("id", filter=in_time & in_full))
    return _ratio(counts["met"], counts["all"])


def _comparison(at: Moment) -> comparisons.Comparison:
    return comparisons.compare(at.plan, last_cycle=at.last_cycle)


def _budget_gap(at: Moment) -> float | None:
    return _comparison(at).gap_share(comparisons.BUDGET)


def _demand_plan(at: Moment) -> float | None:
    return _comparison(at).total(comparisons.PLAN)


def _actions_on_time(at: Moment) -> float | None:
    rows = ActionItem.objects.filter(due__range=(calendar.load().shift(at.start, -2), at.end))
    counts = rows.aggregate(
        all=Count("id"),
        met=Count("id", filter=Q(status=ActionStatus.DONE, closed__date__lte=F("due"))),
    )
    return _ratio(counts["met"], counts["all"])


KPIS = [
    Kpi("demand_plan", "Demand plan, 12 months", "Consensus demand of the next twelve periods at list price.",
        MONEY, UP, _demand_plan),
    Kpi("budget_gap", "Gap to budget", "Demand plan less budget, as a share of the budget, next twelve periods.",
        PERCENT, ZERO, _budget_gap, 0.02, 0.05, "executive"),
    Kpi("wape", "Forecast error (WAPE)", "Sum of absolute errors of the consensus over sales, last finished "
        "period, each item as it was forecast one supply lead time of its own before.",
        PERCENT, DOWN, _wape, 0.25, 0.35, "demand_planner"),
    Kpi("bias", "Forecast bias", "Consensus less sales over sales, at the same lag; above zero is too much.",
        PERCENT, ZERO, _bias, 0.05, 0.10, "demand_planner"),
    Kpi("value_added", "Value added to naive", "Error points that the consensus saves against seasonal naive.",
        PERCENT, UP, _value_added, 0.0, None, "demand_planner"),
    Kpi("fill_rate", "Fill rate", "Share of the ordered quantity shipped by the promised date.",
        PERCENT, UP, _fill_rate, 0.97, 0.95, "supply_planner"),
    Kpi("otif", "On time in full", "Share of order lines shipped in full by the promised date.",
        PERCENT, UP, _otif, 0.95, 0.92, "supply_planner"),
    Kpi("stockout_days", "Stockout days", "Days on which an item-location showed no stock, from one count to the next.",
        DAYS, DOWN, _stockout_days, None, None, "supply_planner"),
    Kpi("days_of_supply", "Days of supply", "Stock at cost over the planned usage at cost of the next three periods, per day.",
        DAYS, DOWN, _days_of_supply, None, None, "supply_planner"),
    Kpi("turns", "Inventory turns", "Sales at cost of the last twelve periods over stock at cost.",
        NUMBER, UP, _turns, None, None, "supply_planner"),
    Kpi("inventory_value", "Inventory value", "Stock on hand at unit cost.", MONEY, DOWN, _inventory_value),
    Kpi("excess_value", "Excess value", "Stock at cost beyond the order-up-to level and the demand of the cover horizon.",
        MONEY, DOWN, _excess_value, None, None, "supply_planner"),
    Kpi("plan_attainment", "Plan attainment", "Share of the receipts planned by the last published plan that came.",
        PERCENT, UP, _plan_attainment, 0.90, 0.80, "supply_planner"),
    Kpi("supplier_otif", "Supplier OTIF", "Share of receipts of twelve months that came in full by the requested date.",
        PERCENT, UP, _supplier_otif, 0.90, 0.80, "supply_planner"),
    Kpi("avoidable_loss", "Avoidable loss, open", "Sum of loss times probability less cost of the action, open exceptions.",
        MONEY, DOWN, _avoidable_loss),
    Kpi("actions_on_time", "Actions done on time", "Share of actions due in the last three periods that were done by their date.",
        PERCENT, UP, _actions_on_time, 0.90, 0.80, "executive"),
]  # fmt: skip
BY_NAME = {kpi.name: kpi for kpi in KPIS}


def measure(name: str, at: Moment) -> float | None:
    """The one way to a key figure; None is "no data"."""
    return BY_NAME[name].measure(at)
