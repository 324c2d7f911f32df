"""The Undo beside a saved change: its note opens in the room that wrote it, and nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from siop.web.undo import TooOld, note, opened

ROOMS = {
    "action": ["/actions/undo/"],
    "calendar": ["/settings/calendar/undo/"],
    "demand": [
        "/demand/drivers/values/undo/",
        "/demand/drivers/events/undo/",
        "/demand/drivers/launches/undo/",
    ],
    "order": ["/supply/orders/undo-firm/"],
}
FOREIGN = [
    (url, writer) for room, urls in ROOMS.items() for url in urls for writer in ROOMS if writer != room
]


def test_a_note_comes_back_as_it_was_written() -> None:
    assert opened("action", note("action", {"pk": 7})) == {"pk": 7}


@pytest.mark.parametrize(
    "token", ["", "nonsense", note("order", {"pk": 7})], ids=["empty", "nonsense", "of another room"]
)
def test_what_the_room_did_not_write_does_not_open(token: str) -> None:
    with pytest.raises(TooOld, match="no longer be taken back"):
        opened("action", token)


@pytest.mark.parametrize(("url", "writer"), FOREIGN)
def test_a_note_of_another_room_is_refused_in_words(
    db: None, client: Client, person: Callable[..., Any], url: str, writer: str
) -> None:
    almighty = person("ada", "administrator")
    for role in ("demand_planner", "supply_planner", "executive"):
        person("ada", role)
    client.force_login(almighty)
    answer = client.post(url, {"token": note(writer, {"pk": 1, "version": 1, "before": {}})})
    assert answer.status_code < 500
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    assert any("no longer be taken back" in text for text in said), said
