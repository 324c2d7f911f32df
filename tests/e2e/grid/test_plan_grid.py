"""The planning grid in a real browser: paste, undo, conflict, lost connection, keyboard, accessibility."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
AXE = Path(__file__).parents[3] / "static" / "vendor" / "axe.js"


def grid_of(page: Page) -> Any:
    return page.locator("plan-grid .pg-scroll")


def state(page: Page, expression: str) -> Any:
    """Something about the grid's model, by a small expression on `grid`."""
    return page.evaluate(
        f"() => {{ const grid = document.querySelector('plan-grid'); return {expression}; }}"
    )


def settled(page: Page) -> None:
    """Wait until nothing is on its way."""
    page.wait_for_function(
        "() => { const g = document.querySelector('plan-grid');"
        " return g.model.pending.size === 0 && g.transport.waiting === 0 && !g.loading; }"
    )


def go_to(page: Page, row: int, column: int) -> None:
    grid_of(page).focus()
    state(page, f"grid.selection.moveTo({row}, {column})")


def paste(page: Page, rows: list[list[object]]) -> None:
    text = "\r\n".join("\t".join(str(value) for value in row) for row in rows)
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    grid_of(page).focus()
    page.keyboard.press("Control+v")


def values(page: Page, rows: int, columns: int, *, top: int = 0) -> list[list[float]]:
    return state(
        page,
        f"Array.from({{length: {rows}}}, (_, r) => grid.model.row({top} + r).c.slice(0, {columns}))",
    )


def stored(stack: Any, batches: str = "kind = 'edit'") -> int:
    return int(stack.query(f"SELECT count(*) FROM forecasting_editbatch WHERE {batches}")[0][0])


def test_paste_of_1000_cells_into_a_filtered_tree_and_its_undo(
    demand: Callable[..., Page], grid_stack: Any
) -> None:
    page = demand("dana", "?q=pump")
    go_to(page, 1, 0)
    wanted = [[(r * 18 + c) % 400 + 1 for c in range(18)] for r in range(56)]
    paste(page, wanted)
    expect(page.locator(".toast")).to_contain_text("1,008 cells saved")
    settled(page)
    assert values(page, 56, 18, top=1) == wanted
    assert state(page, "grid.model.errors.size") == 0
    total = state(page, "grid.model.row(0).c[0]")
    page.reload()
    grid_of(page).wait_for()
    assert values(page, 56, 18, top=1) == wanted
    assert state(page, "grid.model.row(0).c[0]") == total

    overrides = grid_stack.query("SELECT count(*) FROM forecasting_override WHERE revoked IS NULL")[0][0]
    assert overrides == 1008


def test_undo_of_a_paste_brings_every_cell_back(demand: Callable[..., Page]) -> None:
    page = demand("dana", "?q=valve")
    before = values(page, 58, 18)
    go_to(page, 1, 0)
    paste(page, [[7] * 18 for _ in range(56)])
    expect(page.locator(".toast")).to_contain_text("1,008 cells saved")
    settled(page)
    assert values(page, 1, 1, top=1) == [[7]]
    grid_of(page).focus()
    page.keyboard.press("Control+z")
    expect(page.locator(".toast")).to_contain_text("1,008 cells undone")
    settled(page)
    assert values(page, 58, 18) == before
    page.keyboard.press("Control+y")
    expect(page.locator(".toast")).to_contain_text("1,008 cells redone")
    settled(page)
    assert values(page, 1, 1, top=1) == [[7]]
    page.keyboard.press("Control+z")
    expect(page.locator(".toast")).to_contain_text("undone")
    settled(page)
    assert values(page, 58, 18) == before


def test_a_conflict_in_the_middle_of_a_paste_shows_base_mine_and_theirs(demand: Callable[..., Page]) -> None:
    dana, dora = demand("dana", "?q=gasket"), demand("dora", "?q=gasket")
    base = values(dana, 10, 3, top=1)
    go_to(dora, 4, 1)
    dora.keyboard.type("777")
    dora.keyboard.press("Enter")
    expect(dora.locator(".toast")).to_contain_text("1 cell saved")

    go_to(dana, 1, 0)
    paste(dana, [[10 + r, 20 + r, 30 + r] for r in range(8)])
    dialog = dana.locator("dialog[open]")
    expect(dialog).to_contain_text("This cell was changed in the meantime")
    expect(dialog).to_contain_text("777")
    expect(dialog).to_contain_text(f"{base[3][1]:,}")
    expect(dialog).to_contain_text("23")
    expect(dialog).to_contain_text("Dora")
    # everything else is saved while the question stands
    dana.wait_for_function("() => document.querySelector('plan-grid').transport.waiting === 0")
    dialog.get_by_role("button", name="Apply").click()
    settled(dana)
    rows = values(dana, 8, 3, top=1)
    assert rows[3] == [13, 777, 33]
    assert rows[0] == [10, 20, 30]
    assert rows[7] == [17, 27, 37]


def test_choosing_mine_in_a_conflict_overwrites_theirs(demand: Callable[..., Page]) -> None:
    dana, dora = demand("dana", "?q=seal"), demand("dora", "?q=seal")
    go_to(dora, 2, 2)
    dora.keyboard.type("555")
    dora.keyboard.press("Enter")
    expect(dora.locator(".toast")).to_contain_text("1 cell saved")
    go_to(dana, 2, 2)
    dana.keyboard.type("444")
    dana.keyboard.press("Enter")
    dialog = dana.locator("dialog[open]")
    dialog.get_by_role("button", name="All mine").click()
    dialog.get_by_role("button", name="Apply").click()
    settled(dana)
    assert values(dana, 1, 3, top=2)[0][2] == 444


def test_another_month_of_the_same_row_is_no_conflict_for_a_person(demand: Callable[..., Page]) -> None:
    dana, dora = demand("dana", "?q=spring"), demand("dora", "?q=spring")
    go_to(dora, 2, 5)
    dora.keyboard.type("5")
    dora.keyboard.press("Enter")
    expect(dora.locator(".toast")).to_contain_text("1 cell saved")
    go_to(dana, 2, 6)
    dana.keyboard.type("6")
    dana.keyboard.press("Enter")
    expect(dana.locator(".toast")).to_contain_text("1 cell saved")
    settled(dana)
    assert dana.locator("dialog[open]").count() == 0
    assert values(dana, 1, 7, top=2)[0][5:7] == [5, 6]


def test_a_killed_connection_loses_nothing_and_applies_once(
    demand: Callable[..., Page], grid_stack: Any
) -> None:
    page = demand("dana", "?q=motor")
    settled(page)
    # the first answer is lost after the server has saved, the second request never arrives
    seen = []

    def broken(route: Any) -> None:
        seen.append(1)
        if len(seen) == 1:
            route.fetch()
            route.abort("connectionreset")
        elif len(seen) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/demand/edits", broken)
    before = stored(grid_stack)
    go_to(page, 2, 1)
    page.keyboard.type("4321")
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_contain_text("No connection")
    expect(page.locator(".pg-pending")).to_have_text("4,321")
    page.keyboard.type("8765")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#connection")).to_be_hidden(timeout=20_000)
    settled(page)
    assert len(seen) >= 4
    assert stored(grid_stack) == before + 2
    page.reload()
    grid_of(page).wait_for()
    assert [row[1] for row in values(page, 2, 2, top=2)] == [4321, 8765]


SLOW_ANSWERS = """() => {
  const quick = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await quick(...asked);
    if (/demand\\/(edits|undo)/.test(asked[0])) await new Promise((done) => setTimeout(done, 400));
    return answer;
  };
}"""


def test_typing_on_while_the_server_answers_is_no_conflict_with_oneself(demand: Callable[..., Page]) -> None:
    page = demand("dana", "?q=wheel")
    settled(page)
    page.evaluate(SLOW_ANSWERS)
    for typed in ("500", "600"):
        go_to(page, 2, 0)
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    settled(page)
    assert values(page, 1, 1, top=2)[0][0] == 600
    page.keyboard.press("Control+z")
    go_to(page, 2, 0)
    page.keyboard.type("700")
    page.keyboard.press("Enter")
    settled(page)
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert values(page, 1, 1, top=2)[0][0] == 700


def test_a_refused_cell_is_restored_and_says_why(demand: Callable[..., Page]) -> None:
    page = demand("dana", "?q=hose")
    old = values(page, 1, 2, top=2)[0][0]
    go_to(page, 2, 0)
    page.keyboard.type("-999999")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Not saved")
    go_to(page, 2, 0)
    expect(page.locator("#cell-error")).to_contain_text("demand is 0 or more")
    assert values(page, 1, 1, top=2)[0][0] == old
    expect(page.locator(".pg-error")).to_have_count(1)
    paste(page, [["12", "abc"]])
    settled(page)
    assert values(page, 1, 1, top=2)[0][0] == 12
    go_to(page, 2, 1)
    expect(page.locator("#cell-error")).to_contain_text("“abc” is not a number")


def test_locked_cell_refuses_an_edit_at_the_cell(demand: Callable[..., Page]) -> None:
    page = demand("dana", "?q=nozzle")
    go_to(page, 2, 0)
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    settled(page)
    go_to(page, 2, 0)
    page.keyboard.press("l")
    settled(page)
    expect(page.locator(".pg-locked")).to_have_count(1)
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    settled(page)
    go_to(page, 2, 0)
    expect(page.locator("#cell-error")).to_contain_text("locked")
    assert values(page, 1, 1, top=2)[0][0] == 100
    page.keyboard.press("l")
    settled(page)
    expect(page.locator(".pg-locked")).to_have_count(0)


def test_keyboard_alone_edits_adjusts_fills_deletes_comments_and_explains(
    demand: Callable[..., Page],
) -> None:
    page = demand("dana", "?q=fan")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    go = page.keyboard.press
    go("Control+Home")
    go("ArrowDown")
    statistical = values(page, 1, 4, top=1)[0]
    page.keyboard.type("200")
    go("Tab")
    page.keyboard.type("300")
    go("Enter")
    settled(page)
    assert values(page, 1, 2, top=1)[0] == [200, 300]
    go("Control+Home")
    go("ArrowDown")
    page.keyboard.type("+10%")
    go("Enter")
    settled(page)
    assert values(page, 1, 1, top=1)[0] == [220]
    go("ArrowUp")
    for _ in range(3):
        go("Shift+ArrowRight")
    go("Control+r")
    settled(page)
    assert values(page, 1, 4, top=1)[0] == [220] * 4
    go("F2")
    page.keyboard.type("*2")
    go("Escape")
    assert values(page, 1, 4, top=1)[0] == [220] * 4
    go("Delete")
    settled(page)
    assert values(page, 1, 4, top=1)[0] == statistical
    go("Control+Home")
    go("ArrowDown")
    go("Shift+C")
    page.keyboard.type("Two fairs")
    go("Escape")
    go("ArrowRight")
    go("Shift+C")
    expect(page.locator("#comment-text")).to_have_value("")
    go("Escape")
    go("ArrowLeft")
    go("Shift+C")
    expect(page.locator("#comment-text")).to_have_value("Two fairs")
    go("End")
    page.keyboard.type(" in spring")
    go("Tab")
    go("Tab")
    go("Enter")
    expect(page.locator(".toast").last).to_contain_text("Comment added")
    expect(page.locator(".note-list")).to_contain_text("Two fairs in spring")
    go("ArrowLeft")
    expect(page.locator("#grid-status")).to_contain_text("rows")


def test_reason_and_expiry_stay_with_the_number(demand: Callable[..., Page], grid_stack: Any) -> None:
    page = demand("dana", "?q=drive")
    go_to(page, 2, 3)
    page.keyboard.type("640")
    page.keyboard.press("Enter")
    settled(page)
    go_to(page, 2, 3)
    page.keyboard.press("Shift+R")
    page.get_by_role("textbox", name="Reason").fill("Ads doubled in spring")
    page.get_by_label("Expires on").fill("2027-04-30")
    page.get_by_role("button", name="Keep the reason").click()
    expect(page.locator(".toast").last).to_contain_text("Reason kept with 1 override")
    expect(page.locator(".note-list")).to_contain_text("Ads doubled in spring")
    found = grid_stack.query(
        "SELECT expires::text FROM forecasting_override WHERE reason = %s", "Ads doubled in spring"
    )
    assert found == [("2027-04-30",)]


def test_subtotals_within_a_paste_are_left_to_their_rows(demand: Callable[..., Page]) -> None:
    page = demand("dana", "?q=cable")
    go_to(page, 0, 0)
    paste(page, [["999999", "999999"], ["11", "12"], ["13", "14"]])
    expect(page.locator(".toast")).to_contain_text("4 cells saved")
    settled(page)
    rows = values(page, 3, 2)
    assert rows[1:] == [[11, 12], [13, 14]]
    assert rows[0] != [999999, 999999]


def test_tree_opens_and_closes_and_copies_as_a_spreadsheet_does(demand: Callable[..., Page]) -> None:
    page = demand("dana", "?q=tank")
    rows = state(page, "grid.model.total")
    go_to(page, 1, 0)
    page.keyboard.press("Space")
    page.wait_for_function(f"() => document.querySelector('plan-grid').model.total === {rows + 2}")
    settled(page)
    go_to(page, 1, 0)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+c")
    text = page.evaluate("() => navigator.clipboard.readText()")
    shown = [[str(v) for v in row] for row in values(page, 2, 2, top=1)]
    assert [line.split("\t") for line in re.split(r"\r?\n", text)] == shown
    expect(page.locator("#grid-status")).to_contain_text("4 cells")


def test_what_follows_is_asked_at_once_behind_a_lone_edit_and_once_for_a_burst(
    demand: Callable[..., Page],
) -> None:
    page, asked = demand("dana"), []

    def answer(route: Any) -> None:
        asked.append(route.request.post_data_json["batches"])
        route.fulfill(status=204)

    page.route("**/demand/follow", answer)
    page.evaluate(
        "async () => { const { following } = document.querySelector('plan-grid').transport; following.behind('lone');"
        " await new Promise((done) => setTimeout(done, 100)); for (const one of ['b', 'c', 'd']) following.behind(one);"
        " while (following.batches.length || following.asking) await new Promise((done) => setTimeout(done, 20)); }"
    )
    assert asked == [["lone"], ["b", "c", "d"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_dialogs_open_or_closed(demand: Callable[..., Page], theme: str) -> None:
    page = demand("dana", "", theme=theme)
    expect(page.locator("[data-drawn]")).to_have_count(1)
    go_to(page, 2, 0)
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    settled(page)
    assert axe(page) == []
    go_to(page, 2, 0)
    for key in ("Shift+C", "Shift+R"):
        grid_of(page).focus()
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_have_count(1)
        assert axe(page) == []
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Excel").click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    assert axe(page) == []


def axe(page: Page) -> list[str]:
    """Ids and places of axe violations; the script is put in past the page's content policy by the test."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]
