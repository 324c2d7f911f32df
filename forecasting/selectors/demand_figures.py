"""Headline figures, chart and comparisons of the demand plan, as the components of a page take them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from forecasting.engine import Array
from forecasting.grid import Row, total_of
from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.web.headlines import Headline
from siop.web.templatetags.siop import SHORT_FROM, in_money, many, money, number, percent, signed

from .demand_plan import YEAR, Shown, budget, sums
from .driver_pages import marked_months

MONTHS_SHOWN = 24
LABELS = {
    "last_cycle": "To last cycle",
    "statistical": "To the statistical forecast",
    "last_year": "To last year",
    "budget": "To budget",
}
MARKED_LEAVES = 2000  # above it, marks of single series say nothing about their sum


def headlines(shown: Shown) -> list[Headline]:
    """The strip: the plan and its four comparisons, in units; value at list price; what was typed.

    `name` is what the page asks by why a figure is what it is.
    """
    figures = sums(shown)
    plan = figures["plan"]
    return [
        Headline(
            name="plan",
            label="Next 12 months, units",
            value=number(plan),
            definition="Consensus demand of the next twelve periods, summed over what is shown; worth at list price.",
            note=f"worth {in_money(money(figures['value']), sign_of(parameters.load().currency))}",
        ),
        _compared("last_cycle", *_matching(figures, "last_cycle_months"), "none is published yet"),
        _compared("statistical", plan, figures["statistical"], ""),
        _compared("last_year", *_matching(figures, "last_year_months"), "no full year of history"),
        _to_budget(shown, figures),
        Headline(
            name="overrides",
            label="Overrides · exceptions",
            value=f"{number(figures['overrides'])} · {number(figures['exceptions'])}",
            definition="Active overrides, and overridden cells outside the 80 % range of the forecast.",
            note="outside the 80 % range",
        ),
    ]


def _matching(figures: dict[str, Any], name: str) -> tuple[float, float | None]:
    """Plan and comparison over the months that both know."""
    other = figures[name]
    if other is None or np.isnan(other).all():
        return figures["plan"], None
    known = ~np.isnan(other)
    return float(figures["plan_months"][known].sum()), float(other[known].sum())


def _compared(name: str, plan: float, other: float | None, missing: str) -> Headline:
    label, definition = LABELS[name], "Plan less the comparison, over the months that both know, in units."
    if other is None:
        return Headline(label=label, value="-", note=missing, definition=definition)
    share = percent((plan - other) / other) if other else "-"
    share = f"+{share}" if other and plan > other else share
    return Headline(
        name=name,
        label=label,
        value=signed(plan - other),
        note=f"{share} of {number(other) if abs(other) < SHORT_FROM else money(other)}",
        definition=definition,
    )


def _to_budget(shown: Shown, figures: dict[str, Any]) -> Headline:
    """In money where the budget has revenue, else in units."""
    given = budget(shown.cube, shown.query)
    label = LABELS["budget"]
    definition = "Plan at list price less budgeted revenue (units where no revenue is budgeted), of the months budgeted."
    if given is None:
        return Headline(label=label, value="-", note="no budget for this", definition=definition)
    in_money = given.revenue > 0
    plan = float(figures["value_months" if in_money else "plan_months"][given.known].sum())
    made = _compared("budget", plan, given.revenue if in_money else given.units, "")
    months = "" if given.known.all() else f", {many(int(given.known.sum()), 'month')}"
    unit = sign_of(parameters.load().currency) if in_money else "units"
    return replace(made, label=f"{label}, {unit}", note=made.note + months, definition=definition)


def chart(shown: Shown, row: Row) -> dict[str, Any]:
    """History, forecast with its 80 % range, plan with overrides, last year."""
    cube = shown.cube
    past = total_of(
        np.asarray(cube.history[-MONTHS_SHOWN:], dtype=np.float64), row, selection=shown.selection
    )
    labels = [f"{month:%b %y}" for month in [*cube.history_months[-len(past) :], *cube.months]]
    if not len(past):
        labels = [f"{month:%b %y}" for month in cube.months]
    of = {name: total_of(values, row, selection=shown.selection) for name, values in _lines(shown).items()}
    lead = [None] * len(past)
    join = [round(float(past[-1]), 3)] if len(past) else []
    before = lead[:-1] if join else lead
    moved = _numbers(np.where(np.abs(of["plan"] - of["base"]) > 1e-9, of["plan"], np.nan))
    series = [
        {
            "name": "80 % range",
            "kind": "band",
            "lower": lead + _numbers(of["low"]),
            "upper": lead + _numbers(of["high"]),
        },
        {"name": "History", "style": "ink", "values": _numbers(past) + [None] * cube.columns},
        {"name": "Last year", "style": "dot", "values": lead + _numbers(of["last_year"])},
        {"name": "Statistical", "style": "dash", "values": before + join + _numbers(of["statistical"])},
        {"name": "Plan", "style": "blue", "values": before + join + _numbers(of["plan"])},
        {"name": "Override", "kind": "points", "style": "blue", "values": lead + moved},
        *_cleansed(shown, row, past),
    ]
    if row.kind != 2:
        # Ranges of single series do not add up to the range of their sum, so a node shows none.
        series = series[1:]
    return {"x": labels, "today": f"{cube.months[0]:%b %y}", "series": series, "x_label": "Month"}


def _cleansed(shown: Shown, row: Row, past: Array) -> list[dict[str, Any]]:
    """What stands in for months that are not demand; nothing where no mark counts."""
    cube = shown.cube
    marks = marked_months(cube.series[row.leaves].tolist()) if len(row.leaves) <= MARKED_LEAVES else {}
    months = cube.history_months[len(cube.history_months) - len(past) :]
    values = [
        round(float(sold) - marks[month][0] + marks[month][1], 3) if month in marks else None
        for month, sold in zip(months, past, strict=True)
    ]
    if not any(value is not None for value in values):
        return []
    return [
        {"name": "Used instead", "kind": "points", "style": "amber", "values": values + [None] * cube.columns}
    ]


def _lines(shown: Shown) -> dict[str, Array]:
    cube = shown.cube
    return {
        "plan": cube.quantity,
        "base": cube.base,
        "statistical": cube.statistical,
        "low": cube.low,
        "high": cube.high,
        "last_year": cube.last_year,
    }


def _numbers(values: Array) -> list[float | None]:
    rounded = np.round(np.asarray(values, dtype=np.float64), 3)
    return [None if value != value else value for value in rounded.tolist()]  # NaN differs from itself


def title(shown: Shown, row: Row) -> str:
    """A finding: what the next twelve months come to, against the statistical forecast."""
    cube = shown.cube
    plan = float(total_of(cube.quantity[:YEAR], row, selection=shown.selection).sum())
    base = float(total_of(cube.statistical[:YEAR], row, selection=shown.selection).sum())
    label = shown.full_label(row)
    if abs(plan - base) < 0.5:
        return f"{label}: {number(plan)} in 12 months, as the forecast has it"
    share = f" ({percent(abs(plan - base) / base)})" if base else ""
    word = "above" if plan > base else "below"
    return f"{label}: {number(plan)} in 12 months, {number(abs(plan - base))}{share} {word} the forecast"


def deltas(shown: Shown, row: Row) -> list[dict[str, str]]:
    """The comparisons of one row over the next twelve months."""
    cube = shown.cube
    plan = total_of(cube.quantity[:YEAR], row, selection=shown.selection)
    others = {"last cycle": cube.last_cycle, "statistical": cube.statistical, "last year": cube.last_year}
    out = []
    for label, values in others.items():
        other = None if values is None else total_of(values[:YEAR], row, selection=shown.selection)
        if other is None or np.isnan(other).all():
            out.append({"base": f"to {label}", "delta": "-"})
            continue
        known = ~np.isnan(other)
        out.append({"base": f"to {label}", "delta": signed(float(plan[known].sum() - other[known].sum()))})
    return out
