"""Stock of every item-location against what it should be: units, money, days and space."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    Count,
    ExpressionWrapper,
    F,
    FilteredRelation,
    FloatField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf

from inventory.models import InventoryTarget
from siop.accounts.models import Person
from siop.catalog.enums import ServicePolicy
from siop.catalog.models import Category, Location
from siop.catalog.visibility import visible, with_below
from siop.plans.models import PlanVersion
from siop.statements import rows_of

from ...models import PlanLine

MOST_TARGETS = 2000
ARRAYS = (
    "demand", "dependent_demand", "scheduled_receipts", "planned_receipts", "planned_releases", "opening", "closing",
    "shortage", "safety_stock", "expiring_by_period",
)  # fmt: skip
SHOW = ("all", "short", "below", "excess", "obsolete", "expiring")


@dataclass(frozen=True)
class InventoryFilters:
    """`show` is one of SHOW; category and location are ids; `klass` is such as A, X or AX."""

    show: str = "all"
    text: str = ""
    category: int | None = None
    location: int | None = None
    klass: str = ""

    @property
    def narrows(self) -> bool:
        """Whether some lines are left out, whatever is shown of the others."""
        return bool(self.text or self.klass or self.category is not None or self.location is not None)


def inventory(person: Person, plan: PlanVersion) -> QuerySet[PlanLine]:
    """Lines of a plan with target, days of supply, space, and their money: value, excess, obsolete, expiring."""
    cost = Cast(Coalesce(F("item__unit_cost"), Value(Decimal(0))), FloatField())
    carton = Cast(
        Coalesce(NullIf(F("item__units_per_carton"), Value(Decimal(0))), Value(Decimal(1))), FloatField()
    )
    volume = Cast(Coalesce(F("item__volume_m3"), Value(Decimal(0))), FloatField())
    # One join by the whole key of the target: a subquery for each of its columns took four times as long.
    held = Q(item__inventorytarget__plan=plan) & Q(item__inventorytarget__location=F("location"))
    lines = visible(PlanLine.objects.filter(plan=plan), person).select_related("item__category", "location")
    return (
        lines.defer(*ARRAYS)
        .annotate(held=FilteredRelation("item__inventorytarget", condition=held))
        .annotate(
            safety=_or_zero("held__safety_stock"),
            reserve=_or_zero("held__reserve"),
            up_to=_or_zero("held__order_up_to"),
            daily=_or_zero("held__daily_demand"),
            klass=F("held__klass"),
            policy=F("held__service_policy"),
        )
        .annotate(
            target=F("safety") + F("reserve"),
            value=_float(F("on_hand") * cost),
            days=Case(When(daily__gt=0, then=_float(F("on_hand") / F("daily")))),
            space=_float(F("on_hand") * volume / carton),
        )
        .annotate(
            target_value=_float(F("target") * cost),
            excess_value=_float(F("excess") * cost),
            obsolete_value=_float(F("obsolete") * cost),
            expiring_value=_float(F("expiring") * cost),
            expired_value=_float(F("expired") * cost),
            cost=cost,
        )
    )


def _or_zero(path: str) -> Any:
    return Coalesce(F(path), Value(0.0), output_field=FloatField())


def _float(expression: Any) -> Any:
    return ExpressionWrapper(expression, output_field=FloatField())


SHOWN = {
    "all": Q(),
    "short": Q(on_hand__lte=0, daily__gt=0),
    "below": Q(on_hand__lt=F("safety"), on_hand__gt=0),
    "excess": Q(excess__gt=0),
    "obsolete": Q(obsolete__gt=0),
    "expiring": Q(expiring__gt=0),
}
BELOW = SHOWN["short"] | SHOWN["below"]


def filtered(lines: QuerySet[PlanLine], filters: InventoryFilters) -> QuerySet[PlanLine]:
    lines = lines.filter(SHOWN[filters.show])
    if filters.text:
        lines = lines.filter(
            Q(item__code__icontains=filters.text) | Q(item__description__icontains=filters.text)
        )
    if filters.category is not None:
        lines = lines.filter(item__category__in=with_below({filters.category}))
    if filters.location is not None:
        lines = lines.filter(location=filters.location)
    # `klass` is an annotation, which the type checker cannot see.
    return lines.filter(klass__contains=filters.klass) if filters.klass else lines  # type: ignore[misc]


SUMMED = {
    "stock_value": "value", "all_excess": "excess_value", "all_obsolete": "obsolete_value",
    "all_expiring": "expiring_value", "all_expired": "expired_value", "all_target": "target_value", "all_space": "space",
}  # fmt: skip
NAMES = (*(f"n_{show}" for show in SHOWN), *SUMMED)
Summary = dict[str, float]  # by NAMES: how many lines each choice of SHOW finds (n_all, ...), and SUMMED


def summary_by_location(lines: QuerySet[PlanLine]) -> dict[int, Summary]:
    """By id of the location: one statement for what a page says of each and of all."""
    counts = {f"n_{show}": Count("pk", filter=choice) for show, choice in SHOWN.items()}
    sums = {name: Sum(column) for name, column in SUMMED.items()}
    rows = lines.order_by().values("location_id").annotate(**counts, **sums)
    return {
        location: dict(zip(NAMES, (value or 0 for value in values), strict=True))
        for location, *values in rows.values_list("location_id", *NAMES)
    }


def summary(by_location: Mapping[int, Summary]) -> Summary:
    """The same over all locations."""
    return {name: sum(found[name] for found in by_location.values()) for name in NAMES}


PROJECTED = """
SELECT sum(u.closing * l.cost), sum(u.safety_stock * l.cost) FROM ({lines}) l (id, cost)
JOIN supply_planline x ON x.id = l.id
CROSS JOIN LATERAL unnest(x.closing[:%s], x.safety_stock[:%s]) WITH ORDINALITY AS u (closing, safety_stock, period)
GROUP BY u.period ORDER BY u.period
"""


@dataclass(frozen=True)
class ProjectedValue:
    """Stock at the end of each planned period at cost, and what it should be."""

    closing: list[float]
    target: list[float]


def projected_value(lines: QuerySet[PlanLine], *, periods: int) -> ProjectedValue:
    # `cost` is an annotation, which the type checker cannot see.
    chosen, values = lines.order_by().values("pk", "cost").query.sql_with_params()  # type: ignore[misc]
    with connection.cursor() as cursor:
        cursor.execute(PROJECTED.format(lines=chosen), [*values, periods, periods])
        found = cursor.fetchall() or [(0.0, 0.0)] * periods
    return ProjectedValue(closing=[row[0] for row in found], target=[row[1] for row in found])


EXPIRY = """
SELECT u.period, count(*), sum(u.units * l.cost) FROM ({lines}) l (id, cost)
JOIN supply_planline x ON x.id = l.id
CROSS JOIN LATERAL unnest(x.expiring_by_period) WITH ORDINALITY AS u (units, period)
WHERE u.units > 0 GROUP BY u.period ORDER BY u.period
"""


@dataclass(frozen=True)
class Expiry:
    """Item-locations whose stock expires unsold in a planned period, counted from 0, and what that stock cost."""

    period: int
    places: int
    value: float


def expiry_by_period(lines: QuerySet[PlanLine]) -> list[Expiry]:
    """Periods in which something expires, in their order."""
    chosen, values = lines.filter(expiring__gt=0).order_by().values("pk", "cost").query.sql_with_params()  # type: ignore[misc]
    with connection.cursor() as cursor:
        cursor.execute(EXPIRY.format(lines=chosen), values)
        return [Expiry(period - 1, places, value) for period, places, value in cursor.fetchall()]


def dearest_targets(lines: QuerySet[PlanLine], plan: PlanVersion) -> list[InventoryTarget]:
    """Targets of these lines with a service level, those that hold the most money first."""
    places = (
        lines.filter(policy__in=(ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE), target_value__gt=0)  # type: ignore[misc]
        .order_by("-target_value")
        .values_list("held__pk", flat=True)[:MOST_TARGETS]
    )
    return rows_of(InventoryTarget, "WHERE t.id = ANY(%s)", [list(places)], joined=("item",))


def space_by_location(by_location: Mapping[int, Summary], plan: PlanVersion) -> list[dict[str, Any]]:
    """Space taken at each location beside its limit and what a m3 of it is worth a year, the fullest first."""
    prices = plan.inputs.get("prices_of_space", {})
    places = rows_of(Location, "WHERE t.id = ANY(%s) ORDER BY t.code", [list(by_location)])
    rows: list[dict[str, Any]] = [
        {
            "location": one,
            "used": by_location[one.pk]["all_space"],
            "limit": float(one.storage_m3) if one.storage_m3 else None,
            "price": prices.get(str(one.pk)),
        }
        for one in places
    ]
    for row in rows:
        row["share"] = row["used"] / row["limit"] if row["limit"] else None
    return sorted(rows, key=lambda row: -(row["share"] or 0.0))


def categories() -> QuerySet[Category]:
    return Category.objects.order_by("code")
