"""A page asked for again is sent again; what anybody writes is on the next one, and nobody sees another's page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from planning import Planned, planned

from siop import remembering
from siop.accounts.models import Person
from siop.web.services import add_comment, notify

pytestmark = pytest.mark.django_db(transaction=True)
FEW = 6  # session, person, roles, changes, and what a connection begins with


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    remembering.forget_all()
    yield
    remembering.forget_all()


@pytest.fixture
def made(sam: Any) -> Planned:
    return planned(sam, items=1)


def _client(person: Person) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    return client


def _page(client: Client, url: str) -> tuple[str, int]:
    """Text of the page and how many statements it took."""
    with CaptureQueriesContext(connection) as asked:
        text = client.get(url).content.decode()
    return text, len(asked)


def _token(text: str) -> str:
    return text.split('name="csrf-token" content="')[1].split('"')[0]


PAGES = [
    "meetings:home", "meetings:my_work", "meetings:cycle", "meetings:actions", "forecasting:demand_plan", "supply:plan",
    "supply:exceptions", "supply:inventory",
]  # fmt: skip


def test_pages_asked_for_again_are_the_same_but_for_their_token(made: Planned, sam: Any) -> None:
    client = _client(sam)
    for name in PAGES:
        first, many = _page(client, reverse(name))
        again, few = _page(client, reverse(name))
        assert few <= FEW < many, name
        assert first.replace(_token(first), "") == again.replace(_token(again), ""), name
        assert _token(first) != _token(again)


def test_a_form_of_a_page_sent_again_is_accepted_in_each_session(sam: Any) -> None:
    url = reverse("web:comments")
    for client in (_client(sam), _client(sam), _client(sam)):
        token = _token(_page(client, reverse("meetings:home"))[0])
        answer = client.post(url, {"place": "item:A-1", "text": "Seen", "csrfmiddlewaretoken": token})
        assert answer.status_code in (200, 302)
        wrong = client.post(url, {"place": "item:A-1", "text": "Seen", "csrfmiddlewaretoken": "x" * 64})
        assert wrong.status_code == 403


def test_what_others_write_is_on_the_next_page(sam: Any, dana: Any) -> None:
    client, url = _client(sam), reverse("web:notifications")
    before, _ = _page(client, url)
    notify(person=sam, key="a", text="Moulder B stands still")
    after, _ = _page(client, url)
    assert "Moulder B" not in before
    assert "Moulder B" in after
    place = "item-location:A-1/UK"
    comments = f"{reverse('web:comments')}?place={place}"
    _page(client, comments)
    add_comment(person=dana, place=place, text="Ask the mill")
    assert "Ask the mill" in _page(client, comments)[0]


def test_nobody_sees_the_page_of_another(sam: Any, dana: Any) -> None:
    url = reverse("web:notifications")
    notify(person=sam, key="a", text="Only Sam should know")
    assert "Only Sam" in _page(_client(sam), url)[0]
    assert "Only Sam" not in _page(_client(dana), url)[0]


def test_rights_taken_away_count_at_once(person: Callable[..., Any]) -> None:
    guest = person("gus", "guest")
    client, url = _client(guest), reverse("supply:exceptions")
    assert client.get(url).status_code == client.get(url).status_code == 200
    guest.grants.all().delete()
    assert client.get(url).status_code == 403
    Person.objects.filter(pk=guest.pk).update(is_active=False)
    assert client.get(url).status_code == 302


def test_a_message_is_told_once(ada: Any) -> None:
    client, url = _client(ada), reverse("accounts:parameters")
    _page(client, url)
    token = _token(_page(client, url)[0])
    client.post(reverse("accounts:drop_parameter"), {"name": "old", "csrfmiddlewaretoken": token})
    told = ["old is no longer set" in text for text in (_page(client, url)[0] for _ in range(3))]
    assert told == [True, False, False]


def test_parts_of_a_page_are_made_each_time(made: Planned, sam: Any) -> None:
    client, url = _client(sam), reverse("supply:exceptions")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(url, headers={"HX-Request": "true"})
        counts.append(len(asked))
    assert min(counts) > FEW
