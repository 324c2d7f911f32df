"""Forecast a file of series and write the forecasts to a file: the engine without a database.

Reads ``unique_id``, ``t`` (integer) or ``ds`` (date), ``y`` and, if there, ``category``; parquet or CSV.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from forecasting.engine import Array, Calibration, Forecast, IntArray, Method, calibrate, forecast

CHUNK = 20_000
LEARNED_FROM = 6_000
LONGEST = 1_500
DELIMITERS = (",", ";", "\t", "|")
TIME_COLUMNS = ("t", "ds")


class UnusableFile(ValueError):
    """The file cannot be forecast; the message says where, what and what next."""


@dataclass(frozen=True)
class Calendar:
    """How dates count as periods: ``kind`` is month, quarter, year or days, ``step`` the days of one period."""

    kind: str
    step: int
    origin: int
    month_end: bool

    def periods(self, dates: pa.Array) -> IntArray:
        days = dates.cast(pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False).astype(np.int64)
        if self.kind == "days":
            return np.asarray((days - self.origin) // self.step)
        month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        return np.asarray(month // self.step)

    def dates(self, periods: IntArray) -> pa.Array:
        if self.kind == "days":
            return pa.array((periods * self.step + self.origin).astype("datetime64[D]"))
        shift = self.origin + (1 if self.month_end else 0)
        first = (periods * self.step + shift).astype("datetime64[M]").astype("datetime64[D]")
        return pa.array(first - 1 if self.month_end else first)


@dataclass(frozen=True)
class Series:
    """Rows of a file sorted by series and period: ``begin`` (N + 1,) cuts ``period`` and ``value`` (R,)."""

    ids: pa.Array
    category: IntArray | None
    begin: IntArray
    period: IntArray
    value: Array
    calendar: Calendar | None

    @property
    def last(self) -> IntArray:
        return np.asarray(self.period[self.begin[1:] - 1])

    @property
    def length(self) -> IntArray:
        """Periods from each series' first row to its last, gaps included, the oldest of very long ones cut."""
        return np.asarray(np.minimum(self.last - self.period[self.begin[:-1]] + 1, LONGEST))


@dataclass(frozen=True)
class Summary:
    """What was done: series read, rows read and written, and how many series each method took."""

    series: int
    rows_read: int
    rows_written: int
    methods: dict[str, int]


def forecast_file(
    source: Path, out: Path, *, horizon: int = 18, season: int = 12, levels: Sequence[int] = (80, 95)
) -> Summary:
    """Forecast every series of ``source`` and write ``out``; the endings of the names choose the formats.

    Missing periods inside a series count as unknown and are filled; a series' forecasts begin after its own
    last row. Raises UnusableFile with the reason.
    """
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
    )


def read_series(source: Path) -> Series:
    """Read and sort a file; UnusableFile names the column, row and value that cannot be used."""
    table = _read(source)
    names = {name.strip().lower(): name for name in table.column_names}
    for needed in ("unique_id", "y"):
        if needed not in names:
            raise UnusableFile(
                f"{source.name}: column {needed} is missing; the file has {table.column_names}"
            )
    clock = next((name for name in TIME_COLUMNS if name in names), None)
    if clock is None:
        raise UnusableFile(f"{source.name}: there is neither a column t (integer) nor ds (date)")
    if not table.num_rows:
        raise UnusableFile(f"{source.name}: there are no rows; each series needs at least one")
    ids = table[names["unique_id"]].combine_chunks()
    if ids.null_count:
        row = int(np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False))[0]) + 2
        raise UnusableFile(f"{source.name}: row {row}: unique_id is empty; enter the series' name")
    code = ids.dictionary_encode()
    value = _numbers(table[names["y"]], source)
    period, calendar = _periods(table[names[clock]].combine_chunks(), clock, source)
    group = names.get("category")
    category = table[group].combine_chunks() if group else None
    return _sorted(code, period, value, category, calendar, source)


def _sorted(
    code: pa.DictionaryArray,
    period: IntArray,
    value: Array,
    category: pa.Array | None,
    calendar: Calendar | None,
    source: Path,
) -> Series:
    number = code.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    order = np.lexsort((period, number))
    number, period, value = number[order], period[order], value[order]
    again = np.flatnonzero((number[1:] == number[:-1]) & (period[1:] == period[:-1]))
    if len(again):
        name = code.dictionary[int(number[again[0]])].as_py()
        row = int(order[again[0] + 1]) + 2
        raise UnusableFile(
            f"{source.name}: row {row}: series {name} has this period twice; keep one row of it"
        )
    begin = np.concatenate([[0], np.flatnonzero(np.diff(number)) + 1, [len(number)]])
    group: IntArray | None = None
    if category is not None:
        coded = category.cast(pa.string()).fill_null("").dictionary_encode()
        group = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)[order][begin[1:] - 1]
    return Series(
        ids=code.dictionary, category=group, begin=begin, period=period, value=value, calendar=calendar
    )


def _read(source: Path) -> pa.Table:
    if not source.exists():
        raise UnusableFile(f"{source}: there is no such file")
    try:
        if source.suffix.lower() in (".parquet", ".pq"):
            return pq.read_table(source)
        return _read_csv(source)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, UnicodeDecodeError) as error:
        raise UnusableFile(f"{source.name}: cannot be read as {source.suffix or 'CSV'}: {error}") from error


def _read_csv(source: Path) -> pa.Table:
    with pa.input_stream(source, compression="detect") as stream:
        data = stream.read()
    if not data.strip():
        raise UnusableFile(f"{source.name}: the file is empty")
    header = data.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")
    delimiter = max(DELIMITERS, key=header.count)
    texts = {name.strip().strip('"'): pa.string() for name in header.split(delimiter)}
    texts = {
        name: kind for name, kind in texts.items() if name.lower() in ("unique_id", "category", "y", "ds")
    }
    return pa_csv.read_csv(
        pa.py_buffer(data),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter),
        convert_options=pa_csv.ConvertOptions(column_types=texts, strings_can_be_null=False),
    )


def _numbers(column: pa.ChunkedArray, source: Path) -> Array:
    """Values as float64, NaN where nothing is entered."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        text = pc.utf8_trim_whitespace(column)
        text = pc.if_else(
            pc.is_in(pc.utf8_lower(text), pa.array(["", "na", "nan", "null", "none"])), None, text
        )
        try:
            column = text.cast(pa.float64())
        except pa.ArrowInvalid:
            column = _decimal_comma(text, source)
    try:
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnusableFile(f"{source.name}: column y holds {column.type}, not numbers") from error


def _decimal_comma(text: pa.ChunkedArray, source: Path) -> pa.ChunkedArray:
    swapped = pc.replace_substring(text, ",", ".")
    number = pc.match_substring_regex(swapped, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    wrong = np.flatnonzero(~number.fill_null(True).to_numpy().astype(bool))
    if len(wrong):
        row = int(wrong[0])
        raise UnusableFile(f"{source.name}: row {row + 2}: y is {text[row].as_py()!r}; enter a number")
    return swapped.cast(pa.float64())


def _periods(column: pa.Array, clock: str, source: Path) -> tuple[IntArray, Calendar | None]:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0]) + 2
        raise UnusableFile(f"{source.name}: row {row}: {clock} is empty; every row needs its period")
    if clock == "t":
        try:
            return column.cast(pa.int64()).to_numpy(zero_copy_only=False), None
        except pa.ArrowInvalid as error:
            raise UnusableFile(f"{source.name}: column t must hold whole numbers: {error}") from error
    try:
        dates = column.cast(pa.timestamp("s")) if pa.types.is_string(column.type) else column
        dates = dates.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnusableFile(f"{source.name}: column ds must hold ISO dates (2026-03-01): {error}") from error
    calendar = _calendar(dates)
    return calendar.periods(dates), calendar


def _calendar(dates: pa.Array) -> Calendar:
    """The period length that the dates of the file show by their commonest gap."""
    days = np.unique(dates.cast(pa.int32()).to_numpy(zero_copy_only=False).astype(np.int64))
    gap = int(np.median(np.diff(days))) if len(days) > 1 else 30
    day = days.astype("datetime64[D]")
    months = 1 if 28 <= gap <= 31 else 3 if 89 <= gap <= 92 else 12 if 365 <= gap <= 366 else 0
    if not months:
        return Calendar(kind="days", step=max(gap, 1), origin=int(days[0]), month_end=False)
    last = ((day + 1).astype("datetime64[M]").astype("datetime64[D]") == day + 1).all()
    offset = int(day[0].astype("datetime64[M]").astype(np.int64)) % months
    kind = {1: "month", 3: "quarter", 12: "year"}[months]
    return Calendar(kind=kind, step=months, origin=offset, month_end=bool(last))


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
    count = len(series.begin) - 1
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
    period = (series.last[chosen][:, None] + 1 + np.arange(horizon)).ravel()
    place = np.repeat(chosen, horizon)
    names = pa.array([Method(k).name.lower() for k in range(len(Method))])
    columns = {
        "unique_id": series.ids.take(pa.array(place)),
        "t" if series.calendar is None else "ds": (
            pa.array(period) if series.calendar is None else series.calendar.dates(period)
        ),
        "forecast": pa.array(result.mean.T.ravel()),
    }
    for number, level in enumerate(result.levels):
        columns[f"lo-{level}"] = pa.array(result.lower[number].T.ravel())
        columns[f"hi-{level}"] = pa.array(result.upper[number].T.ravel())
    columns["method"] = names.take(pa.array(np.repeat(result.method, horizon)))
    columns["place"] = pa.array(place * horizon + np.tile(np.arange(horizon), count))
    return pa.table(columns)


def _write(table: pa.Table, out: Path) -> None:
    if out.suffix.lower() in (".parquet", ".pq"):
        pq.write_table(table, out)
    else:
        pa_csv.write_csv(table, out, pa_csv.WriteOptions(quoting_style="needed"))
