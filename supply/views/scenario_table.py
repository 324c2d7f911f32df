"""A comparison of scenarios in rows and cells: values, signed differences, better or worse, limits, sentences."""

from dataclasses import replace
from typing import Any

from siop.web import explanations
from siop.web.headlines import Headline
from siop.web.templatetags.siop import many, month, number, percent, signed
from siop.web.templatetags.siop import money as short_number

from ..models import PlanLine, ScenarioLine
from ..selectors import scenarios as selectors
from ..selectors.pages.scenarios import Focus
from ..selectors.scenarios import MARGIN_PARTS, Column, Comparison, Measure

LETTERS = "ABC"
STYLES = ("blue", "ink", "green")
GROUPS = (selectors.SERVICE, selectors.MARGIN, selectors.CASH)
EQUAL = "="
CENT = 0.01


def columns(found: Comparison, *, chosen: int | None) -> list[dict[str, Any]]:
    """Heads of the scenarios beside the base."""
    return [
        {
            "letter": letter,
            "scenario": column.scenario,
            "chosen": column.scenario.pk == chosen,
            "broken": len(column.broken),
            "loses": column.values["margin"] < found.base["margin"] - CENT,
            "broken_names": ", ".join(measure.label for measure in column.broken),
        }
        for letter, column in zip(LETTERS, found.columns, strict=False)
    ]


def groups(found: Comparison, *, currency: str, only_differences: bool) -> list[dict[str, Any]]:
    """Rows by group; a group without rows falls away."""
    out = []
    for group in GROUPS:
        rows = [_row(found, measure, currency) for measure in found.measures if measure.group == group]
        if only_differences:
            rows = [row for row in rows if any(cell["delta"] != EQUAL for cell in row["cells"])]
        if rows:
            out.append({"label": group, "rows": rows})
    return out


def _row(found: Comparison, measure: Measure, currency: str) -> dict[str, Any]:
    periods, before = len(found.months), found.base[measure.name]
    return {
        "label": measure.label,
        "definition": measure.definition,
        "limit": number(measure.limit) if measure.limit is not None else "",
        "unit": currency if measure.unit == selectors.MONEY else measure.unit,
        "sum": measure.name == "margin",
        "base": _cell(
            measure, before, explanations.url("scenario_base", found.plan.pk, measure.name, periods)
        ),
        "cells": [_beside(column, measure, before, periods) for column in found.columns],
    }


def _cell(measure: Measure, value: float, why: str) -> dict[str, Any]:
    return {"text": shown(measure, value), "broken": measure.breaks(value), "why": why}


def _beside(column: Column, measure: Measure, before: float, periods: int) -> dict[str, Any]:
    value = column.values[measure.name]
    why = explanations.url("scenario", column.scenario.pk, measure.name, periods)
    return _cell(measure, value, why) | {
        "delta": difference(measure, value - before),
        "delta_why": _why_it_differs(column, measure.name, periods),
        "tone": tone(measure, value - before),
    }


def _why_it_differs(column: Column, name: str, periods: int) -> str:
    return explanations.url("scenario_delta", column.scenario.pk, name, periods)


def shown(measure: Measure, value: float) -> str:
    if measure.unit == selectors.PERCENT:
        return percent(value, 1).removesuffix(" %")
    return number(value, _places(measure, value))


def difference(measure: Measure, change: float) -> str:
    """Signed, in the measure's unit; `=` where it rounds to nothing."""
    if measure.unit == selectors.PERCENT:
        change *= 100
    text = signed(change, 1 if measure.unit in (selectors.PERCENT, selectors.SPACE) else 0)
    return EQUAL if text.strip("+−") in ("0", "0.0") else text


def _places(measure: Measure, value: float) -> int:
    return 1 if measure.unit == selectors.SPACE and abs(value) < 1000 and value != round(value) else 0


def tone(measure: Measure, change: float) -> str:
    """Better or worse, not up or down."""
    if measure.better == selectors.NEITHER or difference(measure, change) == EQUAL:
        return ""
    return "good" if (change > 0) == (measure.better == selectors.UP) else "bad"


def kpis(found: Comparison, *, currency: str) -> list[Headline]:
    """Best margin with and without the limits, what keeping them costs, and how long it took."""
    within, any_ = found.best(within_limits=True), found.best(within_limits=False)
    window = f"against base, {month(found.months[0])} to {month(found.months[-1])}"
    rows = [
        _best(found, within, f"Best margin within limits, {currency}", window),
        _best(found, any_, f"Best margin, {currency}", window),
    ]
    if within is not None and any_ is not None:
        price = any_.values["margin"] - within.values["margin"]
        letters = f"{_letter(found, any_)} less {_letter(found, within)}" if price else "the best keeps them"
        rows.append(Headline(label=f"Price of keeping the limits, {currency}", value=short_number(price),
                     definition="Best margin less the best within limits.", note=letters,
                     why=explanations.url("price_of_limits", within.scenario.pk, any_.scenario.pk, len(found.months))))  # fmt: skip
    return [*rows, _speed(found)]


def _best(found: Comparison, column: Column | None, label: str, window: str) -> Headline:
    definition = "Greatest margin of the scenarios shown, less that of the plan."
    if column is None:
        note = "every scenario breaks a limit" if found.columns else "no scenario is shown"
        return Headline(label=label, value="-", definition=definition, note=note)
    gain = column.values["margin"] - found.base["margin"]
    row = Headline(
        label=label,
        value=f"{_letter(found, column)}: {signed(gain)}",
        definition=definition,
        why=explanations.url("scenario", column.scenario.pk, "margin", len(found.months)),
        note=window,
    )
    if not column.broken:
        return row
    return replace(row, delta=f"▲ breaks {many(len(column.broken), 'limit')}", tone="bad", note="")


def _letter(found: Comparison, column: Column) -> str:
    return LETTERS[found.columns.index(column)]


def _speed(found: Comparison) -> Headline:
    seconds = sum(float(column.scenario.totals.get("seconds", 0)) for column in found.columns)
    planned = max(
        (int(column.scenario.totals.get("item_locations", 0)) for column in found.columns), default=0
    )
    return Headline(
        label="Computed in",
        value=f"{number(seconds, 2)} s",
        definition="Time of the engine for all scenarios shown: base and scenario are planned side by side.",
        note=f"{many(planned, 'item-location')} planned again",
    )


def margin_parts(found: Comparison) -> list[dict[str, Any]]:
    """Where the margin differs from base; the parts sum to the difference."""
    named = {measure.name: measure for measure in found.measures}
    rows = [
        {
            "label": named[name].label,
            "cells": [
                {
                    "text": difference(named[name], column.values[name] - found.base[name]),
                    "why": _why_it_differs(column, name, len(found.months)),
                }
                for column in found.columns
            ],
            "sum": name == "margin",
        }
        for name in (*MARGIN_PARTS, "margin")
    ]
    return [row | {"label": "Difference"} if row["sum"] else row for row in rows]


def receipts(found: Comparison, focus: Focus) -> dict[str, Any]:
    """What is received of the item-location by month, cells that differ from the base marked."""
    periods = len(found.months)
    base = focus.base.planned_receipts[:periods]
    rows = [_receipts("Base", base, base)]
    for letter, column in zip(LETTERS, found.columns, strict=False):
        line = focus.line(column.scenario)
        label = f"{letter}, {column.scenario.name}"
        rows.append(_receipts(label, line.planned_receipts[:periods], base))
    return {"months": found.months, "rows": rows}


def _receipts(label: str, values: list[float], base: list[float]) -> dict[str, Any]:
    cells = [
        {"text": number(value), "differs": abs(value - before) > 0.5}
        for value, before in zip(values, base, strict=True)
    ]
    return {"label": label, "cells": cells, "total": number(sum(values))}


def chart(found: Comparison, focus: Focus) -> dict[str, Any]:
    """Stock at period end of one item-location: base dashed, each scenario in its own line."""
    periods = len(found.months)
    series: list[dict[str, Any]] = [
        {"name": "Base", "kind": "line", "style": "dash", "values": _net(focus.base, periods)}
    ]
    for letter, style, column in zip(LETTERS, STYLES, found.columns, strict=False):
        values = _net(focus.line(column.scenario), periods)
        series.append({"name": letter, "kind": "line", "style": style, "values": values, "points": True})
    safety = focus.base.safety_stock[:periods]
    if any(safety):
        series.append({"name": "Safety stock", "kind": "line", "style": "red", "values": safety})
    return {
        "id": "scenario-stock",
        "height": 240,
        "title": finding(found, focus),
        "spec": {
            "x": [month(one) for one in found.months],
            "series": series,
            "foot": f"{focus.item} at {focus.location}, units at period end; below zero is owed",
        },
    }


def _net(line: PlanLine | ScenarioLine, periods: int) -> list[float]:
    pairs = zip(line.closing[:periods], line.shortage[:periods], strict=True)
    return [round(closing - short, 3) for closing, short in pairs]


def finding(found: Comparison, focus: Focus) -> str:
    """Who runs empty, who falls below safety stock, who keeps it: said of base and scenarios together."""
    names: dict[str, list[str]] = {}
    for name, line in _named_lines(found, focus):
        names.setdefault(_state(line, len(found.months)), []).append(name)
    if len(names) == 1:
        (state,) = names
        return f"{focus.item}: {'all' if found.columns else 'the plan'} {STATES[state][bool(found.columns)]}"
    said = [f"{_and(who)} {STATES[state][len(who) > 1]}" for state, who in names.items()]
    return f"{focus.item}: {'; '.join(said)}"


KEEPS, BELOW, EMPTY = "keeps", "below", "empty"
STATES = {
    KEEPS: ("keeps its safety stock", "keep their safety stock"),
    BELOW: ("falls below safety stock", "fall below safety stock"),
    EMPTY: ("runs empty", "run empty"),
}


def _named_lines(found: Comparison, focus: Focus) -> list[tuple[str, PlanLine | ScenarioLine]]:
    beside = zip(LETTERS, found.columns, strict=False)
    return [("base", focus.base), *((letter, focus.line(one.scenario)) for letter, one in beside)]


def _state(line: PlanLine | ScenarioLine, periods: int) -> str:
    if any(short > 0.5 for short in line.shortage[:periods]):
        return EMPTY
    pairs = zip(line.closing[:periods], line.safety_stock[:periods], strict=True)
    return BELOW if any(closing < safety - 0.5 for closing, safety in pairs) else KEEPS


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
