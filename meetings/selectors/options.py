"""The options of an agenda item: those it was built with, and scenarios that people put beside them."""

from typing import Any

from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from siop.web.exports import Scope
from siop.web.templatetags.siop import number
from supply.models import PlanLine, ScenarioLine
from supply.selectors import scenarios
from supply.selectors.scenarios import Column, Comparison, Measure

from ..models import AgendaItem
from ..words import listed, money, percent, symbol

SHOWN = ("fill_rate", "late", "beyond", "cash_out", "stock_mean", "under")
PERIODS = 6
LINES = ("ink", "green", "amber")


def options_of(item: AgendaItem) -> list[dict[str, Any]]:
    """{title, money, label, figures [[label, value, tone]]}; one of a scenario carries its id and broken limits.

    Where scenarios stand beside the item's own options, `about` says what the figures of each are of.
    """
    own, beside = item.facts.get("options", []), offered(item)
    if not beside:
        return list(own)
    planned, lines = _lines_here(item, beside)
    return [
        *(one | {"about": "This item alone"} for one in own),
        *(_of_scenario(one, here=lines.get(one.pk, planned)) for one in beside),
    ]


def offered(item: AgendaItem) -> list[PlanVersion]:
    """Scenarios that were put on the item, in the order they were; those thrown away fall out."""
    found = {one.pk: one for one in scenarios.scenarios().filter(pk__in=item.facts.get("scenarios", []))}
    return [found[pk] for pk in item.facts.get("scenarios", []) if pk in found]


def chart_of(item: AgendaItem) -> dict[str, Any] | None:
    """The chart of an item; where it shows a place's stock, with what each scenario on it makes of that."""
    chart: dict[str, Any] | None = item.facts.get("chart")
    beside = offered(item)
    if not chart or not beside or not _has_place(item):
        return chart
    planned, changed = _lines_here(item, beside)
    lines = {pk: _net_stock(row) for pk, row in changed.items()}
    series, same = list(chart["spec"]["series"]), []
    first = len(item.facts.get("options", [])) + 1
    for at, (scenario, style) in enumerate(zip(beside, LINES, strict=False), start=first):
        values = lines.get(scenario.pk)
        if values is None or (planned is not None and values == _net_stock(planned)):
            same.append(str(at))
        else:
            series.append({"name": f"{at} {scenario.name}", "kind": "line", "style": style, "values": values})
    spec = chart["spec"] | {"series": series}
    if same:
        word = "Option" if len(same) == 1 else "Options"
        spec["foot"] = f"{word} {listed(same)}: the same stock as the plan's."
    return chart | {"spec": spec}


def _has_place(item: AgendaItem) -> bool:
    return None not in item.facts.get("place", [None])


def _lines_here(
    item: AgendaItem, beside: list[PlanVersion]
) -> tuple[PlanLine | None, dict[int, ScenarioLine]]:
    """The plan's line of the place that an item is about, and those of the scenarios that change it."""
    if not _has_place(item):
        return None, {}
    item_id, location_id = item.facts["place"]
    place = {"item": item_id, "location": location_id}
    changed = ScenarioLine.objects.filter(scenario__in=beside, **place)
    planned = PlanLine.objects.filter(plan=item.cycle.plan, **place)
    return planned.first(), {row.scenario_id: row for row in changed}


def _net_stock(row: PlanLine | ScenarioLine) -> list[float]:
    """Stock at the end of each period, below zero what is short."""
    return [stock - short for stock, short in zip(row.closing, row.shortage, strict=True)]


def to_offer(item: AgendaItem) -> list[PlanVersion]:
    """Scenarios on the cycle's plan that are not on the item yet."""
    plan = item.cycle.plan
    if plan is None:
        return []
    return list(scenarios.scenarios(plan).exclude(pk__in=item.facts.get("scenarios", []))[:12])


def _of_scenario(scenario: PlanVersion, *, here: PlanLine | ScenarioLine | None) -> dict[str, Any]:
    base = scenario.base
    if base is None:
        return {"title": scenario.name, "money": None, "label": "its plan is gone", "figures": []}
    periods = min(PERIODS, scenario.horizon)
    found = scenarios.compare(base, [scenario], scope=Scope(), periods=periods)
    (column,) = found.columns
    sign = symbol()
    last = planned_months(base)[periods - 1]
    return {
        "title": scenario.name,
        "money": round(column.values["margin"] - found.base["margin"], 2),
        "label": f"margin against the plan, to {last:%b %y}",
        "about": "This item, then the whole plan" if here else "The whole plan",
        "figures": [
            *([_most_short(here, periods)] if here else []),
            *(_figure(found, column, measure, sign) for measure in _shown(found)),
        ],
        "scenario": scenario.pk,
        "limits": len(column.broken),
    }


def _most_short(here: PlanLine | ScenarioLine, periods: int) -> list[str]:
    """The largest shortage at the end of a period, in units, where the item's own options speak of the same place."""
    short = max(here.shortage[:periods], default=0.0)
    return ["Most short here", number(short), "bad" if short else ""]


def _shown(found: Comparison) -> list[Measure]:
    """Six rows that every option has, and each limit that is broken or near."""
    return [one for one in found.measures if one.name in SHOWN or one.limit]


def _figure(found: Comparison, column: Column, measure: Measure, sign: str) -> list[str]:
    value = column.values[measure.name]
    worse = measure.breaks(value)
    text = {
        scenarios.MONEY: money(value, sign),
        scenarios.PERCENT: percent(value),
    }.get(measure.unit, f"{value:,.0f}")
    if measure.limit:
        text = f"{text} of {measure.limit:,.0f}"
    unit = f" {measure.unit}" if measure.unit == scenarios.SPACE else ""
    return [measure.label, f"{text}{unit}{' ▲' if worse else ''}", "bad" if worse else ""]
