"""The running product for tests: real servers, web, worker and beat on a data folder of their own."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2

from siop.embedded import postgres, supervisor, templates
from siop.embedded.processes import free_port
from siop.embedded.services import Services
from siop.embedded.state import data_dir

SETTINGS = {"DJANGO_SETTINGS_MODULE": "siop.settings.local", "SIOP_DATABASE_ROLE": "siop_app"}


@dataclass
class Stack:
    """The running product: `url`, its servers and its children, so that tests can also kill them."""

    url: str
    servers: Services
    children: supervisor.Children

    def run(self, *arguments: str, code: int = 0) -> str:
        """Output of a `manage.py` command on this stack."""
        env = os.environ | self.servers.variables() | SETTINGS
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
    """A stack that lives as long as the block; the variables of the test's own servers are put aside meanwhile."""
    aside = ("SIOP_DATA_DIR", "DATABASE_URL", "REDIS_URL", *SETTINGS)
    given = {key: os.environ.pop(key, None) for key in aside}
    folder = data_dir(f"{name}-{os.getpid()}")
    os.environ.update(SETTINGS)
    settings = {} if durable else postgres.UNSAFE_SETTINGS
    try:
        templates.copy_into(folder)
        with Services(folder, postgres_settings=settings | {"shared_buffers": "128MB"}) as servers:
            supervisor.boot(servers, demo=demo)
            port = free_port()
            with supervisor.Children(servers, port=port, names=names) as children:
                if "web" in names:
                    children.wait_until_healthy(threading.Event())
                yield Stack(f"http://127.0.0.1:{port}", servers, children)
    finally:
        for key, value in given.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        shutil.rmtree(folder, ignore_errors=True)
