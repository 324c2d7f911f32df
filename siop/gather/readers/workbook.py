"""XLSX through a disposable child process: what a hostile workbook can break is thrown away with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from siop.gather.errors import UnusableFile
from siop.gather.readers.limits import Limits
from siop.gather.readers.table import Record, TextTable, assemble

_ROOT = Path(__file__).resolve().parents[3]
_CHILD = "siop.gather.readers.child"
_ERROR = re.compile(r"refused: |[A-Za-z_.]+(?:Error|Exception|Forbidden|BadZipFile)\b")
_AGAIN = "open it in a spreadsheet program and save it again as .xlsx"


def read_workbook(content: IO[bytes], *, known: frozenset[str], limits: Limits) -> list[TextTable]:
    """A table for each visible sheet with values."""
    content.seek(0)
    # Files, not pipes: a child that dies early or talks too much leaves nobody waiting.
    with TemporaryFile() as book, TemporaryFile() as output, TemporaryFile() as errors:
        shutil.copyfileobj(content, book)
        code = _run_child(book, output=output, errors=errors, limits=limits)
        errors.seek(0)
        if code:
            raise UnusableFile(_explain(code, errors.read().decode("utf-8", "replace"), limits))
        output.seek(0)
        return _tables(_lines(output), known=known)


def _run_child(book: IO[bytes], *, output: IO[bytes], errors: IO[bytes], limits: Limits) -> int:
    book.seek(0)
    try:
        child = subprocess.run(
            [sys.executable, "-E", "-s", "-m", _CHILD, json.dumps(_asked(limits))],
            stdin=book,
            stdout=output,
            stderr=errors,
            cwd=_ROOT,
            # Nothing of the parent's environment: no address, no password.
            env={"PATH": os.defpath, "OPENPYXL_LXML": "False"},
            timeout=limits.child_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -signal.SIGXCPU
    return child.returncode


def _asked(limits: Limits) -> dict[str, int]:
    return {
        "unpacked_bytes": limits.unpacked_bytes,
        "entries": limits.entries,
        "cells": min(limits.cells, 5_000_000),
        "memory_bytes": limits.child_memory_bytes,
        "seconds": limits.child_seconds,
    }


def _explain(code: int, errors: str, limits: Limits) -> str:
    said = [line for line in errors.splitlines() if _ERROR.match(line)]
    last = said[-1] if said else ""
    if code == -signal.SIGXCPU:
        return f"The workbook takes more than {limits.child_seconds} s to read; save it as CSV."
    if "MemoryError" in last or code == -signal.SIGKILL:
        gigabytes = limits.child_memory_bytes / (1 << 30)
        return f"The workbook needs more than {gigabytes:.1f} GB of memory; save it as CSV."
    if "EntitiesForbidden" in errors or "DTDForbidden" in errors:
        return "The workbook defines XML entities, a known way to attack programs; it was not read."
    if last.startswith("refused: "):
        return last.removeprefix("refused: ")
    problem = last.partition(":")[0].rpartition(".")[2] or f"parser ended with {code}"
    return f"The workbook is damaged ({problem}); {_AGAIN}."


def _lines(output: IO[bytes]) -> Iterator[list[object]]:
    for line in output:
        yield json.loads(line)


def _tables(lines: Iterator[list[object]], *, known: frozenset[str]) -> list[TextTable]:
    """The child writes a line per sheet ["sheet", name, state, date system], then ["row", number, cells]."""
    sheets: list[tuple[str, str, str]] = []
    tables: list[TextTable] = []
    records: list[list[Record]] = []
    for tag, first, *rest in lines:
        if tag == "sheet":
            sheets.append((str(first), str(rest[0]), str(rest[1])))
            records.append([])
        else:
            records[-1].append((int(str(first)), list(map(str, rest[0]))))  # type: ignore[call-overload]
    hidden = [
        f"Sheet {name!r} is hidden and was not read." for name, state, _ in sheets if state != "visible"
    ]
    for (name, state, date_system), rows in zip(sheets, records, strict=True):
        if state == "visible" and rows:
            tables.append(
                assemble(
                    rows,
                    known=known,
                    sheet=name,
                    notes=[] if tables else hidden,
                    encoding="xlsx",
                    date_system=date_system,
                    machine_numbers=True,
                )
            )
    if not tables:
        raise UnusableFile(" ".join(["No visible sheet has values.", *hidden]))
    return tables
