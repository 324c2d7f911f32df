"""By finger on a tablet: the rail opens and closes, a cell is typed into, and nothing is too small to be met."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
TABLET = {"width": 820, "height": 1180, "has_touch": True}
SMALLEST = 24  # pixels, WCAG 2.2 target size
SMALL = """least => [...document.querySelectorAll("main :is(.btn, .field, .chip, select, .t .numq)")]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < least).map(one => one.outerHTML)"""


def test_the_rail_opens_by_a_tap_and_closes_beside_it_and_by_escape(open_page: Callable[..., Page]) -> None:
    page = open_page("dana", "/my-work/", **TABLET)
    menu, rail = page.get_by_role("button", name="Menu"), page.locator("#rail")
    expect(rail).to_be_hidden()
    menu.tap()
    expect(rail.get_by_role("link", name="My work")).to_be_focused()
    page.touchscreen.tap(700, 900)
    expect(rail).to_be_hidden()
    expect(menu).to_be_focused()
    menu.tap()
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()
    assert menu.get_attribute("aria-expanded") == "false"


def test_a_cell_is_typed_into_after_a_double_tap(open_page: Callable[..., Page]) -> None:
    page = open_page("dana", "/demand/", **TABLET)
    cell = page.locator(".pg-body .pg-row").nth(2).locator(".pg-c").nth(1)
    box = cell.bounding_box()
    assert box is not None
    for _ in range(8):  # two taps make one double tap where the machine is quick enough
        page.touchscreen.tap(box["x"] + 20, box["y"] + 10)
        if page.locator(".pg-edit").count():
            break
    expect(page.locator(".pg-edit")).to_be_focused()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("dana", "/cycle/"),
        ("sam", "/supply/exceptions/"),
        ("sam", "/supply/inventory/"),
        ("erin", "/meeting/"),
    ],
)
def test_what_is_tapped_is_large_enough_and_nothing_scrolls_sideways(
    open_page: Callable[..., Page], name: str, path: str
) -> None:
    page = open_page(name, path, **TABLET)
    assert page.evaluate(SMALL, SMALLEST) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
