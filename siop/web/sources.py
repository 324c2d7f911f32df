"""What a number rests on: rows that its link opens, and the import that brought them."""

from typing import Any

from siop.accounts.models import Person
from siop.gather.enums import BatchState
from siop.gather.models import ImportBatch

from . import rows
from .explanations import Source
from .templatetags.siop import day, many


def latest_import(table: str, *, data_version: int) -> list[Source]:
    """The newest import of a table that a plan of this data version can know; none: entered otherwise."""
    batch = (
        ImportBatch.objects.filter(table=table, state=BatchState.APPLIED, data_version__lte=data_version)
        .order_by("-data_version")
        .first()
    )
    if batch is None:
        return []
    meta = f"batch {batch.pk}, {day(batch.applied)}"
    return [Source(label=f"Import of {batch.file_name}", url=rows.url("imports", batch=batch.pk), meta=meta)]


def counted(person: Person, label: str, kind: str, **filters: Any) -> Source:
    """Rows of a kind, with how many there are."""
    meta = many(rows.count(person, kind, **filters), "row")
    return Source(label=label, url=rows.url(kind, **filters), meta=meta)
