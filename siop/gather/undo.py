"""Take an import back by a new one that restores what it changed, unless later work builds on it."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from psycopg2 import sql

from siop.accounts.access import holds_everywhere
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.base import Versioned
from siop.gather import tables
from siop.gather.enums import BatchState
from siop.gather.errors import GatherError
from siop.gather.models import BeforeImage, ImportBatch, InsertedRows
from siop.gather.services import check_constraints, one_at_a_time
from siop.jobs import services as jobs
from siop.plans.enums import PlanKind
from siop.plans.models import PlanVersion
from siop.transactions import repeatable


class UndoRefused(GatherError):
    """Later work depends on the import; `reasons` lists it."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@repeatable
def undo_import(batch_id: int, *, person: Person | None = None) -> list[ImportBatch]:
    """Undo an import, with the other tables of its workbook; the undoing batches are returned."""
    with transaction.atomic():
        one_at_a_time()
        batches = _together(batch_id)
        reasons = [*_not_theirs(batches, person), *later_work(batches)]
        if reasons:
            raise UndoRefused(reasons)
        undone = _restore_all(batches, person=person)
        version = jobs.raise_data_version()
        ImportBatch.objects.filter(pk__in=[batch.pk for batch in undone]).update(data_version=version)
        jobs.request_recomputation(person=person)
    return undone


def _restore_all(batches: list[ImportBatch], *, person: Person | None) -> list[ImportBatch]:
    try:
        undone = [_restore(batch, person=person) for batch in batches]
        check_constraints()
    except (ProtectedError, IntegrityError) as error:
        raise UndoRefused([f"Other rows depend on this import: {str(error).splitlines()[0]}"]) from error
    reasons = list(_verified(batches))
    if reasons:
        raise UndoRefused(reasons)
    return undone


def later_work(batches: list[ImportBatch]) -> Iterator[str]:
    """Why the batches can no longer be taken back, each reason with what it is about."""
    for batch in batches:
        if batch.undo_of_id:
            yield f"Import {batch.pk} is itself an undo; import the file again instead."
        elif batch.state != BatchState.APPLIED:
            yield f"Import {batch.pk} is {batch.get_state_display().lower()}, not loaded."
    if any(batch.undo_of_id or batch.state != BatchState.APPLIED for batch in batches):
        return
    yield from _later_plans(batches)
    for batch in batches:
        yield from _later_imports(batch, batches)
        yield from _edited_since(batch)
        yield from _used_elsewhere(batch, batches)


def _together(batch_id: int) -> list[ImportBatch]:
    """The batch and the others of its file, last loaded first."""
    batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise UndoRefused([f"There is no import {batch_id}."])
    ids = batch.summary.get("group") or [batch.pk]
    group = list(ImportBatch.objects.select_for_update().filter(pk__in=ids).order_by("-pk"))
    return [other for other in group if other.pk == batch_id or other.state == BatchState.APPLIED]


def _not_theirs(batches: list[ImportBatch], person: Person | None) -> Iterator[str]:
    """Whose role holds for a part of the company takes back what they brought themselves."""
    if person is None or holds_everywhere(person, Permission.IMPORT_DATA):
        return
    if any(batch.person_id != person.pk for batch in batches):
        yield "Somebody else brought it, and your role holds for a part of the company; ask an administrator."


def _later_plans(batches: list[ImportBatch]) -> Iterator[str]:
    versions = [batch.data_version for batch in batches if batch.data_version]
    if not versions:
        return
    for plan in PlanVersion.objects.filter(kind=PlanKind.CYCLE, data_version__gte=min(versions)).order_by(
        "pk"
    ):
        yield f"The cycle plan {plan.name or plan.pk} was built on this data."


def _later_imports(batch: ImportBatch, batches: list[ImportBatch]) -> Iterator[str]:
    """Imports that changed or removed rows which this one wrote."""
    ids = [each.pk for each in batches]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH mine AS (
                SELECT "table", row_id FROM gather_beforeimage WHERE batch_id = %(batch)s
                UNION ALL
                SELECT "table", unnest(row_ids) FROM gather_insertedrows WHERE batch_id = %(batch)s
            )
            SELECT b.id, b.file_name, count(*) FROM gather_beforeimage i
            JOIN mine USING ("table", row_id) JOIN gather_importbatch b ON b.id = i.batch_id
            WHERE i.batch_id > %(batch)s AND NOT i.batch_id = ANY(%(ids)s)
              AND b.state = 'applied' AND b.undo_of_id IS NULL
            GROUP BY b.id, b.file_name ORDER BY b.id
            """,
            {"batch": batch.pk, "ids": ids},
        )
        for number, name, count in cursor.fetchall():
            yield f"Import {number} ({name}) changed {count:,} of the same rows; undo it first."


def _edited_since(batch: ImportBatch) -> Iterator[str]:
    """Rows that people changed after the import wrote them."""
    for name in batch.before_images.values_list("table", flat=True).distinct():
        statement = sql.SQL(
            "SELECT count(*) FROM gather_beforeimage i LEFT JOIN {} t ON t.id = i.row_id"
            ' WHERE i.batch_id = %s AND i."table" = %s AND i.new IS NOT NULL'
            " AND to_jsonb(t) - 'version' IS DISTINCT FROM i.new - 'version'"
        ).format(sql.Identifier(name))
        with connection.cursor() as cursor:
            cursor.execute(statement, [batch.pk, name])
            (count,) = cursor.fetchone()
        if count:
            yield f"{count:,} rows of {_model(name)._meta.verbose_name_plural} were edited since."
    for inserted in InsertedRows.objects.filter(batch=batch):
        model = _model(inserted.table)
        if issubclass(model, Versioned):
            count = _edited_by_people(inserted)
            if count:
                yield f"{count:,} rows of {model._meta.verbose_name_plural} were edited since."


def _edited_by_people(inserted: InsertedRows) -> int:
    """New rows whose version is higher than the imports and undos that changed them account for."""
    statement = sql.SQL(
        "SELECT count(*) FROM {} t WHERE t.id = ANY(%s) AND t.version > 1 + (SELECT count(*) FROM gather_beforeimage i"
        ' WHERE i."table" = %s AND i.row_id = t.id AND i.new IS NOT NULL)'
    ).format(sql.Identifier(inserted.table))
    with connection.cursor() as cursor:
        cursor.execute(statement, [inserted.row_ids, inserted.table])
        (count,) = cursor.fetchone()
    return int(count)


def _used_elsewhere(batch: ImportBatch, batches: list[ImportBatch]) -> Iterator[str]:
    """Codes that the import added and that other people's or other imports' rows refer to by now."""
    own: dict[str, set[int]] = {}
    for inserted in InsertedRows.objects.filter(batch__in=batches):
        own.setdefault(inserted.table, set()).update(inserted.row_ids)
    for inserted in InsertedRows.objects.filter(batch=batch):
        for relation in _model(inserted.table)._meta.related_objects:
            if not _is_work(relation.related_model):
                continue
            found = relation.related_model._default_manager.filter(
                **{f"{relation.field.name}__in": inserted.row_ids}
            )
            mine = own.get(relation.related_model._meta.db_table)
            count = found.exclude(pk__in=mine).count() if mine else found.count()
            if count:
                users = relation.related_model._meta.verbose_name_plural
                used = _model(inserted.table)._meta.verbose_name_plural
                yield f"{count:,} {users} refer to {used} of this import."


def _is_work(model: type[models.Model]) -> bool:
    """Rows that someone brought or typed; what is computed from the data goes when the data goes."""
    names = {field.name for field in model._meta.concrete_fields}
    if names & {"plan", "run"}:
        return False
    imported = {apps.get_model(table.model) for table in tables.all_tables()}
    return model in imported or issubclass(model, Versioned) or "person" in names


def _restore(batch: ImportBatch, *, person: Person | None) -> ImportBatch:
    undo = ImportBatch.objects.create(
        table=batch.table,
        file_name=f"Undo of import {batch.pk}",
        sha256=batch.sha256,
        profile=batch.profile,
        mapping=batch.mapping,
        mode=batch.mode,
        state=BatchState.APPLIED,
        undo_of=batch,
        person=person,
        applied=timezone.now(),
    )
    back = sum(_put_back(undo, batch, name) for name in _changed_tables(batch))
    gone = sum(
        _take_away(undo, inserted) for inserted in InsertedRows.objects.filter(batch=batch).order_by("-pk")
    )
    undo.applied_rows, undo.removed_rows, undo.read_rows = back, gone, back + gone
    undo.save()
    batch.state = BatchState.UNDONE
    batch.save(update_fields=["state"])
    return undo


def _changed_tables(batch: ImportBatch) -> list[str]:
    return list(BeforeImage.objects.filter(batch=batch).values_list("table", flat=True).distinct())


def _put_back(undo: ImportBatch, batch: ImportBatch, name: str) -> int:
    """Changed rows as they were (with a newer version where rows have one), removed rows again."""
    model = _model(name)
    columns = [str(field.column) for field in model._meta.concrete_fields]
    columns = [column for column in columns if column not in ("id", "version")]
    sets = sql.SQL(", ").join(sql.SQL("{0} = o.{0}").format(sql.Identifier(column)) for column in columns)
    if issubclass(model, Versioned):
        sets = sql.SQL("{}, version = t.version + 1").format(sets)
    parameters: dict[str, int | str] = {"batch": batch.pk, "undo": undo.pk, "name": name}
    table = sql.Identifier(name)
    changed = sql.SQL(
        "WITH restored AS (UPDATE {table} t SET {sets} FROM gather_beforeimage i,"
        " LATERAL jsonb_populate_record(NULL::{table}, i.old) o"
        ' WHERE i.batch_id = %(batch)s AND i."table" = %(name)s AND i.new IS NOT NULL AND t.id = i.row_id'
        " RETURNING t.id, i.new AS was, to_jsonb(t) AS row) "
        'INSERT INTO gather_beforeimage (batch_id, "table", row_id, old, new)'
        " SELECT %(undo)s, %(name)s, id, was, row FROM restored"
    ).format(table=table, sets=sets)
    removed = sql.SQL(
        "WITH again AS (INSERT INTO {table} SELECT o.* FROM gather_beforeimage i,"
        " LATERAL jsonb_populate_record(NULL::{table}, i.old) o"
        ' WHERE i.batch_id = %(batch)s AND i."table" = %(name)s AND i.new IS NULL RETURNING id) '
        'INSERT INTO gather_insertedrows (batch_id, "table", row_ids)'
        " SELECT %(undo)s, %(name)s, array_agg(id) FROM again HAVING count(*) > 0"
    ).format(table=table)
    with connection.cursor() as cursor:
        cursor.execute(changed, parameters)
        count = int(cursor.rowcount)
        cursor.execute(removed, parameters)
    return count + sum(len(ids) for ids in undo.inserted.filter(table=name).values_list("row_ids", flat=True))


def _take_away(undo: ImportBatch, inserted: InsertedRows) -> int:
    """Added rows go; their last state is kept with the undo. What was computed from them goes with them."""
    name, model = inserted.table, _model(inserted.table)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                'INSERT INTO gather_beforeimage (batch_id, "table", row_id, old, new)'
                " SELECT %s, %s, t.id, to_jsonb(t), NULL FROM {} t WHERE t.id = ANY(%s)"
            ).format(sql.Identifier(name)),
            [undo.pk, name, inserted.row_ids],
        )
        count = int(cursor.rowcount)
    found = model._default_manager.filter(pk__in=inserted.row_ids)
    if model._meta.related_objects:
        found.delete()
    else:
        found._raw_delete(using=found.db)
    return count


def _verified(batches: list[ImportBatch]) -> Iterator[str]:
    """Taking rows away must not break what holds over whole tables either."""
    for name in {batch.table for batch in batches}:
        for verify in tables.get(name).verifications:
            yield from verify()


def _model(db_table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == db_table)
