"""After each import workers recompute by themselves: a real worker over a real broker, and no task is called here."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from siop.jobs.models import Job
from siop.plans.selectors import current_live_plan

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """The worker that `up` runs, on the database of this test."""
    settings = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**settings)
    command = [
        str(Path(sys.executable).parent / "celery"),
        "-A",
        "siop.celery",
        "worker",
        "--concurrency",
        "2",
    ]
    process = subprocess.Popen(
        [*command, "--without-gossip", "--without-mingle", "--loglevel", "WARNING"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "siop.settings.test"},
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def sales_file(folder: Path) -> Path:
    path = folder / "sales.csv"
    rows = [
        f"{2023 + month // 12}-{month % 12 + 1:02}-15,{item},NJ,WEB,O-{month},{100 + 7 * (month % 12)}"
        for month in range(37)
        for item in ("CAP", "BTL")
    ]
    path.write_text("date,item,location,segment,order,quantity\n" + "\n".join(rows) + "\n")
    return path


def load(folder: Path) -> None:
    for table, text in {
        "items": "item,unit_cost,unit_price\nCAP,2,5\nBTL,4,30\n",
        "locations": "location\nNJ\n",
        "segments": "segment\nWEB\n",
    }.items():
        path = folder / f"{table}.csv"
        path.write_text(text)
        call_command("import_data", str(path), stdout=StringIO())
    call_command("import_data", str(sales_file(folder)), stdout=StringIO())


def wait_for_plan(seconds: float) -> None:
    end = time.monotonic() + seconds
    while current_live_plan() is None:
        assert time.monotonic() < end, list(Job.objects.values_list("kind", "state", "message"))
        time.sleep(0.2)


def test_import_with_the_worker_stopped_then_started_publishes_a_forecast(tmp_path: Path) -> None:
    load(tmp_path)
    assert current_live_plan() is None
    with worker():
        wait_for_plan(120)
        answer = StringIO()
        call_command("recompute", "--as-of", "2026-01-10", "--wait", "--json", stdout=answer)
        facts = json.loads(answer.getvalue())
        call_command("recompute", "--only", "supply", "--wait-all", "--json", stdout=StringIO())

    assert (facts["state"], facts["as_of"]) == ("published", "2026-01-01")
    plan = current_live_plan()
    assert plan is not None
    assert plan.pk > facts["plan"]
    assert plan.parameters["planning_date"] == "2026-01-10"
    line = plan.lines.get(item__code="CAP")  # type: ignore[attr-defined]
    demand = plan.consensus_lines.get(series__item__code="CAP")  # type: ignore[attr-defined]
    assert line.demand[0] == pytest.approx(
        demand.quantity[0] * 22 / 31
    )  # from the 10th on, January has 22 days
    assert line.demand[1:] == pytest.approx(demand.quantity[1:])
    with_backtest = plan.consensus_lines.filter(run__lines__backtest_origins__gte=12)  # type: ignore[attr-defined]
    assert with_backtest.exists()
