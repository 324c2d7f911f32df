"""A machine whose clock is wrong is named to those who can set it, once."""

from collections.abc import Callable
from typing import Any

import pytest

from siop.web import clock
from siop.web.models import Notification


@pytest.mark.parametrize(("days", "words"), [(1, "1,440 minutes ahead of"), (-1, "1,440 minutes behind")])
def test_a_clock_a_day_off_is_told_to_the_administrators_once(
    ada: Any, dana: Any, client: Any, clock_off: Callable[[int], None], days: int, words: str
) -> None:
    clock_off(days)
    clock.tell_of_wrong_clock()
    clock.tell_of_wrong_clock()
    (note,) = Notification.objects.all()
    assert note.person == ada
    assert words in note.text
    assert client.get("/healthz").json() == {"status": "wrong clock"}


def test_a_clock_that_is_right_is_no_news(ada: Any) -> None:
    clock.tell_of_wrong_clock()
    assert not Notification.objects.exists()
