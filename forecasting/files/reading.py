"""Series from a parquet or CSV file: every row used or refused with its place and the reason."""

import csv
import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from forecasting.engine import Array, BoolArray, IntArray
from siop.gather.errors import UnusableFile as Undecodable
from siop.gather.parsing.cells import BadValue
from siop.gather.parsing.dates import date_order, parse_date
from siop.gather.parsing.numbers import NumberRule, decimal_mark, parse_number
from siop.gather.readers.encodings import detect_encoding

from .calendar import Calendar, calendar_of, off_step

LONGEST = 600  # periods a forecast looks back at; fifty years of months
LARGEST = 1e100  # beyond it sums and squares leave the range of numbers
PARQUET = (".parquet", ".pq")
DELIMITERS = (",", ";", "\t", "|")
TIME_COLUMNS = ("t", "ds")
TEXTS = ("unique_id", "category", "y", *TIME_COLUMNS)
EMPTY = ("", "na", "nan", "null", "none")
COUNTED = r"^\s*[+-]?\d{1,4}\s*$"  # periods counted or years; longer numbers are dates without hyphens
PLAIN_COMMA = r"^[+-]?\d+(,\d*)?$"
DECIMALS = r"^[+-]?0\d*,|,(\d{1,2}|\d{4,})$"  # what no comma between thousands is followed by
WHOLE = r"^[+-]?\d{1,15}(\.0*)?$"
LARGEST_PERIOD = 1e15  # beyond it whole numbers are no longer told apart
SHOWN = 3  # series that a note names
HEADER_ROWS = 2  # the first row of values is row 2 to whoever opens the file


class UnusableFile(ValueError):
    """The file cannot be forecast; the message says where, what and what next."""


@dataclass(frozen=True)
class Series:
    """Rows of a file sorted by series and period: ``begin`` (N + 1,) cuts ``period`` and ``value`` (R,).

    ``clock`` is the column that told the periods; ``calendar`` is None where it counts them itself.
    """

    ids: pa.Array
    category: IntArray | None
    begin: IntArray
    period: IntArray
    value: Array
    clock: str
    calendar: Calendar | None
    notes: list[str]

    def __len__(self) -> int:
        return len(self.begin) - 1

    @property
    def last(self) -> IntArray:
        return np.asarray(self.period[self.begin[1:] - 1])

    @property
    def length(self) -> IntArray:
        """Periods from each series' first row to its last, gaps included, the oldest of very long ones cut."""
        return np.asarray(np.minimum(self.last - self.period[self.begin[:-1]] + 1, LONGEST))


def read_series(source: Path) -> Series:
    """Read and sort a file; UnusableFile names the column, row and value that cannot be used."""
    try:
        columns = _known_columns(_read(source))
        return _series(columns)
    except UnusableFile as error:
        raise UnusableFile(f"{source.name}: {error}") from error.__cause__


def _series(columns: dict[str, pa.Array]) -> Series:
    clock = next(name for name in TIME_COLUMNS if name in columns)
    code = columns["unique_id"].dictionary_encode()
    number = code.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    time, dated = _times(columns[clock], clock)
    value = _numbers(columns["y"])
    order = np.lexsort((time, number))
    number, time = number[order], time[order]
    begin = np.concatenate([[0], np.flatnonzero(np.diff(number)) + 1, [len(number)]])
    calendar = calendar_of(time, begin) if dated else None
    period = calendar.periods(time) if calendar else time
    again = np.flatnonzero((np.diff(number) == 0) & (np.diff(period) == 0))
    if len(again):
        name, row = code.dictionary[int(number[again[0]])].as_py(), order[again[0] + 1]
        step = f" (one {calendar.step} long, as the file shows)" if calendar else ""
        raise UnusableFile(
            f"row {row + HEADER_ROWS}: series {name} has this period{step} twice; keep one row of it"
        )
    return Series(
        ids=code.dictionary,
        category=_categories(columns, order[begin[1:] - 1]),
        begin=begin,
        period=period,
        value=value[order],
        clock=clock,
        calendar=calendar,
        notes=_notes(code.dictionary, calendar, off_step(calendar, time, begin)) if calendar else [],
    )


def _notes(ids: pa.Array, calendar: Calendar, strays: IntArray) -> list[str]:
    """Which series do not follow the step of the file, so that their dates are no calendar of their own."""
    if not len(strays):
        return []
    names = ", ".join(str(ids[int(k)].as_py()) for k in strays[:SHOWN]) + ", ..." * (len(strays) > SHOWN)
    return [
        f"{len(strays)} of the series ({names}) do not come every {calendar.step}, as the file does; "
        "give series of another step in a file of their own."
    ]


def _read(source: Path) -> pa.Table:
    if not source.is_file():
        raise UnusableFile("there is no such file")
    try:
        return pq.read_table(source) if source.suffix.lower() in PARQUET else _read_csv(source)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, Undecodable) as error:
        raise UnusableFile(f"cannot be read as {source.suffix or 'CSV'}: {error}") from error


def _read_csv(source: Path) -> pa.Table:
    with pa.input_stream(source, compression="detect") as stream:
        data = stream.read()
    if not data.strip():
        raise UnusableFile("the file is empty")
    encoding = detect_encoding(io.BytesIO(data)).name
    header = io.TextIOWrapper(io.BytesIO(data), encoding=encoding).readline().lstrip("\ufeff").rstrip("\r\n")
    delimiter = max(DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter))
    table = partial(
        pa_csv.read_csv,
        parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: pa.string() for name in names if _plain_name(name) in TEXTS},
            strings_can_be_null=False,
        ),
    )
    options = pa_csv.ReadOptions(encoding=encoding.removesuffix("-sig"))
    try:
        return table(pa.py_buffer(data), read_options=options)
    except pa.ArrowInvalid:
        options.use_threads = False  # slower, and what is wrong is told with its row
        return table(pa.py_buffer(data), read_options=options)


def _plain_name(name: str) -> str:
    return name.strip().lower()


def _known_columns(table: pa.Table) -> dict[str, pa.Array]:
    """The columns that are used, by name; each once, the needed ones there and without an empty cell."""
    names = [_plain_name(name) for name in table.column_names]
    for name in TEXTS:
        if names.count(name) > 1:
            raise UnusableFile(f"column {name} is there {names.count(name)} times; keep one")
    for needed in ("unique_id", "y"):
        if needed not in names:
            raise UnusableFile(f"column {needed} is missing; the file has {table.column_names}")
    if not set(names) & set(TIME_COLUMNS):
        raise UnusableFile("there is neither a column t (integer) nor ds (date)")
    if not table.num_rows:
        raise UnusableFile("there are no rows; each series needs at least one")
    columns = {name: table.column(k).combine_chunks() for k, name in enumerate(names) if name in TEXTS}
    columns = {name: _untangled(column) for name, column in columns.items()}
    for name, column in columns.items():
        if pa.types.is_nested(column.type):
            raise UnusableFile(f"column {name} holds {column.type}; each cell must hold one value")
    for name in {"unique_id", *TIME_COLUMNS} & set(columns):
        _refuse(_blank(columns[name]), f"{name} is empty; every row needs its series and its period")
    return columns


def _untangled(column: pa.Array) -> pa.Array:
    """The column without the ways in which files store repeated or long texts."""
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    wide = pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type)
    return column.cast(pa.string()) if wide else column


def _blank(column: pa.Array) -> BoolArray:
    empty = column.is_null()
    if pa.types.is_string(column.type):
        empty = pc.or_(empty, pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), fill_value=True))
    return np.asarray(empty.to_numpy(zero_copy_only=False), dtype=bool)


def _refuse(wrong: BoolArray, reason: str) -> None:
    """Raise UnusableFile for the first row that is wrong."""
    rows = np.flatnonzero(wrong)
    if len(rows):
        raise UnusableFile(f"row {rows[0] + HEADER_ROWS}: {reason}")


def _numbers(column: pa.Array) -> Array:
    """Values as float64, NaN where nothing is entered."""
    if pa.types.is_string(column.type):
        column = _parsed_numbers(pc.utf8_trim_whitespace(column))
    try:
        numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnusableFile(f"column y holds {column.type}, not numbers") from error
    value = np.array(numbers, dtype=np.float64)
    _refuse(np.abs(value) > LARGEST, f"y is beyond {LARGEST:g}; no quantity is so large")
    return value


def _parsed_numbers(text: pa.Array) -> pa.Array:
    text = pc.if_else(pc.is_in(pc.utf8_lower(text), pa.array(EMPTY)), None, text)
    try:
        return text.cast(pa.float64())
    except pa.ArrowInvalid:
        return _written_numbers(text)


def _written_numbers(text: pa.Array) -> pa.Array:
    """Numbers as people write them; what may be read in two ways is refused, not guessed."""
    known = text.drop_null()
    if (
        pc.all(pc.match_substring_regex(known, PLAIN_COMMA)).as_py()
        and pc.any(pc.match_substring_regex(known, DECIMALS)).as_py()
    ):
        return pc.replace_substring(text, ",", ".").cast(pa.float64())
    code = text.dictionary_encode()
    texts = code.dictionary.to_pylist()
    index = code.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    mark = decimal_mark(texts, machine_numbers=True)
    found = np.full(len(texts) + 1, np.nan)  # the last is what a blank, -1, points to
    for k, written in enumerate(texts):
        try:
            found[k] = float(parse_number(written, mark=mark, rule=NumberRule(places=None)))
        except BadValue as error:
            _refuse(index == k, f"y is {written!r}: {error}. Write numbers as 1234.5")
    return pa.array(found[index])


def _times(column: pa.Array, clock: str) -> tuple[IntArray, bool]:
    """Period numbers, or where the column holds dates their instants in seconds of 1970, and which of the two."""
    if clock == "t" or pa.types.is_integer(column.type):
        return _whole_numbers(column, clock), False
    if not pa.types.is_string(column.type):
        return _instants(column), True
    if pc.all(pc.match_substring_regex(column, COUNTED)).as_py():
        return _whole_numbers(column, clock), False
    try:
        return _instants(column.cast(pa.timestamp("s"))), True
    except pa.ArrowInvalid:
        return _parsed_dates(column), True


def _whole_numbers(column: pa.Array, clock: str) -> IntArray:
    """Period numbers; UnusableFile names the first row that does not hold one."""
    if pa.types.is_string(column.type):
        text = pc.utf8_trim_whitespace(column)
        wrong = pc.invert(pc.match_substring_regex(text, WHOLE))
        whole = pc.if_else(wrong, "0", pc.replace_substring_regex(text, r"^\+|\.0*$", ""))
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        value = column.cast(pa.float64(), safe=False)
        wrong = pc.invert(pc.and_(pc.equal(value, pc.floor(value)), pc.less(pc.abs(value), LARGEST_PERIOD)))
        whole = pc.if_else(wrong, 0, column)
    else:
        raise UnusableFile(f"column {clock} holds {column.type}, not whole numbers; dates are called ds")
    wrong = wrong.to_numpy(zero_copy_only=False)
    shown = column[int(wrong.argmax())].as_py()
    _refuse(wrong, f"{clock} is {shown!r}; count periods in whole numbers, or give dates as ds")
    return np.asarray(whole.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _instants(column: pa.Array) -> IntArray:
    """Seconds of 1970 as calendars and clocks of the file's own time zone show them."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = pc.local_timestamp(column)
    try:
        seconds = column.cast(pa.timestamp("us"), safe=False).cast(pa.timestamp("s"), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnusableFile(f"column ds holds {column.type}; it must hold dates") from error
    return np.asarray(seconds.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _parsed_dates(column: pa.Array) -> IntArray:
    """Instants of dates as people write them; each distinct text is judged once."""
    code = pc.utf8_trim_whitespace(column).dictionary_encode()
    texts = code.dictionary.to_pylist()
    index = code.indices.to_numpy(zero_copy_only=False)
    order = date_order(texts)
    found = np.empty(len(texts), dtype="datetime64[s]")
    for k, text in enumerate(texts):
        try:
            found[k] = np.datetime64(parse_date(text, order=order, month=True))
        except BadValue as error:
            _refuse(index == k, f"ds is {text!r}: {error}. Write dates as 2026-03-01")
    return np.asarray(found.astype(np.int64)[index])


def _categories(columns: dict[str, pa.Array], rows: IntArray) -> IntArray | None:
    """Number of each series' category, that of its newest row."""
    if "category" not in columns:
        return None
    coded = columns["category"].take(pa.array(rows)).cast(pa.string()).fill_null("").dictionary_encode()
    return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
