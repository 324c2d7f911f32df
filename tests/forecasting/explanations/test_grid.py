"""Every figure of the demand plan's page opens a panel that names it and adds up, whatever a filter has narrowed."""

import re
from copy import deepcopy

import pytest
from django.test import Client
from factories import somebody
from forecasting_plan import Desk, make_plan, row_of

from forecasting.explanations import grid as grid_explanations
from forecasting.models import BudgetLine
from forecasting.selectors.demand_cube import forget_all
from forecasting.selectors.demand_figures import headlines
from siop.web.services import add_comment
from siop.web.templatetags.siop import number, signed

pytestmark = pytest.mark.django_db
QUERIES = (
    {},
    {"q": "1"},
    {"only": "overrides"},
    {"family": "Bottles"},
    {"only": "exceptions"},
    {"group": "none"},
)


@pytest.fixture(scope="module")
def typed_once(kept_rows):
    plan, made = make_plan(items=3)
    desk = Desk(plan, somebody("dana", "demand_planner"))
    desk.made = made
    desk.type(row_of("s", made.series[0]), {0: 321, 5: 9})
    desk.type(row_of("c", made.categories["Capsules"]), {2: 1000})
    return desk


@pytest.fixture
def desk(typed_once, dana):
    forget_all()
    return deepcopy(typed_once)


def panel(client: Client, plan, **asked):
    answer = client.get("/demand/why", {"plan": plan.pk, **asked})
    assert answer.status_code == 200, asked
    return answer.content.decode()


def named_in(html):
    return re.search(r"Why ([−+\d,.· ]+)\?", html)[1]


@pytest.mark.parametrize("query", QUERIES)
def test_a_cell_opens_the_number_that_it_shows(desk, client, dana, query):
    client.force_login(dana)
    shown = Desk(desk.plan, dana, **query).shown()
    rows = shown.window(0, shown.view.total)
    assert rows
    for row in rows:
        for column in (0, 2, 5):
            html = panel(client, desk.plan, **query, id=row["id"], col=column)
            assert named_in(html) == number(row["c"][column])


@pytest.mark.parametrize("query", QUERIES)
def test_the_twelve_months_of_a_row_open_month_by_month(desk, client, dana, query):
    client.force_login(dana)
    shown = Desk(desk.plan, dana, **query).shown()
    for row in shown.window(0, shown.view.total):
        html = panel(client, desk.plan, **query, id=row["id"], col="year")
        assert named_in(html) == row["t"][3]
        assert "Month by month" in html


@pytest.mark.parametrize("query", QUERIES)
def test_each_figure_of_the_strip_opens_itself(desk, client, dana, query):
    client.force_login(dana)
    page = client.get("/demand/", {"plan": desk.plan.pk, **query}).content.decode()
    strip = re.findall(r'data-why="([^"]+)"[^>]*>([^<]+)</button>', page)
    assert {"plan", "statistical", "overrides"} <= {re.search(r"figure=(\w+)", url)[1] for url, _ in strip}
    for url, value in strip:
        answer = client.get(url.replace("&amp;", "&"))
        assert named_in(answer.content.decode()) == value


def test_what_people_changed_is_parted_from_the_forecast(desk):
    shown = desk.shown()
    found = grid_explanations.figure(shown, "statistical")
    moved = {part.label: part.value for part in found.sums[0].parts}
    cube = shown.cube
    bottle = float(cube.quantity[:12, 0].sum() - cube.statistical[:12, 0].sum())
    assert moved["Bottles"] == pytest.approx(bottle)
    assert moved["Capsules"] == pytest.approx(1000 - cube.statistical[2, 3:].sum())


def test_a_budget_of_six_months_is_held_against_those_alone(desk, client, dana):
    """As on the pages Home and Reconciliation; where the months run out nothing is missing from the plan."""
    cube, family = desk.shown().cube, desk.made.categories["Bottles"]
    for month in cube.months[:6]:
        BudgetLine.objects.create(month=month, category=family, units=100)
    plan = float(cube.quantity[:6].sum())
    strip = {one.name: one for one in headlines(desk.shown())}["budget"]
    assert (strip.value, strip.note[-10:]) == (signed(plan - 600), ", 6 months")
    told = grid_explanations.figure(desk.shown(), "budget")
    assert told.total == pytest.approx(plan - 600)
    assert "over the 6 months budgeted" in "".join(text for text, _ in told.sentence)


def test_overrides_are_counted_by_who_typed_them(desk, dana):
    found = grid_explanations.figure(desk.shown(), "overrides")
    assert [(part.label, part.value) for part in found.parts] == [(dana.name, 3)]


def test_a_return_to_the_forecast_is_no_override_in_a_narrowed_view_either(desk, dana):
    row = row_of("s", desk.made.series[0])
    desk.type(row, {0: None})
    for query in ({}, {"family": "Bottles"}):
        typed = grid_explanations.figure(Desk(desk.plan, dana, **query).shown(), "overrides").total
        assert typed == (2 if not query else 1)


def test_a_comment_at_a_place_that_is_no_node_leaves_the_grid_as_it_is(desk, dana, client):
    add_comment(person=dana, place="demand:somewhere", text="Lost")
    add_comment(person=dana, place=desk.shown().named("all").node.place, text="Found")
    client.force_login(dana)
    asked = {"plan": desk.plan.pk, "only": "comments", "from": 0, "count": 50}
    assert client.get("/demand/rows", asked).json()["total"] == 9


def test_an_unknown_figure_is_not_there(desk, client, dana):
    client.force_login(dana)
    assert client.get("/demand/why", {"plan": desk.plan.pk, "figure": "luck"}).status_code == 404
