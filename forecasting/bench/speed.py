"""How fast the engine is beside peers, at which sizes, in how much memory, and how soon it starts."""

import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forecasting.bench import sets
from forecasting.bench.measure import Row
from forecasting.bench.peers import statsforecast_peers, statsmodels_ets, three_forms_of_statsmodels
from forecasting.engine import Calibration, backtest, calibrate, forecast
from forecasting.files import forecast_file

ROOT = Path(__file__).resolve().parents[2]
CHUNK = 5_000  # series of one chunk of a job
SIZES = (10_000, 100_000, 1_000_000)
STARTS = 3


@dataclass(frozen=True)
class Load:
    """What one worker spent: CPU seconds on what is learned once, on all chunks, and its most memory."""

    learning: float
    chunks: float
    memory_mb: float


def speed_rows(peers: int) -> list[Row]:
    """Series per CPU-second at 48 points against peers in this run, and the cold start of the command."""
    data = sets.strong_season(count=2_000, seed=2, shortest=48, longest=49)
    runs = statsforecast_peers(data.some(np.arange(min(peers, 60))))
    few = data.some(np.arange(12))
    six, three = statsmodels_ets(few), three_forms_of_statsmodels(few)
    history, first = data.packed()
    learned = calibrate(history[:, :50], first[:50])
    began = time.process_time()
    forecast(history, first, calibration=learned)
    kernel = len(data) / (time.process_time() - began)
    ets = runs["AutoETS"].per_second
    speeds = ", ".join(f"{name} {run.per_second:.0f}/s" for name, run in runs.items())
    return [
        Row("Kernel, times AutoETS per CPU-second", kernel / ets, 250, 500, speeds, higher=True),
        Row(
            "Kernel, times statsmodels ETS pool: the six forms that it fits itself",
            kernel / six.per_second,
            1_000,
            3_000,
            f"statsmodels {six.per_second:.1f}/s, kernel {kernel:.0f}/s",
            higher=True,
        ),
        Row(
            "Kernel, times three of these forms, without multiplicative seasons",
            kernel / three.per_second,
            np.nan,
            np.nan,
            f"statsmodels {three.per_second:.1f}/s",
            higher=True,
        ),
        *file_rows(data, ets=ets),
    ]


def file_rows(data: sets.Ragged, *, ets: float) -> list[Row]:
    """Speed of forecast_file as a whole against AutoETS, and its cold start on one series."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        _write(data, source)
        began = time.process_time()
        forecast_file(source, out)
        whole = len(data) / (time.process_time() - began)
        _write(data.some(np.arange(1)), source)
        start = min(_cold_start(source, out) for _ in range(STARTS))
    return [
        Row("forecast_file, times AutoETS", whole / ets, 100, 300, f"{whole:.0f}/s", higher=True),
        Row("forecast_file of one series, cold start, seconds", start, 3, np.nan, f"best of {STARTS}"),
    ]


def _write(data: sets.Ragged, path: Path) -> None:
    rows = [(name, t, y) for name, s in zip(data.names, data.train, strict=True) for t, y in enumerate(s)]
    names, times, values = zip(*rows, strict=True)
    pq.write_table(pa.table({"unique_id": names, "t": times, "y": values}), path)


def _cold_start(source: Path, out: Path) -> float:
    """Seconds on the wall of the command in a process of its own."""
    command = [sys.executable, str(ROOT / "manage.py"), "forecast_file", str(source), "--out", str(out)]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def scale_rows(most: int) -> list[Row]:
    """CPU seconds, throughput and memory of one worker by number of series of 36 months, and of the backtest."""
    sizes = [size for size in SIZES if size <= most] or [most]
    loads = {size: company_load(size) for size in sizes}
    first, last = loads[sizes[0]], loads[sizes[-1]]
    steady = (first.chunks / sizes[0]) / (last.chunks / sizes[-1])
    per_second = [
        Row(f"Series a CPU-second, {size:,} series", size / load.chunks, np.nan, np.nan, "", higher=True)
        for size, load in loads.items()
    ]
    seconds = last.chunks / sizes[-1] * 1e5 + last.learning
    return [
        *per_second,
        Row("100,000 series x 36, engine CPU-seconds", seconds, 240, 80, f"at {sizes[-1]:,} series"),
        Row("Throughput at the most series over that at the fewest", steady, 0.8, 0.95, "", higher=True),
        Row(
            f"Memory of a worker, MB, {sizes[-1]:,} series",
            last.memory_mb,
            2_000,
            np.nan,
            f"chunks of {CHUNK:,}",
        ),
        backtest_row(min(most, 2_000)),
    ]


def backtest_row(count: int) -> Row:
    history = sets.company(count=count)
    began = time.process_time()
    backtest(history, origins=12, lags=6)
    seconds = (time.process_time() - began) / count * 1e5
    name = "100,000 series, rolling backtest, CPU-seconds"
    return Row(name, seconds, 1200, 360, "17 origins for 12 at each lag")


def company_load(count: int) -> Load:
    """Forecast ``count`` series in a process of its own, chunk by chunk as a worker does."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        return worker.submit(_work, count).result()


def _work(count: int) -> Load:
    began = time.process_time()
    learned = calibrate(sets.company(count=min(count, 2 * CHUNK)))
    learning = time.process_time() - began
    spent = sum(_chunk(min(CHUNK, count - start), start, learned) for start in range(0, count, CHUNK))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Load(learning=learning, chunks=spent, memory_mb=memory)


def _chunk(count: int, start: int, learned: Calibration) -> float:
    history = sets.company(count=count, seed=start + 1)
    began = time.process_time()
    forecast(history, calibration=learned)
    return time.process_time() - began
