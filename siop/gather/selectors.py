"""What has come in: past imports, uploads that wait, and how fresh each table is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.db import connection
from django.db.models import Max, QuerySet
from django.utils import timezone
from psycopg2 import sql

from siop.accounts.access import holds_everywhere
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.gather import tables
from siop.gather.enums import BatchState, UploadState
from siop.gather.models import ImportBatch, Upload
from siop.plans.enums import PlanKind
from siop.plans.models import PlanVersion

# Below this estimate counting is quick; above it the planner's own figure is near enough.
_COUNT_EXACTLY = 100_000
# Feeds without which no plan can be made.
NEEDED = ("items", "locations", "sales", "on_hand", "sourcing")


@dataclass(frozen=True, kw_only=True)
class PastImport:
    """A batch, and in a word why it cannot be undone; "" where it can be tried."""

    batch: ImportBatch
    fate: str


@dataclass(frozen=True, kw_only=True)
class Feed:
    """Freshness of one table; `age_days` since the last import of it."""

    name: str
    label: str
    rows: int
    last: dt.date | None
    state: str  # ready, old or missing
    age_days: int = 0


def past_imports(limit: int = 12) -> list[PastImport]:
    """Newest first."""
    locked = locked_version()
    batches = ImportBatch.objects.exclude(state=BatchState.STAGED).select_related("undo_of").order_by("-pk")
    return [PastImport(batch=batch, fate=fate(batch, locked)) for batch in batches[:limit]]


def loaded_with(batch: ImportBatch) -> list[ImportBatch]:
    """The other tables of the same file, in the order they were loaded."""
    group = batch.summary.get("group") or []
    return list(ImportBatch.objects.filter(pk__in=group).exclude(pk=batch.pk).order_by("pk"))


def locked_version() -> int:
    """Batches up to this data version are part of a cycle plan and stay; 0 where there is none."""
    newest = PlanVersion.objects.filter(kind=PlanKind.CYCLE).aggregate(Max("data_version"))[
        "data_version__max"
    ]
    return int(newest or 0)


def fate(batch: ImportBatch, locked: int) -> str:
    """Why the batch cannot be undone, in a word; "" where it can be tried."""
    if batch.undo_of_id:
        return "an undo"
    if batch.state == BatchState.UNDONE:
        return "undone"
    if batch.state != BatchState.APPLIED:
        return "rejected"
    if batch.data_version and batch.data_version <= locked:
        return "locked"
    return ""


def may_read_rows(batch: ImportBatch, person: Person) -> bool:
    """Rows of an import are for whoever brought it and for people who see the whole company: they name any item."""
    return batch.person_id == person.pk or holds_everywhere(person, Permission.VIEW)


def waiting_uploads(person: Person) -> QuerySet[Upload]:
    """Uploads of this person that are neither loaded nor cancelled."""
    return (
        Upload.objects.filter(person=person)
        .exclude(state__in=[UploadState.LOADED, UploadState.CANCELLED])
        .defer("content")
    )


def feeds() -> list[Feed]:
    """Tables that hold rows or that no plan can do without, with their freshness."""
    last = dict(
        ImportBatch.objects.filter(state=BatchState.APPLIED, undo_of=None)
        .values_list("table")
        .annotate(last=Max("applied"))
    )
    today, counts = timezone.localdate(), _row_counts()
    found = []
    for table in tables.all_tables():
        rows = counts[table.name]
        if rows or table.name in NEEDED or table.name in last:
            found.append(_feed(table, rows, last.get(table.name), today))
    return found


def _feed(table: tables.Table, rows: int, last: dt.datetime | None, today: dt.date) -> Feed:
    day = timezone.localdate(last) if last else None
    age = (today - day).days if day else 0
    stale = table.fresh_days is not None and age > table.fresh_days
    state = "missing" if not rows else "old" if stale else "ready"
    return Feed(name=table.name, label=table.label, rows=rows, last=day, state=state, age_days=age)


def _row_counts() -> dict[str, int]:
    """Rows of every table in two queries: counted where they are few, estimated where they are many."""
    places = {table.name: apps.get_model(table.model)._meta.db_table for table in tables.all_tables()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE oid = ANY(%s::regclass[])",
            [list(places.values())],
        )
        estimates = dict(cursor.fetchall())
        few = [name for name, place in places.items() if estimates[place] <= _COUNT_EXACTLY]
        counts = [
            sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(name), sql.Identifier(places[name]))
            for name in few
        ]
        cursor.execute(sql.SQL(" UNION ALL ").join(counts))
        return {name: int(estimates[place]) for name, place in places.items()} | dict(cursor.fetchall())
