"""kill -9 of a worker in the middle of a recomputation: it ends with the same result."""

import csv
import gzip
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from stack import Stack, running

from siop.gather.mapping import Profile

pytestmark = pytest.mark.faults
ITEMS, MONTHS = 6_000, 18
RESULT = """
SELECT (SELECT array_agg(h ORDER BY h) FROM (
            SELECT sum(hashtextextended(series_id || quantity::text, 0))::text AS h FROM forecasting_consensusline WHERE plan_id = p.id
            UNION ALL
            SELECT sum(hashtextextended(item_id || safety_stock::text, 0))::text
            FROM inventory_inventorytarget WHERE plan_id = p.id
            UNION ALL
            SELECT sum(hashtextextended(item_id || closing::text, 0))::text FROM supply_planline WHERE plan_id = p.id
            UNION ALL
            SELECT sum(hashtextextended(item_id || quantity::text || order_by::text, 0))::text
            FROM supply_plannedorder WHERE plan_id = p.id
        ) parts), p.id
FROM plans_planversion p WHERE p.kind = 'live' AND p.status = 'current'
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running("faults", demo=False, names=("worker", "beat"), durable=True) as stack:
        file = tmp_path_factory.mktemp("sales") / "sales.csv.gz"
        _write_sales(file)
        stack.run("import_data", str(file), "--table", "sales", "--profile", _profile(stack))
        _wait_until_published(stack, than=0)
        yield stack


def _profile(stack: Stack) -> str:
    """A profile that creates missing codes, so that one file is a whole company."""
    profile = Profile(name="creates", table="sales", creates={"items": {}, "locations": {}, "segments": {}})
    stack.query(
        'INSERT INTO gather_mappingprofile (name, "table", definition, updated) VALUES (%s, %s, %s, now())',
        profile.name,
        profile.table,
        json.dumps(profile.as_json()),
    )
    return "creates"


def _write_sales(file: Path) -> None:
    chance = random.Random(1)
    with gzip.open(file, "wt", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["date", "item", "location", "segment", "order", "quantity", "unit_price"])
        for item in range(ITEMS):
            level = chance.randint(5, 500)
            for month in range(MONTHS):
                day = date(2024 + (month + 1) // 12, (month + 1) % 12 + 1, 10)
                writer.writerow(
                    [day, f"A-{item:05d}", "UK", "DTC", f"O{month}", chance.randint(1, level), "2.5"]
                )


def _result(stack: Stack) -> tuple[Any, int] | None:
    rows = stack.query(RESULT)
    return (rows[0][0], rows[0][1]) if rows else None


def _wait_until_published(stack: Stack, *, than: int) -> tuple[Any, int]:
    def newer() -> tuple[Any, int] | None:
        open_jobs = stack.query("SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running')")
        found = _result(stack)
        return found if found and found[1] > than and open_jobs == [(0,)] else None

    return stack.wait_for(newer, seconds=240, what="a newer published plan")


def _kill(stack: Stack, victim: str) -> None:
    if victim == "worker":
        os.killpg(stack.children.pid("worker"), signal.SIGKILL)
        stack.children.stop("worker")  # waits for what is dead already
        stack.children.start("worker")
        return
    os.kill(stack.servers.pid(victim), signal.SIGKILL)
    stack.wait_for(lambda: victim in stack.servers.dead(), what=f"the death of {victim}")
    getattr(stack.servers, f"start_{victim}")()


@pytest.mark.parametrize("victim", ["worker"])
def test_a_recomputation_that_is_struck_ends_with_the_same_result(stack: Stack, victim: str) -> None:
    before, plan = _wait_until_published(stack, than=0)
    stack.run("recompute")
    for delay in (0.7, 2.5):
        time.sleep(delay)
        _kill(stack, victim)
    after, _ = _wait_until_published(stack, than=plan)
    assert after == before
