"""What became of an import, as machines and people read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from siop.gather.errors import RowError, UnusableFile
from siop.gather.services import Outcome
from siop.web.templatetags.siop import many


def as_json(outcomes: Sequence[Outcome], *, dry_run: bool) -> dict[str, Any]:
    """One object for the whole command; `imports` repeats the figures for each table."""
    excluded: Counter[str] = Counter()
    for outcome in outcomes:
        excluded.update(outcome.excluded)
    return {
        "import_id": min((o.batch.pk for o in outcomes if o.batch.pk), default=None),
        "state": outcomes[0].batch.state if outcomes else "",
        "dry_run": dry_run,
        "read": sum(o.read for o in outcomes),
        "applied": sum(o.stored.applied for o in outcomes),
        "unchanged": sum(o.stored.unchanged for o in outcomes),
        "removed": sum(o.stored.removed for o in outcomes),
        "excluded": dict(excluded),
        "rejected": sum(o.rejected for o in outcomes),
        "errors": [error_json(error, table=o.part.table.name) for o in outcomes for error in o.errors],
        "notes": [note for o in outcomes for note in o.notes],
        "imports": [_one(outcome) for outcome in outcomes],
    }


def unusable_json(error: UnusableFile) -> dict[str, Any]:
    return {
        "import_id": None,
        "state": "unusable",
        "read": 0,
        "applied": 0,
        "unchanged": 0,
        "excluded": {},
        "rejected": 0,
        "errors": [{"row": error.row, "column": error.column, "value": "", "reason": error.reason}],
    }


def error_json(error: RowError, *, table: str) -> dict[str, Any]:
    return {
        "row": error.row,
        "column": error.column,
        "value": error.value,
        "reason": error.reason,
        "suggestion": error.suggestion,
        "table": table,
    }


def as_text(outcomes: Sequence[Outcome], *, shown: int = 20) -> str:
    return "\n".join(line for outcome in outcomes for line in _lines(outcome, shown=shown))


def _lines(outcome: Outcome, *, shown: int) -> list[str]:
    stored, table = outcome.stored, outcome.part.table
    lines = [
        f"{outcome.part.file_name} -> {table.name}: {many(outcome.read, 'row')} read, {stored.applied:,} applied, "
        f"{stored.unchanged:,} unchanged, {outcome.rejected:,} rejected"
        + (f", {stored.removed:,} removed" if stored.removed else "")
        + (f" (import {outcome.batch.pk})" if outcome.batch.pk else "")
    ]
    lines += [f"  excluded {count:,}: {name}" for name, count in outcome.excluded.items()]
    lines += [f"  created {count:,} {name}" for name, count in outcome.created.items()]
    lines += [f"  {note}" for note in outcome.notes]
    lines += [f"  {sentence(error)}" for error in outcome.errors[:shown]]
    if len(outcome.errors) > shown:
        lines.append(f"  ... and {len(outcome.errors) - shown:,} more errors")
    return lines


def sentence(error: RowError) -> str:
    """`Row 14, quantity 'x': The text is not a number. Use ...`"""
    where = f"Row {error.row}" if error.row else "File"
    what = f", {error.column} {error.value!r}" if error.column else ""
    advice = f" {error.suggestion}." if error.suggestion else ""
    return f"{where}{what}: {error.reason.rstrip('.')}.{advice}"


def _one(outcome: Outcome) -> dict[str, Any]:
    return {
        "import_id": outcome.batch.pk,
        "file": outcome.part.file_name,
        "table": outcome.part.table.name,
        "read": outcome.read,
        "applied": outcome.stored.applied,
        "unchanged": outcome.stored.unchanged,
        "inserted": outcome.stored.inserted,
        "updated": outcome.stored.updated,
        "removed": outcome.stored.removed,
        "rejected": outcome.rejected,
        "created": dict(outcome.created),
    }
