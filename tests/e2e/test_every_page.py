"""Every page of the rail for each role, light and dark: no error, nothing off the own host, no axe violation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e
AXE = (Path(__file__).resolve().parents[2] / "static" / "vendor" / "axe.js").read_text
CAST = ["ada", "dana", "sam", "finn", "erin", "amir", "gwen"]


def violations(page: Page) -> list[dict[str, Any]]:
    page.evaluate(AXE())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [{"rule": v["id"], "where": [n["target"] for n in v["nodes"]][:3]} for v in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", CAST)
def test_pages_of_a_role(open_page: Callable[..., Page], name: str, theme: str) -> None:
    page = open_page(name, "/", theme=theme)
    links = page.locator("nav.side a[href^='/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links
    problems = {}
    for link in dict.fromkeys(links):
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, f"{link}: {answer.status}"
        page.wait_for_load_state("networkidle")
        found = violations(page)
        if found:
            problems[link] = found
    assert problems == {}
