"""`test`: every test against real servers; `--quick` leaves out browser, faults and slow ones; `--mutants` tests the tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from . import assets, chromium, templates
from .services import Services
from .state import ROOT, data_dir

QUICK = "not slow and not e2e and not faults"
# What brings a whole product of its own: to drive a browser on, or to kill its servers.
WHOLE = "e2e or faults"
BY_FILE = ["-n", "2", "--dist", "loadfile"]


def test(argv: list[str]) -> int:
    """Arguments other than `--quick` and `--mutants` go on; without any the tests run in two processes."""
    quick, rest = "--quick" in argv, [word for word in argv if word not in ("--quick", "--mutants")]
    if "--mutants" in argv:
        return _run([["-m", "tests.mutants", *rest]])
    assets.fetch()
    if not quick and chromium.installed() is None:
        print("!! No chromium: browser tests will be skipped. Install chromium to run them.", flush=True)
    return _run([["-m", "pytest", *words] for words in _passes(rest, quick=quick)])


def _run(calls: list[list[str]]) -> int:
    """The highest exit code of calls of Python that find servers of their own."""
    with _servers() as variables:
        env = os.environ | variables | {"DJANGO_SETTINGS_MODULE": "siop.settings.test"}
        env |= {"OMP_NUM_THREADS": "1", "SIOP_DATABASE_ROLE": ""}
        return max(
            subprocess.run([sys.executable, *words], cwd=ROOT, env=env, check=False).returncode
            for words in calls
        )


def _passes(rest: list[str], *, quick: bool) -> list[list[str]]:
    """The runs of pytest: one for named tests; for all of them two, each in two processes, the whole products last."""
    if any(word.startswith("tests/") for word in rest):
        return [[*(["-m", QUICK] if quick else []), *rest]]
    if quick:
        return [["-m", QUICK, *BY_FILE, *rest]]
    return [["-m", f"not ({WHOLE})", *BY_FILE, *rest], ["-m", WHOLE, *BY_FILE, *rest]]


@contextmanager
def _servers() -> Iterator[dict[str, str]]:
    folder = data_dir(f"test-{os.getpid()}")
    try:
        templates.copy_into(folder)
        with Services(folder, postgres_settings=templates.SETTINGS) as servers:
            yield servers.variables()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
