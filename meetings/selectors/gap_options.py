"""What can be done about a gap: bring a family's demand to what it is held against, or what was worked out already."""

from dataclasses import dataclass

from siop.catalog.families import family_of_categories
from siop.catalog.models import Category
from siop.plans.hashing import NO_FAMILY
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from siop.web.exports import Scope
from supply.selectors import scenarios

from .comparisons import LABELS, PLAN, Comparison

SHOWN = 6
PERIODS = 12
SMALLEST = 0.005


@dataclass(frozen=True, kw_only=True)
class GapOption:
    """Demand of a family brought to another figure in money, each item in proportion: units, money, percent."""

    family: str
    against: str
    units: float
    money: float
    pct: float

    @property
    def name(self) -> str:
        return f"{self.family} at {LABELS[self.against].lower()}"


@dataclass(frozen=True, kw_only=True)
class WorkedOut:
    """A scenario on the plan: what it changes in units asked for, units late and margin, and limits it breaks."""

    scenario: PlanVersion
    units: float
    late: float
    margin: float
    broken: int
    until: str


def gap_options(found: Comparison, against: str) -> list[GapOption]:
    """One for each family that is off by half a percent or more, the largest gap in money first."""
    if not found.has(against):
        return []
    options, found = [], found.beside(against)
    for row, family in enumerate(found.families):
        plan, other = found.money[PLAN][row].sum(), found.money[against][row].sum()
        if family == NO_FAMILY or plan <= 0 or abs(other - plan) < SMALLEST * plan:
            continue
        share = float(other / plan) - 1
        options.append(
            GapOption(
                family=family,
                against=against,
                units=share * float(found.units[PLAN][row].sum()),
                money=float(other - plan),
                pct=round(100 * share, 2),
            )
        )
    return sorted(options, key=lambda option: -abs(option.money))


def categories_of(family: str) -> list[str]:
    """Codes of the uppermost categories of a family: what lies below them is of it too."""
    families = family_of_categories()
    return [
        code
        for pk, parent, code in Category.objects.order_by("code").values_list("pk", "parent_id", "code")
        if families[pk] == family and families.get(parent or 0) != family
    ]


def worked_out(plan: PlanVersion, *, scope: Scope) -> list[WorkedOut]:
    """The newest scenarios on the plan, in units and money against it, of what a person may see."""
    periods = min(PERIODS, plan.horizon)
    until = f"{planned_months(plan)[periods - 1]:%b %y}"
    return [_effect(plan, one, scope, periods, until) for one in scenarios.scenarios(plan)[:SHOWN]]


def _effect(plan: PlanVersion, scenario: PlanVersion, scope: Scope, periods: int, until: str) -> WorkedOut:
    found = scenarios.compare(plan, [scenario], scope=scope, periods=periods)
    (column,) = found.columns
    units, late, margin = (column.values[name] - found.base[name] for name in ("demand", "late", "margin"))
    return WorkedOut(
        scenario=scenario, units=units, late=late, margin=margin, broken=len(column.broken), until=until
    )
