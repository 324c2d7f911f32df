"""How fast files come in, beside a raw COPY and Django's bulk_create, all in one run that is rolled back."""

from __future__ import annotations

import io
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from django.apps import apps
from django.db import connection, transaction

from siop.gather import services
from siop.gather.parts import read_parts
from siop.gather.profiles import ONLINE_RETAIL
from siop.gather.readers.limits import STREAMED
from siop.gather.services import Outcome
from siop.gather.undo import undo_import

ROWS = 200_000
PEER_ROWS = 20_000
SECONDS_PER_MILLION = 120.0
RETAIL_SECONDS = 60.0
MEMORY_MB = 1_000
SEED = 20_241_103
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

Figure = dict[str, Any]


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """Rows per second of a synthetic file of 200,000 x scale lines, then the real retail file."""
    figures = [*_synthetic(ROWS * scale), *_retail((data or SHARED) / "online_retail.csv.gz")]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures.append(
        _figure("memory of the importing process, MB", peak, f"<= {MEMORY_MB:,}", peak <= MEMORY_MB)
    )
    if out is not None:
        out.write_text("".join(f"{figure['name']};{figure['value']}\n" for figure in figures), "utf-8")
    return figures


def _synthetic(rows: int) -> Iterator[Figure]:
    text = _sales_csv(rows)
    with _rolled_back():
        _catalog()
        raw = rows / _seconds(lambda: _raw_copy(text))
        django = PEER_ROWS / _seconds(lambda: _bulk_create(PEER_ROWS))
        started = time.perf_counter()
        outcome = _import(text)
        seconds = time.perf_counter() - started
        again = _seconds(lambda: _import(text + b"\n"))
        undone = _seconds(lambda: undo_import(outcome.batch.pk))
    peers = f"raw COPY {raw:,.0f}, bulk_create without checks {django:,.0f}"
    yield _figure(f"rows per second, {rows:,} lines read, judged, stored", rows / seconds, "", None, peers)
    million = seconds / rows * 1e6
    yield _figure(
        "seconds for 1,000,000 lines at this rate", million, "<= 120", million <= SECONDS_PER_MILLION
    )
    yield _figure(
        "rows per second when all are stored already", rows / again, "faster than new ones", again <= seconds
    )
    yield _figure("rows per second of undo", rows / undone, "", None)


def _retail(path: Path) -> Iterator[Figure]:
    if not path.exists():
        yield _figure(f"{path.name} is not beside this checkout", float("nan"), "<= 60", None)
        return
    with _rolled_back(), path.open("rb") as content:
        started = time.perf_counter()
        parts = read_parts(content, file_name=path.name, profile=ONLINE_RETAIL, limits=STREAMED)
        (outcome,) = services.load(parts)
        seconds = time.perf_counter() - started
    name = f"seconds for {outcome.read:,} real lines, profile online-retail"
    yield _figure(name, seconds, "<= 60", seconds <= RETAIL_SECONDS)


@contextmanager
def _rolled_back() -> Iterator[None]:
    """Whatever the block stores is gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _catalog() -> None:
    services.load_tables(
        {
            "items": [{"item": f"BENCH-{number}"} for number in range(2_000)],
            "locations": [{"location": f"BENCH-L{number}"} for number in range(4)],
            "segments": [{"segment": f"BENCH-S{number}"} for number in range(8)],
        },
        source_name="bench",
    )


def _sales_csv(rows: int) -> bytes:
    generator = np.random.default_rng(SEED)
    days = np.datetime64("2023-01-01") + generator.integers(0, 1_000, rows)
    columns = [
        np.datetime_as_string(days),
        np.char.add("BENCH-", generator.integers(0, 2_000, rows).astype(str)),
        np.char.add("BENCH-L", generator.integers(0, 4, rows).astype(str)),
        np.char.add("BENCH-S", generator.integers(0, 8, rows).astype(str)),
        np.char.add("W-", np.arange(rows).astype(str)),
        generator.integers(1, 50, rows).astype(str),
        (generator.integers(100, 5_000, rows) / 100).astype(str),
    ]
    lines = map(",".join, zip(*columns, strict=True))
    return ("date,item,location,segment,order,quantity,unit_price\n" + "\n".join(lines)).encode()


def _import(text: bytes) -> Outcome:
    parts = read_parts(io.BytesIO(text), file_name="bench.csv", table="sales", limits=STREAMED)
    (outcome,) = services.load(parts)
    return outcome


def _raw_copy(text: bytes) -> None:
    """The limit: the server takes the same bytes as text, without keys, checks or indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_raw (d text, i text, l text, s text, o text, q numeric, p numeric) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY bench_raw FROM STDIN WITH (FORMAT csv, HEADER)", io.BytesIO(text))


def _bulk_create(rows: int) -> None:
    """The usual way, given rows that are judged already."""
    model = apps.get_model("forecasting.SalesLine")
    ids = {
        name: apps.get_model(label)._default_manager.values_list("pk", flat=True)[0]
        for name, label in (
            ("item_id", "catalog.Item"),
            ("location_id", "catalog.Location"),
            ("segment_id", "catalog.Segment"),
        )
    }
    model._default_manager.bulk_create(
        (
            model(date="2020-01-01", order=f"P-{number}", quantity=1, unit_price=1, **ids)
            for number in range(rows)
        ),
        batch_size=5_000,
    )


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _figure(name: str, value: float, goal: str, met: bool | None, peer: str = "") -> Figure:
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
    return {"name": name, "value": shown, "unit": "", "goal": goal, "met": met, "peer": peer}
