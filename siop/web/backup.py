"""The whole state in one file, and back: a dump of the database with a content hash of every table.

The hashes are taken in the very snapshot that is dumped, so a restore is proven row by row, not assumed.
"""

import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from siop.embedded import postgres

DUMP, MANIFEST = "database.dump", "manifest.json"
ASIDE = "siop_before_restore"  # the schema that keeps the state until the new one is proven
Hashes = dict[str, list[Any]]


class BackupError(RuntimeError):
    """The file is not a backup, or what came back is not what was saved."""


def backup(file: Path) -> Hashes:
    """Write `file`; returns {table: [rows, hash]}. Work goes on meanwhile: it is one snapshot."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        hashes = table_hashes()
        dump = Path(folder) / DUMP
        _client(
            "pg_dump",
            "--format=custom",
            f"--snapshot={snapshot}",
            "--no-owner",
            "--no-privileges",
            f"--file={dump}",
        )
        manifest = Path(folder) / MANIFEST
        manifest.write_text(json.dumps({"tables": hashes}, indent=1))
        _pack(file, dump, manifest)
    return hashes


def _pack(file: Path, *parts: Path) -> None:
    """The file is there whole or not at all; one of the same name stays until then."""
    partial = file.with_name(file.name + ".partial")
    try:
        with tarfile.open(partial, "w") as archive:
            for part in parts:
                archive.add(part, part.name)
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error


def restore(file: Path) -> Hashes:
    """Replace the whole state by that of `file`; where anything of it fails, what was there stays."""
    with tempfile.TemporaryDirectory() as folder, _alone():
        _put_back()
        expected = _unpack(file, Path(folder))
        with _replacing():
            _client(
                "pg_restore",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
                f"--dbname={_dbname()}",
                str(Path(folder) / DUMP),
            )
            found = table_hashes()
            _require_equal(expected, found)
    call_command("migrate", verbosity=0)  # a backup of an older release, and the grants of this one
    return found


def put_back() -> bool:
    """Whether a restore was cut off, by kill -9 or a machine that stopped: the state that had stepped aside for it is
    then back. Raises BackupError while a restore is at work."""
    with _alone():
        return _put_back()


def _put_back() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [ASIDE])
        (is_aside,) = cursor.fetchone()
    if is_aside:
        _execute(f"DROP SCHEMA IF EXISTS public CASCADE; ALTER SCHEMA {ASIDE} RENAME TO public")
    return bool(is_aside)


@contextmanager
def _alone() -> Iterator[None]:
    """Until the end of the block, or of this process, no other restores or puts back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [ASIDE])
        (is_mine,) = cursor.fetchone()
    if not is_mine:
        raise BackupError("A restore is at work on this database; wait for its end.")
    try:
        yield
    finally:
        _execute(f"SELECT pg_advisory_unlock(hashtext('{ASIDE}'))")


@contextmanager
def _replacing() -> Iterator[None]:
    """What is there steps aside for the block; it comes back where the block fails, and goes where it succeeds."""
    _execute(f"ALTER SCHEMA public RENAME TO {ASIDE}; CREATE SCHEMA public")
    try:
        yield
    except BaseException:
        _put_back()
        raise
    _execute(f"DROP SCHEMA {ASIDE} CASCADE")


def _require_equal(expected: Hashes, found: Hashes) -> None:
    wrong = sorted(
        table for table in expected.keys() | found.keys() if expected.get(table) != found.get(table)
    )
    if wrong:
        raise BackupError("Nothing is replaced: these tables differ from what was saved: " + ", ".join(wrong))


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def table_hashes() -> Hashes:
    """Rows and an order-free 64-bit hash sum of every table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]
        hashes: Hashes = {}
        for table in tables:
            name = connection.ops.quote_name(table)
            rows = f"SELECT count(*), COALESCE(sum(hashtextextended(t::text, 0)), 0)::text FROM {name} t"  # noqa: S608
            cursor.execute(rows)
            hashes[table] = list(cursor.fetchone())
    return hashes


def is_empty() -> bool:
    """Whether a restore would replace nothing that anybody made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('accounts_person')")
        if cursor.fetchone()[0] is None:
            return True
        cursor.execute(
            "SELECT EXISTS (SELECT FROM accounts_person) OR EXISTS (SELECT FROM gather_importbatch)"
        )
        return not cursor.fetchone()[0]


def _unpack(file: Path, folder: Path) -> Hashes:
    try:
        with tarfile.open(file) as archive:
            for name in (DUMP, MANIFEST):
                archive.extract(name, folder, filter="data")
        tables: Hashes = json.loads((folder / MANIFEST).read_text())["tables"]
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BackupError(f"{file} is not a backup of SIOP: {error}") from None
    return tables


def _client(program: str, *arguments: str) -> None:
    database = settings.DATABASES["default"]
    env = os.environ | {
        "PGHOST": database["HOST"], "PGPORT": str(database["PORT"] or 5432), "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"], "PGDATABASE": _dbname(),
    }  # fmt: skip
    done = subprocess.run(
        [str(postgres.client(program)), *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip() or f'it ended with {done.returncode}'}")


def _dbname() -> str:
    return str(connection.settings_dict["NAME"])
