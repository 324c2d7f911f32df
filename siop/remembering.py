"""Answers kept from one request to the next, for as long as no table that they rest on was written.

What was written the database tells: a trigger on each table leaves the number of the transaction in `web_tablechange`
(siop/web/table_changes.py). A process asks once a request for the changes that it could not see the last time; what
committed late is among them, whatever its number. Answers are shared by threads, so nobody changes one.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from .reading import UNREPEATABLE, is_reading, note_tables, noting_tables, once

Answer = TypeVar("Answer")
Versions = Mapping[str, int]
ANSWERS_KEPT = 1000
KEPT_S = 30.0  # what follows the clock, such as "today", is never older than this
CHANGES_KEPT_S = 900.0  # who has not asked for so long begins anew; the database keeps changes longer

NEWS = """
SELECT pg_current_snapshot()::text, ARRAY(
    SELECT DISTINCT "table" FROM web_tablechange
    WHERE xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)::text::bigint
          AND NOT pg_visible_in_snapshot(xid::text::xid8, %(seen)s::pg_snapshot))
"""


@dataclass(frozen=True)
class _Kept:
    answer: Any
    tables: Versions
    until: float


@dataclass
class _Seen:
    """What this process knows of the tables: a number for each that grows with its changes."""

    snapshot: str = ""
    at: float = 0.0


_guard = threading.Lock()
_kept: OrderedDict[Hashable, _Kept] = OrderedDict()
_versions: dict[str, int] = {}
_seen = _Seen()


def remembered(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to `ask`, of this request or of an earlier one; `key` holds all that it depends on but tables.

    Asked each time outside of a reading and within a transaction, which may see what others do not.
    """
    if not is_reading() or connection.in_atomic_block:
        return ask()
    versions = once("table versions", _current_versions)
    key = (key, timezone.localdate())
    kept = _kept.get(key)
    if kept is not None and _holds(kept, versions):
        note_tables(kept.tables)
        found: Answer = kept.answer
        return found
    with noting_tables() as tables:
        answer = ask()
    if UNREPEATABLE not in tables:
        _keep(
            key, _Kept(answer, {table: versions.get(table, 0) for table in tables}, time.monotonic() + KEPT_S)
        )
    return answer


def forget_all() -> None:
    """For tests: what is held belongs to another database."""
    with _guard:
        _kept.clear()
        _versions.clear()
        _seen.snapshot = ""


def _holds(kept: _Kept, versions: Versions) -> bool:
    return time.monotonic() < kept.until and all(
        versions.get(table, 0) == version for table, version in kept.tables.items()
    )


def _keep(key: Hashable, kept: _Kept) -> None:
    with _guard:
        _kept[key] = kept
        _kept.move_to_end(key)
        while len(_kept) > ANSWERS_KEPT:
            _kept.popitem(last=False)


def _current_versions() -> Versions:
    """The tables' numbers as of now; taken before the first statement that they are held against."""
    with connection.cursor() as cursor:
        cursor.execute(NEWS, {"seen": _seen.snapshot or "1:1:"})
        snapshot, changed = cursor.fetchone()
    with _guard:
        if time.monotonic() - _seen.at > CHANGES_KEPT_S:
            _kept.clear()
        for table in changed:
            _versions[table] = _versions.get(table, 0) + 1
        _seen.snapshot, _seen.at = snapshot, time.monotonic()
        return dict(_versions)
