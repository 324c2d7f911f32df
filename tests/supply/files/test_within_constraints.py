"""`plan_files` within constraints on random networks: the checker lets it pass, and what is late is told to the unit."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from folder_networks import STARTS, Node, network, write_folder
from folders import Rows

from supply import files

NETWORKS = 12
TABLES = ("projection", "planned_orders", "pegging", "capacity")


def constrain(folder: Path, nodes: list[Node], rng: np.random.Generator) -> None:
    """A line of half of what its items may need, a supplier with a limit, scrap, empties that return, closed days."""
    made = [node.item for node in nodes if node.source == node.place]
    tables = {
        "resources": ["resource,location,capacity_per_month", "LINE,KL,1500", "PRESS,KL,400"],
        "routings": ["item,resource,usage_per_unit"]
        + [f"{item},{('LINE', 'PRESS')[k % 2]},{(1, 0.5)[k % 2]}" for k, item in enumerate(made)],
        "suppliers": ["supplier,capacity_per_month,time_to_recover_days", "MAKER,30000,40"],
        "returns": ["item,returns_as,location,rate,lag_days"]
        + [f"{nodes[k].item},{nodes[k + 3].item},KL,0.25,30" for k in range(1, len(nodes) - 3, 6)],
        "items": ["item,priority,unit_cost,unit_price"]
        + [f"{item},{int(rng.integers(1, 4))},3,9" for item in sorted({node.item for node in nodes})],
        "closures": ["calendar,date"]
        + [f"MAKER,{date(2026, 2, 10) + timedelta(days=k)}" for k in range(12)]
        + [f"KL,{date(2026, 4, 3) + timedelta(days=k)}" for k in range(4)],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def planned(path: Path, nodes: list[Node], bucket: str, rng: np.random.Generator) -> dict[str, Rows]:
    source, out = path / "in", path / "out"
    source.mkdir()
    write_folder(source, nodes, STARTS[bucket])
    constrain(source, nodes, rng)
    plan(source, out, bucket)
    return {name: list(csv.DictReader((out / f"{name}.csv").read_text().splitlines())) for name in TABLES}


def plan(source: Path, out: Path, bucket: str) -> None:
    call_command(
        "plan_files", str(source), "--out", str(out), "--as-of", STARTS[bucket][0].isoformat(), "--bucket", bucket,
        "--horizon", str(len(STARTS[bucket])), stdout=StringIO(),
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _measured_briefly() -> Iterator[None]:
    """How far a plan's cost may be from the least is a note, of which nothing here speaks; it takes all the time given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "_MEASURE_SECONDS", 0.1)
        yield


@pytest.fixture(scope="module", params=["week", "month"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    rng = np.random.default_rng(11)
    starts = STARTS[request.param]
    nodes = [node for k in range(NETWORKS) for node in network(f"N{k}", rng, len(starts))]
    tables = planned(tmp_path_factory.mktemp(request.param), nodes, request.param, rng)
    due = {f"{node.item}{node.place}{t}": starts[t].isoformat() for node in nodes for t in node.due}
    tables["arrivals"] = [{"order": order, "day": day} for order, day in due.items()]
    return tables


def by_place(rows: Rows, *columns: str, kind: str = "") -> dict[tuple[str, str, str], float]:
    total: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in rows:
        key = row[f"{kind}item"], row[f"{kind}location"], row[f"{kind}month"]
        total[key] += sum(float(row[column]) for column in columns)
    return total


def test_pegs_sum_to_what_is_required_bucket_by_bucket(found: dict[str, Rows]) -> None:
    required = by_place(found["projection"], "demand", "dependent_demand")
    for key, opening in by_place(found["projection"], "opening").items():
        required[key] += max(-opening, 0.0)  # what is owed from the start
    pegged = by_place(found["pegging"], "quantity", kind="demand_")
    assert {key for key, units in required.items() if units > 1e-6} == set(pegged)
    assert all(pegged[key] == pytest.approx(required[key]) for key in pegged)


def test_every_late_unit_has_a_cause(found: dict[str, Rows]) -> None:
    late = [row for row in found["pegging"] if float(row["days_late"]) > 0]
    assert len(late) > 50
    assert all(row["first_cause"] for row in late)
    said = "\n".join(row["first_cause"] for row in late)
    assert all(kind in said for kind in ("lead time", "capacity", "component", "receipt"))


def test_pegs_that_arrive_after_a_bucket_sum_to_its_shortage(found: dict[str, Rows]) -> None:
    starts = sorted({row["month"] for row in found["projection"]})
    first, second, last = (date.fromisoformat(starts[t]) for t in (0, 1, -1))
    behind = (last + (second - first)).isoformat()  # December has the days of January
    arrives = {row["order"]: row["due_date"] for row in found["planned_orders"]}
    arrives |= {row["order"]: row["day"] for row in found["arrivals"]}
    late: dict[tuple[str, str, str], float] = defaultdict(float)
    for peg in found["pegging"]:
        if float(peg["days_late"]) <= 0 or peg["order"] == "returns":
            continue
        arrival = arrives.get(peg["order"], "9999")
        for start, following in zip(starts, [*starts[1:], behind], strict=True):
            if start >= peg["demand_month"] and arrival >= following:
                late[peg["demand_item"], peg["demand_location"], start] += float(peg["quantity"])
    returned = {(p["demand_item"], p["demand_location"]) for p in found["pegging"] if p["order"] == "returns"}
    for key, shortage in by_place(found["projection"], "shortage").items():
        if key[:2] not in returned:
            assert late[key] == pytest.approx(shortage, abs=1e-3), key


def test_stock_flows_and_no_capacity_is_overdrawn(found: dict[str, Rows]) -> None:
    before: dict[tuple[str, str], float] = {}
    for row in found["projection"]:
        place = row["item"], row["location"]
        closing = float(row["closing"]) - float(row["shortage"])
        moved = float(row["scheduled_receipts"]) + float(row["planned_receipts"])
        moved -= float(row["demand"]) + float(row["dependent_demand"])
        assert before.get(place, float(row["opening"])) + moved == pytest.approx(closing, abs=1e-3)
        before[place] = closing
    over = [row for row in found["capacity"] if float(row["required"]) > float(row["available"]) + 1e-6]
    assert not over


def test_the_order_of_lines_in_the_tables_changes_nothing(tmp_path: Path) -> None:
    """Whoever competes for a part or a line without a priority is told apart by code, not by the place of a row."""
    rng = np.random.default_rng(12)
    nodes = [node for k in range(NETWORKS) for node in network(f"N{k}", rng, len(STARTS["week"]))]
    source = tmp_path / "in"
    source.mkdir()
    write_folder(source, nodes, STARTS["week"])
    constrain(source, nodes, rng)
    (source / "items.csv").unlink()  # nor are there priorities
    plan(source, tmp_path / "first", "week")
    for file in source.iterdir():
        head, *lines = file.read_text().splitlines()
        file.write_text("\n".join([head, *rng.permutation(lines).tolist()]) + "\n")
    plan(source, tmp_path / "second", "week")
    for name in (*TABLES, "exceptions", "safety_stock"):
        first, second = ((tmp_path / run / f"{name}.csv").read_text() for run in ("first", "second"))
        assert first == second, name
