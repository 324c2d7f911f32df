"""``bench pipeline``: stored sales become a forecast in the plan, step by step as a worker does it.

One worker's part in this process, in a transaction that is rolled back; two workers share the chunks.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from forecasting.bench.sets import company
from forecasting.models import ForecastLine, SalesLine
from siop import bulk
from siop.catalog.models import Category, Item, Location, Segment
from siop.jobs import services as jobs
from siop.jobs.models import Job

SERIES = 10_000
MONTHS, YEAR = 36, 2023
AS_OF = date(2026, 1, 1)
CATEGORIES = 50
CORES = 2
STEPS = ("history", "forecast", "consensus")
PUBLISHED_SECONDS, BACKTEST_SECONDS = (120, 40), (600, 180)  # of 100,000 series on two cores: floor, ambition
MEMORY_MB = 2_000

Figure = dict[str, Any]


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall and of this process' CPU; the rest of the wall is the database's."""

    wall: float
    cpu: float


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """Seconds of each step for 10,000 x ``scale`` series of 36 months, and what 100,000 would take."""
    count = SERIES * scale
    with transaction.atomic():
        _sales(count)
        _forget_peak()
        jobs.raise_data_version()
        job = jobs.request_recomputation(as_of=AS_OF.isoformat())
        spent = {}
        for step in STEPS:
            job = _of_kind(step, job)
            spent[step] = _work(job)
        lines = ForecastLine.objects.count()
        tested = _work(jobs.request(kind="backtest", version=job.version, plan_id=job.plan_id))
        transaction.set_rollback(True)
    figures = [_figure(f"{step}, seconds", part.wall, f"CPU {part.cpu:.1f}") for step, part in spent.items()]
    whole = Spent(*(sum(getattr(part, name) for part in spent.values()) for name in ("wall", "cpu")))
    figures += [
        _goal(f"100,000 series from stored sales to plan, at {lines:,}", whole, count, PUBLISHED_SECONDS),
        _goal("the backtest of 12 origins behind it", tested, count, BACKTEST_SECONDS),
    ]
    peak = _peak_mb()
    figures.append(_figure("memory of the worker, MB", peak, "") | _judged(peak, (MEMORY_MB, MEMORY_MB)))
    if out is not None:
        out.write_text("".join(f"{figure['name']};{figure['value']}\n" for figure in figures), "utf-8")
    return figures


def _forget_peak() -> None:
    """The most memory so far was that of writing the invented sales, which is no part of the worker's work."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _sales(count: int) -> None:
    """One order line a month for each of ``count`` items; months without demand have none."""
    place = Location.objects.create(code="BENCH-L")
    segment = Segment.objects.create(code="BENCH-S")
    kinds = [Category.objects.create(code=f"BENCH-{k}").pk for k in range(CATEGORIES)]
    codes = [f"BENCH-{number}" for number in range(count)]
    bulk.copy_in(Item, {"code": codes, "category_id": np.array(kinds)[np.arange(count) % CATEGORIES]})
    (ids,) = bulk.copy_out(
        "SELECT id FROM catalog_item WHERE code LIKE 'BENCH-%%' ORDER BY id", [], columns="i"
    )
    demand = company(count=count, periods=MONTHS)
    month, series = np.nonzero(demand)
    days = [date(YEAR + k // 12, k % 12 + 1, 15) for k in range(MONTHS)]
    bulk.copy_in(
        SalesLine,
        {
            "date": [days[k] for k in month],
            "item_id": ids[series],
            "location_id": place.pk,
            "segment_id": segment.pk,
            "order": "1",
            "quantity": demand[month, series],
        },
    )
    bulk.execute("ANALYZE forecasting_salesline")


def _of_kind(kind: str, earlier: Job) -> Job:
    """The open job of a kind; each step's end asks for the next one."""
    return earlier if earlier.kind == kind else jobs.open_jobs().get(kind=kind, version=earlier.version)


def _work(job: Job) -> Spent:
    began, cpu = time.perf_counter(), time.process_time()
    jobs.start(job.pk)
    while chunks := jobs.claim(job.pk, limit=8):
        for chunk in chunks:
            jobs.work(chunk)
    jobs.close(job.pk)
    job.refresh_from_db()
    return Spent(wall=time.perf_counter() - began, cpu=time.process_time() - cpu)


def _goal(name: str, spent: Spent, count: int, goals: tuple[int, int]) -> Figure:
    """Seconds of 100,000 series on two cores, from those of one worker for ``count``."""
    value = spent.wall * 1e5 / count / CORES
    peer = f"one worker for {count:,}: {spent.wall:.1f} s, of its CPU {spent.cpu:.1f}"
    return _figure(f"{name}, {CORES} workers", value, peer) | _judged(value, goals)


def _judged(value: float, goals: tuple[int, int]) -> Figure:
    return {"goal": f"{goals[0]} / {goals[1]}", "met": bool(value <= goals[0])}


def _figure(name: str, value: float, peer: str) -> Figure:
    return {"name": name, "value": f"{value:.3g}", "goal": "", "met": None, "peer": peer}
