"""Between the grid's words and the service of overrides: rows by id, rectangles by place, answers as payloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from forecasting.grid import LEAF, Row, ancestors, row_at
from forecasting.models import ConsensusLine, EditBatch
from forecasting.overrides_book import Node
from forecasting.selectors.demand_plan import Shown, version_of
from siop.web.grid import MAX_CELLS, GridEdit, GridError, Rectangle

from .override_changes import Typed
from .overrides import Preview, Saved

HUNDRED = Decimal(100)


def typed_rows(shown: Shown, edit: GridEdit) -> list[Typed]:
    return [Typed(shown.named(row.id), row.version, row.cells, row.base) for row in edit.rows]


def rectangle_rows(shown: Shown, asked: Rectangle) -> list[Typed]:
    """The cells of a rectangle with their new values; rows are found by their place in the query's order."""
    total = shown.view.total
    if asked.last >= total:
        raise GridError(
            409, {"conflicts": [], "rows": [], "error": "The list has changed; look at it and try again."}
        )
    if (asked.last - asked.first + 1) * len(asked.columns) > MAX_CELLS:
        raise GridError(
            400, {"error": f"At most {MAX_CELLS:,} cells can be changed at once; use Import for more."}
        )
    found = [
        row_at(shown.cube, shown.query, shown.selection, shown.view, index)
        for index in range(asked.first, asked.last + 1)
    ]
    rows = _without_nested(found)
    _refuse_changed_since(shown, rows, asked)
    source = found[0]
    return [Typed(row, version_of(shown.cube, row), _cells(shown, row, source, asked)) for row in rows]


def _without_nested(rows: list[Row]) -> list[Row]:
    """A node and rows beneath it would be changed twice: where both are chosen, the lower ones count."""
    leaves = {int(row.leaves[0]) for row in rows if row.kind == LEAF}
    return [row for row in rows if row.kind == LEAF or leaves.isdisjoint(row.leaves.tolist())]


def _refuse_changed_since(shown: Shown, rows: list[Row], asked: Rectangle) -> None:
    """What the person cannot have seen: lines that somebody else wrote after `seen`."""
    leaves = np.unique(np.concatenate([row.leaves for row in rows])) if rows else np.zeros(0, dtype=np.int64)
    series = shown.cube.series[leaves].tolist()
    touched = ConsensusLine.objects.filter(
        plan_id=shown.cube.plan_id, series_id__in=series, touched__gte=asked.seen
    )
    changed = set(touched.values_list("series_id", flat=True))
    if not changed or _only_mine(shown, changed):
        return
    places = {int(shown.cube.position[pk]) for pk in changed}
    stale = [row for row in rows if not places.isdisjoint(row.leaves.tolist())]
    raise GridError(
        409,
        {
            "conflicts": [{"id": row.id, "label": shown.full_label(row)} for row in stale],
            "rows": shown.of_ids(row.id for row in stale),
        },
    )


def _only_mine(shown: Shown, series: set[int]) -> bool:
    """Whether this person's own edits explain every change; what they did themselves they have seen."""
    mine: set[int] = set()
    recent = EditBatch.objects.filter(plan_id=shown.cube.plan_id).order_by("-at")[:200]
    for batch in recent:
        places = {
            int(shown.cube.series[leaf])
            for leaf in batch.images.get("leaves", [])
            if leaf < shown.cube.leaves
        }
        if batch.person_id != shown.person.pk and places & series:
            return False
        mine |= places
    return series <= mine


def _cells(shown: Shown, row: Row, source: Row, asked: Rectangle) -> dict[int, Decimal | None]:
    first = asked.columns[0]
    out: dict[int, Decimal | None] = {}
    for column in asked.columns:
        now = Decimal(repr(shown.values_at(row, column)))
        if asked.op == "fill_down":
            if row.id != source.id:
                out[column] = Decimal(repr(shown.values_at(source, column)))
        elif asked.op == "fill_right":
            if column != first:
                out[column] = Decimal(repr(shown.values_at(row, first)))
        elif asked.op == "release":
            out[column] = None
        else:
            out[column] = _changed(asked.op, now, asked.value)
    return out


def _changed(op: str, now: Decimal, value: Decimal | None) -> Decimal:
    if value is None:
        raise GridError(400, {"error": "The change needs a value."})
    return {
        "set": value,
        "add": now + value,
        "percent": now * (1 + value / HUNDRED),
        "multiply": now * value,
    }[op]


def cells_of(shown: Shown, body: Mapping[str, Any]) -> list[tuple[Node, date]]:
    """Node and month of the cells that a body names."""
    cells = []
    for one in body.get("rows") or []:
        row = shown.named(str(one.get("id")))
        nodes = [row.node] if row.node else [shown.cube.leaf_node(int(leaf)) for leaf in row.leaves]
        for column in one.get("cols") or []:
            if isinstance(column, int) and 0 <= column < shown.cube.columns:
                cells += [(node, shown.cube.months[column]) for node in nodes]
    return cells


def rows_to_send(shown: Shown, outcome: Saved, *, named: Sequence[str], visible: Sequence[str]) -> list[str]:
    """Ids of rows that may look different now: the named ones, those above them, and what is on screen."""
    above = ancestors(shown.cube, outcome.leaves) if len(outcome.leaves) else set()
    near = [one for one in above if one[0] in "ac" or one in visible or one in named]
    return [*named, *sorted(near), *visible]


def preview_payload(shown: Shown, preview: Preview) -> dict[str, Any]:
    cube = shown.cube
    return {
        "leaves": preview.leaves,
        "before": preview.before,
        "after": preview.after,
        "sample": [
            {
                "label": f"{cube.items.codes[cube.item[leaf]]}, {cube.places[leaf]}",
                "before": before,
                "after": after,
            }
            for leaf, before, after in preview.sample
        ],
    }


def conflicts(
    shown: Shown, typed: list[Typed], *, editor: Callable[[Node, date], tuple[str, str]]
) -> list[dict[str, Any]]:
    """Base, mine and theirs of every cell in rows that were changed in the meantime."""
    out = []
    for one in typed:
        for column, mine in one.cells.items():
            theirs, base = shown.values_at(one.row, column), one.base.get(column)
            month = shown.cube.months[column]
            differs = base is None or theirs != base
            who, when = editor(one.row.node, month) if differs and one.row.node else ("", "")
            out.append(
                {
                    "id": one.row.id,
                    "col": column,
                    "label": shown.full_label(one.row),
                    "month": f"{month:%b %y}",
                    "base": base,
                    "mine": None if mine is None else float(mine),
                    "theirs": int(theirs) if theirs == int(theirs) else theirs,
                    "v": version_of(shown.cube, one.row),
                    "who": who,
                    "when": when,
                }
            )
    return out
