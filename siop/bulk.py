"""Arrays to PostgreSQL and back through binary COPY: ten times faster than rows through the ORM.

Columns are NumPy arrays with one entry a row; a series column is (N, H), one row a series. Only `frames.py`
modules of the rooms and their services call this.
"""

import io
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from numpy.typing import NDArray

from siop.reading import hear

Bytes = NDArray[np.uint8]
Column = NDArray[Any] | list[Any]
# A column on the wire: one fixed-width block of bytes for all rows, or the bytes of each row.
Wire = Bytes | list[bytes]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
EPOCH = date(2000, 1, 1).toordinal()
FLOAT8, INT2 = 701, 21
_INTEGERS = (
    (models.SmallIntegerField, ">i2"),
    (models.PositiveSmallIntegerField, ">i2"),
    (models.BigIntegerField, ">i8"),
    (models.AutoField, ">i4"),
    (models.IntegerField, ">i4"),
)


@contextmanager
def driver_cursor(statement: str) -> Iterator[Any]:
    """The driver's own cursor for a COPY, of which Django hears nothing; what it raises becomes Django's all the same."""
    hear(statement)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        yield cursor.cursor


def copy_in(model: type[models.Model], columns: Mapping[str, Column | Any], *, table: str = "") -> int:
    """Append rows to the model's table (or a temporary one like it); returns their number.

    `columns` maps attnames (`plan_id`) to arrays, lists or one value for all rows; fields left out take their
    default. Masked entries, None in lists and NaN in nullable float columns become NULL.
    """
    count = next((len(c) for c in columns.values() if isinstance(c, (np.ndarray, list))), 0)
    if not count:
        return 0
    fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.BigAutoField)]
    unknown = set(columns) - {f.attname for f in fields}
    if unknown:
        raise LookupError(f"{model.__name__} has no columns {sorted(unknown)}")
    wires = [
        _encode(f, columns[f.attname], count)
        if f.attname in columns
        else _constant(f, f.get_default(), count)
        for f in fields
    ]
    names = ", ".join(f'"{f.column}"' for f in fields)
    body = HEADER + _rows(wires, count=count) + TRAILER
    statement = f'COPY "{table or model._meta.db_table}" ({names}) FROM STDIN (FORMAT binary)'
    with driver_cursor(statement) as cursor:
        cursor.copy_expert(statement, io.BytesIO(body))
    return count


def copy_out(
    query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, columns: str
) -> list[NDArray[Any]]:
    """Read a query into one array a column.

    `columns` gives the types in order: `i` bigint, `f` double precision, `d` date (as ordinals), `b` boolean,
    and `f18` for a double precision[] of 18. No value may be NULL; coalesce in the query.
    """
    kinds = columns.split()
    with driver_cursor(query) as cursor:
        # A COPY takes no parameters of its own.
        text = cursor.mogrify(query, parameters).decode() if parameters else query
        buffer = io.BytesIO()
        cursor.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT binary)", buffer)
    record = np.dtype(
        [("fields", ">i2"), *[pair for k, kind in enumerate(kinds) for pair in _layout(k, kind)]]
    )
    view = buffer.getbuffer()
    rows = (len(view) - len(HEADER) - len(TRAILER)) // record.itemsize
    data = np.frombuffer(view, dtype=record, count=rows, offset=len(HEADER))
    if len(HEADER) + rows * record.itemsize + len(TRAILER) != len(view) or (
        rows and (data["fields"] != len(kinds)).any()
    ):
        raise ValueError("The query gave NULLs or series of another length than asked for.")
    return [_column(data, k, kind) for k, kind in enumerate(kinds)]


def lists_out(query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[list[Any]]:
    """A query as one Python list a column, for texts and short tables."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        rows = cursor.fetchall()
        width = len(cursor.description)
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def first_row(query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> tuple[Any, ...] | None:
    """The first row of a query, for questions that have one answer."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def execute(query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> int:
    """Run one statement; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return int(cursor.rowcount)


def rectangle(series: Iterable[Sequence[float]], length: int) -> NDArray[np.float64]:
    """Stored series as (N, length): cut where longer, zero where shorter."""
    rows = list(series)
    out = np.zeros((len(rows), length))
    for k, row in enumerate(rows):
        width = min(len(row), length)
        out[k, :width] = row[:width]
    return out


def _layout(k: int, kind: str) -> list[tuple[Any, ...]]:
    size, value = f"s{k}", f"v{k}"
    if kind.startswith("f") and kind != "f":
        item, length = [("size", ">i4"), ("value", ">f8")], int(kind[1:])
        head = 5 if length else 3  # an empty array has no dimension to describe
        return [(size, ">i4"), (f"h{k}", ">i4", (head,)), (value, item, (length,))]
    return [(size, ">i4"), (value, {"i": ">i8", "f": ">f8", "d": ">i4", "b": "u1"}[kind])]


def _column(data: NDArray[Any], k: int, kind: str) -> NDArray[Any]:
    values = data[f"v{k}"]
    if kind.startswith("f") and kind != "f":
        return np.asarray(values["value"].astype(np.float64))
    if kind == "d":
        return np.asarray(values.astype(np.int64) + EPOCH)
    return np.asarray(values.astype({"i": np.int64, "f": np.float64, "b": np.bool_}[kind]))


def _encode(field: Any, column: Any, count: int) -> Wire:
    if not isinstance(column, (np.ndarray, list)):
        return _constant(field, column, count)
    if len(column) != count:
        raise ValueError(f"{field.attname} has {len(column)} entries for {count} rows")
    target = field.target_field if field.is_relation else field
    if isinstance(target, ArrayField):
        return _series(target, column)
    if isinstance(column, list):
        return _list(target, column)
    return _array(field, target, column)


def _constant(field: Any, value: Any, count: int) -> Wire:
    target = field.target_field if field.is_relation else field
    one = _array_value(target, value) if isinstance(target, ArrayField) else _single(target, value)
    return np.broadcast_to(np.frombuffer(one, np.uint8), (count, len(one)))


def _list(field: Any, column: list[Any]) -> list[bytes]:
    """Texts mostly repeat, so each is encoded once."""
    if not isinstance(field, (models.CharField, models.TextField)):
        return [_single(field, value) for value in column]
    encoded = {value: _single(field, value) for value in set(column)}
    return [encoded[value] for value in column]


def _single(field: Any, value: Any) -> bytes:
    """One value with its length, as COPY wants it."""
    if value is None:
        return NULL
    if isinstance(field, models.JSONField):
        return _sized(b"\x01" + json.dumps(value, separators=(",", ":")).encode())
    if isinstance(field, models.DateTimeField):
        return _sized(struct.pack(">q", round((value.timestamp() - 946684800) * 1e6)))
    if isinstance(field, models.DateField):
        return _sized(struct.pack(">i", value.toordinal() - EPOCH))
    if isinstance(field, (models.CharField, models.TextField)):
        return _sized(str(value).replace("\0", "").encode())
    if isinstance(field, models.UUIDField):
        return _sized(value.bytes)
    wire = _array(field, field, np.array([value], dtype=np.float64 if _is_real(field) else None))
    return wire.tobytes() if isinstance(wire, np.ndarray) else wire[0]


def _array(field: Any, target: Any, column: NDArray[Any]) -> Wire:
    missing = np.ma.getmaskarray(column) if isinstance(column, np.ma.MaskedArray) else None
    if missing is None and field.null and column.dtype.kind == "f":
        missing = np.isnan(column)
    if missing is not None and missing.any():
        dense = _array(field, target, np.where(missing, 1, np.ma.getdata(column)))
        return [NULL if gone else bytes(row) for gone, row in zip(missing.tolist(), dense, strict=True)]
    column = np.ma.getdata(column)
    if isinstance(target, models.DecimalField):
        return _numeric(column.astype(np.float64), places=target.decimal_places)
    if isinstance(target, models.FloatField):
        return _fixed(_finite(field, column).astype(">f8"))
    if isinstance(target, models.BooleanField):
        return _fixed(column.astype("u1"))
    if isinstance(target, models.DateField):
        return _fixed((column.astype(np.int64) - EPOCH).astype(">i4"))
    if isinstance(target, (models.CharField, models.TextField)):
        return _list(target, column.tolist())
    return _fixed(column.astype(next(code for kind, code in _INTEGERS if isinstance(target, kind))))


def _is_real(field: Any) -> bool:
    return isinstance(field, (models.FloatField, models.DecimalField))


def _finite(field: Any, column: NDArray[Any]) -> NDArray[Any]:
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        raise ValueError(f"{field.attname} holds NaN or infinity; neither is ever stored")
    return column


def _fixed(values: NDArray[Any]) -> Bytes:
    """Values of one width, each behind its length."""
    width = values.dtype.itemsize
    out = np.empty((len(values), 4 + width), np.uint8)
    out[:, :4] = np.frombuffer(struct.pack(">i", width), np.uint8)
    out[:, 4:] = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), width)
    return out


def _numeric(values: NDArray[np.float64], *, places: int) -> Bytes:
    """NUMERIC: six groups of four digits, the last ones behind the point; the server strips leading zeros."""
    groups = -(-places // 4)
    scaled = np.rint(np.abs(values) * 10.0**places)
    if not np.isfinite(scaled).all() or (scaled >= 2**63).any():
        raise ValueError("a quantity or an amount of money is not a storable number")
    whole = scaled.astype(np.int64) * 10 ** (groups * 4 - places) if places else scaled.astype(np.int64)
    wide = np.zeros((len(values), 4 + groups + 5), ">i2")
    wide[:, 0], wide[:, 1], wide[:, 3] = groups + 5, 4, places
    wide[:, 2] = np.where((values < 0) & (scaled > 0), 0x4000, 0)
    for k in range(groups + 5):
        wide[:, -1 - k] = whole % 10_000
        whole = whole // 10_000
    return _fixed(np.ascontiguousarray(wide).view(f"V{wide.shape[1] * 2}").ravel())


def _series(field: Any, column: Column) -> Wire:
    if isinstance(column, list):
        return [_array_value(field, row) for row in column]
    code = ">f8" if isinstance(field.base_field, models.FloatField) else ">i2"
    values = _finite(field, column).astype(code)
    count, length = values.shape
    head = _array_header(field, length)
    width = values.dtype.itemsize
    elements = np.empty((count, length, 4 + width), np.uint8)
    elements[:, :, :4] = np.frombuffer(struct.pack(">i", width), np.uint8)
    elements[:, :, 4:] = np.ascontiguousarray(values).view(np.uint8).reshape(count, length, width)
    out = np.empty((count, len(head) + length * (4 + width)), np.uint8)
    out[:, : len(head)] = np.frombuffer(head, np.uint8)
    out[:, len(head) :] = elements.reshape(count, -1)
    return out


def _array_value(field: Any, row: Sequence[float]) -> bytes:
    if not len(row):
        kind = FLOAT8 if isinstance(field.base_field, models.FloatField) else INT2
        return _sized(struct.pack(">iii", 0, 0, kind))
    wire = _series(field, np.asarray([row]))
    return wire.tobytes() if isinstance(wire, np.ndarray) else wire[0]


def _array_header(field: Any, length: int) -> bytes:
    real = isinstance(field.base_field, models.FloatField)
    kind, width = (FLOAT8, 8) if real else (INT2, 2)
    size = 20 + length * (4 + width)
    return struct.pack(">iiiiii", size, 1, 0, kind, length, 1)


def _sized(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _rows(wires: list[Wire], *, count: int) -> bytes:
    """All rows one after the other; neighbouring fixed columns are joined first."""
    blocks: list[Wire] = []
    number = np.broadcast_to(np.frombuffer(struct.pack(">h", len(wires)), np.uint8), (count, 2))
    fixed: list[Bytes] = [number]
    for wire in wires:
        if isinstance(wire, np.ndarray):
            fixed.append(wire)
            continue
        if fixed:
            blocks.append(np.hstack(fixed))
            fixed = []
        blocks.append(wire)
    if fixed:
        blocks.append(np.hstack(fixed))
    if len(blocks) == 1:
        return np.ascontiguousarray(blocks[0]).tobytes()
    parts = [block if isinstance(block, list) else _slices(block) for block in blocks]
    return b"".join(piece for row in zip(*parts, strict=True) for piece in row)


def _slices(block: Bytes) -> list[bytes]:
    data, width = np.ascontiguousarray(block).tobytes(), block.shape[1]
    return [data[k : k + width] for k in range(0, len(data), width)]
