"""``bench forecast``: every goal of the forecasting engine beside what was measured and what peers reach."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forecasting import bench_sets as sets
from forecasting.bench_peers import PeerRun, statsforecast_peers, statsmodels_pool
from forecasting.engine import (
    Array,
    Forecast,
    accuracy,
    backtest,
    calibrate,
    fit_drivers,
    forecast,
    lead_time_quantiles,
)
from forecasting.files import forecast_file

DEFAULT_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "forecast"
CHUNK = 10_000
CUTS = ((12, 0.957, 0.935), (14, 0.925, 0.905), (24, 0.87, 0.85))
WEEKS_KNOWN, WEEKS_AHEAD = 24, 8


@dataclass(frozen=True)
class Row:
    """One figure beside its goals; ``higher`` tells which way is better, NaN goals are for information."""

    name: str
    value: float
    goal_floor: float
    goal_ambition: float
    peer: str
    higher: bool = False

    @property
    def met(self) -> bool:
        """Whether the floor is reached; a figure without a goal is always met."""
        if np.isnan(self.goal_floor):
            return True
        return self.value >= self.goal_floor if self.higher else self.value <= self.goal_floor


def bench_forecast(
    *, scale: int = 10_000, data: Path = DEFAULT_DATA, peers: int = 100, out: Path | None = None
) -> list[Row]:
    """Measure everything; ``scale`` series for throughput, ``peers`` series for the slow peers.

    Reference files that are not in ``data`` are left out of the table. ``out`` keeps the M3 forecasts.
    """
    rows = [*strong_season_rows(peers), *speed_rows(peers), *scale_rows(scale)]
    if (data / "m3_monthly.parquet").exists():
        rows += m3_rows(sets.m3_monthly(data), peers=peers, out=out)
    if (data / "carparts.parquet").exists():
        rows += car_part_rows(sets.car_parts(data))
    if (data / "orangeJuice_yx.parquet").exists():
        rows += orange_juice_rows(sets.orange_juice(data))
    return rows


def m3_rows(data: sets.Ragged, *, peers: int, out: Path | None = None) -> list[Row]:
    """OWA on the whole set, on a sample beside peers, cut short, and interval coverage."""
    result = _forecast(data)
    if out is not None:
        _keep(data, result, out)
    sample = data.some(np.linspace(0, len(data) - 1, min(peers, len(data))).astype(np.int64))
    picked = result.mean[:, [data.names.index(name) for name in sample.names]]
    runs = statsforecast_peers(sample)
    rows = [
        Row(
            "M3 monthly OWA, whole set",
            owa(result.mean, data),
            0.810,
            0.798,
            "AutoETS .838 as published here",
        ),
        Row(f"M3 OWA, {len(sample)} series beside peers", owa(picked, sample), *_nan(), _owas(runs, sample)),
    ]
    rows += _coverage_rows("M3 in full", data, result, floor=3.0, ambition=1.5)
    for periods, floor, ambition in CUTS:
        cut = data.cut(periods)
        short = _forecast(cut)
        rows.append(
            Row(f"M3 cut to {periods} OWA", owa(short.mean, data), floor, ambition, "full-history Naive2 1.0")
        )
        rows += _coverage_rows(f"M3 cut to {periods}", cut, short, floor=6.0, ambition=3.0)
    return rows


def strong_season_rows(count: int) -> list[Row]:
    """OWA on seeded strong multiplicative season beside AutoETS, DOT, CES and their mean."""
    found = []
    for name, data in (
        ("Strong season (seeded) OWA", sets.strong_season(count=count)),
        ("Strong season that drifts (seeded) OWA", sets.drifting_season(count=count)),
    ):
        runs = statsforecast_peers(data)
        best = min(owa(run.mean, data) for run in runs.values())
        mean = owa(_forecast(data).mean, data)
        found.append(Row(name, mean, owa(runs["AutoETS"].mean, data), best, _owas(runs, data)))
    return found


def car_part_rows(demand: Array) -> list[Row]:
    """Pinball loss of three-month demand over mean demand, at twelve rolling origins."""
    losses: dict[float, list[Array]] = {0.95: [], 0.8: []}
    actuals = []
    for back in range(3, 15):
        window = demand[len(demand) - back : len(demand) - back + 3]
        use = np.isfinite(window).all(axis=0)
        total = window[:, use].sum(axis=0)
        actuals.append(total)
        found = lead_time_quantiles(demand[:-back][:, use], periods=3, levels=tuple(losses))
        for level, quantile in zip(losses, found, strict=True):
            losses[level].append(accuracy.pinball(total, quantile, level=level))
    size = float(np.concatenate(actuals).mean())
    goals = {0.95: (0.225, 0.215), 0.8: (0.445, 0.43)}
    return [
        Row(
            f"Car parts, pinball {level:.0%} of three months",
            float(np.concatenate(parts).mean()) / size,
            *goals[level],
            f"forecast of zero {level:.2f}",
        )
        for level, parts in losses.items()
    ]


def orange_juice_rows(data: sets.Scanner) -> list[Row]:
    """WAPE of eight weeks ahead from 24 weeks of history, future drivers known, at rolling origins."""
    lower, upper = np.array([-6.0, -3.0, 0.0, 0.0]), np.array([0.0, 6.0, 3.0, 3.0])
    driven, plain, actuals = [], [], []
    for origin in range(40, len(data.demand) - WEEKS_AHEAD, 12):
        past, ahead = slice(origin - WEEKS_KNOWN, origin), slice(origin, origin + WEEKS_AHEAD)
        model = fit_drivers(data.demand[past], data.drivers[:, past], data.brand, lower=lower, upper=upper)
        usable = np.isfinite(data.demand[past]).mean(axis=0) >= 0.8
        known = usable & np.isfinite(data.drivers[:, ahead]).all(axis=0) & np.isfinite(data.demand[ahead])
        actuals.append(np.where(known, data.demand[ahead], np.nan))
        driven.append(model.forecast(data.drivers[:, ahead]))
        plain.append(np.exp(model.level)[None] * np.ones_like(driven[-1]))
    actual = np.concatenate(actuals)
    without = float(accuracy.wape(actual, np.concatenate(plain)))
    return [
        Row(
            "Orange juice WAPE, 24 weeks of history",
            float(accuracy.wape(actual, np.concatenate(driven))),
            0.49,
            0.47,
            f"without drivers {without:.3f}",
        )
    ]


def speed_rows(peers: int) -> list[Row]:
    """Series per CPU-second at 48 points against peers in this run."""
    data = sets.strong_season(count=2_000, seed=2, shortest=48, longest=49)
    sample = data.some(np.arange(min(peers, 60)))
    runs = statsforecast_peers(sample)
    pool = statsmodels_pool(data.some(np.arange(12)))
    history, first = data.packed()
    learned = calibrate(history[:, :50], first[:50])
    began = time.process_time()
    forecast(history, first, calibration=learned)
    kernel = len(data) / (time.process_time() - began)
    whole = _file_speed(data)
    ets = runs["AutoETS"].per_second
    speeds = ", ".join(f"{name} {run.per_second:.0f}/s" for name, run in runs.items())
    return [
        Row("Kernel, times AutoETS per CPU-second", kernel / ets, 250, 500, speeds, higher=True),
        Row(
            "Kernel, times statsmodels ETS pool",
            kernel / pool.per_second,
            1_000,
            3_000,
            f"statsmodels {pool.per_second:.1f}/s, kernel {kernel:.0f}/s",
            higher=True,
        ),
        Row("forecast_file, times AutoETS", whole / ets, 100, 300, f"{whole:.0f}/s", higher=True),
    ]


def _file_speed(data: sets.Ragged) -> float:
    """Series per CPU-second of forecast_file on parquet, intervals and learning included."""
    rows = [(name, t, y) for name, s in zip(data.names, data.train, strict=True) for t, y in enumerate(s)]
    names, times, values = zip(*rows, strict=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.parquet"
        pq.write_table(pa.table({"unique_id": names, "t": times, "y": values}), source)
        began = time.process_time()
        forecast_file(source, Path(folder) / "out.parquet")
        return len(data) / (time.process_time() - began)


def scale_rows(count: int) -> list[Row]:
    """CPU seconds for a company's series of 36 months: forecast, backtest, and throughput by size."""
    small = min(count, CHUNK)
    per_small, _ = _company_seconds(small)
    per_series, learned = _company_seconds(count)
    history = sets.company(count=min(count, 2_000))
    began = time.process_time()
    backtest(history, origins=12, lags=6)
    rolling = (time.process_time() - began) / history.shape[1]
    return [
        Row(
            "100,000 series x 36, engine CPU-seconds",
            per_series * 1e5 + learned,
            240,
            80,
            f"at {count} series",
        ),
        Row(
            "100,000 series, rolling backtest, CPU-seconds",
            rolling * 1e5,
            1200,
            360,
            "17 origins for 12 at each lag",
        ),
        Row(
            f"Throughput at {count} over that at {small}",
            per_small / per_series,
            0.8,
            0.95,
            "1 = unchanged",
            higher=True,
        ),
    ]


def _company_seconds(count: int) -> tuple[float, float]:
    """CPU seconds per series in chunks, and for what is learned once."""
    learn_from = sets.company(count=min(count, CHUNK))
    began = time.process_time()
    learned = calibrate(learn_from)
    learning = time.process_time() - began
    spent = 0.0
    for chunk in range(0, count, CHUNK):
        history = sets.company(count=min(CHUNK, count - chunk), seed=chunk + 1)
        began = time.process_time()
        forecast(history, calibration=learned)
        spent += time.process_time() - began
    return spent / count, learning


def owa(mean: Array, data: sets.Ragged, *, season: int = 12) -> float:
    """Overall weighted average of sMAPE and MASE against Naive2 on the full history (M4 definition)."""
    reference = np.array([naive2(series, len(data.test), season=season) for series in data.train]).T
    scale = np.array([np.abs(series[season:] - series[:-season]).mean() for series in data.train])
    ratios = [
        accuracy.smape(data.test, mean).mean() / accuracy.smape(data.test, reference).mean(),
        (np.abs(mean - data.test).mean(axis=0) / scale).mean()
        / (np.abs(reference - data.test).mean(axis=0) / scale).mean(),
    ]
    return float(np.mean(ratios))


def naive2(series: Array, horizon: int, *, season: int = 12) -> Array:
    """Last value, seasonally adjusted by classical ratios where the autocorrelation test at 90 % finds season."""
    ahead = np.arange(horizon)
    if len(series) < 3 * season or (series <= 0).any() or not _seasonal(series, season=season):
        return np.repeat(series[-1], horizon)
    window = np.r_[0.5, np.ones(season - 1), 0.5] / season
    ratio = series[season // 2 : -(season // 2)] / np.convolve(series, window, "valid")
    position = np.arange(season // 2, len(series) - season // 2) % season
    index = np.array([ratio[position == p].mean() for p in range(season)])
    index /= index.mean()
    return np.asarray(series[-1] / index[(len(series) - 1) % season] * index[(len(series) + ahead) % season])


def _seasonal(series: Array, *, season: int) -> bool:
    centred = series - series.mean()
    power = max(float((centred**2).sum()), 1e-30)
    lags = [float((centred[k:] * centred[:-k]).sum()) / power for k in range(1, season + 1)]
    limit = 1.645 * np.sqrt((1 + 2 * sum(r**2 for r in lags[:-1])) / len(series))
    return bool(abs(lags[-1]) > limit)


def _forecast(data: sets.Ragged) -> Forecast:
    history, first = data.packed()
    phase = np.array([len(series) % 12 for series in data.train])
    return forecast(history, first, horizon=len(data.test), phase=phase)


def _coverage_rows(
    name: str, data: sets.Ragged, result: Forecast, *, floor: float, ambition: float
) -> list[Row]:
    rows = []
    for level in result.levels:
        lower, upper = result.bounds(level)
        overall = float(accuracy.coverage(data.test, lower, upper)) * 100
        ahead = accuracy.coverage(data.test, lower, upper, axis=1) * 100
        shown = ", ".join(f"h{k + 1} {ahead[k]:.0f}" for k in (0, 5, 11, 17) if k < len(ahead))
        rows.append(
            Row(
                f"{name}: points off {level} % coverage",
                abs(overall - level),
                floor,
                ambition,
                f"{overall:.1f} %: {shown}",
            )
        )
    return rows


def _owas(runs: dict[str, PeerRun], data: sets.Ragged) -> str:
    found = {name: owa(run.mean, data) for name, run in runs.items()}
    found["their mean"] = owa(np.mean([run.mean for run in runs.values()], axis=0), data)
    return ", ".join(f"{name} {value:.3f}" for name, value in found.items())


def _nan() -> tuple[float, float]:
    return float("nan"), float("nan")


def _keep(data: sets.Ragged, result: Forecast, out: Path) -> None:
    horizon = len(result.mean)
    start = np.array([len(series) for series in data.train])
    columns = {
        "unique_id": pa.array(np.repeat(data.names, horizon)),
        "t": pa.array((start[:, None] + np.arange(horizon)).ravel()),
        "forecast": pa.array(result.mean.T.ravel()),
    }
    for number, level in enumerate(result.levels):
        columns[f"lo-{level}"] = pa.array(result.lower[number].T.ravel())
        columns[f"hi-{level}"] = pa.array(result.upper[number].T.ravel())
    pq.write_table(pa.table(columns), out)
