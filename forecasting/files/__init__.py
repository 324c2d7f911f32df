"""Forecast a file of series and write the forecasts to a file: the engine without a database.

Reads ``unique_id``, ``t`` (integer) or ``ds`` (date), ``y`` and, if there, ``category``; parquet or CSV.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from forecasting.engine import (
    Array,
    Calibration,
    Forecast,
    IntArray,
    Method,
    calibrate,
    check_settings,
    forecast,
)

from .reading import PARQUET, Series, UnusableFile, read_series

__all__ = ["Summary", "UnusableFile", "forecast_file"]

CHUNK = 20_000
LEARNED_FROM = 6_000
CSV = (".csv", ".txt", "")


@dataclass(frozen=True)
class Summary:
    """What was done: series read, rows read and written, how many series each method took, what is to be said."""

    series: int
    rows_read: int
    rows_written: int
    methods: dict[str, int]
    notes: list[str]


def forecast_file(
    source: Path, out: Path, *, horizon: int = 18, season: int = 12, levels: Sequence[int] = (80, 95)
) -> Summary:
    """Forecast every series of ``source`` and write ``out``; the endings of the names choose the formats.

    Missing periods inside a series count as unknown and are filled; a series' forecasts begin after its own
    last row. Raises UnusableFile with the reason, ValueError for settings that make no sense.
    """
    check_settings(season=season, horizon=horizon, levels=tuple(levels))
    _check_out(out)
    series = read_series(source)
    order = np.argsort(series.length, kind="stable")
    learned = _learn(series, season=season, horizon=horizon)
    parts: list[pa.Table] = []
    counts = np.zeros(len(Method), dtype=np.int64)
    for start in range(0, len(order), CHUNK):
        chosen = np.sort(order[start : start + CHUNK])
        result = _forecast(
            series, chosen, season=season, horizon=horizon, levels=tuple(levels), calibration=learned
        )
        counts += np.bincount(result.method, minlength=len(Method))
        parts.append(_table(series, chosen, result))
    table = pa.concat_tables(parts)
    if len(parts) > 1:
        table = table.sort_by("place")
    _write(table.drop_columns(["place"]), out)
    return Summary(
        series=len(order),
        rows_read=len(series.value),
        rows_written=table.num_rows,
        methods={Method(k).name.lower(): int(v) for k, v in enumerate(counts) if v},
        notes=series.notes,
    )


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in (*PARQUET, *CSV):
        raise UnusableFile(f"{out}: files end in .csv or .parquet, not {out.suffix}")
    if not out.absolute().parent.is_dir():
        raise UnusableFile(f"{out}: there is no folder {out.parent}; make it first")


def _grid(series: Series, chosen: IntArray) -> tuple[Array, IntArray]:
    """History (T, N) of some series, each ending in the last row, NaN in gaps, and their first rows."""
    length = series.length[chosen]
    rows = int(length.max(initial=1))
    grid = np.full((rows, len(chosen)), np.nan)
    count = np.diff(series.begin)[chosen]
    column = np.repeat(np.arange(len(chosen)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    source = np.repeat(series.begin[chosen], count) + place
    row = rows - 1 - (series.last[chosen][column] - series.period[source])
    kept = row >= 0
    grid[row[kept], column[kept]] = series.value[source[kept]]
    return grid, rows - length


def _phase(series: Series, chosen: IntArray, *, season: int) -> IntArray:
    return (series.last[chosen] + 1) % season


def _learn(series: Series, *, season: int, horizon: int) -> Calibration:
    """Learn what is shared from a spread of the series."""
    count = len(series)
    chosen = np.unique(np.linspace(0, count - 1, min(count, LEARNED_FROM)).astype(np.int64))
    history, first = _grid(series, chosen)
    groups = series.category[chosen] if series.category is not None else None
    phase = _phase(series, chosen, season=season)
    return calibrate(history, first, season=season, horizon=horizon, groups=groups, phase=phase)


def _forecast(
    series: Series,
    chosen: IntArray,
    *,
    season: int,
    horizon: int,
    levels: tuple[int, ...],
    calibration: Calibration,
) -> Forecast:
    history, first = _grid(series, chosen)
    return forecast(
        history,
        first,
        season=season,
        horizon=horizon,
        groups=series.category[chosen] if series.category is not None else None,
        phase=_phase(series, chosen, season=season),
        levels=levels,
        calibration=calibration,
    )


def _table(series: Series, chosen: IntArray, result: Forecast) -> pa.Table:
    """Rows of the output, series by series."""
    horizon, count = result.mean.shape
    place = np.repeat(chosen, horizon)
    names = pa.array([Method(k).name.lower() for k in range(len(Method))])
    columns = {
        "unique_id": series.ids.take(pa.array(place)),
        series.clock: _following(series, chosen, horizon=horizon),
        "forecast": pa.array(result.mean.T.ravel()),
    }
    for number, level in enumerate(result.levels):
        columns[f"lo-{level}"] = pa.array(result.lower[number].T.ravel())
        columns[f"hi-{level}"] = pa.array(result.upper[number].T.ravel())
    columns["method"] = names.take(pa.array(np.repeat(result.method, horizon)))
    columns["place"] = pa.array(place * horizon + np.tile(np.arange(horizon), count))
    return pa.table(columns)


def _following(series: Series, chosen: IntArray, *, horizon: int) -> pa.Array:
    """The periods or dates with which each series goes on."""
    if series.calendar is not None:
        return series.calendar.following(chosen, horizon=horizon)
    return pa.array((series.last[chosen][:, None] + 1 + np.arange(horizon)).ravel())


def _write(table: pa.Table, out: Path) -> None:
    if out.suffix.lower() in PARQUET:
        pq.write_table(table, out)
    else:
        pa_csv.write_csv(table, out, pa_csv.WriteOptions(quoting_style="needed"))
