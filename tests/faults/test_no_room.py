"""A disk that is full: what did not fit is told and leaves nothing behind, and there is room again afterwards."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from meetings.bench.struck import PROFILE, Struck, sales
from siop.embedded import trial
from siop.embedded.state import ROOT

pytestmark = pytest.mark.faults
ROOM = "forecasting_salesline"


def test_an_import_that_does_not_fit_is_refused_whole_and_fits_later(stack: Struck, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_bytes(sales(items=600, order="FULL"))
    command = ("import_data", str(file), "--table", "sales", "--profile", PROFILE)
    rows, batches = _held(stack)
    with _little_room(stack):
        refused = stack.json(*command, code=1)
        assert "No space left on device" in refused["errors"][0]["reason"]
        assert _held(stack) == (rows, batches)
    assert stack.json(*command)["applied"] == 600 * 18
    assert _held(stack) == (rows + 600 * 18, batches + 1)


def test_a_backup_that_does_not_fit_leaves_the_one_before(stack: Struck, tmp_path: Path) -> None:
    file = tmp_path / "state.siop"
    file.write_bytes(b"the one before")
    done = subprocess.run(
        [sys.executable, "manage.py", "backup", str(file), "--json"],
        env=os.environ | stack.servers.variables() | trial.SETTINGS,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads(done.stdout)["reason"].startswith("pg_dump:")
    assert file.read_bytes() == b"the one before"
    assert [path.name for path in tmp_path.iterdir()] == ["state.siop"]


def _held(stack: Struck) -> tuple[int, int]:
    ((rows, batches),) = stack.query(
        f"SELECT (SELECT count(*) FROM {ROOM}), (SELECT count(*) FROM gather_importbatch WHERE state = 'applied')"
    )
    return rows, batches


@contextmanager
def _little_room(stack: Struck) -> Iterator[None]:
    """The table of sales on a disk of its own that holds hardly more than what is in it."""
    disk = stack.servers.folder / "disk"
    disk.mkdir()
    ((size,),) = stack.query(f"SELECT pg_relation_size('{ROOM}') + 256 * 1024")
    if subprocess.run(
        [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={size}", "siop", str(disk)],
        check=False,
    ).returncode:
        pytest.skip("only who may mount a disk can make one that is full")
    owner = (stack.servers.folder / "pgdata").stat()
    os.chown(disk, owner.st_uid, owner.st_gid)
    try:
        _alone(stack, f"CREATE TABLESPACE little LOCATION '{disk}'")
        stack.query(f"ALTER TABLE {ROOM} SET TABLESPACE little")
        yield
    finally:
        stack.query(f"ALTER TABLE {ROOM} SET TABLESPACE pg_default")
        _alone(stack, "DROP TABLESPACE IF EXISTS little")
        subprocess.run([shutil.which("umount") or "umount", str(disk)], check=True)


def _alone(stack: Struck, statement: str) -> None:
    """What PostgreSQL does outside of transactions only."""
    with closing(psycopg2.connect(stack.servers.variables()["DATABASE_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)
