"""Seconds of silence on the line to a server: people wait, or do without it, and what they sent is done once."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from forecasting.bench.server import Visitor
from meetings.bench.struck import DOMAIN, PASSWORD, Struck, send
from siop.embedded.processes import free_port
from siop.embedded.supervisor import Children

pytestmark = pytest.mark.faults
SILENCE_S = 5.0
SALE = b"date,item,location,segment,order,quantity\n2025-05-07,A-00009,UK,DTC,SILENT,4\n"


class Line:
    """A TCP line to a server on this machine that can be held up."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def hold_up(self, seconds: float) -> None:
        """Nothing passes until then; this returns at once."""
        self._open.clear()
        threading.Timer(seconds, self._open.set).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with source, suppress(OSError):
            while data := source.recv(65_536):
                self._open.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@dataclass
class Reached:
    """The stack's servers as a web server reaches them over the lines."""

    folder: Path
    given: dict[str, str]

    def variables(self) -> dict[str, str]:
        return self.given


@contextmanager
def served_over(stack: Struck, key: str) -> Iterator[tuple[str, Line]]:
    """The address of one more web server, and its line to the server that `key` names."""
    given = stack.servers.variables()
    with closing(Line(urlsplit(given[key]).port or 0)) as line:
        given[key] = given[key].replace(f":{urlsplit(given[key]).port}/", f":{line.port}/")
        servers = Reached(stack.servers.folder, given)
        with Children(servers, port=free_port(), names=("web",)) as children:
            children.wait_until_healthy(threading.Event())
            yield f"http://127.0.0.1:{children.port}", line


@pytest.mark.parametrize(("key", "longest_s"), [("DATABASE_URL", SILENCE_S + 5), ("REDIS_URL", SILENCE_S)])
def test_an_edit_sent_into_the_silence_is_kept_once(stack: Struck, key: str, longest_s: float) -> None:
    with (
        served_over(stack, key) as (url, line),
        Visitor(url, "dana", domain=DOMAIN, password=PASSWORD) as dana,
    ):
        (row,), plan = dana.rows(8, 1), dana.plan()
        line.hold_up(SILENCE_S)
        started = time.monotonic()
        for number in range(3):
            cells = {"id": row["id"], "v": row["v"] + number, "set": {"1": str(300 + number)}}
            assert dana.edit(plan, [cells])[0] == 200
        waited = time.monotonic() - started
        assert dana.get("/demand/")[0] == 200
        (after,) = dana.rows(8, 1)
        assert dana.follow() == 200
    assert (after["v"], after["c"][1]) == (row["v"] + 3, 302)
    assert waited < longest_s


def test_an_import_does_not_wait_for_a_broker_that_is_silent(stack: Struck, token: str) -> None:
    with served_over(stack, "REDIS_URL") as (url, line):
        line.hold_up(2 * SILENCE_S)
        started = time.monotonic()
        status, body = send(url, token, "sales.csv", SALE)
        waited = time.monotonic() - started
        assert (status, body["applied"]) == (200, 1)
        assert waited < 1.5 * SILENCE_S
    asked = "SELECT kind FROM jobs_job WHERE version = (SELECT version FROM jobs_dataversion)"
    assert ("history",) in stack.query(asked), "the sweeper sends what the broker did not take"
