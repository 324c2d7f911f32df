"""`plan_files --unconstrained` against a record written in plain loops: many random networks in one folder."""

import csv
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

STARTS = {
    "week": [date.fromordinal(date(2026, 1, 5).toordinal() + 7 * t) for t in range(12)],
    "month": [date(2026, 1 + t, 1) for t in range(12)],
}
LONGEST = {"week": 7, "month": 31}
RULES = ("lot_for_lot", "fixed_order_quantity", "period_order_quantity")
NETWORKS, LEVELS = 40, 3


@dataclass
class Node:
    """One item-location and how it is supplied."""

    item: str
    place: str
    demand: list[int]
    on_hand: int
    due: dict[int, int]
    safety: int
    lead_days: int
    transit_days: int
    moq: int
    multiple: int
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


def _node(item: str, rng: np.random.Generator, buckets: int, level: int) -> Node:
    lead = int(rng.choice([0, 5, 7, 14, 30, 31, 45, 62]))
    sold = level == 0 or rng.random() < 0.3
    return Node(
        item=item, place="KL", source="MAKER",
        demand=rng.integers(0, 60, buckets).tolist() if sold else [0] * buckets,
        on_hand=int(rng.integers(0, 150)),
        due={int(t): int(rng.integers(5, 90)) for t in rng.integers(0, buckets, 2)},
        safety=int(rng.choice([0, 0, 15])), lead_days=lead, transit_days=int(rng.integers(0, lead + 1)),
        moq=int(rng.choice([0, 25, 100])), multiple=int(rng.choice([0, 1, 12, 25])),
        rule=str(rng.choice(RULES)), parameter=int(rng.choice([2, 3])),
    )  # fmt: skip


def plain_record(
    nodes: list[Node], buckets: int, longest: int
) -> dict[tuple[str, str], dict[str, list[float]]]:
    """Orlicky's record, one item-location after the other, each after all that require it."""
    required: dict[int, list[float]] = defaultdict(lambda: [0.0] * buckets)
    answer = {}
    for node in nodes:
        gross = [a + b for a, b in zip(node.demand, required[id(node)], strict=True)]
        receipts, stocks = _net(node, gross, buckets)
        lead = math.ceil(node.lead_days / longest)
        releases, past_due = [0.0] * buckets, 0.0
        for t, quantity in enumerate(receipts):
            if t - lead >= 0:
                releases[t - lead] += quantity
            else:
                past_due += quantity
        answer[node.item, node.place] = {
            "dependent_demand": required[id(node)], "planned_receipts": receipts, "planned_releases": releases,
            "past_due_release": [past_due] + [0.0] * (buckets - 1),
            "closing": [max(stock, 0.0) for stock in stocks], "shortage": [max(-stock, 0.0) for stock in stocks],
        }  # fmt: skip
        _pass_down(node, receipts, required, longest)
    return answer


def _net(node: Node, gross: list[float], buckets: int) -> tuple[list[float], list[float]]:
    receipts, stocks, stock = [], [], float(node.on_hand)
    for t in range(buckets):
        stock += node.due.get(t, 0) - gross[t]
        lot = 0.0
        if stock < node.safety:
            lot = _lot(node, gross, t, stock)
        stock += lot
        receipts.append(lot)
        stocks.append(stock)
    return receipts, stocks


def _lot(node: Node, gross: list[float], t: int, stock: float) -> float:
    net = node.safety - stock
    if node.rule == "fixed_order_quantity":
        size = 40 * node.parameter
        net = math.ceil(net / size) * size
    if node.rule == "period_order_quantity":
        ahead = stock
        for later in range(t + 1, min(t + node.parameter, len(gross))):
            ahead += node.due.get(later, 0) - gross[later]
            net = max(net, node.safety - ahead)
    net = max(net, node.moq)
    step = node.multiple or 1
    return float(math.ceil(net / step - 1e-9) * step)


def _pass_down(node: Node, receipts: list[float], required: dict[int, list[float]], longest: int) -> None:
    """Components with the release, the sender's stock with the shipment; what is overdue falls on the first bucket."""
    moved = node.source not in (node.place, "MAKER")
    lead, transit = math.ceil(node.lead_days / longest), math.ceil(node.transit_days / longest)
    for t, quantity in enumerate(receipts):
        at = max(t - (transit if moved else lead), 0)
        for component, per in node.below:
            if quantity and at < len(receipts):
                required[id(component)][at] += per * quantity


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
        tables["sourcing"].append(
            {**place, "source": node.source, "lead_time_days": node.lead_days, "transit_days": node.transit_days,
             "moq": node.moq, "order_multiple": node.multiple}
        )  # fmt: skip
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


@pytest.mark.parametrize("bucket", ["week", "month"])
def test_random_networks_equal_the_plain_record(bucket: str, tmp_path: Path) -> None:
    rng, starts = np.random.default_rng(7), STARTS[bucket]
    networks = [network(f"N{k}", rng, len(starts)) for k in range(NETWORKS)]
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    write_folder(source, [node for nodes in networks for node in nodes], starts)
    call_command(
        "plan_files", str(source), "--out", str(out), "--as-of", starts[0].isoformat(), "--bucket", bucket,
        "--horizon", str(len(starts)), "--unconstrained", stdout=StringIO(),
    )  # fmt: skip
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with (out / "projection.csv").open() as stream:
        for row in csv.DictReader(stream):
            found[row["item"], row["location"]].append(row)
    for nodes in networks:
        for place, columns in plain_record(nodes, len(starts), LONGEST[bucket]).items():
            for column, values in columns.items():
                got = [float(row[column]) for row in found[place]]
                assert got == pytest.approx(values), (place, column)
