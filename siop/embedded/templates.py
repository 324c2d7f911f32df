"""A stopped cluster whose database is migrated, kept between test runs; each run starts on a copy of it.

Making it costs ten seconds of work, a copy half a second. It is made anew where a migration or a lock changes.
"""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import postgres
from .services import Services, migrate
from .state import ROOT, data_dir

SETTINGS = postgres.UNSAFE_SETTINGS | {"shared_buffers": "128MB", "max_wal_size": "1GB"}
READ = ("requirements.lock", "siop/embedded/postgres.py", "*/migrations/*.py", "siop/*/migrations/*.py")
KEPT = 3


def copy_into(folder: Path) -> None:
    """Fill an empty data folder with the migrated cluster; the first call after a change makes the cluster."""
    base = data_dir("test-templates")
    with _lock(base):
        ready = base / _fingerprint()
        if not ready.exists():
            _make(ready)
            _forget_old(base)
        copy = [
            "cp",
            "-a",
            f"{ready}/.",
            str(folder),
        ]  # with owners: as root the server runs as somebody else
        subprocess.run(copy, check=True)


def _make(ready: Path) -> None:
    partial = ready.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    with Services(partial, postgres_settings=SETTINGS) as servers:
        migrate(servers.variables())
    partial.rename(ready)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in READ:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _forget_old(base: Path) -> None:
    made = sorted(base.glob("*/pgdata"), key=lambda path: path.parent.stat().st_mtime)
    for old in made[:-KEPT]:
        shutil.rmtree(old.parent)


@contextmanager
def _lock(base: Path) -> Iterator[None]:
    with (base / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
