"""The table of an item-location, months across: demand, receipts and stock; each number explains itself."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from siop.catalog.units import places_of, unit_of
from siop.web import explanations
from siop.web.templatetags.siop import month, number, signed
from supply.engine.basics import Array

from ..selectors.pages.item_location import ItemLocation

Why = Callable[[date], str]
FLOWS = (
    ("Made into others", "dependent_demand", "sub"),
    ("Open orders", "scheduled_receipts", "sub"),
    ("Planned orders", "planned_receipts", "m"),
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row: `values` (T,) by month, and `why` they are so; `marked` months carry `mark`.

    What flows is summed over the months shown, and `name`d so that the sum says why; of what `stands` at the end of a
    month the last of them counts.
    """

    label: str
    values: Array
    css: str = ""
    why: Why | None = None
    text: Callable[..., str] = number
    name: str = ""
    stands: bool = False
    mark: str = ""
    marked: Collection[int] = ()


def projection_table(found: ItemLocation, *, count: int) -> dict[str, Any]:
    """The first `count` months, and what they come to."""
    lines = [*_demand(found), *_receipts(found), *_stock(found)]
    months = found.months[:count]
    return {
        "caption": "Projection by month",
        "css": "edge dense",
        "columns": [
            {"label": unit_of(found.item).capitalize()},
            *({"label": month(start), "num": True} for start in months),
            {"label": f"{len(months)} months", "num": True},
        ],
        "rows": [
            {"css": "last" if line is lines[-1] else "", "cells": _cells(found, line, months)}
            for line in lines
        ],
    }


def _demand(found: ItemLocation) -> list[Line]:
    if not found.consensus:
        return [Line(label="Demand plan", values=found.demand, css="m")] if found.demand.any() else []
    node = f"i{found.line.item_id}-l{found.line.location_id}"
    why = {kind: partial(explanations.url, kind, found.plan.pk, node) for kind in ("forecast", "consensus")}
    return [
        Line(
            label="Statistical", values=found.statistical, css="sub", why=why["forecast"], name="statistical"
        ),
        Line(
            label="Override",
            values=found.agreed - found.statistical,
            text=signed,
            why=why["consensus"],
            name="override",
            mark="ov",
            marked=found.overridden,
        ),
        Line(label="Demand plan", values=found.agreed, css="m", why=why["consensus"], name="agreed"),
    ]


def _receipts(found: ItemLocation) -> list[Line]:
    """What is made into other items and what comes in; of the first two and of what is short only where there is some."""
    line, short = found.line, np.array(found.line.shortage)
    lines = [
        *(
            Line(
                label=label,
                values=np.array(getattr(line, name)),
                css=css,
                why=_of_place(found, name),
                name=name,
            )
            for label, name, css in FLOWS
        ),
        Line(
            label="Short",
            values=short,
            css="m",
            why=_of_place(found, "shortage"),
            stands=True,
            mark="exc",
            marked=np.flatnonzero(short > 0).tolist(),
        ),
    ]
    return [one for one in lines if one.values.any() or one.label == "Planned orders"]


def _stock(found: ItemLocation) -> list[Line]:
    closing = np.array(found.line.closing)
    below = closing < np.array(found.line.safety_stock)
    return [
        Line(
            label="Target",
            values=found.target_by_period,
            css="sub",
            why=_of_place(found, "target_at"),
            stands=True,
        ),
        Line(
            label="Stock, month end",
            values=closing,
            css="b",
            why=_of_place(found, "closing"),
            stands=True,
            mark="exc",
            marked=np.flatnonzero(below).tolist(),
        ),
    ]


def _of_place(found: ItemLocation, kind: str) -> Why:
    return partial(explanations.url, kind, found.plan.pk, found.line.item_id, found.line.location_id)


def _cells(found: ItemLocation, line: Line, months: Sequence[date]) -> list[dict[str, Any]]:
    places = places_of(found.item)
    cells: list[dict[str, Any]] = [
        {"text": line.label, "header": True, "css": line.css if line.css != "sub" else ""}
    ]
    for h, start in enumerate(months):
        css = f"n {line.css} {line.mark if h in line.marked else ''}".strip()
        text = line.text(line.values[h], places)
        cells.append({"text": text, "css": css, "why": line.why(start) if line.why else ""})
    shown = line.values[: len(months)]
    total = line.text(float(shown[-1] if line.stands else shown.sum()), places)
    return [*cells, {"text": total, "css": f"n {line.css}", "why": _why_total(found, line, months)}]


def _why_total(found: ItemLocation, line: Line, months: Sequence[date]) -> str:
    if line.stands:
        return line.why(months[-1]) if line.why else ""
    keys = (found.plan.pk, found.line.item_id, found.line.location_id, line.name, len(months))
    return explanations.url("over_months", *keys) if line.name else ""
