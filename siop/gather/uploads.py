"""A file that a person brings to the page: kept, checked, mapped, checked again, and then loaded or dropped."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.files.base import File
from django.db import transaction

from siop.accounts.models import Person
from siop.gather import reports, services, tables
from siop.gather.columns import Column, Kind
from siop.gather.enums import BatchMode, UploadState
from siop.gather.errors import GatherError, UnusableFile
from siop.gather.mapping import Profile
from siop.gather.models import Upload
from siop.gather.parts import Options, Part, digest, known_names, map_files
from siop.gather.readers.files import read_tables
from siop.gather.readers.limits import MEGABYTE, UPLOAD
from siop.gather.readers.table import TextTable
from siop.gather.services import Outcome
from siop.jobs import services as jobs

CHECK, LOAD = "check_upload", "load_upload"
# Up to these sizes a file is judged while its sender waits; larger ones go to a worker.
INLINE_BYTES, INLINE_PACKED_BYTES = MEGABYTE, MEGABYTE // 8
KEPT_ERRORS = 20_000
_SAMPLE_ROWS = 3
_KINDS = {Kind.CODE: "code, as written", Kind.TEXT: "text", Kind.DATE: "date", Kind.MONTH: "month"}


class UploadClosed(GatherError):
    """The upload is loaded or cancelled already, or being worked on."""


def receive(
    files: Sequence[File[bytes]], *, person: Person, table: str = "", profile: Profile | None = None
) -> list[Upload]:
    """Keep files and have them checked; raises UnusableFile, keeping none, where one is too large.

    Small ones are judged together, so that sales may name items which another of them brings.
    """
    with transaction.atomic():
        kept = [_keep(file, person=person, table=table, profile=profile) for file in files]
    check(*filter(is_small, kept))
    for upload in kept:
        if not is_small(upload):
            _ask_worker(CHECK, upload)
    return kept


def _keep(file: File[bytes], *, person: Person, table: str, profile: Profile | None) -> Upload:
    size = file.size or 0
    if size > UPLOAD.upload_bytes:
        limit = UPLOAD.upload_bytes // MEGABYTE
        raise UnusableFile(
            f"{file.name or 'The file'} has {size / MEGABYTE:,.1f} MB; {limit} MB is the limit. Load it as CSV by import_data."
        )
    return Upload.objects.create(
        file_name=(file.name or "file")[-255:],
        size=size,
        content=file.read(),
        table=table,
        profile=profile.as_json() if profile else None,
        person=person,
    )


def begin_check(upload: Upload) -> None:
    """Judge the file now where it is small, in a worker otherwise."""
    upload.state = UploadState.CHECKING
    upload.save(update_fields=["state"])
    if is_small(upload):
        check(upload)
    else:
        _ask_worker(CHECK, upload)


def begin_load(upload: Upload, *, valid_rows_only: bool) -> None:
    """Load what was checked; the rows are judged again, against what is stored by then."""
    with transaction.atomic():
        fresh = Upload.objects.select_for_update().get(pk=upload.pk)
        if fresh.state != UploadState.CHECKED:
            raise UploadClosed(
                f"{upload.file_name} is {fresh.get_state_display().lower()}; there is nothing to load."
            )
        Upload.objects.filter(pk=upload.pk).update(state=UploadState.LOADING)
    upload.state = UploadState.LOADING
    if is_small(upload):
        load(upload, valid_rows_only=valid_rows_only)
    else:
        _ask_worker(LOAD, upload, valid_rows_only=valid_rows_only)


def cancel(upload: Upload) -> None:
    """Drop the file; nothing of it was stored elsewhere."""
    Upload.objects.filter(pk=upload.pk).exclude(state__in=[UploadState.LOADED, UploadState.LOADING]).update(
        state=UploadState.CANCELLED, content=None
    )


def is_small(upload: Upload) -> bool:
    packed = bytes(upload.content or b"")[:2] in (b"PK", b"\x1f\x8b")
    return upload.size <= (INLINE_PACKED_BYTES if packed else INLINE_BYTES)


def check(*uploads: Upload) -> None:
    """Read, map and judge without writing, all of them as if they were loaded at once; keeps what was found.

    Each has a result of its own: what cannot be read spoils none of the others. Several are read in one way.
    """
    read = [(upload, parts) for upload in uploads if (parts := _mapped(upload))]
    if not read:
        return
    outcomes = services.load(
        [part for _, parts in read for part in parts],
        person=read[0][0].person,
        options=_options(read[0][0], dry_run=True, valid_rows_only=True),
    )
    for upload, parts in read:
        own = [outcome for outcome in outcomes if any(outcome.part is part for part in parts)]
        upload.state, upload.message = UploadState.CHECKED, ""
        upload.report = [report(outcome) for outcome in own]
        upload.save()


def _mapped(upload: Upload) -> list[Part]:
    """The tables of a file; none, and the reason kept, where it cannot be used."""
    try:
        files = _read(upload)
        upload.sheets = [_sheet(file) for file in files]
        return _parts(upload, files)
    except UnusableFile as error:
        upload.state, upload.message, upload.report = UploadState.UNUSABLE, error.reason, []
        upload.save()
        return []


def load_waiting(person: Person) -> list[Upload]:
    """Load each waiting file of which every row is good, those first that others refer to; returns them.

    Each is judged again before, since what it refers to may have come with the one before it.
    """
    waiting = Upload.objects.filter(person=person, state=UploadState.CHECKED).order_by("pk")
    loaded = []
    for upload in sorted(waiting, key=_place):
        if is_small(upload) or not is_loadable(upload):
            begin_check(upload)
        if is_loadable(upload):
            begin_load(upload, valid_rows_only=False)
            loaded.append(upload)
    return loaded


def is_loadable(upload: Upload) -> bool:
    """Whether it was checked, and every row of it can be loaded."""
    checked = upload.state == UploadState.CHECKED and bool(upload.report)
    return checked and not any(part["rejected"] for part in upload.report)


def _place(upload: Upload) -> int:
    """Where its first table stands in the order in which tables are loaded."""
    names = tables.names()
    return min((names.index(part["table"]) for part in upload.report), default=len(names))


def load(upload: Upload, *, valid_rows_only: bool) -> None:
    """Apply the file in one transaction; where rows turn out bad it goes back to the check."""
    try:
        outcomes = services.load(
            _parts(upload, _read(upload)),
            person=upload.person,
            options=_options(upload, dry_run=False, valid_rows_only=valid_rows_only),
        )
    except UnusableFile as error:
        upload.state, upload.message = UploadState.UNUSABLE, error.reason
        upload.save()
        return
    upload.report = [report(outcome) for outcome in outcomes]
    upload.batches = [outcome.batch.pk for outcome in outcomes]
    if any(outcome.rejected for outcome in outcomes) and not valid_rows_only:
        upload.state, upload.message = (
            UploadState.CHECKED,
            "Nothing was loaded: rows became bad since the check.",
        )
    else:
        upload.state, upload.message, upload.content = UploadState.LOADED, "", None
    upload.save()


def report(outcome: Outcome) -> dict[str, Any]:
    """What the page shows of one table."""
    part, stored = outcome.part, outcome.stored
    return {
        "table": part.table.name,
        "label": part.table.label,
        "sheet": part.file.sheet,
        "profile": part.profile.name,
        "header_row": part.file.header_row,
        "read": outcome.read,
        "valid": stored.applied + stored.unchanged,
        "rejected": outcome.rejected,
        "inserted": stored.inserted,
        "updated": stored.updated,
        "applied": stored.applied,
        "unchanged": stored.unchanged,
        "removed": stored.removed,
        "excluded": dict(outcome.excluded),
        "created": dict(outcome.created),
        "notes": list(outcome.notes),
        "seen": outcome.seen,
        "sha256": part.sha256,
        "totals": {name: list(sums) for name, sums in outcome.totals.items()},
        "mapping": _mapping_lines(outcome),
        "errors": [
            reports.error_json(error, table=part.table.name) for error in outcome.errors[:KEPT_ERRORS]
        ],
    }


def _read(upload: Upload) -> list[TextTable]:
    content = io.BytesIO(bytes(upload.content or b""))
    profile = _profile(upload)
    return read_tables(content, known=known_names(upload.table, profile))


def _parts(upload: Upload, files: Sequence[TextTable]) -> list[Part]:
    """Sheets without rows are passed over where others have some, unless what a sheet lacks is to be removed."""
    parts = map_files(
        files,
        file_name=upload.file_name,
        sha256=digest(io.BytesIO(bytes(upload.content or b""))),
        table=upload.table,
        profile=_profile(upload),
    )
    filled = [part for part in parts if part.file.read]
    return filled if filled and upload.mode != BatchMode.REPLACE else parts


def _profile(upload: Upload) -> Profile | None:
    return Profile.from_json(upload.profile) if upload.profile else None


def _options(upload: Upload, *, dry_run: bool, valid_rows_only: bool) -> Options:
    return Options(
        dry_run=dry_run,
        valid_rows_only=valid_rows_only,
        replace=upload.mode == BatchMode.REPLACE,
        date_order=upload.date_order,
        decimal_mark=upload.decimal_mark,
    )


def _ask_worker(kind: str, upload: Upload, **parameters: Any) -> None:
    jobs.request(
        kind=kind,
        version=jobs.current_data_version(),
        person=upload.person,
        parameters={"upload": upload.pk, **parameters},
    )


def _sheet(file: TextTable) -> dict[str, Any]:
    return {
        "sheet": file.sheet,
        "header": list(file.header),
        "rows": [int(row) for row in file.rows[:_SAMPLE_ROWS]],
        "samples": _samples(file),
    }


def _samples(file: TextTable) -> list[list[str]]:
    return [[column.texts[code][:40] for code in column.codes[:_SAMPLE_ROWS]] for column in file.columns]


def _mapping_lines(outcome: Outcome) -> list[dict[str, Any]]:
    """A line for each column of the file, then for each constant."""
    part = outcome.part
    fields = {source: name for name, source in part.mapped.sources.items()}
    bad = Counter(error.column for error in outcome.errors)
    samples = _samples(part.file)
    lines = [
        {
            "source": source,
            "field": fields.get(source, ""),
            "rule": _rule(part.table, fields[source]) if source in fields else "",
            "samples": samples[position],
            "bad": bad[source],
        }
        for position, source in enumerate(part.file.header)
    ]
    lines += [
        {
            "source": "",
            "field": name,
            "rule": f"always {value}",
            "samples": [value] * _SAMPLE_ROWS,
            "bad": bad[name],
        }
        for name, value in part.profile.constants.items()
    ]
    return lines


def _rule(table: tables.Table, name: str) -> str:
    column = next((column for column in table.all_columns if column.name == name), None)
    if column is None:
        return "unit of the quantity"
    if column.references:
        return f"code known in {tables.get(column.references).label.lower()}"
    if column.kind is Kind.NUMBER:
        return _number_rule(column)
    return ", ".join(column.choices) if column.kind is Kind.CHOICE else _KINDS[column.kind]


def _number_rule(column: Column) -> str:
    if column.rule.places == 0:
        return "whole number"
    if column.rule.percent == "points":
        return "per cent"
    return "number above 0" if column.rule.positive else "number"
