"""The four comparisons: a plan beside last cycle, statistical, last year and budget, in units and money.

One selector for every page, pack and export, so that a family's figure is the same everywhere.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from forecasting.engine import Array
from forecasting.selectors.prices import PRICES
from siop.accounts.access import scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import calendar, parameters
from siop.catalog.families import family_of_categories
from siop.catalog.models import Category
from siop.catalog.visibility import with_below
from siop.plans.hashing import NO_FAMILY
from siop.plans.models import PlanVersion
from siop.reading import once
from siop.statements import answers
from siop.web.kept import kept

# Units and money by (category, month).
Grid = dict[tuple[int, int], tuple[float, float]]
PLAN, LAST_CYCLE, STATISTICAL, LAST_YEAR, BUDGET = (
    "plan", "last_cycle", "statistical", "last_year", "budget",
)  # fmt: skip
LABELS = {
    PLAN: "Plan",
    LAST_CYCLE: "Last cycle",
    STATISTICAL: "Statistical",
    LAST_YEAR: "Last year",
    BUDGET: "Budget",
}
MAY_END = (LAST_YEAR, BUDGET)  # what companies bring along, for as many months as they have it
CELL_BYTES = 200
# Units and money by category (0: none) and period, of one array column of one plan's series.
SUMS = """
WITH price AS ({prices})
SELECT coalesce(i.category_id, 0), u.n, sum(u.q), sum(u.q * p.price)
FROM {table} x
JOIN forecasting_demandseries d ON d.id = x.series_id
JOIN catalog_item i ON i.id = d.item_id
JOIN price p ON p.item_id = i.id
{join}
CROSS JOIN LATERAL unnest({column}) WITH ORDINALITY AS u(q, n)
WHERE {where} AND (%s::bigint[] IS NULL OR i.category_id = ANY(%s)) AND (%s::bigint[] IS NULL OR d.location_id = ANY(%s))
GROUP BY 1, 2
"""
LINES = "forecasting_consensusline"
# A line that is forecast anew names a new run, so the same of these are the same lines of the same forecasts.
RUNS = f"SELECT run_id, count(*), sum(series_id) FROM {LINES} WHERE plan_id = %s GROUP BY 1 ORDER BY 1"  # noqa: S608 - a constant
ORIGINS = "SELECT DISTINCT origin FROM forecasting_saleshistory ORDER BY origin"
BUDGETED = """
SELECT category_id, month, units, revenue FROM forecasting_budgetline
WHERE month >= %(start)s AND (%(categories)s::bigint[] IS NULL OR category_id = ANY(%(categories)s))
"""
RUN = "JOIN forecasting_forecastline f ON f.run_id = x.run_id AND f.series_id = x.series_id"


@dataclass(frozen=True)
class Scope:
    """Categories (with all below them) and locations that a person may see; None means everywhere."""

    categories: tuple[int, ...] | None = None
    locations: tuple[int, ...] | None = None

    def lists(self) -> list[list[int] | None]:
        categories = None if self.categories is None else list(self.categories)
        locations = None if self.locations is None else list(self.locations)
        return [categories, categories, locations, locations]


EVERYTHING = Scope()


def scope_of(person: Person) -> Scope:
    categories, locations = scopes_of(person, Permission.VIEW)
    return Scope(
        None if categories is None else tuple(sorted(with_below(categories))),
        None if locations is None else tuple(sorted(locations)),
    )


@dataclass(frozen=True)
class Comparison:
    """Units and money by name (`plan`, `last_cycle`, ...), each (families, months); a name may be missing."""

    months: list[date]
    families: list[str]
    units: dict[str, Array]
    money: dict[str, Array]

    def has(self, name: str) -> bool:
        return name in self.money

    def total(self, name: str) -> float | None:
        """Money of a whole column; None where there is nothing to compare with."""
        return float(self.money[name].sum()) if self.has(name) else None

    def total_units(self, name: str) -> float | None:
        return float(self.units[name].sum()) if self.has(name) else None

    def beside(self, name: str) -> "Comparison":
        """The same over the months that the other knows: a budget that ends with its year says nothing of the next."""
        if name not in MAY_END or not self.has(name):
            return self
        known = (self.units[name] != 0).any(axis=0) | (self.money[name] != 0).any(axis=0)
        if known.all():
            return self
        return Comparison(
            months=[month for month, is_known in zip(self.months, known, strict=True) if is_known],
            families=self.families,
            units={one: values[:, known] for one, values in self.units.items()},
            money={one: values[:, known] for one, values in self.money.items()},
        )

    def gap(self, name: str) -> float | None:
        """Plan minus the other, in money, over the months that the other knows."""
        found = self.beside(name)
        other, plan = found.total(name), found.total(PLAN)
        return None if other is None or plan is None else plan - other

    def gap_share(self, name: str) -> float | None:
        other, gap = self.total(name), self.gap(name)
        return gap / other if gap is not None and other else None

    def of_family(self, family: str, name: str) -> tuple[float, float] | None:
        """Units and money of one family over all months."""
        if not self.has(name) or family not in self.families:
            return None
        row = self.families.index(family)
        return float(self.units[name][row].sum()), float(self.money[name][row].sum())


def compare(
    plan: PlanVersion, *, last_cycle: PlanVersion | None = None, scope: Scope = EVERYTHING
) -> Comparison:
    """The plan's next twelve periods (one year) beside the four others."""
    asked = ("comparison", plan.pk, last_cycle.pk if last_cycle else None, scope)
    return once(asked, lambda: _compare(plan, last_cycle=last_cycle, scope=scope))


def _compare(plan: PlanVersion, *, last_cycle: PlanVersion | None, scope: Scope) -> Comparison:
    periods = calendar.load()
    length = min(parameters.load().season, plan.horizon)
    months = periods.periods(plan.as_of, length)
    grids: dict[str, Grid] = {
        PLAN: _consensus(plan, shift=0, length=length, scope=scope),
        STATISTICAL: _kept(
            (STATISTICAL, plan.pk, tuple(answers(RUNS, [plan.pk])), length, scope),
            lambda: _statistical(plan, length=length, scope=scope),
        ),
        LAST_YEAR: _kept(
            (LAST_YEAR, plan.as_of, length, scope), lambda: _last_year(plan, length=length, scope=scope)
        ),
    }
    if last_cycle is not None:
        shift = periods.between(last_cycle.as_of, plan.as_of)
        if last_cycle.horizon - shift >= length:  # a plan that ends before would look like a fall
            grids[LAST_CYCLE] = _kept(
                (LAST_CYCLE, last_cycle.pk, shift, length, scope),
                lambda: _consensus(last_cycle, shift=shift, length=length, scope=scope),
            )
    budget = _kept((BUDGET, tuple(months), scope), lambda: _budget(months, scope=scope))
    if budget:
        grids[BUDGET] = budget
    return _arranged({name: grid for name, grid in grids.items() if grid or name == PLAN}, months)


def _kept(key: Hashable, make: Callable[[], Grid]) -> Grid:
    """A column that no typing moves: lines of a closed cycle stand, and those of forecasts are named by their runs."""
    return kept(key, make, size=lambda grid: CELL_BYTES * len(grid), known=frozenset({LINES}))


def _arranged(grids: dict[str, Grid], months: list[date]) -> Comparison:
    family_of = family_of_categories()
    names = {family_of.get(category, NO_FAMILY) for grid in grids.values() for category, _ in grid}
    families = sorted(names, key=lambda name: (name == NO_FAMILY, name))
    row = {name: at for at, name in enumerate(families)}
    units = {name: np.zeros((len(families), len(months))) for name in grids}
    money = {name: np.zeros((len(families), len(months))) for name in grids}
    for name, grid in grids.items():
        for (category, at), (quantity, value) in grid.items():
            units[name][row[family_of.get(category, NO_FAMILY)], at] += quantity
            money[name][row[family_of.get(category, NO_FAMILY)], at] += value
    return Comparison(months=months, families=families, units=units, money=money)


def _consensus(plan: PlanVersion, *, shift: int, length: int, scope: Scope) -> Grid:
    query = SUMS.format(
        prices=PRICES, table="forecasting_consensusline", join="", column="x.quantity", where="x.plan_id = %s"
    )
    return _read(query, [plan.pk, *scope.lists()], first=shift, length=length)


def _statistical(plan: PlanVersion, *, length: int, scope: Scope) -> Grid:
    query = SUMS.format(
        prices=PRICES,
        table="forecasting_consensusline",
        join=RUN,
        column="f.statistical",
        where="x.plan_id = %s",
    )
    return _read(query, [plan.pk, *scope.lists()], first=0, length=length)


def _last_year(plan: PlanVersion, *, length: int, scope: Scope) -> Grid:
    """Sales of the same periods a year before, at the money they really brought."""
    periods = calendar.load()
    found: Grid = {}
    start = periods.shift(plan.as_of, -parameters.load().season)
    for (origin,) in answers(ORIGINS):
        query = (
            SUMS.format(
                prices=PRICES,
                table="forecasting_saleshistory",
                join="",
                column="x.quantity, x.revenue",
                where="x.origin = %s",
            )
            .replace("sum(u.q), sum(u.q * p.price)", "sum(u.q), sum(u.r)")
            .replace("AS u(q, n)", "AS u(q, r, n)")
        )
        found |= _read(query, [origin, *scope.lists()], first=periods.between(origin, start), length=length)
    return found


def _read(query: str, values: Iterable[Any], *, first: int, length: int) -> Grid:
    """Cells (category, month) from array positions; what lies before or after the months falls away."""
    return {
        (category, number - 1 - first): (units, money)
        for category, number, units, money in answers(query, list(values))
        if 0 <= number - 1 - first < length
    }


def _budget(months: list[date], *, scope: Scope) -> Grid:
    """Budget by month; units without revenue and revenue without units count as typed."""
    periods = calendar.load()
    found: Grid = {}
    place = {month: at for at, month in enumerate(months)}
    asked = {"start": months[0], "categories": scope.lists()[0]}
    for category, month, units, revenue in answers(BUDGETED, asked):
        at = place.get(periods.start_of(month))
        if at is not None:
            before = found.get((category, at), (0.0, 0.0))
            found[category, at] = (before[0] + float(units or 0), before[1] + float(revenue or 0))
    return found


def categories_of(family: str) -> list[Category]:
    family_of = family_of_categories()
    return [row for row in Category.objects.all() if family_of[row.pk] == family]
