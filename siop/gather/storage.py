"""Store judged rows: COPY into a temporary table, then insert what is new and update what differs.

Every statement runs in the caller's transaction, under a lock that keeps other writers off the table, and
leaves behind what undo needs: the ids of new rows, and each changed or removed row as it was.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.apps import apps
from django.db import connection, models
from numpy.typing import NDArray
from psycopg2 import sql

from siop import bulk
from siop.gather.columns import Column
from siop.gather.parsing.columns import Values
from siop.gather.rows import Rows
from siop.gather.tables import Table
from siop.gather.validation import Codes

IDS_PER_ROW = 10_000


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Lines of the file that changed something and that did not; rows of the database by what happened."""

    applied: int = 0
    unchanged: int = 0
    inserted: int = 0
    updated: int = 0
    removed: int = 0

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.removed


@dataclass(frozen=True, kw_only=True)
class Target:
    """A table of the contract as the database knows it."""

    table: Table
    model: type[models.Model]
    columns: tuple[Column, ...]  # those that the rows bring

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def db_column(self, column: Column) -> str:
        return str(_concrete(self.model, column.field).column)

    @property
    def keys(self) -> tuple[Column, ...]:
        return self.table.unique

    @property
    def others(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column not in self.keys)

    @property
    def versioned(self) -> bool:
        return any(field.name == "version" for field in self.model._meta.concrete_fields)


def _concrete(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    return next(field for field in model._meta.concrete_fields if field.name == name)


def target_of(rows: Rows, table: Table) -> Target:
    brought = tuple(c for c in table.stored if rows.has(c.name) or c in table.unique)
    return Target(table=table, model=apps.get_model(table.model), columns=brought)


def lock(target: Target) -> None:
    """Readers go on; other writers of the table wait for the end of this transaction."""
    _execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(sql.Identifier(target.name)))


def store(rows: Rows, table: Table, *, batch_id: int, codes: Codes, replace: bool) -> Stored:
    """Insert and update the good rows; with `replace` remove what the file lacks."""
    target = target_of(rows, table)
    lock(target)
    own = _new_ids(target, rows, codes)
    _stage(target, rows, codes, own)
    _match(target)
    applied, unchanged = _count_lines()
    updated = _update(target, batch_id)
    removed = _remove(target, batch_id) if replace else 0
    inserted = _insert(target, batch_id, with_ids=bool(own))
    _execute(sql.SQL("DROP TABLE siop_staged, siop_matched"))
    codes.forget(target.table.name)
    return Stored(applied=applied, unchanged=unchanged, inserted=inserted, updated=updated, removed=removed)


def create_codes(table: Table, attributes: Mapping[str, Mapping[str, str]], *, batch_id: int) -> int:
    """Make codes that a profile may create; `attributes` gives each code its other fields."""
    model = apps.get_model(table.model)
    field = table.key[0].field
    made = model._default_manager.bulk_create(
        [model(**{field: code, **others}) for code, others in attributes.items()], batch_size=5_000
    )
    _remember_ids(model._meta.db_table, [row.pk for row in made], batch_id=batch_id)
    return len(made)


def _stage(target: Target, rows: Rows, codes: Codes, own: Mapping[str, int]) -> None:
    """All good rows in `siop_staged`, repeated keys added up."""
    names = [target.db_column(column) for column in target.columns]
    arrays = _arrays(target, rows, codes, own)
    if own:
        key = rows.typed[target.table.key[0].name]
        names.append("id")
        ids = [str(own[text]) if text is not None and text in own else None for text in key.texts]
        arrays.append(_taken(ids, key.codes[~rows.bad]))
    raw = sql.SQL("CREATE TEMPORARY TABLE siop_raw ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
        sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(target.name)
    )
    _execute(raw)
    _copy(arrays, names)
    _execute(_added_up(target))
    _execute(sql.SQL("DROP TABLE siop_raw"))
    _execute(sql.SQL("ANALYZE siop_staged"))


def _arrays(target: Target, rows: Rows, codes: Codes, own: Mapping[str, int]) -> list[pa.Array]:
    """The good rows by column, as the database reads them: codes of other tables become ids."""
    arrays = []
    for column in target.columns:
        values = rows.typed.get(column.name) or _blank(column, len(rows))
        texts = values.texts
        if column.references:
            ids = {**codes(column.references), **(own if column.references == target.table.name else {})}
            texts = [None if text is None or text not in ids else str(ids[text]) for text in texts]
        arrays.append(_taken(texts, values.codes[~rows.bad]))
    return arrays


def _taken(texts: list[str | None], positions: NDArray[np.int32]) -> pa.Array:
    return pa.array(texts, pa.string()).take(pa.array(positions))


def _copy(arrays: list[pa.Array], names: list[str]) -> None:
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(
        pa.table(arrays, names=names),
        buffer,
        pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid"),
    )
    buffer.seek(0)
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f"COPY siop_raw ({listed}) FROM STDIN WITH (FORMAT csv)"
    with bulk.driver_cursor(statement) as cursor:
        cursor.copy_expert(statement, buffer)


def _blank(column: Column, length: int) -> Values:
    return Values(texts=[column.default], codes=np.zeros(length, np.int32))


def _new_ids(target: Target, rows: Rows, codes: Codes) -> dict[str, int]:
    """Ids taken in advance for the new codes of a table that refers to itself."""
    if not any(column.references == target.table.name for column in target.columns):
        return {}
    name = target.table.key[0].name
    values = rows.typed[name]
    used = np.unique(values.codes[~rows.bad])
    new = [
        text for p in used if (text := values.texts[p]) is not None and text not in codes(target.table.name)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [target.name, len(new)],
        )
        return dict(zip(dict.fromkeys(new), (row[0] for row in cursor.fetchall()), strict=False))


def _added_up(target: Target) -> sql.Composable:
    """Lines with the same key become one row: quantities add up, prices are averaged by quantity."""
    table = target.table
    keys = [sql.Identifier(target.db_column(column)) for column in target.keys]
    chosen: list[sql.Composable] = []
    for column in target.columns:
        name = sql.Identifier(target.db_column(column))
        if column in target.keys:
            chosen.append(name)
        elif column.name in table.adds_up:
            chosen.append(sql.SQL("sum({0}) AS {0}").format(name))
        elif column.name in table.priced_by:
            weight = sql.Identifier(target.db_column(table.column(table.priced_by[column.name])))
            chosen.append(
                sql.SQL(
                    "coalesce(round(sum(abs({1}) * {0})"
                    " / nullif(sum(abs({1})) FILTER (WHERE {0} IS NOT NULL), 0), {2}),"
                    " max({0})) AS {0}"
                ).format(name, weight, sql.Literal(column.rule.places))
            )
        else:
            chosen.append(sql.SQL("max({0}) AS {0}").format(name))
    if not table.adds_up:
        return sql.SQL(
            "CREATE TEMPORARY TABLE siop_staged ON COMMIT DROP AS SELECT *, 1::bigint AS lines FROM siop_raw"
        )
    return sql.SQL(
        "CREATE TEMPORARY TABLE siop_staged ON COMMIT DROP AS"
        " SELECT {}, count(*) AS lines FROM siop_raw GROUP BY {}"
    ).format(sql.SQL(", ").join(chosen), sql.SQL(", ").join(keys))


def _match(target: Target) -> None:
    """`siop_matched`: every staged row with the id of the row that it meets and whether it differs."""
    others = [sql.Identifier(target.db_column(column)) for column in target.others]
    differs: sql.Composable = sql.SQL("false")
    if others:
        differs = sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(sql.SQL("t.{}").format(name) for name in others),
            sql.SQL(", ").join(sql.SQL("s.{}").format(name) for name in others),
        )
    _execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE siop_matched ON COMMIT DROP AS "
            "SELECT s.*, t.id AS found, {} AS differs FROM siop_staged s LEFT JOIN {} t ON {}"
        ).format(differs, sql.Identifier(target.name), _same_key(target, "t", "s"))
    )


def _same_key(target: Target, one: str, other: str) -> sql.Composable:
    """Equality where a column cannot be blank, so that the join can hash; IS NOT DISTINCT FROM elsewhere."""
    parts = []
    for column in target.keys:
        name = sql.Identifier(target.db_column(column))
        nullable = _concrete(target.model, column.field).null
        operator = sql.SQL("IS NOT DISTINCT FROM" if nullable else "=")
        parts.append(
            sql.SQL("{}.{} {} {}.{}").format(sql.Identifier(one), name, operator, sql.Identifier(other), name)
        )
    return sql.SQL(" AND ").join(parts)


def _count_lines() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(lines) FILTER (WHERE found IS NULL OR differs), 0),"
            " coalesce(sum(lines) FILTER (WHERE found IS NOT NULL AND NOT differs), 0) FROM siop_matched"
        )
        applied, unchanged = cursor.fetchone()
    return int(applied), int(unchanged)


def _update(target: Target, batch_id: int) -> int:
    if not target.others:
        return 0
    names = [sql.Identifier(target.db_column(column)) for column in target.others]
    sets: list[sql.Composable] = [sql.SQL("{0} = m.{0}").format(name) for name in names]
    if target.versioned:
        sets.append(sql.SQL("version = t.version + 1"))
    return _execute(
        sql.SQL(
            "WITH old AS (SELECT t.id, to_jsonb(t) AS row"
            " FROM {table} t JOIN siop_matched m ON m.found = t.id"
            " WHERE m.differs), "
            "new AS (UPDATE {table} t SET {sets} FROM siop_matched m WHERE m.found = t.id AND m.differs"
            " RETURNING t.id, to_jsonb(t) AS row) "
            'INSERT INTO gather_beforeimage (batch_id, "table", row_id, old, new)'
            " SELECT {batch}, {name}, id, old.row, new.row FROM old JOIN new USING (id)"
        ).format(
            table=sql.Identifier(target.name),
            sets=sql.SQL(", ").join(sets),
            batch=sql.Literal(batch_id),
            name=sql.Literal(target.name),
        )
    )


def _remove(target: Target, batch_id: int) -> int:
    return _execute(
        sql.SQL(
            "WITH gone AS (DELETE FROM {table} t WHERE NOT EXISTS"
            " (SELECT FROM siop_matched m WHERE m.found = t.id) RETURNING t.id, to_jsonb(t) AS row) "
            'INSERT INTO gather_beforeimage (batch_id, "table", row_id, old, new)'
            " SELECT {batch}, {name}, id, row, NULL FROM gone"
        ).format(
            table=sql.Identifier(target.name), batch=sql.Literal(batch_id), name=sql.Literal(target.name)
        )
    )


def _insert(target: Target, batch_id: int, *, with_ids: bool) -> int:
    names = [target.db_column(column) for column in target.columns] + ["id"] * with_ids
    fixed = _defaults(target, names)
    columns = [*names, *fixed]
    values: list[sql.Composable] = [sql.Identifier(name) for name in names]
    values += [sql.Literal(value) for value in fixed.values()]
    return _execute(
        sql.SQL(
            "WITH new AS (INSERT INTO {table} ({columns})"
            " SELECT {values} FROM siop_matched WHERE found IS NULL ORDER BY {order} RETURNING id), "
            "counted AS (SELECT id, (row_number() OVER (ORDER BY id) - 1) / {size} AS part FROM new), "
            'kept AS (INSERT INTO gather_insertedrows (batch_id, "table", row_ids)'
            " SELECT {batch}, {name}, array_agg(id) FROM counted GROUP BY part) "
            "SELECT FROM new"
        ).format(
            table=sql.Identifier(target.name),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            order=sql.SQL(", ").join(map(sql.Identifier, _index_order(target))),
            size=sql.Literal(IDS_PER_ROW),
            batch=sql.Literal(batch_id),
            name=sql.Literal(target.name),
        )
    )


def _index_order(target: Target) -> list[str]:
    """The columns of the unique index in its order: rows that arrive so build it from left to right."""
    names = {column.field for column in target.keys}
    indexes = [
        constraint.fields for constraint in target.model._meta.constraints if hasattr(constraint, "fields")
    ]
    fields = next((fields for fields in indexes if set(fields) == names), tuple(names))
    return [str(_concrete(target.model, field).column) for field in fields]


def _defaults(target: Target, given: Iterable[str]) -> dict[str, Any]:
    """What a new row holds in the columns that the file does not bring."""
    present = {*given, "id"}
    by_column = {target.db_column(column): column.default for column in target.table.stored}
    fixed: dict[str, Any] = {}
    for field in target.model._meta.concrete_fields:
        column = str(field.column)
        if column not in present:
            value = by_column.get(column)
            fixed[column] = field.get_default() if value is None else value
    return fixed


def _remember_ids(name: str, ids: list[int], *, batch_id: int) -> None:
    inserted = apps.get_model("gather.InsertedRows")
    inserted._default_manager.bulk_create(
        inserted(batch_id=batch_id, table=name, row_ids=ids[start : start + IDS_PER_ROW])
        for start in range(0, len(ids), IDS_PER_ROW)
    )


def _execute(statement: sql.Composable) -> int:
    """The number of rows that the statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)
