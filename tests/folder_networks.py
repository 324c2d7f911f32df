"""Random supply networks as folders of tables: two levels of shared components, one end item moved to a second place."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

STARTS = {
    "week": [date.fromordinal(date(2026, 1, 5).toordinal() + 7 * t) for t in range(12)],
    "month": [date(2026, 1 + t, 1) for t in range(12)],
}
RULES = ("lot_for_lot", "fixed_order_quantity", "period_order_quantity")
LEVELS = 3


@dataclass(frozen=True)
class Terms:
    """What a source asks for from a bucket on."""

    first: int
    lead_days: int
    transit_days: int
    moq: int
    multiple: int


@dataclass
class Node:
    """One item-location and how it is supplied, under `terms` that may change."""

    item: str
    place: str
    demand: list[int]
    on_hand: int
    due: dict[int, int]
    safety: int
    terms: list[Terms]
    rule: str
    parameter: int
    source: str
    below: list[tuple["Node", float]] = field(default_factory=list)


def network(name: str, rng: np.random.Generator, buckets: int) -> list[Node]:
    """Two end items over shared components on two levels; one end item is moved from a second place."""
    nodes: list[list[Node]] = []
    for level in range(LEVELS):
        nodes.append([_node(f"{name}-{level}{k}", rng, buckets, level) for k in range(2)])
    for level in range(LEVELS - 1):
        for node in nodes[level]:
            for component in rng.permutation(2)[: int(rng.integers(1, 3))].tolist():
                node.below.append((nodes[level + 1][component], float(rng.choice([1, 2, 4]))))
            node.source = node.place
    end = nodes[0][0]
    receiver = _node(end.item, rng, buckets, 0)
    receiver.place, receiver.source, receiver.below = "NJ", "KL", [(end, 1.0)]
    return [receiver, *nodes[0], *nodes[1], *nodes[2]]


def _terms(rng: np.random.Generator, first: int) -> Terms:
    lead = int(rng.choice([0, 5, 7, 14, 30, 31, 45, 62]))
    return Terms(
        first=first, lead_days=lead, transit_days=int(rng.integers(0, lead + 1)),
        moq=int(rng.choice([0, 25, 100])), multiple=int(rng.choice([0, 1, 12, 25])),
    )  # fmt: skip


def _node(item: str, rng: np.random.Generator, buckets: int, level: int) -> Node:
    changes = [int(rng.integers(2, buckets))] if rng.random() < 0.4 else []
    sold = level == 0 or rng.random() < 0.3
    return Node(
        item=item, place="KL", source="MAKER",
        demand=rng.integers(0, 60, buckets).tolist() if sold else [0] * buckets,
        on_hand=int(rng.integers(-30, 150)),
        due={int(t): int(rng.integers(5, 90)) for t in rng.integers(0, buckets, 2)},
        safety=int(rng.choice([0, 0, 15])), terms=[_terms(rng, first) for first in [0, *changes]],
        rule=str(rng.choice(RULES)), parameter=int(rng.choice([2, 3])),
    )  # fmt: skip


def write_folder(folder: Path, nodes: list[Node], starts: list[date]) -> None:
    tables: dict[str, list[dict[str, object]]] = defaultdict(list)
    tables["locations"] = [{"location": "KL"}, {"location": "NJ"}]
    for node in nodes:
        place = {"item": node.item, "location": node.place}
        tables["demand"] += [
            {**place, "date": day, "quantity": units} for day, units in zip(starts, node.demand, strict=True)
        ]
        tables["on_hand"].append({**place, "quantity": node.on_hand})
        tables["scheduled_receipts"] += [
            {"order": f"{node.item}{node.place}{t}", **place, "quantity": units, "due_date": starts[t]}
            for t, units in node.due.items()
        ]
        size = 40 * node.parameter if node.rule == "fixed_order_quantity" else node.parameter
        tables["policies"].append(
            {**place, "service_policy": "fixed_quantity", "service_target": node.safety,
             "lot_sizing": node.rule, "lot_parameter": size}
        )  # fmt: skip
        tables["sourcing"] += [
            {**place, "source": node.source, "lead_time_days": one.lead_days, "transit_days": one.transit_days,
             "moq": one.moq, "order_multiple": one.multiple, "valid_from": starts[one.first] if one.first else ""}
            for one in node.terms
        ]  # fmt: skip
        if node.source == node.place:
            tables["bom"] += [
                {"parent": node.item, "component": below.item, "quantity_per": per}
                for below, per in node.below
            ]
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
