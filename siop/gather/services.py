"""Load files: validate all rows, apply in one transaction, ask for the recomputation."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from siop.accounts.models import Person
from siop.gather import storage, tables
from siop.gather.enums import BatchMode, BatchState
from siop.gather.errors import RowError, UnusableFile
from siop.gather.mapping import apply_profile, by_name
from siop.gather.models import ImportBatch, ImportIssue
from siop.gather.parsing.columns import FileStyle
from siop.gather.parts import AS_IT_IS, Options, Part
from siop.gather.readers.table import assemble
from siop.gather.rows import Rows
from siop.gather.storage import Stored
from siop.gather.tables import Table
from siop.gather.validation import Codes, missing_codes, validate
from siop.jobs import services as jobs
from siop.transactions import repeatable

STORED_ISSUES = 20_000


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one part; counts are rows of the file, `totals` sums above and below 0 of good rows."""

    part: Part
    batch: ImportBatch
    stored: Stored = field(default_factory=Stored)
    rejected: int = 0
    errors: tuple[RowError, ...] = ()
    notes: tuple[str, ...] = ()
    created: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    seen: bool = False

    @property
    def excluded(self) -> Mapping[str, int]:
        return self.part.mapped.excluded

    @property
    def read(self) -> int:
        return self.part.file.read


class _NothingApplied(Exception):
    """Rolls the savepoint back; the outcomes say why."""


@repeatable
def load(
    parts: Sequence[Part], *, person: Person | None = None, options: Options = AS_IT_IS
) -> list[Outcome]:
    """Judge all parts and apply them in one transaction, or none; ten at once are some serial order."""
    order = {name: place for place, name in enumerate(tables.names())}
    ordered = sorted(parts, key=lambda part: order[part.table.name])
    with transaction.atomic():
        one_at_a_time()
        outcomes = _load_all(ordered, person=person, options=options)
        if options.dry_run:
            transaction.set_rollback(True)
            _forget_numbers(outcomes)
    return outcomes


def _forget_numbers(outcomes: Iterable[Outcome]) -> None:
    """What was only tried has no import that anybody could look up."""
    for outcome in outcomes:
        if not outcome.seen:
            outcome.batch.pk = None


def load_tables(
    rows: Mapping[str, pd.DataFrame | Sequence[Mapping[str, Any]]],
    *,
    person: Person | None = None,
    source_name: str = "tables",
) -> list[ImportBatch]:
    """Load tables that a program made, judged as a file would be; raises UnusableFile on any error."""
    outcomes = load([_made_part(name, records, source_name) for name, records in rows.items()], person=person)
    for outcome in outcomes:
        if outcome.errors:
            first = outcome.errors[0]
            raise UnusableFile(
                f"{outcome.part.table.name}, row {first.row}, {first.column} {first.value!r}: "
                f"{first.reason}; "
                f"{outcome.rejected} rows rejected.",
                row=first.row,
                column=first.column,
            )
    return [outcome.batch for outcome in outcomes]


def _load_all(parts: Sequence[Part], *, person: Person | None, options: Options) -> list[Outcome]:
    seen = {index: batch for index, part in enumerate(parts) if (batch := _seen(part, options))}
    batches = [seen.get(index) or _new_batch(part, person, options) for index, part in enumerate(parts)]
    new = [batch.pk for index, batch in enumerate(batches) if index not in seen]
    outcomes: list[Outcome] = []
    refusals: list[str] = []
    try:
        with transaction.atomic():
            codes = Codes()
            for index, (part, batch) in enumerate(zip(parts, batches, strict=True)):
                outcomes.append(
                    _same_again(part, batch)
                    if index in seen
                    else _load_part(part, batch=batch, codes=codes, options=options)
                )
            refusals = _verify(outcomes)
            if refusals or (not options.valid_rows_only and any(outcome.rejected for outcome in outcomes)):
                raise _NothingApplied
    except _NothingApplied:
        return [_reject(outcome, refusals) for outcome in outcomes]
    return _keep(outcomes, group=new, person=person, options=options)


def _load_part(part: Part, *, batch: ImportBatch, codes: Codes, options: Options) -> Outcome:
    profile = part.profile
    style = FileStyle(
        date_order=options.date_order or profile.date_order,
        decimal_mark=options.decimal_mark or profile.decimal_mark,
        date_system=part.file.date_system,
        machine_numbers=part.file.machine_numbers,
    )
    rows = validate(
        part.mapped,
        part.table,
        style=style,
        codes=codes,
        creates=tuple(profile.creates),
        today=timezone.localdate(),
    )
    created = _create_missing(rows, part, batch=batch, codes=codes)
    try:
        with transaction.atomic():
            stored = storage.store(rows, part.table, batch_id=batch.pk, codes=codes, replace=options.replace)
            check_constraints()
    except (IntegrityError, DataError) as error:
        rows.errors.append(_refused_by_database(error))
        stored = Stored()
    faults = part.file.faults
    errors = sorted([*faults, *rows.errors], key=lambda error: error.row)
    return Outcome(
        part=part,
        batch=batch,
        stored=stored,
        rejected=len({error.row for error in errors}),
        errors=tuple(errors),
        notes=(*part.file.notes, *rows.notes, *_unknown_columns(part)),
        created=created,
        totals=_totals(rows, part.table),
    )


def _totals(rows: Rows, table: Table) -> dict[str, tuple[float, float]]:
    totals = {}
    for name in table.adds_up:
        numbers = rows.floats(name)[~rows.bad]
        totals[name] = (float(numbers[numbers > 0].sum()), float(numbers[numbers < 0].sum()))
    return totals


def _create_missing(rows: Rows, part: Part, *, batch: ImportBatch, codes: Codes) -> dict[str, int]:
    made = {}
    missing = missing_codes(rows, part.table, creates=part.profile.creates, codes=codes)
    for name, new in missing.items():
        attributes = {code: dict[str, str]() for code in new}
        for attribute, cells in part.mapped.attributes.get(name, {}).items():
            for code, value in _most_frequent(rows, name, cells, part.table).items():
                if code in attributes:
                    attributes[code][attribute] = value
        made[name] = storage.create_codes(tables.get(name), attributes, batch_id=batch.pk)
        codes.forget(name)
    return made


def _most_frequent(rows: Rows, name: str, cells: Any, table: Table) -> dict[str, str]:
    """The text that stands most often beside each code."""
    column = next(column for column in table.all_columns if column.references == name)
    typed = rows.typed[column.name]
    frame = pd.DataFrame({"code": typed.codes, "text": cells.codes})[~rows.bad]
    counted = (
        frame.value_counts(sort=False).reset_index().sort_values(["count", "text"], ascending=[False, True])
    )
    best: dict[str, str] = {}
    for code, text in zip(counted["code"], counted["text"], strict=True):
        value, key = cells.texts[text].strip(), typed.texts[code]
        if value and key is not None:
            best.setdefault(key, value[:300])
    return best


def _keep(
    outcomes: list[Outcome], *, group: list[int], person: Person | None, options: Options
) -> list[Outcome]:
    """Record what was applied, and ask for what follows from it."""
    changed = any(outcome.stored.changed for outcome in outcomes)
    version = jobs.raise_data_version() if changed else None
    for outcome in outcomes:
        if outcome.seen:
            continue
        batch, stored = outcome.batch, outcome.stored
        batch.state, batch.applied, batch.data_version = BatchState.APPLIED, timezone.now(), version
        batch.applied_rows, batch.unchanged_rows, batch.removed_rows = (
            stored.applied,
            stored.unchanged,
            stored.removed,
        )
        _record(outcome, group=group)
    if changed and not options.dry_run:
        jobs.request_recomputation(person=person)
    return outcomes


def _reject(outcome: Outcome, refusals: Sequence[str]) -> Outcome:
    """Nothing of it was applied; the reasons are kept."""
    if outcome.seen:
        return outcome
    errors = (*outcome.errors, *(RowError(row=0, column="", value="", reason=reason) for reason in refusals))
    refused = replace(outcome, stored=Stored(), errors=errors, created={})
    refused.batch.state = BatchState.REJECTED
    _record(refused, group=[])
    return refused


def _record(outcome: Outcome, *, group: list[int]) -> None:
    batch = outcome.batch
    batch.read_rows, batch.rejected_rows = outcome.read, outcome.rejected
    batch.excluded = dict(outcome.excluded)
    batch.summary = {
        "notes": list(outcome.notes),
        "inserted": outcome.stored.inserted,
        "updated": outcome.stored.updated,
        "created": dict(outcome.created),
        "encoding": outcome.part.file.encoding,
        "unknown_columns": list(outcome.part.mapped.unknown),
        "group": group,
    }
    batch.save()
    ImportIssue.objects.bulk_create(
        (
            ImportIssue(
                batch=batch,
                row=error.row,
                column=error.column[:120],
                value=error.value,
                reason=error.reason,
                suggestion=error.suggestion,
            )
            for error in outcome.errors[:STORED_ISSUES]
        ),
        batch_size=2_000,
    )


def _seen(part: Part, options: Options) -> ImportBatch | None:
    """The table's latest batch, where it is this very file, mapped and loaded in the same way and whole."""
    latest = (
        ImportBatch.objects.filter(table=part.table.name, state=BatchState.APPLIED, undo_of=None)
        .order_by("-id")
        .first()
    )
    if (
        latest
        and latest.sha256 == part.sha256
        and latest.mapping == part.mapping(options)
        and latest.mode == _mode(options)
        and latest.rejected_rows == 0
    ):
        return latest
    return None


def _same_again(part: Part, batch: ImportBatch) -> Outcome:
    note = f"This file is loaded already, as import {batch.pk}; nothing is new."
    return Outcome(
        part=part,
        batch=batch,
        stored=Stored(unchanged=batch.applied_rows + batch.unchanged_rows),
        notes=(note,),
        seen=True,
    )


def _new_batch(part: Part, person: Person | None, options: Options) -> ImportBatch:
    return ImportBatch.objects.create(
        table=part.table.name,
        file_name=part.file_name[-255:],
        sha256=part.sha256,
        profile=part.profile.name,
        mapping=part.mapping(options),
        mode=_mode(options),
        valid_rows_only=options.valid_rows_only,
        state=BatchState.STAGED,
        person=person,
    )


def _mode(options: Options) -> BatchMode:
    return BatchMode.REPLACE if options.replace else BatchMode.MERGE


def _verify(outcomes: Iterable[Outcome]) -> list[str]:
    """What must hold over whole tables, such as no circle in the bills of material."""
    touched = {outcome.part.table.name: outcome.part.table for outcome in outcomes if outcome.stored.changed}
    return [reason for table in touched.values() for verify in table.verifications for reason in verify()]


def check_constraints() -> None:
    """Foreign keys are checked at the end of the transaction; here a row still has a name.

    Autovacuum may have counted this transaction's rows as none, and a check planned on that reads a whole table
    for each row; so the checks are planned anew, by index.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("DISCARD PLANS")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL enable_seqscan = on")


def _refused_by_database(error: Exception) -> RowError:
    first = str(error).strip().splitlines()
    detail = next((line.removeprefix("DETAIL:").strip() for line in first if line.startswith("DETAIL")), "")
    return RowError(row=0, column="", value=detail[:200], reason=f"The database refuses the rows: {first[0]}")


def _unknown_columns(part: Part) -> list[str]:
    if not part.mapped.unknown:
        return []
    return [
        f"Columns that the table {part.table.name} does not know were left out: "
        f"{', '.join(part.mapped.unknown)}."
    ]


def one_at_a_time() -> None:
    """Imports and undos of a moment are some serial order, so that none works on what another is changing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('siop_import'))")
        cursor.execute("SET LOCAL work_mem = '128MB'")  # grouping and joining a million rows without disk


def _made_part(name: str, records: pd.DataFrame | Sequence[Mapping[str, Any]], source_name: str) -> Part:
    table = tables.get(name)
    rows: list[Mapping[str, Any]] = (
        [{str(key): value for key, value in row.items()} for row in records.to_dict("records")]
        if isinstance(records, pd.DataFrame)
        else list(records)
    )
    header = list(dict.fromkeys(key for row in rows for key in row))
    lines = [header, *([_cell(row.get(key)) for key in header] for row in rows)]
    file = assemble(
        enumerate(lines, start=1), known=frozenset(), sheet=name, encoding="program", machine_numbers=True
    )
    sha256 = hashlib.sha256(json.dumps(lines).encode()).hexdigest()
    profile = by_name(table)
    return Part(
        file_name=source_name,
        sha256=sha256,
        table=table,
        file=file,
        profile=profile,
        mapped=apply_profile(file, table, profile),
    )


def _cell(value: Any) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, dt.datetime | pd.Timestamp):
        return value.date().isoformat()
    return str(value)
