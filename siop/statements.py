"""Statements that are written once and planned once, not composed and planned anew for each request (ADR 13).

The ORM composes a statement in four times what asking it takes, and PostgreSQL plans a short one for longer than it
runs; what stands on most pages is asked here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, ForeignKey, Model

Row = TypeVar("Row", bound=Model)
Parameters = Sequence[Any] | Mapping[str, Any]
_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?([a-z_]+)"?')
_numbers = count(1)
_texts: dict[str, str] = {}  # by the names under which connections hold them
_held: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # names prepared, by the driver's connection


def answers(text: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement that each connection plans once; for texts of the code, of which there are few.

    Where a parameter has no column to take its type from, the text gives it: `%s::date`.
    """
    with _executed(text, parameters) as cursor:
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def answer(text: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """The one row of such a statement, None where there is none."""
    return next(iter(answers(text, parameters)), None)


def written(text: str, parameters: Parameters = ()) -> int:
    """How many rows such a statement wrote, or held."""
    with _executed(text, parameters) as cursor:
        return int(cursor.rowcount)


@dataclass(frozen=True)
class _Statement:
    name: str  # by which connections hold it
    text: str  # with `$1` for its first parameter
    names: tuple[str, ...]  # of its parameters, where they have names
    execute: str  # as the driver takes it


@contextmanager
def _executed(text: str, parameters: Parameters) -> Iterator[Any]:
    """The driver's cursor after the statement: what Django wraps around it takes as long as all the rest.

    Django's own where somebody listens to what is asked, or counts it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    found = _statement(text, bool(parameters))
    values = [parameters[name] for name in found.names] if isinstance(parameters, Mapping) else parameters
    database.close_if_health_check_failed()
    database.ensure_connection()
    if found.name not in (held := _held.setdefault(database.connection, set())):
        with database.wrap_database_errors, database.connection.cursor() as driver:
            driver.execute(f"PREPARE {found.name} AS {found.text}")
        held.add(found.name)
    if database.execute_wrappers or database.queries_logged:
        with database.cursor() as cursor:
            cursor.execute(found.execute, values or None)
            yield cursor
        return
    database.validate_no_broken_transaction()
    with database.wrap_database_errors, database.create_cursor() as cursor:
        cursor.execute(found.execute, values or None)
        yield cursor


@cache
def _statement(text: str, has_parameters: bool) -> _Statement:
    """Named after the first table in it, so that logs and tests can tell what is executed."""
    numbered, names = _numbered(text) if has_parameters else (text, [])
    table = _TABLE.search(numbered)
    name = f"{table[1][:50] if table else 'siop'}_{next(_numbers)}"
    _texts[name] = numbered
    places = f" ({', '.join(['%s'] * len(names))})" if names else ""
    return _Statement(name, numbered, tuple(names), f"EXECUTE {name}{places}")


def spelt_out(statement: str) -> str:
    """What an EXECUTE stands for; other statements as they are."""
    return _texts[statement.split(maxsplit=2)[1]] if statement.startswith("EXECUTE ") else statement


def _numbered(text: str) -> tuple[str, list[str]]:
    """The text with `$1` for the first parameter, and the names of those that have one."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] is None or found[1] not in names:
            names.append(found[1] or "")
            return f"${len(names)}"
        return f"${names.index(found[1]) + 1}"

    return _PLACE.sub(number, text), names


def rows_of(
    model: type[Row],
    rest: str,
    parameters: Parameters = (),
    *,
    joined: tuple[str, ...] = (),
) -> list[Row]:
    """Rows of a model's table, which `rest` calls `t`, with those they refer to, each called by its path.

    `rows_of(Stage, "WHERE t.cycle_id = %s ORDER BY owner.name", [7], joined=("owner",))`
    """
    text, parts = _select(model, joined)
    return [_built(parts, row) for row in answers(f"{text} {rest}", parameters)]


@dataclass(frozen=True)
class _Part:
    """Columns that make one instance: the row itself, or what part number `of` refers to by `relation`."""

    model: type[Model]
    names: list[str]
    start: int
    converted: list[tuple[int, Any]]  # places within the part, and what makes the driver's value the field's
    relation: ForeignKey[Any, Any] | None = None
    of: int = 0


@cache
def _select(model: type[Model], joined: tuple[str, ...]) -> tuple[str, list[_Part]]:
    parts, paths = [_part(model, 0)], ["t"]
    tables = f'"{model._meta.db_table}" t'
    for path in joined:
        before, _, name = path.rpartition("__")
        at = paths.index(before or "t")
        relation = parts[at].model._meta.get_field(name)
        assert isinstance(relation, ForeignKey)  # noqa: S101 - whoever writes the statement names one
        target = relation.remote_field.model
        last = parts[-1]
        parts.append(_part(target, last.start + len(last.names), relation, at))
        paths.append(path)
        tables += (
            f' LEFT JOIN "{target._meta.db_table}" {path} ON {path}."id" = {paths[at]}."{relation.column}"'
        )
    columns = [
        f'{path}."{field.column}"'
        for path, part in zip(paths, parts, strict=True)
        for field in part.model._meta.concrete_fields
    ]
    return f"SELECT {', '.join(columns)} FROM {tables}", parts  # noqa: S608 - names of our own models


def _part(model: type[Model], start: int, relation: ForeignKey[Any, Any] | None = None, of: int = 0) -> _Part:
    fields: Sequence[Field[Any, Any]] = model._meta.concrete_fields
    converted = [
        (at, converter)
        for at, field in enumerate(fields)
        for converter in field.get_db_converters(connection)
    ]
    return _Part(model, [field.attname for field in fields], start, converted, relation, of)


def _built(parts: list[_Part], row: tuple[Any, ...]) -> Any:
    """The instance of a row, with those it refers to in their places."""
    made: list[Any] = []
    for part in parts:
        found = _instance(part, row)
        if part.relation is not None and made[part.of] is not None:
            part.relation.set_cached_value(made[part.of], found)
        made.append(found)
    return made[0]


def _instance(part: _Part, row: tuple[Any, ...]) -> Model | None:
    values = list(row[part.start : part.start + len(part.names)])
    if values[0] is None:
        return None
    for at, converter in part.converted:
        values[at] = converter(values[at], None, connection)
    return part.model.from_db(connection.alias, part.names, values)
