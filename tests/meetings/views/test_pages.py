"""Every page opens for its readers with figures of the plan, and says what is missing where there is none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

MOST_QUERIES = {
    "home": 36, "my_work": 20, "cycle": 20, "reconciliation": 13, "meeting": 25, "decisions": 6, "actions": 3,
    "accuracy": 27, "packs": 6,
}  # fmt: skip
PAGES = ["home", "my_work", "cycle", "reconciliation", "meeting", "decisions", "actions", "accuracy", "packs"]


def test_pages_open_for_each_role(client, world):
    for who in (world.ada, world.dana, world.sam, world.erin, world.team["finance"]):
        client.force_login(who)
        for page in PAGES:
            answer = client.get(reverse(f"meetings:{page}"))
            assert answer.status_code == 200, (who, page)
            assert "December 2026" in answer.content.decode()


def test_pages_without_data_say_why_and_what_next(client, ada):
    client.force_login(ada)
    for page in PAGES[1:]:  # home leads from nothing to the first plan: test_first_steps
        answer = client.get(reverse(f"meetings:{page}"))
        assert answer.status_code == 200
        assert 'class="empty' in answer.content.decode(), page


def test_outsiders_are_refused(client, db, omar):
    for page in PAGES:
        assert client.get(reverse(f"meetings:{page}")).status_code == 302
    client.force_login(omar)
    for page in PAGES:
        assert client.get(reverse(f"meetings:{page}")).status_code == 403


def test_home_shows_cycle_figures_risks_and_tasks(client, world):
    client.force_login(world.sam)
    text = client.get(reverse("meetings:home")).content.decode()
    assert "Top 2 risks: €80,048 of loss can be avoided" in text
    assert "Second source for part 37" in text
    assert "−€21,600" in text  # 216,000 planned against 237,600 of budget
    assert "the change since November is +€21,600" in text


def test_reconciliation_ties_to_units_times_price(client, world):
    client.force_login(world.dana)
    text = client.get(reverse("meetings:reconciliation")).content.decode()
    assert "€21,600 (−9.1 %) under budget" in text
    assert "216,000" in text


def test_meeting_puts_overdue_actions_first(client, world):
    client.force_login(world.erin)
    page = client.get(reverse("meetings:meeting"))
    items = [item.key for item in page.context["items"]]
    assert items[0] == "overdue"
    assert items[-1] == "approve"
    assert "budget" in items
    assert "exception:shortage:1" in items


def test_scoped_people_do_not_see_the_whole_company(client, world, person):
    bob = person("bob", "demand_planner", category=world.company.categories["Bottles"])
    client.force_login(bob)
    assert client.get(reverse("meetings:meeting")).status_code == 403
    text = client.get(reverse("meetings:reconciliation")).content.decode()
    assert "Bottles" in text
    assert "Capsules" not in text.split("<dialog")[0]


@pytest.mark.django_db(transaction=True)
def test_pages_ask_no_more_queries_than_they_did(client, world):
    """The committed baseline: a page that asks more has begun to ask for each row, or the same thing twice.

    Of a second visit, outside of any transaction: within one nothing is kept.
    """
    client.force_login(world.erin)
    asked = {}
    for page in PAGES:
        client.get(reverse(f"meetings:{page}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"meetings:{page}"))
        asked[page] = len(queries)
    assert {page: count for page, count in asked.items() if count > MOST_QUERIES[page]} == {}
