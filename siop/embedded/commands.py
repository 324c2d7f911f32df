"""What each command needs before it runs: nothing, servers, or servers and a worker."""

import argparse
import os
import sys

from . import assets, lint, services, supervisor, testing
from .state import ServerError

OWN = {"up": supervisor.up, "test": testing.test, "lint": lint.lint}
ON_FILES = {
    "help", "version", "--help", "--version", "-h", "plan_files", "makemigrations", "photograph", "collectstatic",
    "check",
}  # fmt: skip
# Benchmarks that need no servers, or bring their own.
ON_FILES_BENCHES = {
    "forecast",
    "inventory",
    "supply",
    "lotsizing",
    "value",
    "web",
    "edits",
    "faults",
    "load",
    "year",
}
# Knows neither apps nor settings, so it starts in a second.
WITHOUT_APPS = {"forecast_file": "forecasting.management.commands.forecast_file"}
AS_OWNER = {"migrate", "boot", "flush", "sqlmigrate", "showmigrations", "backup", "restore"}
WITH_WORKER = {"recompute"}


def run(argv: list[str]) -> None:
    """Run one command in the environment; exits with its code."""
    argv = in_data_dir(argv)
    name = argv[1] if len(argv) > 1 else "help"
    if name in OWN:
        sys.exit(OWN[name](argv[2:]))
    if name in WITHOUT_APPS:
        _without_apps(argv, WITHOUT_APPS[name])
        return
    if name in AS_OWNER:
        os.environ["SIOP_DATABASE_ROLE"] = ""  # also where all else is told to work as the application
    if _on_files(argv, name):
        _django(argv)
        return
    try:
        _with_servers(argv)
    except ServerError as error:
        sys.exit(str(error))
    except BrokenPipeError:  # who reads, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def in_data_dir(argv: list[str]) -> list[str]:
    """Any command works on the servers in `--data-dir`, as `up` does; it never sees the option."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data-dir")
    options, rest = parser.parse_known_args(argv)
    if options.data_dir:
        os.environ["SIOP_DATA_DIR"] = options.data_dir
    return rest


def _without_apps(argv: list[str], module: str) -> None:
    import importlib

    from django.conf import settings

    settings.configure()
    importlib.import_module(module).Command().run_from_argv(argv)


def _on_files(argv: list[str], name: str) -> bool:
    if name == "bench":
        return len(argv) > 2 and argv[2] in ON_FILES_BENCHES
    return name in ON_FILES or "--help" in argv


def _with_servers(argv: list[str]) -> None:
    with services.at_hand() as variables:
        os.environ.update(variables)
        if argv[1] in WITH_WORKER and variables and not _someone_works():
            _with_worker(argv)
        else:
            _django(argv)


def _someone_works() -> bool:
    """Servers that `up` announced have a worker; servers of this command's own have none."""
    import json

    from .state import data_dir

    return "port" in json.loads((data_dir() / services.NOTE).read_text())


def _with_worker(argv: list[str]) -> None:
    import subprocess

    from . import processes
    from .state import ROOT, data_dir

    folder = data_dir()
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    command = supervisor.in_environment(supervisor.WORKER)
    worker: subprocess.Popen[bytes] = processes.start(command, log=folder / "worker.log", env=env, cwd=ROOT)
    try:
        _django(argv)
    finally:
        import signal

        processes.stop(worker, sig=signal.SIGTERM, patience_s=15)


def _django(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siop.settings.local")
    if len(argv) > 1 and argv[1] in {"collectstatic", "boot"}:
        assets.fetch()
    from django.core.management import execute_from_command_line

    execute_from_command_line(argv)
