"""``bench forecast``: every goal of the forecasting engine beside what was measured and what peers reach."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forecasting.bench import sets
from forecasting.bench.measure import Row, owa
from forecasting.bench.peers import PeerRun, statsforecast_peers, statsmodels_ets
from forecasting.bench.speed import scale_rows, speed_rows
from forecasting.engine import (
    Array,
    Forecast,
    accuracy,
    fit_drivers,
    forecast,
    lead_time_quantiles,
)

DEFAULT_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "forecast"
CUTS = ((12, 0.957, 0.935), (14, 0.925, 0.905), (24, 0.87, 0.85))
SLOW_SAMPLE = 60  # series of M3 for the peer that does less than one in a second
WEEKS_KNOWN, WEEKS_AHEAD = 24, 8
OWN_SETS = (
    ("Strong season (seeded) OWA", sets.strong_season),
    ("Strong season that drifts (seeded) OWA", sets.drifting_season),
    ("Trend that runs on for decades (seeded) OWA", sets.running_trend),
    ("Straight line with a fixed season (seeded) OWA", sets.straight_line),
    ("Short history of strong season (seeded) OWA", sets.short_season),
    ("Demand that returns to its line (seeded) OWA", sets.returning),
    ("Growth told once a year (seeded) OWA", sets.yearly_growth),
    ("Quarters (seeded) OWA", sets.quarterly),
)


def bench_forecast(
    *, scale: int = 100_000, data: Path = DEFAULT_DATA, peers: int = 100, out: Path | None = None
) -> list[Row]:
    """Measure everything; ``scale`` series for throughput, ``peers`` of each seeded set.

    Reference files that are not in ``data`` are left out of the table. ``out`` keeps the M3 forecasts.
    """
    rows = [*own_set_rows(peers), *speed_rows(peers), *scale_rows(scale)]
    if (data / "m3_monthly.parquet").exists():
        rows += m3_rows(sets.m3_monthly(data), out=out)
    if (data / "carparts.parquet").exists():
        rows += car_part_rows(sets.car_parts(data))
    if (data / "orangeJuice_yx.parquet").exists():
        rows += orange_juice_rows(sets.orange_juice(data))
    return rows


def m3_rows(data: sets.Ragged, *, out: Path | None = None) -> list[Row]:
    """OWA on the whole set beside peers on the whole set, on a sample beside slow ones, cut short, and coverage."""
    result = _forecast(data)
    if out is not None:
        _keep(data, result, out)
    chosen = np.linspace(0, len(data) - 1, min(SLOW_SAMPLE, len(data))).astype(np.int64)
    sample = data.some(chosen)
    slow = statsmodels_ets(sample)
    rows = [
        Row(
            f"M3 monthly OWA, all {len(data)} series",
            owa(result.mean, data),
            0.810,
            0.798,
            _owas(statsforecast_peers(data), data),
        ),
        Row(
            f"M3 OWA, {len(sample)} series",
            owa(result.mean[:, chosen], sample),
            np.nan,
            np.nan,
            f"statsmodels ETS by AICc {owa(slow.mean, sample):.3f}, {slow.per_second:.1f}/s",
        ),
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


def own_set_rows(count: int) -> list[Row]:
    """OWA on seeded sets beside peers: AutoETS is the floor, the best of all and of their mean the ambition."""
    found = []
    for name, make in OWN_SETS:
        data = make(count=count)
        runs = statsforecast_peers(data)
        together = np.mean([run.mean for run in runs.values()], axis=0)
        best = min(owa(mean, data) for mean in (*(run.mean for run in runs.values()), together))
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


def _forecast(data: sets.Ragged) -> Forecast:
    history, first = data.packed()
    phase = np.array([len(series) % data.season for series in data.train])
    return forecast(history, first, season=data.season, horizon=len(data.test), phase=phase)


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
