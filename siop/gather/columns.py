"""The columns of the tables that come in, declared as data: how a cell is read and where it is stored."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from siop.gather.parsing.numbers import NumberRule
from siop.gather.readers.table import normal_name

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
    sources: tuple[str, ...] = ()  # of a column that is not stored: the first of these that is filled

    @property
    def names(self) -> frozenset[str]:
        return frozenset(normal_name(name) for name in (self.name, *self.aliases))


def code(
    name: str,
    *,
    references: str = "",
    required: bool = True,
    field: str = "",
    aliases: tuple[str, ...] = (),
    sources: tuple[str, ...] = (),
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
        stored=not sources,
        sources=sources,
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
