"""Writes of the demand plan in few statements: overrides, their revocation, consensus lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from forecasting.engine import Array, IntArray
from forecasting.grid import Cube
from forecasting.models import ConsensusLine, EditBatch
from forecasting.overrides_book import Node
from siop import bulk
from siop.statements import answers, written

AT_ONCE = 2000
XID = "pg_current_xact_id()::text::bigint"
SET_LINES = (
    "UPDATE forecasting_consensusline c SET quantity = d.quantity, overridden = d.overridden, "  # noqa: S608
    f"version = c.version + 1, touched = {XID}"
)
# The ids are named twice, so that the lines are found by their index even where the table was never analysed.
SET_FEW = SET_LINES + (
    " FROM (SELECT series, quantity::float8[], overridden::smallint[] "
    "FROM unnest(%s::bigint[], %s::text[], %s::text[]) t (series, quantity, overridden)) d "
    "WHERE c.plan_id = %s AND c.series_id = d.series AND c.series_id = ANY(%s)"
)


INSERT = f"""
INSERT INTO forecasting_override (category_id, item_id, location_id, segment_id, month, mode, value, reason,
    expires, batch_id, person_id, version, created, sequence, touched)
SELECT category, item, location, segment, month, mode, value, %s, %s::date, %s::uuid, %s, 1, now(),
    nextval((SELECT pg_get_serial_sequence('forecasting_override', 'id')::regclass)), (SELECT {XID})
FROM (
    SELECT * FROM unnest(
        %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::text[], %s::numeric[]
    ) WITH ORDINALITY AS t (category, item, location, segment, month, mode, value, place) ORDER BY place
) typed RETURNING id
"""  # noqa: S608 - only a constant is put in


BATCH = """
INSERT INTO forecasting_editbatch (id, plan_id, person_id, kind, undo_of_id, reason, images, at)
VALUES (%s, %s, %s, %s, %s, %s, '{}', now()) ON CONFLICT (id) DO NOTHING
"""
CLOSE = "UPDATE forecasting_editbatch SET images = %s WHERE id = %s"
NOTE = "UPDATE forecasting_editbatch SET images = images || %s::jsonb WHERE id = ANY(%s::text[]::uuid[])"
FORGET = "UPDATE forecasting_editbatch SET images = images - %s::text[] WHERE id = ANY(%s::text[]::uuid[])"


class NewOverride(NamedTuple):
    """An override to be written; `origin` is the row and column it was typed at."""

    node: Node
    month: date
    mode: str
    value: Decimal
    origin: tuple[str, int]


def open_batch(batch: EditBatch) -> bool:
    """Store the batch of a request; False where it was sent before, once that first run has ended."""
    values = [str(batch.pk), batch.plan_id, batch.person_id, batch.kind, batch.undo_of_id, batch.reason]
    return written(BATCH, values) == 1


def close_batch(batch: EditBatch) -> None:
    written(CLOSE, [json.dumps(batch.images), str(batch.pk)])


def note(batches: Sequence[EditBatch], **images: Any) -> None:
    """Add to what is kept of closed batches."""
    written(NOTE, [json.dumps(images), [str(batch.pk) for batch in batches]])


def forget(batches: Sequence[EditBatch], *names: str) -> None:
    written(FORGET, [list(names), [str(batch.pk) for batch in batches]])


def lock_lines(cube: Cube, leaves: IntArray) -> None:
    """Hold the lines of these leaves until the transaction ends, always in the same order."""
    series = np.sort(cube.series[leaves]).tolist()
    written(
        "SELECT count(*) FROM (SELECT 1 FROM forecasting_consensusline WHERE plan_id = %s AND series_id = ANY(%s) "
        "ORDER BY series_id FOR UPDATE) held",
        [cube.plan_id, series],
    )


def insert_overrides(
    added: Sequence[NewOverride], *, batch: UUID, person_id: int, reason: str, expires: date | None
) -> list[int]:
    """Append overrides; their place in the replay is the order given. Returns their ids."""
    nodes = [[pk or None for pk in column] for column in zip(*(one.node for one in added), strict=True)] or [
        [],
        [],
        [],
        [],
    ]
    columns: list[Any] = [
        *nodes,
        [one.month for one in added],
        [str(one.mode) for one in added],
        [one.value for one in added],
    ]
    return [int(pk) for (pk,) in answers(INSERT, [reason, expires, str(batch), person_id, *columns])]


def revoke(ids: Iterable[int]) -> None:
    _mark("revoked = now()", ids)


def reinstate(ids: Iterable[int]) -> None:
    _mark("revoked = NULL", ids)


def explain(ids: Iterable[int], *, reason: str, expires: date | None) -> None:
    _mark("reason = %s, expires = %s", ids, reason, expires)


def _mark(change: str, ids: Iterable[int], *values: Any) -> None:
    chosen = list(ids)
    if chosen:
        written(
            f"UPDATE forecasting_override SET {change}, version = version + 1, touched = {XID} "  # noqa: S608
            "WHERE id = ANY(%s)",
            [*values, chosen],
        )


def write_lines(cube: Cube, leaves: IntArray, quantity: Array) -> None:
    """Store new quantities (T, n) of these leaves; each line's version rises by one."""
    moved = np.abs(quantity - cube.base[:, leaves]) > 1e-9
    series = cube.series[leaves]
    if len(leaves) > AT_ONCE:
        _write_many(cube, series, quantity, moved)
        return
    chosen = series.tolist()
    texts = [[_literal(row) for row in rows] for rows in (quantity.T.tolist(), map(np.flatnonzero, moved.T))]
    written(SET_FEW, [chosen, *texts, cube.plan_id, chosen])


def _literal(row: Iterable[float]) -> str:
    """An array as PostgreSQL reads it."""
    return "{" + ",".join(map(str, row)) + "}"


def _write_many(cube: Cube, series: IntArray, quantity: Array, moved: Any) -> None:
    bulk.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS changed_line (LIKE forecasting_consensusline INCLUDING DEFAULTS "
        "INCLUDING IDENTITY) ON COMMIT DROP"
    )
    bulk.execute("DELETE FROM changed_line")
    bulk.copy_in(
        ConsensusLine,
        {
            "plan_id": cube.plan_id,
            "series_id": series,
            "run_id": None,
            "quantity": np.ascontiguousarray(quantity.T),
            "overridden": [np.flatnonzero(column).tolist() for column in moved.T],
        },
        table="changed_line",
    )
    bulk.execute(
        f"{SET_LINES} FROM changed_line d WHERE c.plan_id = %s AND c.series_id = d.series_id",
        [cube.plan_id],
    )
