"""Tables as files that can come in again: what goes out, edited in a spreadsheet or not, is what is read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import StreamingHttpResponse
from openpyxl import Workbook

from siop.accounts.models import Person
from siop.gather import tables
from siop.gather.columns import Column
from siop.gather.tables import Table
from siop.web import exports

ROWS_AT_ONCE = 2_000
DIGITS_OF_A_SPREADSHEET = 15


def as_file(name: str, *, person: Person, format: str) -> StreamingHttpResponse:
    """A table goes out whole or not at all, so that nobody loads back a part of it as the whole."""
    if exports.scope_of(person) != exports.Scope():
        raise PermissionDenied(f"{person} sees a part of the company; tables go out whole.")
    return exports.attachment(pieces(table_named(name), format=format), name=name, format=format)


def table_named(name: str) -> Table:
    """Raises ExportError with the names there are."""
    if name not in tables.names():
        raise exports.ExportError(f"There is no table {name!r}; give one of {', '.join(tables.names())}.")
    return tables.get(name)


def pieces(table: Table, *, format: str) -> Iterator[bytes]:
    """The file of a table, with the columns that it comes in with, in the order of its key."""
    names = [column.name for column in table.all_columns]
    return exports.written(table.name, names, rows(table), format=format)


def blank_workbook() -> bytes:
    """A sheet for each table, named after it, with its columns alone."""
    book, file = Workbook(write_only=True), BytesIO()
    for name in tables.names():
        book.create_sheet(name).append([column.name for column in tables.get(name).all_columns])
    book.save(file)
    return file.getvalue()


def rows(table: Table) -> Iterator[list[Any]]:
    """Texts and dates as text, numbers exact, None where nothing is stored."""
    found = (
        apps.get_model(table.model)
        ._default_manager.order_by(*map(_stored, table.key), "pk")
        .values_list(*map(_stored, table.all_columns))
    )
    for row in found.iterator(chunk_size=ROWS_AT_ONCE):
        yield [_plain(value) for value in row]


def _stored(column: Column) -> F | Coalesce:
    """Where the database holds what the file calls by this name."""
    if column.sources:
        return Coalesce(*map(F, column.sources))
    if column.references:
        return F(f"{column.field}__{tables.get(column.references).key[0].field}")
    return F(column.field)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        exact = Decimal(f"{value.normalize():f}")
        return exact if len(exact.as_tuple().digits) <= DIGITS_OF_A_SPREADSHEET else str(exact)
    return value if value is None or isinstance(value, int | float) else str(value)
