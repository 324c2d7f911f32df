"""Kept pages: for all who hold the same rights, of nobody in particular, and never older than the plan."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from planning import Planned, planned

from forecasting.models import ConsensusLine
from siop.accounts.enums import Role
from siop.accounts.models import RoleGrant
from siop.catalog.models import Item, Parameter
from siop.web import exports, kept
from siop.web.models import FirstView, SavedView
from supply.models import PlanException, PlannedOrder

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("/supply/", "/supply/inventory/", "/supply/exceptions/")
OWN_OR_PASSING = re.compile(r'(csrf-token" content|csrfmiddlewaretoken" value)="\w+"|\d\d:\d\d')
ASKED_OF_A_SUPPLY_TABLE = re.compile(r'FROM "?(supply_(plannedorder|planline|peg)|inventory_)')


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept.forget_all()


@pytest.fixture
def made(dana: Any) -> Planned:
    return planned(dana, items=2)


@pytest.fixture
def visit(made: Planned) -> Callable[..., str]:
    clients: dict[int, Client] = {}

    def read(person: Any, path: str, **headers: str) -> str:
        if person.pk not in clients:
            clients[person.pk] = Client(enforce_csrf_checks=True)
            clients[person.pk].force_login(person)
        answer = clients[person.pk].get(path, headers=headers)
        assert answer.status_code == 200
        return str(answer.content.decode())

    return read


def _rail(page: str) -> str:
    return page[page.index("<nav") : page.index("</nav>")]


def _content(page: str) -> str:
    """The page without what is each person's own: name, number and the token of forms; and without the minute."""
    main = page[page.index("<main") : page.index("<dialog")]
    return OWN_OR_PASSING.sub("", main)


@pytest.mark.parametrize("path", PAGES)
def test_a_second_visit_asks_no_supply_table(visit: Callable[..., str], person: Any, path: str) -> None:
    sam, sue = person("sam", "supply_planner"), person("sue", "supply_planner")
    visit(sue, "/my-work/")  # signing in writes to the table of people
    first = visit(sam, path)
    with CaptureQueriesContext(connection) as asked:
        second = visit(sue, path)
    assert not [one["sql"] for one in asked if ASKED_OF_A_SUPPLY_TABLE.search(one["sql"])]
    assert _content(first) == _content(second)
    assert ("Sam" in _rail(first), "Sam" in _rail(second), "Sue" in _rail(second)) == (True, False, True)


def test_whoever_asks_is_chosen_as_owner_of_an_action(visit: Callable[..., str], person: Any) -> None:
    sam, sue = person("sam", "supply_planner"), person("sue", "supply_planner")
    visit(sue, "/my-work/")
    chosen = [
        re.findall(r'<option value="(\d+)" selected', visit(one, "/supply/exceptions/")) for one in (sam, sue)
    ]
    assert [str(sam.pk) in chosen[0], str(sue.pk) in chosen[1]] == [True, True]
    assert str(sam.pk) not in chosen[1]


@pytest.mark.parametrize(
    "path", [*PAGES, "/supply/?order=none", "/supply/inventory/?line=1", "/supply/exceptions/?each=1"]
)
def test_is_to_the_letter_what_is_made_anew(visit: Callable[..., str], sam: Any, path: str) -> None:
    fresh = visit(sam, path)
    again = visit(sam, path)
    kept.forget_all()
    pages = {OWN_OR_PASSING.sub("", page) for page in (fresh, again, visit(sam, path))}
    assert len(pages) == 1


def test_a_block_may_show_the_one_that_it_extends(visit: Callable[..., str], sam: Any) -> None:
    for _ in range(2):
        assert "<kbd>K</kbd> commands" in visit(sam, "/supply/?view=calendar")


def test_writes_are_seen_at_once(visit: Callable[..., str], sam: Any, made: Planned) -> None:
    order = PlannedOrder.objects.filter(plan=made.plan).first()
    assert order is not None
    before = {path: visit(sam, path) for path in PAGES}
    PlannedOrder.objects.filter(pk=order.pk).update(number="PO-RENAMED")
    assert "PO-RENAMED" not in before["/supply/"]
    assert "PO-RENAMED" in visit(sam, "/supply/")
    PlannedOrder.objects.filter(pk=order.pk).update(number=order.number)
    assert _content(visit(sam, "/supply/")) == _content(before["/supply/"])
    PlanException.objects.filter(plan=made.plan).update(title="Told anew")
    assert "Told anew" in visit(sam, "/supply/exceptions/")
    Item.objects.update(description="Another name")
    assert "Another name" in visit(sam, "/supply/inventory/")
    Parameter.objects.update_or_create(name="currency", defaults={"value": "XAU"})
    made.plan.parameters.pop("currency", None)
    made.plan.save()
    assert all("XAU" in visit(sam, path) for path in PAGES)


def test_other_rights_are_another_page(visit: Callable[..., str], person: Any, made: Planned) -> None:
    whole, guest = person("sam", "supply_planner"), person("gus", "guest")
    part = person("pia", "supply_planner", category=made.categories["Bottles"])
    for _ in range(2):
        seen = {one.name: visit(one, "/supply/inventory/") for one in (whole, part)}
        assert ("CAP-101" in seen["Sam"], "CAP-101" in seen["Pia"]) == (True, False)
        assert "BOT-101" in seen["Pia"]
        assert (
            "data-for-chosen" in visit(whole, "/supply/"),
            "data-for-chosen" in visit(guest, "/supply/"),
        ) == (
            True,
            False,
        )
    RoleGrant.objects.filter(person=whole).update(role=Role.GUEST)
    assert "data-for-chosen" not in visit(whole, "/supply/")


@pytest.mark.parametrize("path", PAGES)
def test_saved_views_are_those_of_whoever_asks_as_they_stand(
    visit: Callable[..., str], person: Any, path: str
) -> None:
    sam, sue = person("sam", "supply_planner"), person("sue", "supply_planner")
    page = {
        "/supply/": "supply-plan",
        "/supply/inventory/": "inventory",
        "/supply/exceptions/": "exceptions",
    }[path]
    view = SavedView.objects.create(person=sam, page=page, name="Mine alone", query="q=a")
    assert ["Mine alone" in visit(one, path) for one in (sam, sue, sam)] == [True, False, True]
    SavedView.objects.filter(pk=view.pk).update(shared=True, name="For all")
    assert ["For all" in visit(one, path) for one in (sam, sue)] == [True, True]
    assert "by Sam" in visit(sue, path)
    assert "by Sam" not in visit(sam, path)
    FirstView.objects.create(person=sue, page=page, view=view)
    client = Client()
    client.force_login(sue)
    assert client.get(path)["Location"] == f"{path}?q=a&saved={view.pk}"
    assert "For all" in visit(sam, path)
    view.delete()
    assert ["For all" in visit(one, path) for one in (sam, sue)] == [False, False]


def test_forms_carry_the_token_of_whoever_sees_them(
    visit: Callable[..., str], person: Any, made: Planned
) -> None:
    visit(person("sam", "supply_planner"), "/supply/")
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("sue", "supply_planner"))
    own = re.search(r'csrfmiddlewaretoken" value="(\w+)"', client.get("/supply/").content.decode())
    assert own is not None
    order = PlannedOrder.objects.filter(plan=made.plan).values_list("pk", flat=True).first()
    sent = {"order": str(order), "next": "/supply/"}
    refused = client.post("/supply/orders/release/", sent | {"csrfmiddlewaretoken": "x" * 64})
    taken = client.post("/supply/orders/release/", sent | {"csrfmiddlewaretoken": own[1]})
    assert (refused.status_code, taken.status_code) == (403, 302)


def test_a_part_for_htmx_is_no_whole_page(visit: Callable[..., str], sam: Any) -> None:
    whole = visit(sam, "/supply/inventory/")
    part = visit(sam, "/supply/inventory/", **{"HX-Request": "true"})
    assert "<html" not in part
    assert part.strip() in whole


def test_a_file_is_taken_out_anew_after_a_write_and_names_the_hash_of_now(sam: Any, made: Planned) -> None:
    def taken() -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(b"".join(exports.pieces(found(), format="csv")).decode())))

    def found() -> exports.Extract:
        return exports.extract("planned_orders", person=sam, version=str(made.plan.pk))

    first = taken()
    with CaptureQueriesContext(connection) as asked:
        assert taken() == first
    assert not [one["sql"] for one in asked if "labelled AS" in one["sql"]]
    assert {row["content_hash"] for row in first} == {found().content_hash}
    ConsensusLine.objects.filter(plan=made.plan).update(
        version=F("version") + 1, quantity=[7.0] * made.plan.horizon
    )
    again = taken()
    assert {row["content_hash"] for row in again} == {found().content_hash} != {first[0]["content_hash"]}
    assert [row | {"content_hash": ""} for row in again] == [row | {"content_hash": ""} for row in first]
    PlannedOrder.objects.filter(plan=made.plan).update(source="elsewhere")
    assert {row["source"] for row in taken()} == {"elsewhere"}
