"""Loads of resources, suppliers and storage against their limits, and what stands behind one of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, FloatField, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.models import Location
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months

from ...enums import LoadKind, SourceKind
from ...models import CapacityLoad, PlanLine, PlannedOrder, Resource, Routing, Supplier

STEPS = ((70.0, "h1"), (85.0, "h2"), (95.0, "h3"), (100.0, "h4"))
TOLERANCE = 1e-6
MONTHS = 12  # that the heat map shows


@dataclass(frozen=True)
class Cell:
    """One month of one load; `percent` is None where there is no limit.

    `planned` stands in the plan, `missing` waits for more at the month's end. `tried` more units were planned
    again (0: none), each of them saves `value_of_one_more`; all that is missing saves `worth_of_missing`.
    """

    planned: float
    available: float
    value_of_one_more: float = 0.0
    missing: float = 0.0
    tried: float = 0.0
    worth_of_missing: float = 0.0

    @property
    def required(self) -> float:
        return self.planned + self.missing

    @property
    def percent(self) -> float | None:
        return self.required / self.available * 100 if self.available > 0 else None

    @property
    def over(self) -> float:
        return self.required - self.available if self.required > self.available + TOLERANCE else 0.0

    @property
    def gain(self) -> float:
        """Money saved by what was tried."""
        return self.tried * self.value_of_one_more

    @property
    def step(self) -> str:
        """Step of the heat map; over the limit is the last one."""
        if self.over:
            return "h5"
        share = self.percent or 0.0
        return next((name for limit, name in STEPS if share < limit or name == "h4"), "h4")


def loads(plan: PlanVersion) -> list[CapacityLoad]:
    """Loads by kind, then code."""
    order = {kind: position for position, kind in enumerate(LoadKind.values)}
    found = CapacityLoad.objects.filter(plan=plan)
    return sorted(found, key=lambda load: (order[load.kind], load.code))


def cells(load: CapacityLoad, count: int) -> list[Cell]:
    none = [0.0] * len(load.required)
    worth = [load.value_of_one_more, load.missing, load.tried, load.worth_of_missing]
    columns = [load.required, load.available, *(values or none for values in worth)]
    return [Cell(*values) for values in zip(*columns, strict=False)][:count]


def price_of_space(plan: PlanVersion, load: CapacityLoad) -> float:
    """Money that one more m3 saves a year where targets were cut to fit; 0 where they fit of themselves."""
    found = Location.objects.filter(code=load.code).values_list("pk", flat=True).first()
    return float(plan.inputs.get("prices_of_space", {}).get(str(found), 0.0))


def worth_of_fullest_gap(load: CapacityLoad) -> float:
    """Most that all that is missing in one of the months shown would save."""
    return max((cell.worth_of_missing for cell in cells(load, MONTHS)), default=0.0)


def months(plan: PlanVersion) -> list[date]:
    """First days of the months that the heat map shows."""
    return planned_months(plan)[:MONTHS]


def over(found: list[CapacityLoad]) -> list[tuple[CapacityLoad, int, Cell]]:
    """Months in which more is asked for than there is, limit by limit."""
    return [(load, h, cell) for load in found for h, cell in enumerate(cells(load, MONTHS)) if cell.over]


def fullest(found: list[CapacityLoad]) -> tuple[CapacityLoad, int, Cell]:
    """The month that is asked for the largest share of its limit."""
    each = [(load, h, cell) for load in found for h, cell in enumerate(cells(load, MONTHS))]
    return max(each, key=lambda one: one[2].percent or 0.0)


def names(found: list[CapacityLoad]) -> dict[tuple[str, str], str]:
    """What people call each load: description of the supplier or location, resource with its place."""
    suppliers = dict(Supplier.objects.values_list("code", "description"))
    places = dict(Location.objects.values_list("code", "description"))
    resources = {one.code: str(one.location) for one in Resource.objects.select_related("location")}
    out = {}
    for load in found:
        known = {LoadKind.SUPPLIER: suppliers, LoadKind.STORAGE: places}.get(LoadKind(load.kind), {})
        name = known.get(load.code) or load.code
        if load.kind == LoadKind.RESOURCE and load.code in resources:
            name = f"{load.code}, {resources[load.code]}"
        out[(load.kind, load.code)] = f"Warehouse, {name}" if load.kind == LoadKind.STORAGE else name
    return out


def orders_on(person: Person, plan: PlanVersion, load: CapacityLoad, month: date) -> QuerySet[PlannedOrder]:
    """Planned orders that take capacity of a resource or supplier in a month, the largest first."""
    known = calendar.load()
    start = known.start_of(month)
    orders = visible(PlannedOrder.objects.filter(plan=plan), person).select_related("item", "location")
    orders = orders.filter(due_date__range=(start, known.end_of(start)))
    return orders.alias(lane_code=_LANE_CODE).filter(_taking(load)).order_by("-quantity", "number")


_MODE = NullIf("mode", Value(""), output_field=TextField())
_LANE_CODE = Func(
    Value("/"), "source", "item__code", "location__code", _MODE, function="CONCAT_WS", output_field=TextField()
)  # fmt: skip


def _taking(load: CapacityLoad) -> Q:
    """Which orders take of a load: all of a supplier or on a resource, of one lane, or into a location."""
    if load.kind == LoadKind.STORAGE:
        return Q(location__code=load.code)
    bought, lane = Q(kind=SourceKind.BUY), Q(lane_code=load.code)
    if load.kind == LoadKind.SUPPLIER:
        return bought & (Q(source=load.code) | lane)
    made = Q()
    for resource in Resource.objects.select_related("location"):
        if load.code in (resource.code, f"{resource.code} at {resource.location.code}"):
            items = Routing.objects.filter(resource=resource.code).values("item")
            made |= Q(kind=SourceKind.MAKE, item__in=items, location=resource.location)
    return (made | lane) & ~bought


def stock_at(person: Person, plan: PlanVersion, load: CapacityLoad, h: int) -> list[Any]:
    """The bulkiest stocks at a location at the end of a month."""
    volume = Cast(Coalesce(F("item__volume_m3"), Value(0), output_field=FloatField()), FloatField())
    carton = Cast(Coalesce(NullIf(F("item__units_per_carton"), Value(0)), Value(1)), FloatField())
    lines = visible(PlanLine.objects.filter(plan=plan, location__code=load.code), person)
    return list(
        lines.annotate(closing_units=F(f"closing__{h}"), space=F(f"closing__{h}") * volume / carton)
        .filter(space__gt=0)
        .order_by("-space")
        .values("item_id", "location_id", "item__code", "item__description", "closing_units", "space")[:8]
    )
