"""The running product for tests: real servers, web, worker and beat on a data folder of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from siop.embedded import supervisor, trial


class Stack(trial.Trial):
    """The running product with what tests ask of it."""

    def run(self, *arguments: str, code: int = 0) -> str:
        """Output of a `manage.py` command on this stack."""
        env = os.environ | self.servers.variables() | trial.SETTINGS
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=env,
            capture_output=True,
            text=True,
            cwd=supervisor.ROOT,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).strip().splitlines()[-1])

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query as the owner of the tables."""
        connection = psycopg2.connect(self.servers.variables()["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def wait_for(self, condition: Callable[[], Any], *, seconds: float = 120, what: str = "it") -> Any:
        """Poll until `condition()` is true; while servers are being killed it may also fail to connect."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                found = condition()
            except psycopg2.Error:
                found = None
            if found:
                return found
            time.sleep(0.2)
        raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


@contextmanager
def running(
    name: str, *, demo: bool, names: tuple[str, ...] = ("web", "worker", "beat"), durable: bool = False
) -> Iterator[Stack]:
    """A stack that lives as long as the block; a durable one keeps what it acknowledged when it is killed."""
    with trial.running(name, demo=demo, names=names, postgres_settings={} if durable else None) as product:
        yield Stack(product.url, product.servers, product.children)
