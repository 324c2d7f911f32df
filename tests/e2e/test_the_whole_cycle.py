"""Five people walk one month in the browser, from an imported workbook to a published plan and a kept promise."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, Locator, Page, expect

from siop.embedded.trial import Trial, running

pytestmark = pytest.mark.e2e
PASSWORD = "correct horse battery"
PEOPLE = {
    "ada": [("administrator", None)],
    "dana": [("demand_planner", None)],
    "sam": [("supply_planner", None)],
    "finn": [("department_head", d) for d in ("sales", "operations", "purchasing", "finance", "quality")],
    "erin": [("executive", None)],
}
CAST = f"""
from siop.accounts.enums import Role
from siop.accounts.services import create_person, grant_role
for name, roles in {PEOPLE!r}.items():
    someone = create_person(email=name + "@example.com", name=name.title(), password={PASSWORD!r})
    for role, department in roles:
        grant_role(someone, Role(role), department=department)
"""
MONTH = datetime.now(UTC).date().replace(day=1)


@pytest.fixture(scope="module")
def company() -> Iterator[Trial]:
    """An empty installation with five people; everything else they do themselves."""
    with running("walk", demo=False) as stack:
        stack.run("shell", "-v", "0", "-c", CAST)
        yield stack


@pytest.fixture
def sit_down(company: Trial, browser: Browser) -> Iterator[Callable[[str], Page]]:
    problems: list[str] = []
    contexts = []

    def open_as(name: str) -> Page:
        context = browser.new_context(base_url=company.url, viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto("/login/")
        page.get_by_label("Email").fill(f"{name}@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert problems == []


def months_back(count: int) -> date:
    index = MONTH.year * 12 + MONTH.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def write_workbook(file: Path) -> None:
    """Two families with two years of sales, stock, a supplier and an open order: one sheet a table."""
    items = {"BTL-700": ("Bottles", 900), "BTL-400": ("Bottles", 400), "CPS-101": ("Capsules", 2_400)}
    sheets: dict[str, list[list[Any]]] = {
        "categories": [
            ["category", "parent", "family"],
            ["Bottles", "", "Bottles"],
            ["Capsules", "", "Capsules"],
        ],
        "locations": [["location", "kind", "country"], ["NJ", "plant", "US"]],
        "segments": [["segment"], ["DTC"]],
        "items": [
            ["item", "category", "unit_cost", "unit_price"],
            *([i, c, 4, 12] for i, (c, _) in items.items()),
        ],
        "suppliers": [["supplier", "country"], ["MOULDER", "MY"]],
        "sourcing": [
            ["item", "location", "source", "kind", "lead_time_days", "moq", "unit_cost"],
            *([item, "NJ", "MOULDER", "buy", 30, 500, 4] for item in items),
        ],
        "on_hand": [
            ["date", "item", "location", "quantity"],
            *([months_back(0), i, "NJ", 800] for i in items),
        ],
        "sales": [
            ["date", "item", "location", "segment", "order", "quantity"],
            *(
                [months_back(back), item, "NJ", "DTC", f"O-{back}", level + (back * 37) % 90]
                for item, (_, level) in items.items()
                for back in range(24, 0, -1)
            ),
        ],
        "budget": [
            ["month", "category", "units"],
            *([months_back(-n), c, 1500] for c in ("Bottles", "Capsules") for n in range(12)),
        ],
    }
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(file)


def start_next_stage(page: Page) -> None:
    """Close the stage, with a reason where a gate is open; one that opens meanwhile refuses, so it is tried again."""
    before = stage(page)
    for _ in range(5):
        page.get_by_role("button", name=re.compile("^Start ")).first.click()
        dialog = page.locator("dialog#advance")
        if dialog.get_by_label(re.compile("Force it")).count():
            dialog.get_by_label(re.compile("Reason")).fill("walked through in the browser")
            dialog.get_by_label(re.compile("Force it")).check()
        dialog.get_by_role("button", name=re.compile("^Start ")).click()
        page.wait_for_load_state()
        if stage(page) != before:
            return
    raise AssertionError(f"the cycle stays in {before}")


def stage(page: Page) -> str:
    page.goto("/cycle/")
    return page.locator("header .steps [aria-current=step]").inner_text()


def test_from_import_to_published_plan_and_closed_action(
    sit_down: Callable[[str], Page], company: Trial, tmp_path: Path
) -> None:
    ada, dana, sam, finn, erin = map(sit_down, ("ada", "dana", "sam", "finn", "erin"))
    _ada_opens_the_month_and_imports(ada, company, tmp_path)
    start_next_stage(ada)
    _dana_changes_a_number_and_reviews(dana)
    start_next_stage(dana)
    assert "Supply review" in stage(sam)
    sam.get_by_role("button", name="Review Bottles").press("Enter")
    expect(
        sam.get_by_role("button", name="Review Capsules")
    ).to_be_focused()  # the next one, not the page's top
    sam.get_by_role("button", name="Review all").click()
    start_next_stage(sam)
    start_next_stage(erin)
    _erin_decides_and_promises(erin)
    _finn_approves_with_the_keyboard(finn)
    _erin_publishes(erin, company)
    start_next_stage(erin)
    _sam_starts_on_it_with_the_keyboard(sam, company)
    _sam_keeps_the_promise(sam, company)


def _ada_opens_the_month_and_imports(page: Page, company: Trial, folder: Path) -> None:
    page.goto("/cycle/")
    page.get_by_label("First planned period").first.fill(MONTH.isoformat())
    page.get_by_role("button", name="Open the cycle").first.click()
    page.wait_for_load_state()
    file = folder / "company.xlsx"
    write_workbook(file)
    page.goto("/data/")
    page.locator("#id_file").set_input_files(file)
    page.get_by_role("button", name="Check files").click()
    page.get_by_role("button", name=re.compile("^Load")).click()
    company.wait_for(
        lambda: company.query("SELECT 1 FROM plans_planversion WHERE kind = 'live' AND status = 'current'"),
        what="the live plan after the import",
    )
    page.goto("/demand/")
    expect(page.locator("plan-grid")).to_contain_text("Bottles")


def _dana_changes_a_number_and_reviews(page: Page) -> None:
    page.goto("/demand/")
    grid = page.locator("plan-grid .pg-scroll")
    expect(page.locator("plan-grid")).to_contain_text("Bottles")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("2000")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("saved")
    page.goto("/cycle/")
    page.get_by_role("button", name="Review all").click()
    expect(page.get_by_text("Reviewed").first).to_be_visible()


def _erin_decides_and_promises(page: Page) -> None:
    page.goto("/meeting/")
    build = page.get_by_role("button", name=re.compile("Build the agenda"))
    if build.count():
        build.first.click()
    page.goto("/actions/")
    page.get_by_role("button", name="New action").click()
    dialog = page.locator("dialog#new-action")
    dialog.get_by_label("What is to be done").fill("Confirm the slot with the moulder")
    dialog.get_by_label("Owner").select_option(label="Sam")
    dialog.get_by_label("Due").fill(MONTH.replace(day=28).isoformat())
    dialog.get_by_role("button", name="Save action").click()
    expect(page.get_by_text("Confirm the slot with the moulder").first).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as people without a mouse do."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("Tab never reaches it")


def _finn_approves_with_the_keyboard(page: Page) -> None:
    page.goto("/meeting/")
    tab_to(page, page.locator("#approval").get_by_role("button", name=re.compile("Approve")).first)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved").first).to_be_visible()


def _sam_starts_on_it_with_the_keyboard(page: Page, company: Trial) -> None:
    """On the board, m and the number of a column move the chosen card."""
    page.goto("/actions/")
    tab_to(page, page.locator("[data-card]").first)
    page.keyboard.press("m")
    expect(page.locator("#move-menu")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("#toasts")).to_contain_text("is")
    statuses = company.query("SELECT status, version FROM meetings_actionitem")
    assert statuses == [("doing", 2)]


def _erin_publishes(page: Page, company: Trial) -> None:
    page.goto("/meeting/")
    for _ in range(20):
        publish = page.get_by_role("button", name=re.compile("Publish plan"))
        if publish.count():
            break
        following = page.get_by_role("link", name="Next open item")
        if following.count():
            following.click()
        else:
            page.get_by_label("Decision", exact=True).fill("Agreed")
            page.keyboard.press("Control+Enter")
            expect(page.locator("#toasts")).to_contain_text("Recorded: ")
            expect(page.locator(".top .btn.pri")).to_be_focused()  # what comes next is one key away
        page.wait_for_load_state()
    publish.click()
    page.get_by_role("button", name=re.compile(r"Publish v\d+")).click()
    expect(page.get_by_text("is published").first).to_be_visible()
    status = company.query("SELECT status, length(content_hash) FROM plans_planversion WHERE kind = 'cycle'")
    assert status == [("published", 64)]


def _sam_keeps_the_promise(page: Page, company: Trial) -> None:
    page.goto("/my-work/")
    page.get_by_role("link", name=re.compile("Confirm the slot")).first.click()
    page.get_by_label("State").select_option(label="Done")
    page.get_by_label("Evidence").fill("Confirmed by mail of the moulder")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()
    assert company.query("SELECT status FROM meetings_actionitem") == [("done",)]
