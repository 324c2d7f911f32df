"""Real servers and a real browser: Redis, Postgres, gunicorn, worker and beat with the demonstration company.

Started once for all browser tests; each test gets pages of its own, and fails on any page error or any request
off the own host.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from siop.embedded import postgres, supervisor
from siop.embedded.processes import free_port
from siop.embedded.services import Services
from siop.embedded.state import data_dir

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "tidewell-demo"


@dataclass
class Stack:
    """The running product: `url`, its servers and its children, so that tests can also kill them."""

    url: str
    servers: Services
    children: supervisor.Children

    def run(self, *arguments: str) -> str:
        """Output of a `manage.py` command on this stack."""
        import subprocess
        import sys

        env = os.environ | self.servers.variables() | _settings()
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            cwd=supervisor.ROOT,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _settings() -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "siop.settings.local", "SIOP_DATABASE_ROLE": "siop_app"}


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    given = {key: os.environ.pop(key, None) for key in ("SIOP_DATA_DIR", "DATABASE_URL", "REDIS_URL")}
    given |= {key: os.environ.get(key) for key in _settings()}
    folder = data_dir(f"e2e-{os.getpid()}")
    os.environ.update(_settings())
    try:
        with Services(
            folder, postgres_settings=postgres.UNSAFE_SETTINGS | {"shared_buffers": "128MB"}
        ) as servers:
            supervisor.boot(servers, demo=True)
            port = free_port()
            with supervisor.Children(servers, port=port) as children:
                children.wait_until_healthy(threading.Event())
                yield Stack(f"http://127.0.0.1:{port}", servers, children)
    finally:
        for key, value in given.items():
            os.environ.pop(key, None) if value is None else os.environ.update({key: value})
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: browser tests are not run")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(stack: Stack, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page("dana", "/demand/", theme="dark")`: a page of one signed-in person of the cast."""
    contexts, problems = [], []

    def open_as(
        name: str | None, path: str = "/", *, theme: str = "light", width: int = 1280, height: int = 860
    ) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("request", lambda request: _own_host(request, stack.url, problems))
        if name:
            sign_in(page, name)
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert problems == []


def sign_in(page: Page, name: str) -> None:
    page.goto("/login/")
    page.get_by_label("Email").fill(f"{name}@tidewell.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def _own_host(request: Request, url: str, problems: list[str]) -> None:
    if not request.url.startswith((url, "data:", "blob:")):
        problems.append(f"request off the own host: {request.url}")


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    return tmp_path
