"""The registry of tables that come in, declared as data; each app adds its own from its imports.py."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from siop.gather.parsing.numbers import NumberRule
from siop.gather.readers.table import normal_name

if TYPE_CHECKING:
    from siop.gather.rows import Rows

UNIT = "unit"  # the column that names another unit than the item's own


class Kind(enum.Enum):
    CODE = "code"
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table: how its cells are read and where they are stored.

    `default` is the canonical text of a blank cell; None stores NULL. `references` names the table whose
    code this is. A column that is not `stored` only serves checks and derivations.
    """

    name: str
    kind: Kind
    field: str
    required: bool = False
    default: str | None = None
    rule: NumberRule = dataclasses.field(default_factory=NumberRule)
    choices: tuple[str, ...] = ()
    references: str = ""
    aliases: tuple[str, ...] = ()
    max_length: int = 120
    stored: bool = True

    @property
    def names(self) -> frozenset[str]:
        return frozenset(normal_name(name) for name in (self.name, *self.aliases))


Check = Callable[["Rows"], None]
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


def code(
    name: str,
    *,
    references: str = "",
    required: bool = True,
    field: str = "",
    aliases: tuple[str, ...] = (),
    stored: bool = True,
) -> Column:
    """A code: text, compared exactly. An optional code that refers to nothing is stored blank."""
    default = None if required or references else ""
    return Column(
        name=name,
        kind=Kind.CODE,
        field=field or name,
        required=required,
        default=default,
        references=references,
        aliases=aliases,
        stored=stored,
    )


def text(name: str, *, length: int = 300, required: bool = False, field: str = "") -> Column:
    return Column(
        name=name,
        kind=Kind.TEXT,
        field=field or name,
        required=required,
        default=None if required else "",
        max_length=length,
    )


def choice(
    name: str, *, choices: Iterable[str], required: bool = False, default: str | None = "", field: str = ""
) -> Column:
    return Column(
        name=name,
        kind=Kind.CHOICE,
        field=field or name,
        required=required,
        default=None if required else default,
        choices=tuple(choices),
    )


def number(
    name: str,
    *,
    required: bool = False,
    default: str | None = None,
    places: int | None = 3,
    digits: int = 18,
    percent: str = "",
    minimum: int | None = None,
    maximum: int | None = None,
    positive: bool = False,
    field: str = "",
    aliases: tuple[str, ...] = (),
) -> Column:
    """A number; `places` None is a float. Places and digits are those of the database column."""
    rule = NumberRule(
        places=places,
        digits=digits,
        percent=percent,
        minimum=None if minimum is None else Decimal(minimum),
        maximum=None if maximum is None else Decimal(maximum),
        positive=positive,
    )
    return Column(
        name=name,
        kind=Kind.NUMBER,
        field=field or name,
        required=required,
        default=default,
        rule=rule,
        aliases=aliases,
    )


def quantity(
    name: str, *, required: bool = False, default: str | None = None, minimum: int | None = 0
) -> Column:
    return number(name, required=required, default=default, places=3, minimum=minimum)


def money(name: str, *, required: bool = False) -> Column:
    return number(name, required=required, places=4, minimum=0)


def days(name: str, *, required: bool = False, default: str | None = None) -> Column:
    return number(name, required=required, default=default, places=0, digits=5, minimum=0)


def percentage(name: str, *, places: int = 3, digits: int = 7, default: str | None = None) -> Column:
    """Points of a hundred: 24 and 24 % are the same."""
    return number(name, places=places, digits=digits, percent="points", minimum=0, default=default)


def date(name: str, *, required: bool = False, field: str = "", default: str | None = None) -> Column:
    return Column(name=name, kind=Kind.DATE, field=field or name, required=required, default=default)


def month(name: str) -> Column:
    return Column(name=name, kind=Kind.MONTH, field=name, required=True)
