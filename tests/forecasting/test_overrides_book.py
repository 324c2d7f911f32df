"""What planners typed, shared by the threads of a web process."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from forecasting import grid
from forecasting.overrides_book import Entry, Node, OverrideBook

NODE = Node(0, 7, 1, 1)
ENTRIES = 300


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads take turns as often as they can, so that what can go wrong between them does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def entry(number: int) -> Entry:
    return Entry(number, number, NODE, number % 12, "set", 5.0, False, None)


def against(write: Callable[[], None], read: Callable[[], object]) -> list[BaseException]:
    """What goes wrong for a reader while somebody writes."""
    wrong: list[BaseException] = []
    done = threading.Event()

    def reader() -> None:
        while not done.is_set() and not wrong:
            try:
                read()
            except (RuntimeError, LookupError) as error:
                wrong.append(error)

    threads = [threading.Thread(target=reader) for _ in range(2)]
    for thread in threads:
        thread.start()
    write()
    done.set()
    for thread in threads:
        thread.join()
    return wrong


def _put_and_drop(book: OverrideBook) -> None:
    for _ in range(6):
        for number in range(ENTRIES):
            book.put(entry(number))
        for number in range(1, ENTRIES):
            book.drop(number)


def test_a_book_is_read_while_somebody_types(impatient: None) -> None:
    book = OverrideBook()

    def read() -> None:
        book.at(NODE)
        book.newest(NODE)
        book.at_cell(NODE, 3)
        book.unexplained(NODE)
        book.locks(3)
        sum(one.value for one in book.all())

    assert against(lambda: _put_and_drop(book), read) == []


def test_the_newest_of_a_month_is_the_one_typed_last_in_whichever_order_they_were_read() -> None:
    book = OverrideBook()
    for number in (25, 1, 13, 2):
        book.put(entry(number))
    assert {column: one.sequence for column, one in book.newest(NODE).items()} == {1: 25, 2: 2}
    book.drop(25)
    assert book.newest(NODE)[1].sequence == 13


def test_what_pages_remember_is_bounded_and_shared(impatient: None) -> None:
    cache: dict[int, int] = {}

    def remember() -> None:
        for key in range(3000):
            grid._remember(cache, key, key)

    assert against(remember, lambda: grid._remember(cache, -1, 0)) == []
    assert len(cache) <= 26  # the limit, and one more for each reader


def test_of_what_is_remembered_only_the_oldest_goes() -> None:
    cache: dict[int, int] = {}
    for key in range(30):
        grid._remember(cache, key, key, keep=24)
    assert list(cache) == list(range(6, 30))
