"""`bench edits`: several people write into one cell at once, over HTTP; nothing accepted is lost, every loser is told."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from .server import Visitor, running

Figure = dict[str, Any]
EDITS = 10_000
COLUMN = 2
OK, CONFLICT = 200, 409
HISTORY = """
SELECT (SELECT sum(version - 1) FROM forecasting_consensusline),
       (SELECT count(*) FROM forecasting_editbatch),
       (SELECT count(*) FROM forecasting_override),
       (SELECT count(*) FROM web_auditevent WHERE "table" = 'forecasting_override' AND action = 'insert'),
       (SELECT value FROM forecasting_override ORDER BY sequence DESC LIMIT 1),
       (SELECT quantity[%s] FROM forecasting_consensusline ORDER BY version DESC LIMIT 1)
"""


@dataclass(frozen=True)
class Tally:
    """Answers by status, and what the database holds of them."""

    answers: Counter[int]
    versions: int
    batches: int
    overrides: int
    audited: int
    values: set[float]  # of the last accepted edit and of the cell
    seconds: float

    @property
    def accepted(self) -> int:
        return self.answers[OK]

    @property
    def kept(self) -> bool:
        """Accepted edits, row versions and rows of history are equally many, and every other answer is a 409."""
        counts = {self.accepted, self.versions, self.batches, self.overrides, self.audited}
        return len(counts) == 1 and set(self.answers) <= {OK, CONFLICT} and len(self.values) == 1


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """10,000 x scale edits of two people on one cell, then a fiftieth of that by fifty."""
    figures = []
    for writers, edits in ((2, EDITS * scale), (50, EDITS * scale // 5)):
        people = tuple(f"w{number}" for number in range(writers))
        with running(200, people=people) as (url, servers):
            tally = write(url, servers.variables()["DATABASE_URL"], people=people, edits=edits)
        name = f"{edits:,} edits of one cell by {writers}"
        figures.append(
            {
                "name": f"{name}: accepted / versions / history / audited",
                "value": f"{tally.accepted:,} / {tally.versions:,} / {tally.overrides:,} / {tally.audited:,}",
                "goal": "equal", "met": tally.kept,
                "peer": f"{tally.answers[CONFLICT]:,} told 409, {edits / tally.seconds:,.0f} edits/s",
            }
        )  # fmt: skip
    return figures


def write(url: str, database_url: str, *, people: tuple[str, ...], edits: int) -> Tally:
    """Let all people write into the first row's cell, `edits` times together, each on the version it saw last."""
    started = time.monotonic()
    with ThreadPoolExecutor(len(people)) as pool:
        shares = pool.map(lambda name: _write(url, name, edits // len(people)), people)
        answers = sum(shares, Counter[int]())
    seconds = time.monotonic() - started
    versions, batches, overrides, audited, typed, shown = _history(database_url)
    return Tally(answers, int(versions), batches, overrides, audited, {float(typed), float(shown)}, seconds)


def _history(database_url: str) -> tuple[Any, ...]:
    connection = psycopg2.connect(database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(HISTORY, [COLUMN + 1])
            return cursor.fetchall()[0]
    finally:
        connection.close()


def _write(url: str, name: str, edits: int) -> Counter[int]:
    answers = Counter[int]()
    with Visitor(url, name) as visitor:
        plan, (row,) = visitor.plan(), visitor.rows(0, 1)
        for number in range(edits):
            cells = {str(COLUMN): str(1000 + number % 997)}
            status, answer = visitor.edit(plan, [{"id": row["id"], "v": row["v"], "set": cells}])
            answers[status] += 1
            row = next((each for each in answer.get("rows", []) if each["id"] == row["id"]), row)
    return answers
