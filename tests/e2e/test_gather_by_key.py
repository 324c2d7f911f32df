"""Gather without a mouse: files are chosen, checked and loaded by one key each."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def focused(page: Page) -> str:
    """What has the focus, which must be seen there."""
    assert page.evaluate("() => document.activeElement.matches(':focus-visible')")
    return str(page.evaluate("() => document.activeElement.textContent || document.activeElement.name"))


def test_files_are_chosen_and_checked_by_key(open_page: Callable[..., Page], tmp_path: Path) -> None:
    given = tmp_path / "measures.csv"
    given.write_text("measure,month,value,target,source\nsatisfaction,2026-10,91,90,survey\n")
    page = open_page("ada", "/data/")
    # A browser that is told of it only with the key may show its own dialog first, where nobody chooses.
    page.on("filechooser", lambda _: None)
    page.reload()
    with page.expect_file_chooser() as asked:
        page.keyboard.press("f")
    asked.value.set_files(given)
    expect(page.locator("[data-drop-name]")).to_contain_text("measures.csv")
    assert focused(page) == "file"
    page.keyboard.press("u")
    page.wait_for_url("**/data/uploads/**")
    expect(page.locator("[data-key=l]")).to_have_text("Load 1 row")
    page.get_by_role("button", name="Cancel import").click()  # other tests find the company as it was
