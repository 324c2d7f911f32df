"""The embedded servers: private, exclusive, and back after being killed."""

import os
import signal
import stat
import time
from pathlib import Path

import psycopg2
import pytest
import redis

from siop.embedded import postgres
from siop.embedded.services import AlreadyRunning, Services
from siop.embedded.state import data_dir


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SIOP_DATA_DIR", raising=False)
    return data_dir(f"test-services-{os.getpid()}-{time.monotonic_ns()}")


def _connect(servers: Services) -> "psycopg2.extensions.connection":
    return psycopg2.connect(servers.variables()["DATABASE_URL"])


@pytest.mark.slow
def test_a_second_command_on_the_same_folder_is_told_and_the_first_goes_on(folder: Path) -> None:
    with Services(folder, postgres_settings=postgres.UNSAFE_SETTINGS) as servers:
        with pytest.raises(AlreadyRunning, match="running already"), Services(folder):
            pass
        _connect(servers).close()


@pytest.mark.slow
def test_secrets_are_private_and_servers_refuse_without_them(folder: Path) -> None:
    with Services(folder, postgres_settings=postgres.UNSAFE_SETTINGS) as servers:
        assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(
                host="127.0.0.1", port=servers.postgres_port, user="siop", password="wrong", dbname="siop"
            )
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=servers.redis_port).ping()


@pytest.mark.faults
def test_acknowledged_rows_survive_kill_9_of_postgres(folder: Path) -> None:
    with Services(folder) as servers:
        with _connect(servers) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        os.kill(servers.pid("postgres"), signal.SIGKILL)
        while "postgres" not in servers.dead():
            time.sleep(0.02)
        servers.start_postgres()
        with _connect(servers) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone() == (1000,)
