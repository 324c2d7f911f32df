"""Why the counts of the meeting and the cells of the reconciliation are what they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, unquote

import numpy as np
from django.http import Http404

from forecasting.engine import Array
from siop.accounts.models import Person
from siop.catalog import calendar
from siop.plans.models import PlanVersion
from siop.web.explanations import Explanation, Part, Source, Sum, explains, runs, url
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import month as month_label
from siop.web.templatetags.siop import number

from ..addresses import address
from ..models import AgendaItem, Cycle
from ..selectors import approvals, comparisons, cycles
from ..words import many, money, symbol

EVERY = "-"
GAP, MONEY, UNITS = "gap", "money", "units"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A figure of the reconciliation: `measure` is the plan, what it is held `against`, or the gap between them.

    `month` is the first day of one, or the name of a financial quarter.
    """

    against: str
    measure: str
    unit: str
    family: str = EVERY
    month: str = EVERY

    def url(self, plan: PlanVersion) -> str:
        family, month = quote(self.family, safe=""), quote(self.month, safe="")
        return url("reconciled", plan.pk, self.against, self.measure, self.unit, family, month)


def cell_urls(plan: PlanVersion, against: str, *, family: str = EVERY, month: str = EVERY) -> dict[str, str]:
    """Addresses of one row or column of the reconciliation, by `measure_unit`."""
    return {
        f"{name}_{unit}": Cell(
            against=against, measure=measure, unit=unit, family=family, month=month
        ).url(plan)
        for name, measure in (("plan", comparisons.PLAN), ("other", against), (GAP, GAP))
        for unit in (MONEY, UNITS)
    }  # fmt: skip


@explains("reconciled")
def reconciled(
    person: Person, plan: str, against: str, measure: str, unit: str, family: str, month: str
) -> Explanation:
    """One cell of the reconciliation: a family by its months; a month, a quarter or the whole by its families."""
    version = readable_plan(plan)
    cell = Cell(against=against, measure=measure, unit=unit, family=unquote(family), month=unquote(month))
    found = _compared(person, version).beside(cell.against)
    total = _values(found, cell).sum()
    shown, where = _shown(total, unit), _where(cell, found.months)
    label = "Gap" if measure == GAP else comparisons.LABELS[measure]
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(f"{label} of {where} is ", shown, f", {_added(cell)}."),
        parts=_parts(found, cell),
        total=float(total),
        total_label=label,
        sums=[_difference(found, cell)] if measure == GAP else (),
        sources=[Source(label="Demand plan", url=address("forecasting:demand_plan"))],
        computed=plan_label(version),
    )


@explains("decisions_made")
def decisions_made(person: Person, plan: str) -> Explanation:
    """Agenda items with options: one each that is decided."""
    version, cycle = _of_cycle(plan)
    asked = [item for item in cycle.agenda.filter(dropped=False) if item.facts.get("options")]
    made = sum(item.done for item in asked)
    return Explanation(
        title=f"Why {made} of {len(asked)}?",
        sentence=runs(f"{len(asked)} items of the agenda ask for a decision, ", str(made), " of them are decided."),
        parts=[_asked(item) for item in asked],
        total=made,
        total_label="Decided",
        sources=[Source(label="Decisions", url=address("meetings:decisions"))],
        computed=plan_label(version),
    )  # fmt: skip


@explains("approvals_given")
def approvals_given(person: Person, plan: str) -> Explanation:
    """Departments that sign: one each whose signature holds for the plan as it is now."""
    version, cycle = _of_cycle(plan)
    given = approvals.signatures(cycle)
    signed = sum(row.complete for row in given)
    return Explanation(
        title=f"Why {signed} of {len(given)}?",
        sentence=runs(f"{len(given)} departments sign, the signatures of ", str(signed), " hold for the plan as it is now."),
        parts=[Part(label=row.department.name, value=int(row.complete), note=row.state) for row in given],
        total=signed,
        total_label="Signed",
        sources=[Source(label="The cycle", url=address("meetings:cycle"))],
        computed=plan_label(version),
    )  # fmt: skip


def _of_cycle(plan: str) -> tuple[PlanVersion, Cycle]:
    version = readable_plan(plan)
    cycle = Cycle.objects.filter(plan=version).first()
    if cycle is None:
        raise Http404("This plan belongs to no cycle.")
    return version, cycle


def _asked(item: AgendaItem) -> Part:
    return Part(
        label=item.title,
        value=int(item.done),
        note="decided" if item.done else "open",
        url=address("meetings:meeting", item=item.pk),
    )


def _compared(person: Person, version: PlanVersion) -> comparisons.Comparison:
    cycle = Cycle.objects.filter(plan=version).first() or cycles.current_cycle()
    return comparisons.compare(
        version, last_cycle=cycles.previous_plan(cycle), scope=comparisons.scope_of(person)
    )


def _values(found: comparisons.Comparison, cell: Cell) -> Array:
    """(families, months) of what a cell sums; raises Http404 for what is not there."""
    table = {MONEY: found.money, UNITS: found.units}.get(cell.unit, {})
    named = [cell.against, comparisons.PLAN] if cell.measure == GAP else [cell.measure]
    if any(name not in table for name in named):
        raise Http404("There is nothing to hold the plan against.")
    values = table[comparisons.PLAN] - table[cell.against] if cell.measure == GAP else table[cell.measure]
    rows = _places(found.families, cell.family)
    quarters = calendar.load().quarters(found.months)
    columns = quarters.get(cell.month) or _places([day.isoformat() for day in found.months], cell.month)
    return values[np.ix_(rows, columns)]


def _places(names: list[str], wanted: str) -> list[int]:
    if wanted == EVERY:
        return list(range(len(names)))
    if wanted not in names:
        raise Http404(f"The plan has no {wanted!r} that you may see.")
    return [names.index(wanted)]


def _parts(found: comparisons.Comparison, cell: Cell) -> list[Part]:
    values = _values(found, cell)
    if cell.family == EVERY:
        return _labelled(found.families, values.sum(axis=1))
    return _labelled([month_label(day) for day in found.months], values.sum(axis=0))


def _labelled(labels: Iterable[str], values: Array) -> list[Part]:
    return [Part(label=label, value=float(value)) for label, value in zip(labels, values, strict=True)]


def _difference(found: comparisons.Comparison, cell: Cell) -> Sum:
    """Plan less what it is held against."""
    plan, other = (
        float(_values(found, replace(cell, measure=name)).sum()) for name in (comparisons.PLAN, cell.against)
    )
    label = comparisons.LABELS[cell.against]
    return Sum(
        title=f"Plan less {label.lower()}",
        parts=[Part(label="Plan", value=plan), Part(label=label, value=-other)],
        total=plan - other,
        total_label="Gap",
    )


def _where(cell: Cell, months: list[date]) -> str:
    family = "all families" if cell.family == EVERY else cell.family
    if cell.month == EVERY:
        return f"{family} over {many(len(months), 'period')}"
    is_quarter = cell.month in calendar.load().quarters(months)
    return f"{family} in {cell.month if is_quarter else month_label(date.fromisoformat(cell.month))}"


def _added(cell: Cell) -> str:
    priced = "in money at list price" if cell.unit == MONEY else "in units"
    return f"{priced}, family by family" if cell.family == EVERY else f"{priced}, month by month"


def _shown(total: float, unit: str) -> str:
    return money(total, symbol()) if unit == MONEY else number(total)
