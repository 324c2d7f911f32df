"""From nothing to the first plan: what is done, what is next, and for whom."""

from typing import Any

import pytest
from factories import company, cycle_in, live_plan, open_cycle

from meetings.selectors.first_steps import first_steps, next_step

pytestmark = pytest.mark.django_db


def test_a_new_company_begins_with_people_and_data(ada: Any) -> None:
    steps = first_steps(ada)
    assert [step.done for step in steps] == [False] * 6
    assert [bool(step.url) for step in steps] == [True, True, True, True, False, True]


def test_who_may_not_take_a_step_gets_no_link(dana: Any, omar: Any) -> None:
    assert not any(step.url for step in first_steps(omar))


def test_steps_tick_themselves_off(ada: Any, dana: Any) -> None:
    live_plan(company(), parameters={"planning_date": "2026-12-01"})
    done = {step.label: step.done for step in first_steps(ada)}
    waiting = [label for label in done if not done[label]]
    assert waiting == ["Import sales", "Import stock and sourcing", "Open the first cycle"]


def test_nobody_is_led_to_a_cycle_before_there_is_a_plan(ada: Any, erin: Any) -> None:
    assert next_step(first_steps(erin)) is None
    live_plan(company(), parameters={"planning_date": "2026-12-01"})
    assert next_step(first_steps(erin)) == {"label": "Open the first cycle", "url": "/cycle/"}


def test_an_open_cycle_ends_the_list(ada: Any) -> None:
    live_plan(company(), parameters={"planning_date": "2026-12-01"})
    cycle_in("demand_review", ada)
    assert first_steps(ada) == []


def test_a_cycle_opened_before_there_is_a_plan_does_not_end_the_list(ada: Any) -> None:
    open_cycle(ada)
    assert [step.done for step in first_steps(ada)] == [False] * 5 + [True]


def test_the_cycle_page_of_an_empty_company_leads_to_what_comes_first(client: Any, ada: Any) -> None:
    client.force_login(ada)
    page = client.get("/cycle/").text
    assert '<a class="btn pri" href="/settings/">Invite the people</a>' in page
    assert '<button class="btn ">Open the cycle before there is a plan</button>' in page
    live_plan(company(), parameters={"planning_date": "2026-12-01"})
    assert '<button class="btn pri">Open the cycle</button>' in client.get("/cycle/").text


def test_home_of_an_empty_company_shows_the_steps(client: Any, ada: Any) -> None:
    client.force_login(ada)
    page = client.get("/").content.decode()
    assert "From nothing to the first plan" in page
    assert 'href="/data/"' in page
    assert client.get("/").context["primary"] == {"label": "Invite the people", "url": "/settings/"}
