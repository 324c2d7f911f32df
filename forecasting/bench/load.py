"""`bench load`: two hundred people at work in the demonstration company at once: reading, editing, taking files out.

Each request is one that a browser sends: a page, a window of the grid, the dock of a row, an edit, an export. Everybody is a
person of their own, so that nobody is served what was made for another. Visitors think between requests, so that together they
ask for a little more than the goal; what the servers cannot keep up with shows as fewer requests a second and as later
answers. Beside stands whose processor time it took. Bounded in time, on loopback, against a product of its own.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from siop.embedded import trial
from siop.embedded.state import ROOT

from .processor import Meter
from .server import Visitor

Figure = dict[str, Any]
VISITORS, SECONDS, WARM_S, AT_ONCE = 200, 40.0, 8.0, 8
PER_SECOND, P95_MS, CPU_MS = 150, 400, 9
OFFERED = 1.1 * PER_SECOND
READ, EDIT, EXPORT = "read", "edit", "export"
MIX = {READ: 0.80, EDIT: 0.15, EXPORT: 0.05}
PAGES = (
    "/",
    "/demand/",
    "/supply/",
    "/supply/inventory/",
    "/supply/exceptions/",
    "/cycle/",
    "/actions/",
    "/my-work/",
)
PAGE_SHARE = 0.25  # for each page a person opens, the grid and the lists ask for three windows or docks
EXPORTS = ("safety_stock", "exceptions", "planned_orders", "capacity")
PASSWORD = "load-bench-password"  # noqa: S105 - of people who exist in throw-away databases only
DOMAIN = "load.example"


@dataclass
class Log:
    """What came back, since the servers are warm."""

    times_ms: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in MIX})
    statuses: Counter[int] = field(default_factory=Counter)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, status: int, seconds: float) -> None:
        with self.guard:
            self.times_ms[kind].append(1000 * seconds)
            self.statuses[status] += 1


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """`scale` multiplies the seconds, not the people."""
    with trial.running("load", demo=True) as product:
        env = os.environ | product.servers.variables()
        code = f"from forecasting.bench.load import hire; hire({VISITORS})"
        subprocess.run([sys.executable, "manage.py", "shell", "-c", code], env=env, cwd=ROOT, check=True)
        meter = Meter(product)
        log = visit(product.url, visitors=VISITORS, seconds=SECONDS * scale, meter=meter)
        used = meter.used()
    return [*_figures(log, SECONDS * scale - WARM_S), _processor(used, log)]


def hire(count: int) -> None:
    """So many demand planners in the company of the database at hand, with one password between them."""
    from django.contrib.auth.hashers import make_password

    from siop.accounts.enums import Role
    from siop.accounts.models import Person, RoleGrant

    hashed = make_password(PASSWORD)
    people = Person.objects.bulk_create(
        Person(email=f"{_name(number)}@{DOMAIN}", name=f"Planner {number}", password=hashed)
        for number in range(count)
    )
    RoleGrant.objects.bulk_create(RoleGrant(person=person, role=Role.DEMAND_PLANNER) for person in people)


def _name(number: int) -> str:
    return f"planner-{number}"


def visit(url: str, *, visitors: int, seconds: float, meter: Meter, offered: float = OFFERED) -> Log:
    """Let `visitors` sign in, then work until the time is over; the first seconds do not count."""
    log = Log()
    with ExitStack() as signed_in, ThreadPoolExecutor(visitors) as pool:
        with ThreadPoolExecutor(AT_ONCE) as gate:  # a password is slow to check on purpose
            people = list(gate.map(lambda number: _arrive(url, number), range(visitors)))
        for person in people:
            signed_in.enter_context(person.visitor)
        started = time.monotonic()
        span = (started + WARM_S, started + seconds)
        threading.Timer(WARM_S, meter.start).start()
        for _ in pool.map(lambda person: _work(person, visitors / offered, span, log), people):
            pass
    return log


def _arrive(url: str, number: int) -> _Person:
    visitor = Visitor(url, _name(number), domain=DOMAIN, password=PASSWORD)
    return _Person(visitor, random.Random(number))  # noqa: S311 - the same people each time


def _work(person: _Person, every_s: float, span: tuple[float, float], log: Log) -> None:
    counts_from, end = span
    while time.monotonic() < end:
        time.sleep(person.chance.uniform(0, 2 * every_s))
        kind = person.chance.choices(list(MIX), list(MIX.values()))[0]
        started = time.monotonic()
        status = person.act(kind)
        if started > counts_from:
            log.add(kind, status, time.monotonic() - started)


class _Person:
    """One visitor: what the browser holds between requests."""

    def __init__(self, visitor: Visitor, chance: random.Random) -> None:
        self.visitor, self.chance = visitor, chance
        self.plan = visitor.plan()
        self.rows = visitor.rows(0, 100)

    def act(self, kind: str) -> int:
        return {READ: self._read, EDIT: self._edit, EXPORT: self._export}[kind]()

    def _read(self) -> int:
        if self.chance.random() < PAGE_SHARE:
            return self.visitor.get(self.chance.choice(PAGES))[0]
        row = self.chance.choice(self.rows)
        if self.chance.random() < 0.5:
            return self.visitor.fragment(f"/demand/dock?plan={self.plan}&id={row['id']}")[0]
        status, content = self.visitor.get(f"/demand/rows?plan={self.plan}&group=none&from=0&count=100")
        if status == HTTPStatus.OK:
            self.rows = json.loads(content)["rows"]
        return status

    def _edit(self) -> int:
        """A cell of a row as it was last seen; where somebody was faster, the answer brings the newer one."""
        at = self.chance.randrange(len(self.rows))
        row = self.rows[at]
        cells = {str(self.chance.randrange(2, 12)): str(self.chance.randrange(1, 500) * 100)}
        status, answer = self.visitor.edit(self.plan, [{"id": row["id"], "v": row["v"], "set": cells}])
        self.rows[at] = next((one for one in answer.get("rows", []) if one["id"] == row["id"]), row)
        return status

    def _export(self) -> int:
        return self.visitor.get(f"/web/exports/{self.chance.choice(EXPORTS)}.csv")[0]


def _figures(log: Log, seconds: float) -> list[Figure]:
    times = sorted(value for kind in log.times_ms.values() for value in kind)
    rate, p95 = len(times) / seconds, _p95(times)
    broken = sum(
        count for status, count in log.statuses.items() if status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
    told = ", ".join(
        f"{HTTPStatus(status).value}: {count:,}" for status, count in sorted(log.statuses.items())
    )
    return [
        {"name": f"requests a second, {VISITORS} people", "value": f"{rate:,.0f}", "goal": f">= {PER_SECOND}",
         "met": rate >= PER_SECOND, "peer": ""},
        {"name": "answer, 95 %", "value": f"{p95:,.0f} ms", "goal": f"<= {P95_MS} ms", "met": p95 <= P95_MS,
         "peer": f"median {statistics.median(times):,.0f} ms"},
        {"name": "answers 5xx", "value": str(broken), "goal": "0", "met": broken == 0, "peer": told},
        *[
            {"name": f"{kind}, 95 %", "value": f"{_p95(sorted(values)):,.0f} ms", "goal": "", "met": None,
             "peer": f"{len(values):,} requests, median {statistics.median(values):,.0f} ms"}
            for kind, values in log.times_ms.items() if values
        ],
    ]  # fmt: skip


def _processor(used: dict[str, float], log: Log) -> Figure:
    """Milliseconds of all processes together for a request, and whose they are."""
    count = sum(map(len, log.times_ms.values()))
    each = {name: 1000 * seconds / count for name, seconds in used.items()}
    total = sum(each.values())
    return {
        "name": "processor time a request", "value": f"{total:,.1f} ms", "goal": f"<= {CPU_MS} ms", "met": total <= CPU_MS,
        "peer": ", ".join(f"{name} {value:.1f}" for name, value in each.items()),
    }  # fmt: skip


def _p95(ordered: list[float]) -> float:
    return ordered[int(0.95 * (len(ordered) - 1))] if ordered else float("nan")
