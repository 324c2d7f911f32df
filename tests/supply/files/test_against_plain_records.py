"""`plan_files --unconstrained` against a record written in plain loops: many random networks in one folder."""

import csv
import math
from collections import defaultdict
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from folder_networks import STARTS, Node, Terms, network, write_folder

LONGEST = {"week": 7, "month": 31}
NETWORKS = 40


def plain_record(
    nodes: list[Node], buckets: int, longest: int
) -> dict[tuple[str, str], dict[str, list[float]]]:
    """Orlicky's record, one item-location after the other, each after all that require it."""
    required: dict[int, list[float]] = defaultdict(lambda: [0.0] * buckets)
    answer = {}
    for node in nodes:
        gross = [a + b for a, b in zip(node.demand, required[id(node)], strict=True)]
        receipts, stocks = _net(node, gross, buckets, longest)
        releases, past_due = [0.0] * buckets, 0.0
        for t, quantity in enumerate(receipts):
            released, _ = _release(node, t, longest)
            if released >= 0:
                releases[released] += quantity
            else:
                past_due += quantity
        answer[node.item, node.place] = {
            "dependent_demand": required[id(node)], "planned_receipts": receipts, "planned_releases": releases,
            "past_due_release": [past_due] + [0.0] * (buckets - 1),
            "closing": [max(stock, 0.0) for stock in stocks], "shortage": [max(-stock, 0.0) for stock in stocks],
        }  # fmt: skip
        _pass_down(node, receipts, required, longest)
    return answer


def _release(node: Node, t: int, longest: int) -> tuple[int, Terms]:
    """Last bucket whose own lead time still meets a receipt in t, and its terms; -1 where it lies in the past."""
    for bucket in range(t, -1, -1):
        terms = [one for one in node.terms if one.first <= bucket][-1]
        if bucket + math.ceil(terms.lead_days / longest) <= t:
            return bucket, terms
    return -1, node.terms[0]


def _net(node: Node, gross: list[float], buckets: int, longest: int) -> tuple[list[float], list[float]]:
    receipts, stocks, stock = [], [], float(node.on_hand)
    for t in range(buckets):
        stock += node.due.get(t, 0) - gross[t]
        lot = 0.0
        if stock < node.safety:
            lot = _lot(node, _release(node, t, longest)[1], gross, t, stock)
        stock += lot
        receipts.append(lot)
        stocks.append(stock)
    return receipts, stocks


def _lot(node: Node, terms: Terms, gross: list[float], t: int, stock: float) -> float:
    net = node.safety - stock
    if node.rule == "fixed_order_quantity":
        size = 40 * node.parameter
        net = math.ceil(net / size) * size
    if node.rule == "period_order_quantity":
        ahead = stock
        for later in range(t + 1, min(t + node.parameter, len(gross))):
            ahead += node.due.get(later, 0) - gross[later]
            net = max(net, node.safety - ahead)
    net = max(net, terms.moq)
    step = terms.multiple or 1
    return float(math.ceil(net / step - 1e-9) * step)


def _pass_down(node: Node, receipts: list[float], required: dict[int, list[float]], longest: int) -> None:
    """Components with the release, the sender's stock with the shipment; what is overdue falls on the first bucket."""
    moved = node.source not in (node.place, "MAKER")
    for t, quantity in enumerate(receipts):
        released, terms = _release(node, t, longest)
        at = max(t - math.ceil(terms.transit_days / longest) if moved else released, 0)
        for component, per in node.below:
            if quantity and at < len(receipts):
                required[id(component)][at] += per * quantity


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
