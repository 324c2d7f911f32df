"""The whole product for a test or a benchmark: on a data folder and ports of its own, gone afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg2

from . import postgres, supervisor, templates
from .processes import free_port
from .services import Services
from .state import ROOT, data_dir

SETTINGS = {"DJANGO_SETTINGS_MODULE": "siop.settings.local", "SIOP_DATABASE_ROLE": "siop_app"}
ASIDE = ("SIOP_DATA_DIR", "DATABASE_URL", "REDIS_URL", *SETTINGS)
UNSAFE = postgres.UNSAFE_SETTINGS | {"shared_buffers": "256MB"}


class TrialError(AssertionError):
    """What was asked of the product did not happen."""


@dataclass
class Trial:
    """`url` of the web server, servers and children, so that they can also be killed."""

    url: str
    servers: Services
    children: supervisor.Children

    def run(self, *arguments: str, code: int = 0) -> str:
        """Output of a `manage.py` command on this product."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=os.environ | self.servers.variables() | SETTINGS,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        if done.returncode != code:
            raise TrialError(f"{arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).strip().splitlines()[-1])

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query as the owner of the tables."""
        opened = psycopg2.connect(self.servers.variables()["DATABASE_URL"])
        with closing(opened), opened as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

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
        raise TrialError(f"{what} did not happen within {seconds:.0f} s")

    def strike(self, victim: str) -> None:
        """kill -9 of a server's first process, or of a child with all its own; returns when there is a new one."""
        is_server = victim in ("redis", "postgres")
        holder = self.servers if is_server else self.children
        pid = holder.pid(victim)
        with suppress(ProcessLookupError):  # a worker that lost Redis ends by itself
            (os.kill if is_server else os.killpg)(pid, signal.SIGKILL)
        self.wait_for(lambda: holder.pid(victim) != pid, what=f"a new {victim}")

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """What dies inside the block is started again, as `up` does it."""
        stop = threading.Event()
        watch = threading.Thread(target=self.children.watch, args=(stop,), kwargs={"say": print})
        watch.start()
        try:
            yield
        finally:
            stop.set()
            watch.join()


@contextmanager
def running(
    name: str,
    *,
    demo: bool = False,
    names: tuple[str, ...] = ("web", "worker", "beat"),
    durable: bool = False,
) -> Iterator[Trial]:
    """Lives as long as the block; a durable one keeps what it acknowledged when it is killed.

    Variables that name other servers are put aside meanwhile.
    """
    given = {key: os.environ.pop(key, None) for key in ASIDE}
    folder = data_dir(f"{name}-{os.getpid()}")
    os.environ.update(SETTINGS)
    try:
        templates.copy_into(folder)
        with Services(folder, postgres_settings={} if durable else UNSAFE) as servers:
            supervisor.boot(servers, demo=demo)
            port = free_port()
            with supervisor.Children(servers, port=port, names=names) as children:
                if "web" in names:
                    children.wait_until_healthy(threading.Event())
                yield Trial(f"http://127.0.0.1:{port}", servers, children)
    finally:
        for key in ASIDE:
            os.environ.pop(key, None)
        os.environ.update({key: value for key, value in given.items() if value is not None})
        shutil.rmtree(folder, ignore_errors=True)
