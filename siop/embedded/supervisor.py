"""`up`: servers, then web, worker and beat; what dies is started again and said so."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress

from . import assets, processes
from .services import AlreadyRunning, Services
from .state import ROOT, ServerError, data_dir

GUNICORN = [
    "gunicorn", "siop.wsgi", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload",
    "--timeout", "60",
    "--graceful-timeout", "8", "--no-control-socket", "--access-logfile", "-", "--log-level", "warning",
]  # fmt: skip
WORKER = [
    "celery", "-A", "siop.celery", "worker", "--loglevel", "INFO", "--concurrency", "2", "--without-gossip",
    "--without-mingle",
]  # fmt: skip
# Intervals of seconds need no memory of the last start, and a file of it can be broken.
BEAT = [
    "celery", "-A", "siop.celery", "beat", "--loglevel", "INFO", "--pidfile=", "--scheduler", "celery.beat:Scheduler",
]  # fmt: skip
WORKER_NICENESS = 5  # people at their pages come before what is computed behind them
# Within this time all stop, what a person waits for at Ctrl-C; a request or chunk cut off then is one that never was.
PATIENCE_S = 2.0


def commands(*, host: str, port: int) -> dict[str, list[str]]:
    """What `up` keeps running beside its servers; docker-compose.yml runs the same."""
    return {
        "web": [*GUNICORN, "--bind", f"{host}:{port}"],
        "worker": [*WORKER, "--hostname", "worker@%h"],
        "beat": BEAT,
    }


def in_environment(command: list[str]) -> list[str]:
    """A program of the environment as a module of its Python: a script there names the folder that it was made in,
    from which the whole checkout may have been moved."""
    return [sys.executable, "-m", *command]


def up(argv: list[str]) -> int:
    options = _options(argv)
    started, stop = time.monotonic(), threading.Event()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)

    try:
        _require_free(options.port)
        processes.on_stop_signals(stop)
        assets.fetch()
        say("front-end files are in place")
        with Services(data_dir()) as servers:
            say("PostgreSQL and Redis are up")
            boot(servers, demo=not options.no_demo, stop=stop)
            if not stop.is_set():
                _serve(servers, options, stop=stop, say=say)
            say("stopping")
    except AlreadyRunning as already:
        print(f"{already}; that one goes on undisturbed.", flush=True)
        return 1
    except ServerError as error:
        raise SystemExit(str(error)) from None
    say("stopped")
    return 0


def _serve(
    servers: Services, options: argparse.Namespace, *, stop: threading.Event, say: Callable[[str], None]
) -> None:
    """Web, worker and beat, until `stop`."""
    say("database is migrated" + ("" if options.no_demo else " and the demonstration company is there"))
    with Children(servers, port=options.port) as children:
        children.wait_until_healthy(stop)
        servers.announce(port=options.port)
        say(f"SIOP runs at http://127.0.0.1:{options.port}/  (Ctrl-C stops it)")
        children.watch(stop, say=say)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description=__doc__)
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT", "8000"), help="8000, or PORT")
    parser.add_argument(
        "--no-demo", action="store_true", help="start empty, without the demonstration company"
    )
    parser.add_argument(
        "--data-dir", help="where servers keep their files (also SIOP_DATA_DIR); every command takes it"
    )
    return parser.parse_args(argv)


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 1 to 65535")
    return number


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            note = data_dir() / "running.json"
            if note.exists() and json.loads(note.read_text()).get("port") == port:
                raise AlreadyRunning(f"SIOP is running already at http://127.0.0.1:{port}/") from None
            raise SystemExit(f"Port {port} is taken by another program; choose one with --port.") from None


def boot(servers: Services, *, demo: bool, stop: threading.Event | None = None) -> None:
    """One Django process that migrates, seeds and collects static files, as the owner of the tables.

    It ends early where `stop` is set; what it had not finished the next one begins again.
    """
    env = os.environ | servers.variables() | {"SIOP_DATABASE_ROLE": ""}
    command = [sys.executable, "manage.py", "boot", *(["--demo"] if demo else [])]
    process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    while process.poll() is None:
        if stop and stop.is_set():
            processes.stop(process, sig=signal.SIGTERM, patience_s=2)
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    if process.returncode:
        raise SystemExit("The database could not be made ready; the reason stands above.")


class Children:
    """Web, worker and beat: started together, watched, stopped together."""

    def __init__(
        self, servers: Services, *, port: int, names: tuple[str, ...] = ("web", "worker", "beat")
    ) -> None:
        self.port = port
        self._servers = servers
        here = {"SITE_URL": os.environ.get("SITE_URL", f"http://127.0.0.1:{port}")}
        quiet = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
        self._env = os.environ | servers.variables() | here | quiet
        self._names = names
        self._commands = commands(host="127.0.0.1", port=port)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Children":
        for name in self._names:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        processes.stop_all(self._processes.values(), sig=signal.SIGTERM, patience_s=PATIENCE_S)
        self._processes.clear()

    def start(self, name: str) -> None:
        command, log = in_environment(self._commands[name]), self._servers.folder / f"{name}.log"
        self._processes[name] = processes.start(command, log=log, env=self._env, cwd=ROOT)
        if name == "worker":
            processes.give_way(self._processes[name], niceness=WORKER_NICENESS)

    def stop(self, name: str, *, patience_s: float = 10.0) -> None:
        processes.stop(self._processes.pop(name), sig=signal.SIGTERM, patience_s=patience_s)

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def dead(self) -> list[str]:
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def wait_until_healthy(self, stop: threading.Event) -> None:
        deadline = time.monotonic() + 180
        while not stop.is_set():
            if self.dead() or time.monotonic() > deadline:
                names = ", ".join(self.dead()) or "web"
                raise SystemExit(f"{names} did not start; see the logs in {self._servers.folder}")
            if healthy(self.port):
                return
            time.sleep(0.1)

    def watch(self, stop: threading.Event, *, say: Callable[[str], None]) -> None:
        """Until `stop`: start again whatever died, servers first.

        That a worker ends is no accident: where Redis goes away within a task it cannot hand the message back, and
        a new worker with the ledger before it is the surest way on.
        """
        while not stop.wait(1.0):
            for name in self._servers.dead():
                say(f"{name} died; starting it again")
                getattr(self._servers, f"start_{name}")()
            for name in self.dead():
                say(f"{name} died; starting it again")
                self.start(name)


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
