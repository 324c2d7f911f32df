"""`test`: every test against real servers; `--quick` leaves out browser, faults and slow ones."""

import os
import shutil
import subprocess
import sys

from . import assets, postgres
from .services import Services
from .state import ROOT, data_dir

QUICK = "not slow and not e2e and not faults"


def test(argv: list[str]) -> int:
    """Arguments other than `--quick` go to pytest."""
    quick, rest = "--quick" in argv, [word for word in argv if word != "--quick"]
    assets.fetch()
    if not quick:
        _require_chromium()
    command = [sys.executable, "-m", "pytest", *(["-m", QUICK] if quick else []), *rest]
    folder = data_dir(f"test-{os.getpid()}")
    try:
        with Services(
            folder, postgres_settings=postgres.UNSAFE_SETTINGS | {"shared_buffers": "128MB"}
        ) as servers:
            env = os.environ | servers.variables() | {"DJANGO_SETTINGS_MODULE": "siop.settings.test"}
            env |= {"OMP_NUM_THREADS": "1", "SIOP_DATABASE_ROLE": ""}
            return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_chromium() -> None:
    """Browser tests need Debian's chromium; as root it is installed, otherwise they are skipped and say so."""
    if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    apt = shutil.which("apt-get")
    if os.geteuid() == 0 and apt:
        subprocess.run([apt, "update", "-qq"], check=False)
        subprocess.run([apt, "install", "-y", "-qq", "chromium", "fonts-liberation"], check=False)
    else:
        print("!! No chromium: browser tests will be skipped. Install chromium to run them.", flush=True)
