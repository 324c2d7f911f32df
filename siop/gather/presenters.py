"""What the data pages say about uploads, imports and the work that follows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page
from django.urls import reverse

from siop.gather.enums import BatchState, UploadState
from siop.gather.models import ImportBatch, ImportIssue, Upload
from siop.gather.selectors import Feed, fate, loaded_with, locked_version
from siop.jobs import services as jobs
from siop.jobs.enums import JobState
from siop.web.headlines import Headline
from siop.web.templatetags.siop import number, percent

ERRORS_SHOWN = 100
_WORDS = (
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
)
_STATES = {
    JobState.DONE: "done",
    JobState.RUNNING: "running",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
    JobState.QUEUED: "waiting",
}


def upload_page(upload: Upload) -> dict[str, Any]:
    """Steps, figures, mapping and errors of an upload."""
    parts = upload.report
    read, rejected = sum(part["read"] for part in parts), sum(part["rejected"] for part in parts)
    valid = sum(part["valid"] for part in parts)
    errors = [error for part in parts for error in part["errors"]]
    working = upload.state in (UploadState.CHECKING, UploadState.LOADING)
    return {
        "upload": upload,
        "parts": [part | {"title": mapping_title(part)} for part in parts],
        "kpis": figures(parts) if parts else [],
        "errors": errors[:ERRORS_SHOWN],
        "error_count": len(errors),
        "errors_title": errors_title(rejected),
        "steps": upload_steps(upload),
        "working": working,
        "valid": valid,
        "rejected": rejected,
        "read": read,
        "loadable": upload.state == UploadState.CHECKED and valid > 0,
        "several_tables": len(parts) > 1,
        "passed_over": passed_over(upload),
    }


def waiting(found: Iterable[Upload]) -> dict[str, Any]:
    """Files that wait, each with its own result, and how many could be loaded as they are."""
    rows = [_waiting_row(upload) for upload in found]
    return {"rows": rows, "loadable": sum(row["tone"] == "ok" for row in rows)}


def _waiting_row(upload: Upload) -> dict[str, Any]:
    read, rejected = (sum(part[name] for part in upload.report) for name in ("read", "rejected"))
    result, tone = str(upload.get_state_display()), ""
    if upload.state == UploadState.UNUSABLE:
        result, tone = upload.message, "ex"
    elif upload.state == UploadState.CHECKED:
        bad = f"{number(rejected)} row{'' if rejected == 1 else 's'} with errors"
        result, tone = (bad, "warn") if rejected else ("every row is good", "ok")
    tables = ", ".join(part["label"] for part in upload.report)
    return {"upload": upload, "tables": tables, "read": read, "result": result, "tone": tone}


def files_sentence(loaded: Sequence[Upload]) -> str:
    """What became of several files that were to be loaded at once."""
    if not loaded:
        return "No waiting file is without errors; mend the rows, or open one to load its good rows only."
    if len(loaded) == 1:
        return loaded_sentence(loaded[0])
    return f"{len(loaded)} files are loaded: {', '.join(upload.file_name for upload in loaded)}."


def passed_over(upload: Upload) -> int:
    """How many sheets hold no rows and are not looked at any further."""
    looked_at = {part["sheet"] for part in upload.report}
    return (
        sum(not sheet["rows"] and sheet["sheet"] not in looked_at for sheet in upload.sheets)
        if looked_at
        else 0
    )


def import_page(batch: ImportBatch, page: Page[ImportIssue]) -> dict[str, Any]:
    """A past import: figures, what was left out, what was refused."""
    part = {
        "read": batch.read_rows,
        "valid": batch.applied_rows + batch.unchanged_rows,
        "rejected": batch.rejected_rows,
        "inserted": batch.summary.get("inserted", 0),
        "updated": batch.summary.get("updated", 0),
        "unchanged": batch.unchanged_rows,
        "removed": batch.removed_rows,
        "excluded": batch.excluded,
        "sheet": "",
        "totals": {},
    }
    return {
        "batch": batch,
        "together": loaded_with(batch),
        "fate": fate(batch, locked_version()),
        "kpis": figures([part]),
        "created": batch.summary.get("created", {}),
        "notes": batch.summary.get("notes", []),
        "page": page,
        "errors_title": rejects_title(batch),
        "refused": batch.state == BatchState.REJECTED,
    }


def figures(parts: list[dict[str, Any]]) -> list[Headline]:
    """The strip over the page."""
    total = {name: sum(part[name] for part in parts) for name in _COUNTS}
    excluded = sum(sum(part["excluded"].values()) for part in parts)
    share = f"{percent(total['valid'] / total['read'])}" if total["read"] else ""
    kpis = [
        Headline(label="Rows read", value=number(total["read"]), note=_sheets(parts)),
        Headline(label="Valid", value=number(total["valid"]), note=share),
        Headline(
            label="With errors",
            value=number(total["rejected"]),
            note="listed below" if total["rejected"] else "",
        ),
        Headline(
            label="New · changed · same",
            value=f"{number(total['inserted'])} · {number(total['updated'])} · {number(total['unchanged'])}",
            note="rows stored, one a key" if _adds_up(parts) else f"of {number(total['valid'])} valid",
        ),
    ]
    if excluded:
        kpis.append(Headline(label="Left out by rule", value=number(excluded), note="counted below"))
    if total["removed"]:
        kpis.append(
            Headline(label="Removed", value=number(total["removed"]), note="rows that the file lacks")
        )
    several = sum(bool(part["totals"]) for part in parts) > 1
    for part in parts:
        of_table = f", {part['label'].lower()}" if several else ""
        for name, (above, below) in part["totals"].items():
            note = f"{number(above)} in, {number(-below)} returned" if below else ""
            kpis.append(Headline(label=f"Net {name}{of_table}", value=number(above + below), note=note))
    return kpis[:6]


_COUNTS = ("read", "valid", "rejected", "inserted", "updated", "unchanged", "removed")


def upload_steps(upload: Upload) -> list[tuple[str, str]]:
    """(label, state) for the line of steps."""
    at = {
        UploadState.CHECKING: 2,
        UploadState.UNUSABLE: 1,
        UploadState.CHECKED: 2,
        UploadState.LOADING: 3,
        UploadState.LOADED: 4,
    }[UploadState(upload.state)]
    labels = ["Upload", "Map", "Check", "Load", "Recompute"]
    return [
        (label, "done" if place < at else "now" if place == at else "next")
        for place, label in enumerate(labels)
    ]


def mapping_title(part: dict[str, Any]) -> str:
    mapped = sum(1 for line in part["mapping"] if line["field"])
    ignored = sum(1 for line in part["mapping"] if not line["field"])
    title = f"{_count(mapped)} column{'' if mapped == 1 else 's'} mapped"
    return f"{title}, {_count(ignored).lower()} ignored" if ignored else title


def errors_title(rejected: int) -> str:
    if not rejected:
        return "Every row can be loaded"
    return f"{_count(rejected)} row{'' if rejected == 1 else 's'} cannot be loaded"


def rejects_title(batch: ImportBatch) -> str:
    """Over the reasons of an import that is done: what was refused, or left out of it."""
    if batch.state == BatchState.REJECTED:
        return errors_title(batch.rejected_rows)
    if not batch.rejected_rows:
        return "No row was left out for an error"
    return f"{_count(batch.rejected_rows)} row{'' if batch.rejected_rows == 1 else 's'} left out"


def health_title(feeds: list[Feed]) -> str:
    ready = sum(1 for feed in feeds if feed.state == "ready")
    return f"Data health: {ready} of {len(feeds)} feeds ready"


def loaded_sentence(upload: Upload) -> str:
    applied = sum(part["applied"] for part in upload.report)
    if not applied:
        return f"{upload.file_name} brought nothing new."
    return f"{number(applied)} rows of {upload.file_name} are loaded; the plan is being recomputed."


def running() -> dict[str, Any] | None:
    """The recomputation of the newest data, as components/progress.html takes it."""
    version = jobs.current_data_version()
    if not version:
        return None
    stages = [
        {
            "label": stage["label"],
            "done": stage["done"],
            "total": max(stage["total"], 1),
            "state": _STATES[stage["state"]],
            "text": stage["message"] if stage["state"] == JobState.FAILED else _amount(stage),
        }
        for stage in jobs.progress(version)
    ]
    open_stages = [stage for stage in stages if stage["state"] in ("running", "waiting")]
    failed = any(stage["state"] == "failed" for stage in stages)
    return {
        "id": "running",
        "title": "The plan is being recomputed" if open_stages and not failed else "The plan is up to date",
        "note": f"data version {version}",
        "url": reverse("gather:progress"),
        "running": bool(open_stages) and not failed,
        "stages": stages,
    } | ({"title": "The recomputation failed"} if failed else {})


def _amount(stage: dict[str, Any]) -> str:
    if stage["state"] == JobState.QUEUED:
        return "waiting"
    if not stage["total"]:
        return "nothing new" if stage["state"] == JobState.DONE else "starting"
    return f"{number(stage['done'])} of {number(stage['total'])}"


def _sheets(parts: list[dict[str, Any]]) -> str:
    names = [part["sheet"] for part in parts if part["sheet"]]
    return f"sheet{'' if len(names) == 1 else 's'} {', '.join(names)}"[:60] if names else ""


def _adds_up(parts: list[dict[str, Any]]) -> bool:
    return any(part["totals"] for part in parts)


def _count(amount: int) -> str:
    return _WORDS[amount] if amount < len(_WORDS) else number(amount)
