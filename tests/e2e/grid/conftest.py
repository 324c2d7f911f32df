"""The grid on 2,400 invented series: web server, Postgres and Redis of its own, no worker."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from siop.embedded.trial import Trial, running

ROWS = 2400


@pytest.fixture(scope="session")
def grid_stack() -> Iterator[Trial]:
    with running("grid", demo=False, names=("web",)) as stack:
        stack.run("shell", "-c", f"from forecasting.bench.company import seed; seed(rows={ROWS})")
        yield stack


@pytest.fixture
def demand(grid_stack: Trial, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`demand("dana", "?q=pump")`: the demand plan of a signed-in planner; fails on any page error."""
    contexts, problems = [], []

    def open_as(name: str = "dana", search: str = "", *, theme: str = "light", width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=grid_stack.url,
            viewport={"width": width, "height": 860},
            color_scheme=theme,  # type: ignore[arg-type]
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        context.set_default_timeout(90_000)  # a loaded machine is slow, not wrong
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: problems.append(message.text) if "Content Security" in message.text else None,
        )
        page.goto("/login/?next=/healthz")
        page.get_by_label("Email").fill(f"{name}@bench.example")
        page.get_by_label("Password").fill("grid-bench-password")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        page.goto(f"/demand/{search}")
        page.locator("plan-grid [role=row] .pg-c").first.wait_for()
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert problems == []
