"""Why twelve months of the live forecast are what they are: what one driver or event adds, what one node comes to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from urllib.parse import quote, unquote

from django.http import Http404

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, explains, runs, url
from siop.web.explanations import Sum as Beneath
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import counted
from siop.web.templatetags.siop import many, number, signed
from siop.web.templatetags.siop import month as month_label

from ..nodes import parse
from ..selectors import driver_pages
from .forecasts import forecast_lines

YEAR = 12
LARGEST = 8
Key = TypeVar("Key", str, date)


def cause_url(plan: PlanVersion | None, kind: str, name: str) -> str:
    """Address of what a driver or an event adds; its name may hold any sign."""
    return url("cause_year", plan.pk, kind, quote(name, safe="")) if plan else ""


@explains("cause_year")
def of_cause(person: Person, plan: str, kind: str, name: str) -> Explanation:
    """Units that a driver or an event puts into the next twelve months, by item and by month."""
    version, cause = readable_plan(plan), unquote(name)
    cells = driver_pages.units_of_cause(version, person, kind, cause)
    if not cells:
        raise Http404(f"{cause} moves nothing in the next twelve months.")
    total = sum(units for _, _, units in cells)
    by_item = _summed((item, units) for item, _, units in cells)
    months = planned_months(version)
    by_month = _summed((months[at], units) for _, at, units in sorted(cells, key=lambda cell: cell[1]))
    return Explanation(
        title=f"Why {signed(total)}?",
        sentence=runs(
            f"{kind.capitalize()} {cause} moves the forecast of the next twelve months by ", f"{signed(total)} units",
            f", in {many(len(by_item), 'item')}.",
        ),
        parts=_largest(by_item),
        total=total,
        total_label="Units, twelve months",
        sums=[
            Beneath(
                title="Month by month",
                parts=[Part(label=month_label(when), value=units) for when, units in by_month.items()],
                total=total,
                total_label="Units, twelve months",
            )
        ],
        sources=[Source(label="Overrides of people", url=rows.url("overrides"), meta="come on top")],
        computed=plan_label(version),
    )  # fmt: skip


@explains("forecast_year")
def of_node(person: Person, plan: str, node: str) -> Explanation:
    """The statistical forecast of a node over the next twelve months, month by month."""
    version, place = readable_plan(plan), parse(node)
    lines = list(forecast_lines(version).filter(series__in=place.visible_series(person)))
    if not lines:
        raise Http404("Nothing beneath this node has a forecast that you may see.")
    months = planned_months(version)[:YEAR]
    parts = [
        Part(
            label=month_label(month),
            value=sum(line.statistical[at] for line in lines),
            url=url("forecast", version.pk, node, month),
        )
        for at, month in enumerate(months)
    ]
    total = float(sum(part.value for part in parts))
    methods = sorted({line.method for line in lines})
    return Explanation(
        title=f"Why {number(total)}?",
        sentence=runs(
            "The statistical forecast of the next twelve months comes to ", f"{number(total)} units",
            f", by: {', '.join(methods)}.",
        ),
        parts=parts,
        total=total,
        total_label="Forecast, twelve months",
        sources=[counted(person, "All its sales", "sales", item=place.item, location=place.location)],
        computed=plan_label(version),
    )  # fmt: skip


def _summed(named: Iterable[tuple[Key, float]]) -> dict[Key, float]:
    found: dict[Key, float] = {}
    for key, units in named:
        found[key] = found.get(key, 0.0) + units
    return found


def _largest(named: dict[str, float]) -> list[Part]:
    ordered = sorted(named.items(), key=lambda pair: -abs(pair[1]))
    parts = [Part(label=label, value=units) for label, units in ordered[:LARGEST]]
    rest = ordered[LARGEST:]
    return [*parts, Part(label=f"{len(rest)} others", value=sum(v for _, v in rest))] if rest else parts
