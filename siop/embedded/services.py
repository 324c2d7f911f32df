"""Servers for one command: given by the environment, running already, or started for its own duration."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import postgres, redis
from .processes import free_port
from .state import ROOT, data_dir, load_secrets, try_lock, write_private

NOTE = "running.json"


class AlreadyRunning(RuntimeError):
    """Another command holds the data folder."""


class Services:
    """Redis and Postgres on one data folder; `with Services(...) as servers` holds the folder's lock."""

    def __init__(self, folder: Path, *, postgres_settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self._settings = postgres_settings or {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.postgres_port = self.redis_port = 0

    def __enter__(self) -> "Services":
        lock = try_lock(self.folder)
        if lock is None:
            raise AlreadyRunning(f"SIOP is running already on {self.folder}")
        self._lock = lock
        self._secrets = load_secrets(self.folder)
        self.postgres_port, self.redis_port = free_port(), free_port()
        try:
            self.start_redis()
            self.start_postgres()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / NOTE).unlink(missing_ok=True)
        if "redis" in self._processes:
            self.stop_redis()
        if "postgres" in self._processes:
            postgres.stop(self._processes.pop("postgres"))
        self._lock.close()

    def start_redis(self) -> None:
        self._processes["redis"] = redis.start(
            self.folder, port=self.redis_port, password=self._secrets.redis
        )

    def stop_redis(self) -> None:
        redis.stop(self._processes.pop("redis"))

    def start_postgres(self) -> None:
        self._processes["postgres"] = postgres.start(
            self.folder,
            port=self.postgres_port,
            password=self._secrets.postgres,
            settings=self._settings,
        )

    def dead(self) -> list[str]:
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def variables(self) -> dict[str, str]:
        """What a child needs to reach these servers."""
        return {
            "DATABASE_URL": f"postgres://siop:{self._secrets.postgres}@127.0.0.1:{self.postgres_port}/siop",
            "REDIS_URL": f"redis://:{self._secrets.redis}@127.0.0.1:{self.redis_port}/0",
            "SECRET_KEY": self._secrets.django,
            "SIOP_DATA_DIR": str(self.folder),
        }

    def announce(self, **more: str | int) -> None:
        """Let other commands attach to these servers."""
        write_private(self.folder / NOTE, json.dumps(self.variables() | {"pid": str(os.getpid())} | more))


def given() -> bool:
    return "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ


@contextmanager
def at_hand() -> Iterator[dict[str, str]]:
    """The variables of servers that a command can use until the block ends."""
    if given():
        yield {}
        return
    folder = data_dir()
    try:
        with Services(folder) as servers:
            variables = servers.variables()
            migrate(variables)
            servers.announce()
            yield variables
    except AlreadyRunning:
        yield _of_running(folder)


def migrate(variables: dict[str, str]) -> None:
    """As owner of the tables; everything else works as the application role."""
    env = os.environ | variables | {"SIOP_DATABASE_ROLE": ""}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True)


def _of_running(folder: Path) -> dict[str, str]:
    """A starting `up` holds the lock some seconds before its servers can be used."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            note = json.loads((folder / NOTE).read_text())
        except FileNotFoundError:
            time.sleep(0.2)
            continue
        return {key: value for key, value in note.items() if key.isupper()}
    raise SystemExit(f"Another command holds {folder} but has no servers ready after two minutes.")
