"""The board of actions is kept for all of the same rights: what is one person's on it stays theirs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from second_cycle import second_cycle

from meetings.models import ActionItem
from meetings.services import actions
from siop.accounts.models import Person
from siop.web import kept

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> Any:
    return second_cycle()


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept.forget_all()


@pytest.fixture
def board() -> Callable[..., str]:
    """The page of a person who signed in once: that is written to people, too."""
    clients: dict[int, Client] = {}

    def read(person: Person, **asked: str) -> str:
        if person.pk not in clients:
            clients[person.pk] = Client()
            clients[person.pk].force_login(person)
        return clients[person.pk].get(reverse("meetings:actions"), asked).content.decode()

    return read


def mine(page: str) -> int:
    found = re.search(r"<span>Mine</span> <span>(\d+)</span>", page)
    assert found
    return int(found[1])


def chosen(page: str) -> list[str]:
    owners = page[page.index('name="owner"') :].split("</select>")[0]
    return re.findall(r'<option value="(\d*)" selected>', owners)


def test_each_sees_their_own_number_and_is_the_owner_proposed(world: Any, board: Callable[..., str]) -> None:
    twin = Person.objects.create(email="twin@x.example", name="Twin")
    for grant in world.sam.grants.all():
        grant.pk, grant.person = None, twin
        grant.save()
    found = {person: board(person) for person in (world.sam, twin, world.sam, twin)}
    assert {person: mine(page) for person, page in found.items()} == {world.sam: 1, twin: 0}
    assert {person: chosen(page) for person, page in found.items()} == {
        world.sam: [str(world.sam.pk)], twin: [str(twin.pk)],
    }  # fmt: skip
    assert world.late.title in board(world.sam, show="mine")
    assert world.late.title not in board(twin, show="mine")


def test_it_is_kept_until_an_action_or_a_person_is_written(world: Any, board: Callable[..., str]) -> None:
    board(world.erin)
    with CaptureQueriesContext(connection) as heard:
        board(world.erin)
    assert not any("meetings_actionitem" in one["sql"] for one in heard)
    actions.create(
        person=world.erin, cycle=world.cycle, title="Just agreed", owner=world.erin, due=world.late.due
    )
    page = board(world.erin)
    assert "Just agreed" in page
    assert mine(page) == 1
    ActionItem.objects.filter(pk=world.late.pk).update(title="Said otherwise")
    assert "Said otherwise" in board(world.erin)
    Person.objects.filter(pk=world.sam.pk).update(name="Samuel")
    assert ">Samuel</option>" in board(world.erin)
