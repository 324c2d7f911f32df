"""Rows of models by statements that are written once, not composed anew for each request (ADR 13).

The ORM composes a statement in four times what asking it takes; what stands on most pages is asked here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, ForeignKey, Model

Row = TypeVar("Row", bound=Model)


def rows_of(
    model: type[Row],
    rest: str,
    parameters: Sequence[Any] | Mapping[str, Any] = (),
    *,
    joined: tuple[str, ...] = (),
) -> list[Row]:
    """Rows of a model's table, which `rest` calls `t`, with those they refer to, each called by its path.

    `rows_of(Stage, "WHERE t.cycle_id = %s ORDER BY owner.name", [7], joined=("owner",))`
    """
    text, parts = _select(model, joined)
    with connection.cursor() as cursor:
        cursor.execute(f"{text} {rest}", parameters or None)
        return [_built(parts, row) for row in cursor.fetchall()]


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
