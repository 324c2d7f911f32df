"""The frame of every page: kept for each person, and never older than the rows it tells of."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from siop.accounts.enums import Role
from siop.accounts.models import RoleGrant
from siop.web import kept
from siop.web.models import Notification

pytestmark = pytest.mark.django_db(transaction=True)
UNREAD = '<span class="sr"> unread'


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept.forget_all()


def page_of(person: Any) -> str:
    client = Client()
    client.force_login(person)
    return str(client.get("/web/notifications/").content.decode())


def test_what_is_told_between_two_visits_is_counted(dana: Any, ada: Any) -> None:
    assert UNREAD not in page_of(dana)
    Notification.objects.create(person=dana, text="An order is late")
    assert f">1{UNREAD}" in page_of(dana)
    assert UNREAD not in page_of(ada)
    Notification.objects.update(read=timezone.now())
    assert UNREAD not in page_of(dana)


def test_a_role_taken_shows_other_pages_and_its_name(dana: Any) -> None:
    assert "Supply planner" not in page_of(dana)
    RoleGrant.objects.create(person=dana, role=Role.SUPPLY_PLANNER)
    assert "Supply planner" in page_of(dana)


def test_each_page_marks_itself_in_the_rail(dana: Any) -> None:
    client = Client()
    client.force_login(dana)
    for path in ("/", "/actions/", "/"):
        page = client.get(path).content.decode()
        assert page.count('aria-current="page"') == 1
        assert f'<a href="{path}" aria-current="page">' in page
