"""Stock of a plan in money, by family and month, and where it runs short: one way for page, pack and minutes."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Sum

from siop.catalog import calendar
from siop.catalog.families import family_of_categories
from siop.plans.hashing import NO_FAMILY
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from supply.models import PlannedOrder

from .comparisons import EVERYTHING, Scope

BY_CATEGORY = """
SELECT coalesce(i.category_id, 0), count(*),
       sum(x.on_hand * coalesce(i.unit_cost, 0)::float8),
       sum(coalesce(t.safety_stock, 0) * coalesce(i.unit_cost, 0)::float8),
       sum(coalesce(x.closing[cardinality(x.closing)], 0) * coalesce(i.unit_cost, 0)::float8),
       count(*) FILTER (WHERE x.on_hand < coalesce(t.safety_stock, 0))
FROM supply_planline x JOIN catalog_item i ON i.id = x.item_id
LEFT JOIN inventory_inventorytarget t
    ON t.plan_id = x.plan_id AND t.item_id = x.item_id AND t.location_id = x.location_id
WHERE x.plan_id = %s AND (%s::bigint[] IS NULL OR i.category_id = ANY(%s))
  AND (%s::bigint[] IS NULL OR x.location_id = ANY(%s))
GROUP BY 1
"""
VALUE_BY_MONTH = """
SELECT u.n, sum(u.q * coalesce(i.unit_cost, 0)::float8) FROM supply_planline x JOIN catalog_item i ON i.id = x.item_id,
unnest(x.closing) WITH ORDINALITY AS u(q, n) WHERE x.plan_id = %s GROUP BY 1
"""
VALUE_OF_CATEGORIES = """
SELECT coalesce(i.category_id, 0), sum(x.closing[%s] * coalesce(i.unit_cost, 0)::float8)
FROM supply_planline x JOIN catalog_item i ON i.id = x.item_id WHERE x.plan_id = %s GROUP BY 1
"""
SHORTAGES = """
SELECT i.code, l.code, s.q, s.n FROM supply_planline x
JOIN catalog_item i ON i.id = x.item_id JOIN catalog_location l ON l.id = x.location_id
CROSS JOIN LATERAL (SELECT q, n FROM unnest(x.shortage) WITH ORDINALITY AS u(q, n) ORDER BY q DESC, n LIMIT 1) s
WHERE x.plan_id = %s AND s.q > 0 ORDER BY s.q DESC, i.code
"""


@dataclass(frozen=True)
class FamilyStock:
    """At unit cost; `below` counts item-locations that hold less than their safety stock now."""

    family: str
    lines: int
    on_hand: float
    safety_stock: float
    closing: float
    below: int


@dataclass(frozen=True)
class Shortage:
    item: str
    location: str
    quantity: float
    month: date


def by_family(plan: PlanVersion, *, scope: Scope = EVERYTHING) -> list[FamilyStock]:
    """Stock beside targets by family, within what a person may see."""
    family_of = family_of_categories()
    sums: dict[str, list[float]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BY_CATEGORY, [plan.pk, *scope.lists()])
        for category, *figures in cursor.fetchall():
            kept = sums.setdefault(family_of.get(category, NO_FAMILY), [0.0] * 5)
            for at, figure in enumerate(figures):
                kept[at] += figure or 0
    return [
        FamilyStock(family, int(kept[0]), kept[1], kept[2], kept[3], int(kept[4]))
        for family, kept in sorted(sums.items())
    ]


def ordered_by_family(plan: PlanVersion | None) -> dict[str, float]:
    """Landed value of planned orders by family; nothing without a plan."""
    rows = PlannedOrder.objects.filter(plan=plan, unit_landed_cost__isnull=False).order_by()
    found = rows.values_list("item__category").annotate(value=Sum(F("quantity") * F("unit_landed_cost")))
    family_of, sums = family_of_categories(), dict[str, float]()
    for category, value in found if plan is not None else ():
        family = family_of.get(category or 0, NO_FAMILY)
        sums[family] = sums.get(family, 0.0) + float(value)
    return sums


def value_by_month(plan: PlanVersion) -> list[float]:
    """Stock at cost at the end of each planned period."""
    with connection.cursor() as cursor:
        cursor.execute(VALUE_BY_MONTH, [plan.pk])
        found = dict(cursor.fetchall())
    return [float(found.get(number, 0.0) or 0.0) for number in range(1, plan.horizon + 1)]


def value_of_families(plan: PlanVersion, period: int) -> list[tuple[str, float]]:
    """(family, stock at cost) at the end of one planned period, counted from 0."""
    family_of, sums = family_of_categories(), dict[str, float]()
    with connection.cursor() as cursor:
        cursor.execute(VALUE_OF_CATEGORIES, [period + 1, plan.pk])
        for category, value in cursor.fetchall():
            family = family_of.get(category, NO_FAMILY)
            sums[family] = sums.get(family, 0.0) + float(value or 0.0)
    return sorted(sums.items())


def cash_out_by_month(plan: PlanVersion) -> list[float]:
    """Landed value of planned orders in the period they are to be placed; what is past due counts as now."""
    periods, value = calendar.load(), [0.0] * plan.horizon
    rows = PlannedOrder.objects.filter(plan=plan, unit_landed_cost__isnull=False)
    for order_by, quantity, cost in rows.values_list("order_by", "quantity", "unit_landed_cost"):
        at = max(0, periods.between(plan.as_of, order_by))
        if at < plan.horizon:
            value[at] += float(quantity) * float(cost or 0)
    return value


def shortages(plan: PlanVersion) -> list[Shortage]:
    """Item-locations that run short, each with its worst period, greatest first."""
    months = planned_months(plan)
    with connection.cursor() as cursor:
        cursor.execute(SHORTAGES, [plan.pk])
        return [
            Shortage(item, location, quantity, months[number - 1])
            for item, location, quantity, number in cursor.fetchall()
        ]
