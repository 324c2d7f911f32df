"""The registry of tables that come in, declared as data; each app adds its own from its imports.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from siop.gather.columns import Column
from siop.gather.rows import Rows

Check = Callable[[Rows], None]
# Runs inside the transaction after the rows are stored; each message refuses the import.
Verification = Callable[[], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the public contract; `model` is the label of the Django model that stores it.

    `derived` columns are set by checks and never read from a file; `identity` names the columns that make a
    row unique in the database where they are not the key of the file.
    """

    name: str
    label: str
    model: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...] = ()
    derived: tuple[Column, ...] = ()
    identity: tuple[str, ...] = ()
    adds_up: tuple[str, ...] = ()
    priced_by: Mapping[str, str] = dataclasses.field(default_factory=dict)  # price column -> its quantity
    measured: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    verifications: tuple[Verification, ...] = ()
    after: tuple[str, ...] = ()  # tables that checks look into, to be loaded first
    fresh_days: int | None = None  # data health: older than this is stale

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return (*self.key, *self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.all_columns if column.name == name)

    @property
    def stored(self) -> tuple[Column, ...]:
        return tuple(column for column in (*self.all_columns, *self.derived) if column.stored)

    @property
    def unique(self) -> tuple[Column, ...]:
        """The stored columns that make a row unique."""
        names = self.identity or tuple(column.name for column in self.key)
        return tuple(column for column in self.stored if column.name in names)

    @property
    def known_names(self) -> frozenset[str]:
        return frozenset().union(*(column.names for column in self.all_columns))

    @property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.all_columns if column.required)


_tables: dict[str, Table] = {}


def register(table: Table) -> None:
    """Called once for each table while apps load; the order is the order of dependence."""
    if _tables.setdefault(table.name, table) is not table:
        raise LookupError(f"The table {table.name!r} is registered twice.")


def get(name: str) -> Table:
    return _tables[name]


def all_tables() -> Iterator[Table]:
    """In an order in which each table comes after those that it refers to."""
    placed: set[str] = set()
    waiting = list(_tables.values())
    while waiting:
        ready = [table for table in waiting if _references(table) <= placed | {table.name}]
        if not ready:
            raise LookupError("Tables refer to unknown tables: " + ", ".join(table.name for table in waiting))
        yield from ready
        placed |= {table.name for table in ready}
        waiting = [table for table in waiting if table.name not in placed]


def names() -> list[str]:
    return [table.name for table in all_tables()]


def _references(table: Table) -> set[str]:
    return set(table.after) | {
        column.references for column in (*table.all_columns, *table.derived) if column.references
    }
