"""Forms where something goes wrong on the way: a second click on a slow line, a session that ended while typing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from siop.embedded.trial import Trial

pytestmark = pytest.mark.e2e
SENT_TWICE = """() => {
  const form = document.querySelector("#new-action form"), refused = [];
  document.addEventListener("submit", (event) => refused.push(event.defaultPrevented));
  form.requestSubmit();
  form.requestSubmit();
  return refused;
}"""


def _typed_action(page: Page, title: str) -> None:
    page.get_by_role("button", name="New action").click()
    page.locator("#new-action").get_by_label("What is to be done").fill(title)
    page.locator("#new-action").get_by_label("Owner").select_option(label="Sam")


def test_a_second_click_sends_nothing_twice(open_page: Callable[..., Page], stack: Trial) -> None:
    page = open_page("erin", "/actions/")
    _typed_action(page, "Ask for a quote")
    assert page.evaluate(SENT_TWICE) == [False, True]
    expect(page.locator("[data-card]", has_text="Ask for a quote")).to_be_visible()
    assert stack.query("SELECT count(*) FROM meetings_actionitem WHERE title = 'Ask for a quote'") == [(1,)]


def test_what_was_typed_while_the_session_ended_is_there_after_signing_in(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("erin", "/actions/")
    _typed_action(page, "Call the carrier")
    page.context.clear_cookies(name="sessionid")
    page.locator("#new-action .pri").click()
    page.get_by_role("button", name="Erin").click()
    expect(page.locator("#new-action").get_by_label("What is to be done")).to_have_value("Call the carrier")
    expect(page.locator("#toasts")).to_contain_text("send it once more")
    page.reload()
    expect(page.locator("#new-action")).to_be_hidden()
