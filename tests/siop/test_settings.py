"""Settings that matter fail loudly instead of half working."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "siop.settings.production",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "ALLOWED_HOSTS": "siop.example.com",
    "DATABASE_URL": "postgres://siop:x@127.0.0.1:1/siop",
    "REDIS_URL": "redis://:x@127.0.0.1:1/0",
}


def _django(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | PRODUCTION | changes
    command = [sys.executable, "-m", "django", *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_production_refuses_a_short_secret_key() -> None:
    assert "SECRET_KEY" in _django("check", SECRET_KEY="short").stderr


def test_production_refuses_to_guess_its_hosts() -> None:
    assert "ALLOWED_HOSTS" in _django("check", ALLOWED_HOSTS="").stderr


def test_production_passes_the_deployment_check() -> None:
    done = _django("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
