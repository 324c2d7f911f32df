"""`up` as people start and end it: one on a data folder, gone soon after Ctrl-C, and no child outlives it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from siop.embedded import supervisor, templates, trial
from siop.embedded.processes import free_port
from siop.embedded.state import ROOT, data_dir

pytestmark = pytest.mark.faults
SECONDS_TO_END = 10  # three on a machine of its own; here others work beside it


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in trial.ASIDE:
        monkeypatch.delenv(name, raising=False)
    folder = data_dir(f"up-{os.getpid()}-{time.monotonic_ns()}")
    templates.copy_into(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """An `up` that serves pages, and its port."""
    port = free_port()
    with _up(folder, port) as process:
        try:
            while not supervisor.healthy(port):
                assert process.poll() is None, process.communicate()[0]
                time.sleep(0.1)
            yield process, port
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def _up(folder: Path, port: int) -> subprocess.Popen[str]:
    words = ["up", "--no-demo", "--port", str(port), "--data-dir", str(folder)]
    command = [sys.executable, "manage.py", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_second_one_says_so_and_ctrl_c_ends_the_first_with_all_its_own(folder: Path) -> None:
    with started(folder) as (first, port):
        with _up(folder, free_port()) as second:
            said, _ = second.communicate(timeout=60)
        assert (second.returncode, "running already" in said) == (1, True)
        assert supervisor.healthy(port)

        family = psutil.Process(first.pid).children(recursive=True)
        asked = time.monotonic()
        first.send_signal(signal.SIGINT)
        said, _ = first.communicate(timeout=60)
    assert (first.returncode, said.rstrip().endswith("stopped")) == (0, True)
    assert time.monotonic() - asked < SECONDS_TO_END
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


def test_five_seconds_after_kill_9_no_child_is_left(folder: Path) -> None:
    with started(folder) as (process, _):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        _, left = psutil.wait_procs(family, timeout=SECONDS_TO_END)
    assert {" ".join(one.cmdline())[:80] for one in left} == set()
