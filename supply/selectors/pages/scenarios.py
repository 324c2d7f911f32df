"""What the scenarios page shows besides the comparison: one item-location in detail, and what explains a figure."""

from dataclasses import dataclass

import numpy as np

from siop.catalog.models import Category, Item, Location
from siop.plans.models import PlanVersion
from siop.web.exports import Scope
from siop.web.templatetags.siop import number
from supply.engine.figures import NAMES
from supply.enums import OrderStatus
from supply.models import PlanLine, PlannedOrder, ScenarioLine
from supply.selectors.scenarios import MARGIN_PARTS, Measure, changed_lines


@dataclass(frozen=True, kw_only=True)
class Focus:
    """An item-location beside its base: the plan's line, and that of each scenario that changes it."""

    item: Item
    location: Location
    base: PlanLine
    lines: dict[int, ScenarioLine]

    def line(self, scenario: PlanVersion) -> PlanLine | ScenarioLine:
        """The scenario's record; the plan's where it changes nothing here."""
        return self.lines.get(scenario.pk, self.base)


def places_by_effect(scenarios: list[PlanVersion], scope: Scope, *, periods: int) -> list[tuple[int, int]]:
    """Changed item-locations (ids), those first whose margin, then whose stock changes most."""
    effect: dict[tuple[int, int], tuple[float, float]] = {}
    rows = [NAMES.index(name) for name in MARGIN_PARTS]
    for scenario in scenarios:
        lines = changed_lines(scenario)
        mine = np.flatnonzero(lines.within(scope))
        margin = np.abs(lines.difference[:, rows, :periods].sum(axis=(1, 2)))
        stock = np.abs(lines.difference[:, NAMES.index("stock_value"), :periods]).sum(axis=1)
        for k in mine.tolist():
            key = (int(lines.item[k]), int(lines.location[k]))
            before = effect.get(key, (0.0, 0.0))
            effect[key] = (max(before[0], float(margin[k])), max(before[1], float(stock[k])))
    return sorted(effect, key=lambda key: (effect[key], key), reverse=True)


def focus(plan: PlanVersion, scenarios: list[PlanVersion], place: tuple[int, int]) -> Focus | None:
    """The records of one item-location; None where the plan has no line there."""
    base = (
        PlanLine.objects.filter(plan=plan, item=place[0], location=place[1])
        .select_related("item", "location")
        .first()
    )
    if base is None:
        return None
    found = ScenarioLine.objects.filter(scenario__in=scenarios, item=place[0], location=place[1])
    return Focus(
        item=base.item, location=base.location, base=base, lines={line.scenario_id: line for line in found}
    )


def added_by_place(
    scenario: PlanVersion, measure: Measure, weights: np.ndarray, scope: Scope
) -> list[tuple[int, int, float]]:
    """(item, location, what it adds to a measure); `weights` (T,) say how much each period counts."""
    lines = changed_lines(scenario)
    mine = lines.within(scope)
    if measure.location is not None:
        mine = lines.location == measure.location
    series = np.sum(
        [weight * lines.difference[:, NAMES.index(name)] for name, weight in measure.weights], axis=0
    )
    values = series[:, : len(weights)] @ weights
    return [
        (int(lines.item[k]), int(lines.location[k]), float(values[k]))
        for k in np.flatnonzero(mine & (np.abs(values) > 1e-9))
    ]


def named_places(places: list[tuple[int, int]]) -> list[tuple[str, str]]:
    """(key, name) of item-locations, in the order given."""
    items = dict(Item.objects.filter(pk__in=[item for item, _ in places]).values_list("pk", "code"))
    locations = dict(Location.objects.values_list("pk", "code"))
    return [
        (f"{item}-{place}", f"{items.get(item, item)} at {locations.get(place, place)}")
        for item, place in places
    ]


@dataclass(frozen=True, kw_only=True)
class Suggestions:
    """Codes that a form of a change offers while one types."""

    items: list[str]
    categories: list[str]
    orders: list[tuple[str, str]]


def suggestions(plan: PlanVersion, scope: Scope, *, limit: int) -> Suggestions:
    items = Item.objects.filter(planline__plan=plan)
    orders = PlannedOrder.objects.filter(plan=plan).exclude(status=OrderStatus.RELEASED)
    if scope.items is not None:
        items, orders = items.filter(pk__in=scope.items), orders.filter(item__in=scope.items)
    found = orders.order_by("order_by", "number").values_list("number", "item__code", "quantity")[:limit]
    return Suggestions(
        items=list(items.order_by("code").values_list("code", flat=True).distinct()[:limit]),
        categories=list(Category.objects.order_by("code").values_list("code", flat=True)),
        orders=[(name, f"{item}, {number(quantity)}") for name, item, quantity in found],
    )
