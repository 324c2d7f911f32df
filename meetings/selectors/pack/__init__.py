"""The pack that writes itself: sentences and tables, each figure read from the plan that it names.

Cells are raw values (numbers, codes, ISO dates); pages and spreadsheets format them by the kind of column.
"""

from typing import Any

from siop.plans import hashing

from ...enums import StageKind
from ...models import Cycle
from ...words import listed, long_day, symbol
from .. import comparisons, stock
from ..cycles import meeting_day, previous_plan
from . import cycle_sections, plan_sections
from .sentences import findings

__all__ = ["body", "findings"]


def body(cycle: Cycle) -> dict[str, Any]:
    """Everything the pack holds: sales, operations, resources and money, and what was promised before."""
    plan = cycle.plan
    if plan is None:
        raise ValueError(f"{cycle} has no plan yet.")
    sign = symbol()
    found = comparisons.compare(plan, last_cycle=previous_plan(cycle))
    held = stock.by_family(plan)
    chair = cycle.stages.filter(kind=StageKind.EXECUTIVE_MEETING).select_related("owner").first()
    when = meeting_day(cycle)
    return {
        "cycle": cycle.name,
        "plan": f"v{plan.pk}",
        "content_hash": plan.content_hash or hashing.current(plan).content_hash,
        "meeting": long_day(when) if when else "",
        "chair": str(chair.owner) if chair and chair.owner else "",
        "currency": sign,
        "findings": findings(plan, found, sign),
        "trend": _trend(found, sign),
        "sections": [
            cycle_sections.open_actions(),
            plan_sections.demand(found),
            plan_sections.risks(plan),
            cycle_sections.decisions_asked(cycle),
            plan_sections.beside(found),
            plan_sections.finance(plan, found),
            plan_sections.orders(plan),
            plan_sections.inventory(held),
            plan_sections.resources(plan),
            cycle_sections.figures(cycle),
            cycle_sections.assumptions(),
            cycle_sections.signatures(cycle),
            cycle_sections.decisions(cycle),
            cycle_sections.minutes(cycle),
        ],
    }


def _trend(found: comparisons.Comparison, sign: str) -> dict[str, Any]:
    """Money by month of the plan and what it is held against, for the drawing on the first page."""
    names = [
        name for name in (comparisons.PLAN, comparisons.BUDGET, comparisons.LAST_YEAR) if found.has(name)
    ]
    return {
        "title": "Sales by month: plan against "
        + listed([comparisons.LABELS[name].lower() for name in names[1:]]),
        "months": [f"{month:%b}" for month in found.months],
        "series": [
            {"name": comparisons.LABELS[name], "values": found.money[name].sum(axis=0).round(2).tolist()}
            for name in names
        ],
        "unit": sign,
    }
