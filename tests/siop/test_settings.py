"""Settings that matter fail loudly instead of half working."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_a_time_zone_that_is_none_is_named() -> None:
    assert "'Mars/Olympus' is no time zone" in _django("check", TIME_ZONE="Mars/Olympus").stderr


def test_production_passes_the_deployment_check() -> None:
    done = _django("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


HEALTH = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from siop.web.management.commands.boot import UNUSED
call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
for host in ("127.0.0.1:8000", "siop.example.com", "stranger.example"):
    print(host, Client(raise_request_exception=False, HTTP_HOST=host).get("/healthz").status_code == 200)
"""


@pytest.mark.slow
def test_production_answers_the_health_check_of_its_container_but_no_strangers(tmp_path: Path) -> None:
    own = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")} | {
        "SIOP_DATA_DIR": str(tmp_path)
    }
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SIOP_DATABASE_ROLE": ""} | PRODUCTION | own
    done = subprocess.run(
        [sys.executable, "-c", HEALTH], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "127.0.0.1:8000 True",
        "siop.example.com True",
        "stranger.example False",
    ], done.stderr
