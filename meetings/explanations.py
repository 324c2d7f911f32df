"""Why the key figures are what they are: the families, items or steps that make them up, the largest by name."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404

from forecasting.selectors.accuracy import STEPS, SUMS, measured
from siop.accounts.access import scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.web.explanations import Explanation, Part, Source, explains, runs
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import month, number

from .addresses import address
from .selectors import comparisons, kpis, trends

LARGEST = 8
Parts = list[Part]


@explains("figure")
def figure(person: Person, plan: str, name: str) -> Explanation:
    """One key figure of the whole company, as its card shows it; `name` is one of FIGURES."""
    version = readable_plan(plan)
    if scopes_of(person, Permission.VIEW) != (None, None) or name not in FIGURES:
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
        places=1 if kpi.unit == kpis.PERCENT else 0,
        as_percent=kpi.unit == kpis.PERCENT,
        formula=formula,
        note=kpi.definition + (f" The period is {month(at.start)}." if kpi.unit == kpis.PERCENT else ""),
        sources=[source()],
        computed=plan_label(version),
    )


def _demand_plan(at: kpis.Moment) -> Parts:
    found = comparisons.compare(at.plan)
    sums = found.money[comparisons.PLAN].sum(axis=1)
    return _named([(family, float(value)) for family, value in zip(found.families, sums, strict=True)])


def _budget_gap(at: kpis.Moment) -> Parts:
    found = comparisons.compare(at.plan)
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
}
