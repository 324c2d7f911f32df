"""Scenarios beside their base: every measure is the base's figure plus what the changed lines add to it."""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.core.cache import cache
from django.db.models import QuerySet

from inventory.models import InventoryTarget
from siop import bulk
from siop.catalog import parameters
from siop.catalog.enums import ServicePolicy
from siop.catalog.models import Location
from siop.plans import selectors as plans
from siop.plans.enums import PlanKind
from siop.plans.hashing import row_versions
from siop.plans.models import PlanVersion
from siop.reading import once
from siop.web.exports import Scope
from supply.engine.figures import NAMES
from supply.engine.shapes import Array, BoolArray, IntArray
from supply.enums import LoadKind
from supply.frames.figures import read_figures
from supply.models import CapacityLoad

CACHE_SECONDS = 24 * 3600
MOST_BESIDE = 3
UP, DOWN, NEITHER = "up", "down", ""
SUM, MEAN, LAST, PEAK, RATIO = "sum", "mean", "last", "peak", "ratio"
UNITS, PERCENT, PERIODS, MONEY, SPACE = "units", "%", "item-months", "money", "m³"
SERVICE, MARGIN, CASH = "Service", "Margin", "Cash, stock and space"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One row of the comparison: a weighted sum of figures, taken over the periods looked at.

    `limit` is broken above it. `location` narrows to one location (space).
    """

    name: str
    label: str
    definition: str
    group: str
    unit: str
    better: str
    weights: tuple[tuple[str, float], ...]
    over: str = SUM
    limit: float | None = None
    location: int | None = None

    def series(self, figures: Array) -> Array:
        """The measure by period (T,), from figures (F, T)."""
        rows = [weight * figures[NAMES.index(name)] for name, weight in self.weights]
        return np.asarray(np.sum(rows, axis=0))

    def spread(self, series: Array) -> Array:
        """How much each period (T,) counts; their weighted sum is the value."""
        weights = np.zeros(len(series))
        if self.over == SUM:
            weights[:] = 1.0
        elif self.over == MEAN:
            weights[:] = 1.0 / len(series)
        else:
            weights[-1 if self.over == LAST else int(np.argmax(series))] = 1.0
        return weights

    def value(self, figures: Array) -> float:
        if self.over == RATIO:
            late, demand = (figures[NAMES.index(name)].sum() for name, _ in self.weights)
            return float(1 - late / demand) if demand else 1.0
        series = self.series(figures)
        return float(series @ self.spread(series))

    def breaks(self, value: float) -> bool:
        return self.limit is not None and value > self.limit + 1e-6


MEASURES = (
    Measure(name="demand", label="Demand", group=SERVICE, unit=UNITS, better=NEITHER, weights=(("demand", 1),),
            definition="What customers ask for in these periods."),
    Measure(name="served", label="Served in its period", group=SERVICE, unit=UNITS, better=UP,
            weights=(("demand", 1), ("late", -1)), definition="Demand less what goes short in its period."),
    Measure(name="late", label="Late or lost", group=SERVICE, unit=UNITS, better=DOWN, weights=(("late", 1),),
            definition="Units that go short, each counted once, in the period in which it first does."),
    Measure(name="fill_rate", label="Fill rate by period end", group=SERVICE, unit=PERCENT, better=UP, over=RATIO,
            weights=(("late", 1), ("demand", 1)), definition="Share of demand that the plan serves by the end of its period."),
    Measure(name="under", label="Ends below safety stock", group=SERVICE, unit=PERIODS, better=DOWN,
            weights=(("under", 1),), definition="Item-locations below their safety stock at period end, over the periods."),
    Measure(name="late_hard", label="Late of what may never run out", group=SERVICE, unit=UNITS, better=DOWN,
            weights=(("late_hard", 1),), limit=0.0, definition="Late units of items under the policy “never run out”."),
    Measure(name="revenue", label="Revenue served in its period", group=MARGIN, unit=MONEY, better=UP,
            weights=(("revenue", 1),), definition="Units served in their period, at their selling price."),
    Measure(name="goods", label="Goods, at unit cost", group=MARGIN, unit=MONEY, better=UP, weights=(("goods", 1),),
            definition="Units served in their period, at unit cost; a cost, so negative."),
    Measure(name="beyond", label="Freight, duty and premium", group=MARGIN, unit=MONEY, better=UP,
            weights=(("beyond", 1),), definition="What receipts cost landed beyond their unit cost, with cost per order; negative."),
    Measure(name="carrying", label="Carrying stock", group=MARGIN, unit=MONEY, better=UP, weights=(("carrying", 1),),
            definition="Stock at period end × unit cost × holding rate × days; negative."),
    Measure(name="margin", label="Margin", group=MARGIN, unit=MONEY, better=UP,
            weights=(("revenue", 1), ("goods", 1), ("beyond", 1), ("carrying", 1)),
            definition="Revenue less goods, freight, duty and premium, and carrying."),
    Measure(name="cash_out", label="Purchases due", group=CASH, unit=MONEY, better=DOWN, weights=(("cash_out", 1),),
            definition="Planned and open purchases at landed cost, when they are due."),
    Measure(name="cash_peak", label="Purchases, highest period", group=CASH, unit=MONEY, better=DOWN, over=PEAK,
            weights=(("cash_out", 1),), definition="The period with the most purchases due."),
    Measure(name="stock_mean", label="Inventory value, average", group=CASH, unit=MONEY, better=DOWN, over=MEAN,
            weights=(("stock_value", 1),), definition="Stock at unit cost, mean of the period ends."),
    Measure(name="stock_last", label="Inventory value, at the end", group=CASH, unit=MONEY, better=DOWN, over=LAST,
            weights=(("stock_value", 1),), definition="Stock at unit cost at the end of the last period."),
)  # fmt: skip
MARGIN_PARTS = ("revenue", "goods", "beyond", "carrying")
BY_NAME = {measure.name: measure for measure in MEASURES}


def measures(plan: PlanVersion) -> list[Measure]:
    """The rows for a plan: with the limits that the company has, and space of each limited location."""
    return once(
        ("scenario_measures", plan.pk),
        lambda: [_limited(plan, one) for one in MEASURES if _applies(plan, one)] + _spaces(plan),
    )


def _applies(plan: PlanVersion, measure: Measure) -> bool:
    if measure.name != "late_hard":
        return True
    return InventoryTarget.objects.filter(plan=plan, service_policy=ServicePolicy.NEVER_RUN_OUT).exists()


def _limited(plan: PlanVersion, measure: Measure) -> Measure:
    if measure.name != "cash_peak":
        return measure
    limit = parameters.number("cash_out_limit", 0.0)
    return Measure(**{**vars(measure), "limit": limit}) if limit else measure


def _spaces(plan: PlanVersion) -> list[Measure]:
    rows = Location.objects.filter(storage_m3__isnull=False).order_by("code")
    return [
        Measure(
            name=f"space-{row.pk}", label=f"Space at {row.code}, peak", group=CASH, unit=SPACE, better=DOWN,
            over=PEAK, weights=(("space", 1),), limit=float(row.storage_m3 or 0), location=row.pk,
            definition="Space that the stock at period end takes, highest of the periods.",
        )
        for row in rows
    ]  # fmt: skip


def scenarios(plan: PlanVersion | None = None) -> QuerySet[PlanVersion]:
    """Scenarios, newest first; of one plan where it is given."""
    rows = PlanVersion.objects.filter(kind=PlanKind.SCENARIO)
    if plan is not None:
        rows = rows.filter(base=plan)
    return rows.select_related("owner", "base").prefetch_related("changes").order_by("-id")


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Figures of a plan over all item-locations that a person may see, (F, T), and by limited location."""

    total: Array
    space: dict[int, Array]

    def of(self, measure: Measure) -> Array:
        """Figures (F, T) that a measure reads."""
        if measure.location is None:
            return self.total
        own = np.zeros_like(self.total)
        own[NAMES.index("space")] = self.space.get(measure.location, 0.0)
        return own

    def first(self, periods: int) -> "Sums":
        """The same over the first periods only."""
        return Sums(
            total=self.total[:, :periods], space={pk: row[:periods] for pk, row in self.space.items()}
        )

    def plus(self, other: "Sums") -> "Sums":
        places = self.space.keys() | other.space.keys()
        zero = np.zeros(self.total.shape[1])
        space = {pk: self.space.get(pk, zero) + other.space.get(pk, zero) for pk in places}
        return Sums(total=self.total + other.total, space=space)


def base_sums(plan: PlanVersion, scope: Scope) -> Sums:
    """Of a plan as it is stored; kept while no row of it changes."""
    seen = hashlib.sha256(f"{plan.pk} {row_versions(plan)} {scope}".encode()).hexdigest()
    key = f"scenario-base:{seen}"
    found: Sums | None = cache.get(key)
    if found is None:
        found = _base_sums(plan, scope)
        cache.set(key, found, CACHE_SECONDS)
    return found


def _base_sums(plan: PlanVersion, scope: Scope) -> Sums:
    found = read_figures(plan, items=scope.items, locations=scope.locations)
    total = np.stack([getattr(found.figures, name).sum(axis=1) for name in NAMES])
    return Sums(total=total, space=_stored_space(plan))


def _stored_space(plan: PlanVersion) -> dict[int, Array]:
    """Space of each limited location, of all items: a limit is one for everybody."""
    ids = dict(Location.objects.values_list("code", "pk"))
    rows = CapacityLoad.objects.filter(plan=plan, kind=LoadKind.STORAGE).values_list("code", "required")
    return {ids[code]: np.array(required) for code, required in rows if code in ids}


def added(scenario: PlanVersion, scope: Scope) -> Sums:
    """What a scenario adds to its base, over the item-locations that a person may see."""
    lines = changed_lines(scenario)
    mine = lines.within(scope)
    at = NAMES.index("space")
    space = {
        int(pk): lines.difference[lines.location == pk, at].sum(axis=0) for pk in np.unique(lines.location)
    }
    return Sums(total=lines.difference[mine].sum(axis=0), space=space)


@dataclass(frozen=True, kw_only=True)
class ChangedLines:
    """Item-locations (K,) that a scenario changes, and what it adds to each figure, (K, F, T)."""

    item: IntArray
    location: IntArray
    difference: Array

    def within(self, scope: Scope) -> BoolArray:
        """Those (K,) that a person may see."""
        mine = np.ones(len(self.item), bool)
        if scope.items is not None:
            mine &= np.isin(self.item, scope.items)
        if scope.locations is not None:
            mine &= np.isin(self.location, scope.locations)
        return mine


def changed_lines(scenario: PlanVersion) -> ChangedLines:
    return once(("scenario_lines", scenario.pk), lambda: _changed_lines(scenario))


def _changed_lines(scenario: PlanVersion) -> ChangedLines:
    item, location, difference = bulk.copy_out(
        "SELECT item_id, location_id, difference FROM supply_scenarioline WHERE scenario_id = %s "
        "ORDER BY item_id, location_id",
        [scenario.pk],
        columns=f"i i f{len(NAMES) * scenario.horizon}",
    )
    shape = (len(item), len(NAMES), scenario.horizon)
    return ChangedLines(item=item, location=location, difference=difference.reshape(shape))


@dataclass(frozen=True, kw_only=True)
class Column:
    """A scenario beside its base: values by measure, and the limits that it breaks further than the base does."""

    scenario: PlanVersion
    sums: Sums
    values: dict[str, float]
    broken: list[Measure]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A plan with up to three scenarios on it, over its first `periods`."""

    plan: PlanVersion
    months: list[date]
    measures: list[Measure]
    base_sums: Sums
    base: dict[str, float]
    columns: list[Column]

    def best(self, *, within_limits: bool) -> Column | None:
        """The scenario that adds most margin."""
        able = [column for column in self.columns if not (within_limits and column.broken)]
        return max(able, key=lambda column: column.values["margin"], default=None)


def compare(plan: PlanVersion, beside: list[PlanVersion], *, scope: Scope, periods: int) -> Comparison:
    """`beside` are scenarios on `plan`; the first three count."""
    shown = measures(plan)
    base = base_sums(plan, scope).first(periods)
    values = {measure.name: measure.value(base.of(measure)) for measure in shown}
    columns = [_column(base, values, one, shown, scope, periods) for one in beside[:MOST_BESIDE]]
    months = plans.planned_months(plan)[:periods]
    return Comparison(plan=plan, months=months, measures=shown, base_sums=base, base=values, columns=columns)


def _column(
    base: Sums,
    before: dict[str, float],
    scenario: PlanVersion,
    shown: list[Measure],
    scope: Scope,
    periods: int,
) -> Column:
    sums = base.plus(added(scenario, scope).first(periods))
    values = {measure.name: measure.value(sums.of(measure)) for measure in shown}
    broken = [
        one for one in shown if one.breaks(values[one.name]) and values[one.name] > before[one.name] + 1e-6
    ]
    return Column(scenario=scenario, sums=sums, values=values, broken=broken)
