"""Real servers and a real browser: Redis, Postgres, gunicorn, worker and beat with the demonstration company.

Started once for all browser tests; each test gets pages of its own, and fails on any page error or any request
off the own host.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from siop.embedded import chromium
from siop.embedded.trial import Trial, running

CHROMIUM = chromium.found()
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "tidewell-demo"


@pytest.fixture(scope="session")
def stack() -> Iterator[Trial]:
    with running("e2e", demo=True) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: browser tests are not run")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(stack: Trial, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page("dana", "/demand/", theme="dark")`: a page of one signed-in person of the cast."""
    contexts, problems = [], []

    def open_as(
        name: str | None,
        path: str = "/",
        *,
        theme: str = "light",
        width: int = 1280,
        height: int = 860,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=stack.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(90_000)  # a loaded machine is slow, not wrong
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
