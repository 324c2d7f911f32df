"""The browser of tests, pictures and benchmarks: this machine's own, or Debian's, installed where that may be done."""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """The path of a Chromium on this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def installed() -> str | None:
    """The same, installed first where it is missing and root asks; None where it cannot be had."""
    apt = shutil.which("apt-get")
    if found() is None and apt and os.geteuid() == 0:
        subprocess.run([apt, "update", "-qq"], check=False)
        subprocess.run([apt, "install", "-y", "-qq", "chromium", "fonts-liberation"], check=False)
    return found()
