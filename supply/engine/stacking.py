"""Several problems as one: side by side, sharing nothing, so that one pass over arrays plans them all."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from .shapes import Capacities, IntArray, Kind, Lanes, PlanInputs

Table = TypeVar("Table")
_TOGETHER = 12_000  # item-locations planned at once: more no longer gains, and takes memory
_BY_ITEM = (
    "on_hand", "priority", "margin", "unit_cost", "blocked_until", "lot_rule", "lot_parameter", "shelf_life_days",
)  # fmt: skip


def batches(sizes: Sequence[int]) -> Iterator[slice]:
    """Neighbours to be stacked together, by their numbers of item-locations.

    >>> list(batches([7000, 4000, 9000]))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    first, held = 0, 0
    for place, size in enumerate(sizes):
        if held and held + size > _TOGETHER:
            yield slice(first, place)
            first, held = place, 0
        held += size
    if first < len(sizes):
        yield slice(first, len(sizes))


def stacked(problems: Sequence[PlanInputs]) -> PlanInputs:
    """Problems of one calendar side by side: item-locations, lanes and capacities in the order given."""
    items = _offsets([problem.count for problem in problems])
    lanes = _offsets([problem.lanes.count for problem in problems])
    columns = _offsets([problem.capacities.count for problem in problems])
    use = [problem.capacities for problem in problems]
    return replace(
        problems[0],
        demand=np.hstack([problem.demand for problem in problems]),
        safety_stock=np.hstack([problem.safety_stock for problem in problems]),
        **_by_item(problems),
        lanes=_lanes([problem.lanes for problem in problems], items, lanes),
        bom=_joined([problem.bom for problem in problems], parent=items, component=items),
        receipts=_joined([problem.receipts for problem in problems], item=items, lane=lanes),
        firm=_joined([problem.firm for problem in problems], lane=lanes),
        chosen=_joined([problem.chosen for problem in problems], lane=lanes),
        capacities=Capacities(
            available=np.hstack([part.available for part in use if part.count] or [use[0].available]),
            lane=_moved([part.lane for part in use], lanes),
            capacity=_moved([part.capacity for part in use], columns),
            per_unit=np.concatenate([part.per_unit for part in use]),
        ),
        returns=_joined([problem.returns for problem in problems], item=items, returned=items),
        outside=_joined([problem.outside for problem in problems], item=items),
    )


def _by_item(problems: Sequence[PlanInputs]) -> dict[str, Any]:
    return {name: np.concatenate([getattr(problem, name) for problem in problems]) for name in _BY_ITEM}


def _lanes(parts: Sequence[Lanes], items: list[int], lanes: list[int]) -> Lanes:
    """Lanes side by side; only senders and groups need a look: suppliers are the same in every problem."""
    groups = _offsets([len(part.group_moq) for part in parts])
    sources, numbers = [], []
    for part, item, group in zip(parts, items, groups, strict=True):
        sources.append(np.where(part.kind == Kind.TRANSFER, part.source + item, part.source))
        numbers.append(np.where(part.group >= 0, part.group + group, -1))
    moved = [
        replace(part, source=source, group=number)
        for part, source, number in zip(parts, sources, numbers, strict=True)
    ]
    terms = _offsets([len(part.term_lane) for part in parts])
    return _joined(moved, item=items, term_lane=lanes, tariff_lane=lanes, break_term=terms)


def _offsets(counts: Sequence[int]) -> list[int]:
    return [0, *np.cumsum(counts)[:-1].tolist()]


def _moved(columns: Sequence[IntArray], offsets: Sequence[int]) -> IntArray:
    """Indices of each problem behind those of the problems before it; -1 stays."""
    pairs = zip(columns, offsets, strict=True)
    return np.concatenate([np.where(column >= 0, column + offset, column) for column, offset in pairs])


def _joined(parts: Sequence[Table], **offsets: list[int]) -> Table:
    """Tables of columns one below the other, the named index columns moved; what is no column stays."""
    columns = {}
    for name in (field.name for field in fields(parts[0])):  # type: ignore[arg-type]
        values = [getattr(part, name) for part in parts]
        if isinstance(values[0], np.ndarray):
            columns[name] = _moved(values, offsets[name]) if name in offsets else np.concatenate(values)
    return replace(parts[0], **columns)  # type: ignore[type-var]
