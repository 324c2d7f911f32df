"""Work through the ledger in this process: the same start, claim, work and close that the workers call."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from siop.jobs import services
from siop.jobs.enums import JobState
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.web import exports

BACKGROUND = ("backtest", "supplier_stress", "fill_calibration", "plan_improvement")


def plan_now(*, as_of: date | None = None, background: bool = False) -> PlanVersion:
    """Compute the live plan, as of a date where one is given; what the imports asked for gives way to it."""
    if as_of:
        services.open_jobs().update(state=JobState.CANCELLED, finished=timezone.now())
        services.request_recomputation(as_of=as_of.isoformat())
    work_all(background=background)
    plan = current_live_plan()
    assert plan is not None, "nothing was planned"
    return plan


def work_all(*, background: bool = False) -> None:
    """Finish every open job and what comes after it; the backtest only where it is asked for."""
    for _ in range(50):
        waiting = [
            job
            for job in services.open_jobs().order_by("id")
            if background or not services.registry.get(job.kind).background
        ]
        if not waiting:
            return
        for job in waiting:
            _work(job.pk)
    raise AssertionError("the jobs do not end")


def work_until(kind: str) -> None:
    """Work through the chain up to and including one step; the next one is asked for and waits."""
    while True:
        job = services.open_jobs().order_by("id").exclude(kind__in=BACKGROUND).first()
        assert job is not None, f"{kind} never came"
        _work(job.pk)
        if job.kind == kind:
            return


def _work(job_id: int) -> None:
    if services.start(job_id) is None:
        return
    while chunks := services.claim(job_id, limit=8):
        for chunk in chunks:
            services.work(chunk)
    services.close(job_id)


def exported(kind: str) -> list[dict[str, Any]]:
    """Rows of an export of the working plan, as the API gives them."""
    found = exports.extract(kind, person=None)
    return list(json.loads(b"".join(exports.pieces(found, format="json"))))


def demand_rows(item: str, location: str, first: date, quantities: Iterable[float]) -> list[dict[str, Any]]:
    """Rows of the `demand` table: one quantity a month from `first` on."""
    return [
        {"item": item, "location": location, "date": month, "quantity": quantity}
        for month, quantity in zip(_months(first), quantities, strict=False)
    ]


def days_in(first: date, count: int) -> list[int]:
    """Days of `count` calendar months."""
    months = [month for month, _ in zip(_months(first), range(count + 1), strict=False)]
    return [(after - month).days for month, after in pairwise(months)]


def consensus_of(plan: PlanVersion) -> dict[str, list[float]]:
    """Consensus demand by item code, over all its series."""
    totals: dict[str, list[float]] = {}
    for line in plan.consensus_lines.select_related("series__item"):  # type: ignore[attr-defined]
        code = line.series.item.code
        totals[code] = [
            a + b for a, b in zip(totals.get(code, [0.0] * plan.horizon), line.quantity, strict=True)
        ]
    return totals


def _months(first: date) -> Iterator[date]:
    while True:
        yield first
        first = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
