"""Why the key figures are what they are: the families, items or steps that make them up, the largest by name."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404

from forecasting.selectors.accuracy import STEPS, SUMS, measured
from siop.accounts.access import holds_everywhere
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.selectors import planned_months
from siop.web.explanations import Explanation, Part, Source, explains, runs
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import month, number

from ..addresses import address
from ..models import Cycle
from ..selectors import comparisons, cycles, kpis, stock, trends
from ..words import many, money, signed_money, symbol

LARGEST = 8
AT_LIST_PRICE = " at list price"
# Money that was typed or really taken is not priced anew.
PRICED = {
    comparisons.LAST_CYCLE: AT_LIST_PRICE,
    comparisons.STATISTICAL: AT_LIST_PRICE,
    comparisons.LAST_YEAR: "; last year as it was sold, the plan at list price",
    comparisons.BUDGET: "; the budget as it was typed, the plan at list price",
}
Parts = list[Part]


@explains("figure")
def figure(person: Person, plan: str, name: str) -> Explanation:
    """One key figure of the whole company, as its card shows it; `name` is one of FIGURES."""
    version = readable_plan(plan)
    if not holds_everywhere(person, Permission.VIEW) or name not in FIGURES:
        raise Http404(f"There is no figure {name!r} for you.")
    kpi, at = kpis.BY_NAME[name], kpis.moment(version)
    value = kpi.measure(at)
    if value is None:
        raise Http404(f"{kpi.label}: no data yet.")
    build, formula, source = FIGURES[name]
    shown = trends.shown(name, value)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(f"{kpi.label} is ", shown, ". The largest parts are named."),
        parts=build(at),
        total=value,
        total_label=kpi.label,
        places=0 if kpi.unit == kpis.MONEY else 1,
        as_percent=kpi.unit == kpis.PERCENT,
        formula=formula,
        note=kpi.definition + (f" The period is {month(at.start)}." if kpi.unit == kpis.PERCENT else ""),
        sources=[source()],
        computed=plan_label(version),
    )


@explains("gap")
def gap(person: Person, plan: str, name: str) -> Explanation:
    """Demand plan less what it is held against (`last_cycle`, `statistical`, `last_year`, `budget`), in money."""
    version = readable_plan(plan)
    cycle = Cycle.objects.filter(plan=version).first() or cycles.current_cycle()
    found = comparisons.compare(
        version, last_cycle=cycles.previous_plan(cycle), scope=comparisons.scope_of(person)
    )
    total, sign = found.gap(name), symbol()
    if total is None or name not in comparisons.LABELS:
        raise Http404(f"There is no {name!r} to hold the plan against.")
    found = found.beside(name)
    label, shown = comparisons.LABELS[name].lower(), signed_money(total, sign)
    sums = (found.money[comparisons.PLAN] - found.money[name]).sum(axis=1)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"The demand plan is {money(found.total(comparisons.PLAN), sign)}, {label} "
            f"{money(found.total(name), sign)}: ", shown, ". Families that differ most are named.",
        ),
        parts=_named([(family, float(value)) for family, value in zip(found.families, sums, strict=True)]),
        total=total,
        total_label=f"Plan to {label}",
        formula=f"Σ (plan − {label}), {many(len(found.months), 'period')}" + PRICED[name],
        sources=[_reconciliation()],
        computed=plan_label(version),
    )  # fmt: skip


@explains("highest_stock")
def highest_stock(person: Person, plan: str) -> Explanation:
    """The dearest of the planned month ends, by family at unit cost."""
    version = readable_plan(plan)
    if not holds_everywhere(person, Permission.VIEW):
        raise Http404("There is no figure of the whole company for you.")
    by_month = stock.value_by_month(version)
    total = max(by_month, default=0.0)
    at = by_month.index(total) if by_month else 0
    shown, end = money(total, symbol()), month(planned_months(version)[at])
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(f"At the end of {end} projected stock is worth ", shown, ", more than at any other month end."),
        parts=_named(stock.value_of_families(version, at)),
        total=total,
        total_label="Highest month-end stock",
        formula="Σ projected stock × unit cost",
        sources=[_inventory()],
        computed=plan_label(version),
    )  # fmt: skip


def _demand_plan(at: kpis.Moment) -> Parts:
    found = comparisons.compare(at.plan)
    sums = found.money[comparisons.PLAN].sum(axis=1)
    return _named([(family, float(value)) for family, value in zip(found.families, sums, strict=True)])


def _budget_gap(at: kpis.Moment) -> Parts:
    found = comparisons.compare(at.plan).beside(comparisons.BUDGET)
    plan, budget = (found.money[name].sum(axis=1) for name in (comparisons.PLAN, comparisons.BUDGET))
    gaps = (plan - budget) / budget.sum()
    return _named([(family, float(gap)) for family, gap in zip(found.families, gaps, strict=True)])


def _error(at: kpis.Moment) -> Parts:
    return _by_item(at, "off_consensus")


def _bias(at: kpis.Moment) -> Parts:
    return _by_item(at, "over")


def _by_item(at: kpis.Moment, column: str) -> Parts:
    """Each item's share of what all sold."""
    found = kpis.scored(at).order_by().values("series__item__code").annotate(**SUMS)
    rows: list[dict[str, Any]] = [{**row} for row in found]
    sold = sum(row["sold"] or 0.0 for row in rows)
    return _named([(row["series__item__code"], (row[column] or 0.0) / sold) for row in rows])


def _value_added(at: kpis.Moment) -> Parts:
    gains = measured(kpis.scored(at)).gains()
    return [Part(label=f"{STEPS[step]} took off the step before", value=gain) for step, gain in gains.items()]


def _fill_rate(at: kpis.Moment) -> Parts:
    return _kept(at, whole="ordered", kept="shipped", label="All that was ordered", unit="units")


def _otif(at: kpis.Moment) -> Parts:
    return _kept(at, whole="lines", kept="met", label="All order lines", unit="lines")


def _turns(at: kpis.Moment) -> Parts:
    return _named(kpis.turns_by_item(at))


def _kept(at: kpis.Moment, *, whole: str, kept: str, label: str, unit: str) -> Parts:
    """All is 100 %; each item takes away what of it was late or short."""
    found = kpis.deliveries(at).order_by().values("item__code").annotate(**kpis.DELIVERED)
    rows: list[dict[str, Any]] = [{**row} for row in found]
    total = sum(row[whole] or 0 for row in rows)
    lost = [
        (f"Late or short: {row['item__code']}", ((row[kept] or 0) - row[whole]) / total)
        for row in rows
        if (row[kept] or 0) != row[whole]
    ]
    return [Part(label=label, value=1.0, note=f"{number(total)} {unit}"), *_named(lost)]


def _named(found: Sequence[tuple[str, float]]) -> Parts:
    """The largest by name, the rest as one part."""
    ranked = sorted(found, key=lambda one: -abs(one[1]))
    parts = [Part(label=label, value=value) for label, value in ranked[:LARGEST]]
    if len(ranked) > LARGEST:
        parts.append(
            Part(label=f"{len(ranked) - LARGEST} others", value=sum(one[1] for one in ranked[LARGEST:]))
        )
    return parts


def _reconciliation() -> Source:
    return Source(label="Reconciliation, by family and month", url=address("meetings:reconciliation"))


def _inventory() -> Source:
    return Source(label="Inventory", url=address("supply:inventory"))


def _accuracy() -> Source:
    return Source(label="Accuracy, at any node and lag", url=address("meetings:accuracy"))


Figure = tuple[Callable[[kpis.Moment], Parts], str, Callable[[], Source]]
FIGURES: dict[str, Figure] = {
    "demand_plan": (_demand_plan, "Σ consensus × list price", _reconciliation),
    "budget_gap": (_budget_gap, "Σ (plan − budget) ÷ Σ budget", _reconciliation),
    "wape": (_error, "Σ |consensus − sold| ÷ Σ sold", _accuracy),
    "bias": (_bias, "Σ (consensus − sold) ÷ Σ sold", _accuracy),
    "value_added": (_value_added, "error of last year's figures − error of the consensus", _accuracy),
    "fill_rate": (_fill_rate, "Σ shipped by the promised date ÷ Σ ordered", _accuracy),
    "otif": (_otif, "lines shipped in full by the promised date ÷ lines", _accuracy),
    "turns": (_turns, "Σ sold in the last twelve periods × unit cost ÷ Σ on hand × unit cost", _inventory),
}
