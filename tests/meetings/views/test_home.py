"""Home by role: the executive's decision, the head's word; and an action done from My work."""

from datetime import date
from typing import Any

import pytest
from factories import company, cycle_in, heads, live_plan

from meetings.enums import ActionStatus
from meetings.models import AgendaItem
from meetings.selectors import cycles
from meetings.services import actions

OPTIONS = [{"title": "Accept it", "money": 0, "figures": []}, {"title": "Fly", "money": 900, "figures": []}]


@pytest.fixture
def world(db: None, ada: Any, dana: Any, sam: Any, erin: Any) -> Any:
    live_plan(company(), parameters={"planning_date": "2026-12-01"})
    return ada


def test_an_executive_sees_the_first_open_decision_with_its_options(
    client: Any, world: Any, erin: Any
) -> None:
    cycle = cycle_in("demand_review", world)
    AgendaItem.objects.create(
        cycle=cycle, position=0, key="x", title="Bottles short", facts={"options": OPTIONS, "proposed": 1}
    )
    client.force_login(erin)
    page = client.get("/").content.decode()
    assert "Bottles short: what is decided?" in page
    assert "1 of 1 decision asked" in page


def test_others_are_not_asked_to_decide(client: Any, world: Any, sam: Any) -> None:
    cycle = cycle_in("demand_review", world)
    AgendaItem.objects.create(
        cycle=cycle, position=0, key="x", title="Bottles short", facts={"options": OPTIONS}
    )
    client.force_login(sam)
    assert "what is decided?" not in client.get("/").content.decode()


def test_a_head_is_told_from_which_day_on_a_word_is_asked(client: Any, world: Any, person: Any) -> None:
    finn = heads(person)["finance"]
    cycle_in("demand_review", world)
    client.force_login(finn)
    assert "You are asked for your word from 16 Dec on" in client.get("/").content.decode()


def test_an_action_is_done_with_one_click_from_my_work(client: Any, world: Any, sam: Any) -> None:
    cycle_in("demand_review", world)
    item = actions.create(
        person=sam, cycle=cycles.required_cycle(), title="Call the maker", owner=sam, due=date(2026, 12, 9)
    )
    client.force_login(sam)
    assert "Call the maker" in client.get("/my-work/").content.decode()
    answer = client.post(
        f"/actions/{item.pk}/move/", {"version": item.version, "status": "done", "from": "my_work"}
    )
    assert answer["Location"] == "/my-work/"
    item.refresh_from_db()
    assert item.status == ActionStatus.DONE


def test_the_button_done_closes_an_action_whatever_the_list_shows(client: Any, world: Any, sam: Any) -> None:
    cycle_in("demand_review", world)
    item = actions.create(
        person=sam, cycle=cycles.required_cycle(), title="Call the maker", owner=sam, due=date(2026, 12, 9)
    )
    client.force_login(sam)
    given = {"title": item.title, "owner": sam.pk, "due": "2026-12-09", "kind": "corrective", "root_cause": "",
             "status": "open", "evidence": "Called.", "version": item.version, "done": "1"}  # fmt: skip
    assert client.post(f"/actions/{item.pk}/", given).status_code == 302
    item.refresh_from_db()
    assert (item.status, item.evidence) == (ActionStatus.DONE, "Called.")
