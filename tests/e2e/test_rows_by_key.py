"""A buyer's list without a mouse: J and K walk the rows, Space chooses, P shows what hangs on an order."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e


def test_orders_are_walked_chosen_and_opened_with_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/?show=release")
    rows = page.locator(".list-scroll tbody tr")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1).locator("[data-open]")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Space")
    expect(rows.nth(0).locator("[data-pick]")).to_be_checked()
    expect(page.locator("[data-for-chosen]")).to_have_text("Release 1 order")
    number = rows.nth(0).locator("[data-open]").inner_text()
    page.keyboard.press("p")
    expect(page.locator("aside.drawer h2").first).to_contain_text(number)


def test_exceptions_are_walked_from_the_one_that_is_open(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/exceptions/?each=1")
    page.keyboard.press("j")
    second = page.locator(".list-scroll tbody tr").nth(1)
    title = second.locator("a").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("aside.drawer h2").first).to_have_text(title)


def test_what_is_chosen_stays_chosen_while_orders_are_looked_into(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/?show=release")
    rows, pegging = page.locator(".list-scroll tbody tr"), page.locator("aside.drawer h2").first
    rows.nth(0).locator("[data-pick]").check()
    for k in (1, 2):
        link = rows.nth(k).locator("[data-open]")
        link.click()
        expect(pegging).to_contain_text(link.inner_text())
        expect(rows.nth(k)).to_have_class("sel")
    page.get_by_role("link", name="To parts").click()
    expect(page.get_by_role("link", name="To parts")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Close").click()
    expect(pegging).to_have_count(0)  # the exceptions have the whole width again
    expect(page.locator("[data-for-chosen]")).to_have_text("Release 1 order")


def test_the_rows_shown_go_to_a_spreadsheet_with_one_key(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/inventory/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown = page.locator(".list-scroll tbody tr")
    stock = shown.nth(0).locator("td.n").nth(0).inner_text()
    page.keyboard.press("c")
    expect(page.locator("#toasts")).to_contain_text(f"{shown.count()} rows copied")
    lines = page.evaluate("() => navigator.clipboard.readText()").split("\n")
    assert lines[0].startswith("Item\tLocation\tClass\tPolicy\tOn hand\tSafety stock")
    assert lines[1].split("\t")[4] == stock.replace(",", "")
    assert len(lines) == shown.count() + 1
    saved = page.request.get(page.get_by_role("link", name="CSV").last.get_attribute("href") or "")
    assert saved.text().startswith("Item,Description,Location,Class,Policy,On hand")
    assert (
        page.locator(".take-out")
        .inner_text()
        .endswith(f"{len(saved.text().splitlines()) - 1} rows as CSV XLSX")
    )


def test_the_figure_that_is_explained_stays_in_sight_beside_its_panel(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/inventory/")
    figure = page.locator(".list-scroll tbody tr").first.locator(".numq").last
    figure.click()
    expect(page.locator("#why h2")).to_be_visible()
    expect(figure).to_have_attribute("aria-expanded", "true")
    shown, panel = figure.bounding_box(), page.locator("#why").bounding_box()
    assert shown
    assert panel
    assert shown["x"] + shown["width"] <= panel["x"]


def press(page: Page, key: str) -> None:
    """A key of a page whose scripts are there: before, after a form has led to it, no key is heard."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def test_a_view_is_named_opened_first_and_deleted_with_keys(open_page: Callable[..., Page]) -> None:
    """Filter and columns under a name: picked without a mouse, opened first, gone and back."""
    page = open_page("sam", "/supply/?show=release&sort=-value")
    panel = page.get_by_role("dialog", name="Views and columns")
    press(page, "v")
    panel.get_by_label("Arrives").uncheck()
    panel.get_by_role("button", name="Show these").press("Enter")
    page.wait_for_url(lambda url: "col=" in url)
    expect(page.get_by_role("columnheader", name="Arrives")).to_have_count(0)
    press(page, "v")
    panel.get_by_label("Name", exact=True).fill("Due, dearest first")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The view “Due, dearest first” is saved")
    page.goto("/supply/?saved=0")
    press(page, "v")
    panel.get_by_role("link", name="Due, dearest first").press("Enter")
    expect(page.locator(".views-button")).to_have_text("Due, dearest first")
    expect(page.get_by_role("columnheader", name="Value")).to_have_attribute("aria-sort", "descending")
    press(page, "v")
    panel.get_by_role("button", name="Due, dearest first opens first").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Supply plan opens with “Due, dearest first” for you")
    page.goto("/supply/")
    expect(page.locator(".views-button")).to_have_text("Due, dearest first")
    press(page, "v")
    panel.get_by_role("button", name="Delete").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("“Due, dearest first” is deleted")
    press(page, "Control+z")
    expect(page.locator("#toasts")).to_contain_text("“Due, dearest first” is back")


def test_the_panel_of_an_open_row_is_entered_and_left_with_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/exceptions/?each=1")
    first = page.locator(".list-scroll tbody tr [data-open]").first
    page.keyboard.press("p")  # the first of the list is open
    expect(page.locator("aside[data-panel]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page = open_page("sam", "/supply/?show=release")
    page.keyboard.press("j")
    page.keyboard.press("p")
    expect(page.locator("aside[data-panel]")).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator("aside[data-panel]")).to_be_focused()


def test_a_dialog_that_closes_leaves_the_keys_at_the_row(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/exceptions/?each=1")
    page.keyboard.press("j")
    second = page.locator(".list-scroll tbody tr").nth(1)
    page.keyboard.press("a")
    expect(page.locator("dialog[open] input:focus")).to_be_visible()
    page.keyboard.press("Escape")
    expect(second.locator("[data-open]")).to_be_focused()
    page.keyboard.press("Space")
    expect(second.locator("[data-pick]")).to_be_checked()


def test_the_palette_recalls_what_was_looked_at_and_a_scenario_is_changed_by_key(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("sam", "/supply/items/")
    looked_at = page.url
    item = page.locator(".item-name").inner_text()
    page.goto("/supply/scenarios/")
    press(page, "Control+k")
    recalled = page.locator("#palette-list [role=option]", has_text=item)
    expect(recalled).to_contain_text("looked at")
    recalled.click()
    expect(page).to_have_url(looked_at)
    page.goto("/supply/scenarios/")
    press(page, "a")
    expect(page.locator("#add-change :is(input, select):focus")).to_be_visible()


P_TWICE = """() => new Promise((told) => {
  const press = () => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "p", bubbles: true }));
  const seen = new MutationObserver(() => {
    if (!document.querySelector("[data-panel]")) return;
    seen.disconnect();
    press();
    told(document.activeElement.matches("[data-panel]"));
  });
  seen.observe(document.body, { childList: true, subtree: true });
  press();
})"""


def test_a_panel_can_be_entered_the_moment_it_is_there(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/?show=release")
    page.keyboard.press("j")
    assert page.evaluate(P_TWICE)


def test_chosen_exceptions_are_snoozed_and_taken_back_without_a_mouse(open_page: Callable[..., Page]) -> None:
    page = open_page("sam", "/supply/exceptions/?each=1")
    page.keyboard.press("j")
    title = page.evaluate("() => document.activeElement.textContent")
    page.keyboard.press("Space")
    expect(page.locator("[data-for-chosen]")).to_have_text("Snooze 1 exception")
    page.keyboard.press("s")
    dialog = page.locator("dialog#snooze-chosen")
    dialog.get_by_label("Until").fill((date.today() + timedelta(days=20)).isoformat())  # noqa: DTZ011 - as a person counts
    dialog.get_by_label("Reason").press_sequentially("waits for the tender")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("1 exception is out of sight until")
    expect(page.locator(".list-scroll [data-open]").first).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#toasts")).to_contain_text("Taken back: 1 exception open again.")
    expect(page.locator(".list-scroll")).to_contain_text(title)
