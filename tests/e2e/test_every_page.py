"""Every page: it opens for each role that sees it, without an error, and axe finds nothing in either theme."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crawl import walk, with_each_dialog
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e
AXE = Path(__file__).resolve().parents[2] / "static" / "vendor" / "axe.js"
CAST = ["ada", "dana", "sam", "finn", "erin", "amir", "gwen"]
# Between them these see every page.
ALL_SEEING = ["sam", "dana", "erin", "ada"]


def violations(page: Page) -> list[dict[str, Any]]:
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [{"rule": v["id"], "where": [n["target"] for n in v["nodes"]][:3]} for v in found]


@pytest.mark.parametrize("name", CAST)
def test_each_role_opens_every_page_of_its_rail(open_page: Callable[..., Page], name: str) -> None:
    page = open_page(name, "/")
    links = page.locator("nav.side a[href^='/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links
    statuses = {link: page.request.get(link).status for link in dict.fromkeys(links)}
    assert statuses == dict.fromkeys(links, 200)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_dialogs_open_or_closed(
    open_page: Callable[..., Page], theme: str
) -> None:
    seen: set[str] = set()
    problems = {}
    for name in ALL_SEEING:
        page = open_page(name, "/healthz", theme=theme)
        for link in walk(page, seen):
            page.evaluate(AXE.read_text())
            for dialog, found in with_each_dialog(page, lambda: violations(page)):  # noqa: B023
                if found:
                    problems[f"{link} {dialog}"] = found
    assert len(seen) > 30, "the walk did not get far"
    assert problems == {}
