"""The rows of the demand plan: tree, filter, sort, roll-ups; and the words that grid and server exchange."""

import json
from uuid import uuid4

import pytest
from forecasting_plan import Desk, make_plan, row_of

from forecasting.overrides_book import Node
from forecasting.selectors.demand_cube import load
from siop.catalog.models import Category

pytestmark = pytest.mark.django_db


def ids(desk):
    shown = desk.shown()
    return [row["id"] for row in shown.window(0, shown.view.total)]


def texts(desk):
    shown = desk.shown()
    return [row["t"][0] for row in shown.window(0, shown.view.total)]


def test_tree_lists_everything_then_categories_then_items(dana):
    plan, _ = make_plan(items=2)
    assert texts(Desk(plan, dana)) == ["All items", "Bottles", "BOT-1", "BOT-2", "Capsules", "CAP-1", "CAP-2"]


def test_sums_of_a_node_are_those_of_its_leaves(dana):
    plan, made = make_plan(items=3)
    shown = Desk(plan, dana).shown()
    rows = {row["id"]: row for row in shown.window(0, 20)}
    leaves = [rows[row_of("s", series)]["c"][0] for series in made.series]
    assert rows["all"]["c"][0] == sum(leaves)
    assert rows["all"]["v"] == sum(rows[row_of("s", series)]["v"] for series in made.series)
    assert rows[row_of("c", made.categories["Bottles"])]["c"][0] == sum(leaves[:3])


def test_categories_above_a_node_come_nearest_first(dana):
    plan, made = make_plan(items=2)
    below = made.categories["Bottles"]
    top = Category.objects.create(code="Drinks")
    Category.objects.filter(pk=below.pk).update(parent=top)
    cube = load(plan)
    assert cube.categories_above(Node(0, made.series[0].item_id, 0, 0)) == [below.pk, top.pk]
    assert cube.categories_above(cube.leaf_node(int(cube.position[made.series[0].pk]))) == [below.pk, top.pk]
    assert cube.categories_above(Node(below.pk, 0, 0, 0)) == [below.pk, top.pk]
    assert cube.categories_above(Node(0, 0, 0, 0)) == []


def test_search_keeps_the_tree_above_what_it_finds(dana):
    plan, _ = make_plan(items=2)
    assert texts(Desk(plan, dana, q="cap-2")) == ["Capsules", "CAP-2"]
    assert texts(Desk(plan, dana, q="nothing like it")) == []


def test_closed_category_hides_its_items(dana):
    plan, made = make_plan(items=2)
    closed = frozenset({row_of("c", made.categories["Bottles"])})
    assert texts(Desk(plan, dana, toggled=closed))[:3] == ["All items", "Bottles", "Capsules"]


def test_sorting_by_a_month_orders_items_and_categories(dana):
    plan, made = make_plan(items=2)
    Desk(plan, dana).type(row_of("s", made.series[0]), {3: 9999})
    assert texts(Desk(plan, dana, sort="-3")) == [
        "All items", "Bottles", "BOT-1", "BOT-2", "Capsules", "CAP-2", "CAP-1",
    ]  # fmt: skip
    assert texts(Desk(plan, dana, sort="-3", group="none"))[0] == "BOT-1"


def test_only_overrides_shows_what_was_typed(dana):
    plan, made = make_plan(items=3)
    Desk(plan, dana).type(row_of("s", made.series[4]), {0: 1})
    assert texts(Desk(plan, dana, only="overrides")) == ["Capsules", "CAP-2"]


def test_person_with_one_category_sees_only_that(person):
    from siop.catalog.models import Category

    plan, _ = make_plan(items=2)
    olga = person("olga", "demand_planner", category=Category.objects.get(code="Capsules"))
    assert texts(Desk(plan, olga)) == ["Capsules", "CAP-1", "CAP-2"]


@pytest.fixture
def signed_in(client, dana):
    client.force_login(dana)
    return client


def body(plan, rows, **more):
    return {"key": str(uuid4()), "query": {"plan": str(plan.pk)}, "rows": rows, **more}


def post(client, name, content):
    return client.post(f"/demand/{name}", json.dumps(content), content_type="application/json")


def test_page_holds_the_first_rows_and_the_four_comparisons(signed_in):
    make_plan()
    page = signed_in.get("/demand/").content.decode()
    assert "grid-config" in page
    for label in ("To last cycle", "To the statistical forecast", "To last year", "To budget"):
        assert label in page


@pytest.mark.parametrize(
    ("name", "width"), [("Caps", 158), ("Precision assemblies, X", 221), ("N" * 40, 280)]
)
def test_the_column_of_names_is_as_wide_as_the_longest_asks_for(signed_in, name, width):
    _, made = make_plan()
    Category.objects.filter(pk=made.categories["Capsules"].pk).update(code=name)
    names = signed_in.get("/demand/").context["config"]["texts"][0]
    assert (names["key"], names["width"]) == ("code", width)


def test_page_before_the_first_plan_says_what_to_do(signed_in):
    assert "There is no plan yet" in signed_in.get("/demand/").content.decode()


def test_edit_over_http_saves_and_answers_with_the_rows(signed_in):
    plan, made = make_plan()
    leaf = row_of("s", made.series[0])
    answer = post(
        signed_in, "edits", body(plan, [{"id": leaf, "v": 1, "set": {"2": "345"}}], visible=["all"])
    )
    assert answer.status_code == 200
    rows = {row["id"]: row for row in answer.json()["rows"]}
    assert (rows[leaf]["c"][2], rows[leaf]["v"]) == (345, 2)
    assert "all" in rows


def test_edit_without_version_is_428(signed_in):
    plan, made = make_plan()
    answer = post(signed_in, "edits", body(plan, [{"id": row_of("s", made.series[0]), "set": {"2": "345"}}]))
    assert answer.status_code == 428


def test_stale_edit_is_409_with_base_mine_and_theirs(signed_in):
    plan, made = make_plan()
    leaf = row_of("s", made.series[0])
    post(signed_in, "edits", body(plan, [{"id": leaf, "v": 1, "set": {"2": "345"}}]))
    stale = post(
        signed_in, "edits", body(plan, [{"id": leaf, "v": 1, "set": {"2": "400"}, "base": {"2": 100}}])
    )
    assert stale.status_code == 409
    conflict = stale.json()["conflicts"][0]
    assert (conflict["base"], conflict["mine"], conflict["theirs"], conflict["who"]) == (
        100,
        400,
        345,
        "Dana",
    )


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"rows": []}, 400), ({"key": "no"}, 400), ({"rows": [{"id": "s1", "v": 1, "set": {"99": "1"}}]}, 400),
        ({"rows": [{"id": "s1", "v": 1, "set": {"1": "NaN"}}]}, 400), ({"expires": "soon"}, 400),
        ({"rows": [{"id": "x9", "v": 1, "set": {"1": "1"}}]}, 404),
    ],
)  # fmt: skip
def test_request_that_makes_no_sense_is_refused_with_a_reason(signed_in, change, status):
    plan, _ = make_plan()
    answer = post(signed_in, "edits", body(plan, [{"id": "all", "v": 6, "set": {"1": "1"}}]) | change)
    assert (answer.status_code, bool(answer.json()["error"])) == (status, True)


def test_negative_demand_is_refused_at_the_cell(signed_in):
    plan, made = make_plan()
    leaf = row_of("s", made.series[0])
    answer = post(signed_in, "edits", body(plan, [{"id": leaf, "v": 1, "set": {"2": "-1"}}]))
    assert (answer.status_code, answer.json()["errors"][0]["reason"]) == (422, "demand is 0 or more")


def test_supply_planner_reads_but_does_not_edit(client, sam):
    plan, _ = make_plan()
    client.force_login(sam)
    assert client.get("/demand/").status_code == 200
    assert post(client, "edits", body(plan, [{"id": "all", "v": 6, "set": {"1": "1"}}])).status_code == 403


def test_rectangle_raises_rows_that_were_never_loaded(signed_in, dana):
    plan, _ = make_plan(items=3)
    content = {
        "key": str(uuid4()), "query": {"plan": str(plan.pk), "group": "none"}, "from": 0, "to": 5, "cols": [1, 2],
        "op": "percent", "value": "10", "seen": "900000000000000000",
    }  # fmt: skip
    answer = post(signed_in, "rectangle", content)
    assert answer.json()["saved"] == 12
    assert Desk(plan, dana).values(1) == [110, 220, 330, 440, 550, 660]


def test_rectangle_over_what_others_changed_is_409(signed_in, sam, person):
    plan, made = make_plan(items=3)
    Desk(plan, person("dora", "demand_planner")).type(row_of("s", made.series[0]), {1: 5})
    content = {
        "key": str(uuid4()), "query": {"plan": str(plan.pk)}, "from": 0, "to": 3, "cols": [1], "op": "set",
        "value": "10", "seen": "0",
    }  # fmt: skip
    assert post(signed_in, "rectangle", content).status_code == 409


def test_workbook_out_and_in_again_changes_nothing_and_a_changed_cell_only_itself(dana):
    import io

    from openpyxl import load_workbook

    from forecasting.services import workbooks

    plan, _ = make_plan(items=2, statistical=33.333)
    content = workbooks.write(Desk(plan, dana).shown())
    changes, problems = workbooks.read(Desk(plan, dana).shown(), io.BytesIO(content))
    assert (changes, problems) == ([], [])
    book = load_workbook(io.BytesIO(content))
    sheet = book["Demand plan"]
    sheet.cell(row=2, column=6).value = 777
    sheet.cell(row=3, column=7).value = "about ten"
    edited = io.BytesIO()
    book.save(edited)
    edited.seek(0)
    changes, problems = workbooks.read(Desk(plan, dana).shown(), edited)
    assert [(one.column, one.mine, one.conflict) for one in changes] == [(1, 777, False)]
    assert "“about ten” is not a number" in problems[0]


def test_comment_and_reason_reach_the_cell(signed_in, dana):
    plan, made = make_plan()
    leaf = row_of("s", made.series[0])
    Desk(plan, dana).type(leaf, {0: 5})
    query = {"plan": str(plan.pk)}
    told = post(signed_in, "comments", {"query": query, "id": leaf, "col": 0, "text": "Fair in May"})
    assert told.json()["rows"][0]["f"]["0"] & 4
    empty = post(signed_in, "reason", {"query": query, "rows": [{"id": leaf, "cols": [0]}], "reason": " "})
    assert empty.status_code == 422
    kept = post(signed_in, "reason", {"query": query, "rows": [{"id": leaf, "cols": [0]}], "reason": "Fair"})
    assert not kept.json()["rows"][0]["f"]["0"] & 16
    assert "Fair in May" in signed_in.get(f"/demand/dock?plan={plan.pk}&id={leaf}").content.decode()
