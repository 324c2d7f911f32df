"""Answers are kept from request to request, and asked anew as soon as a table they rest on was written."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction

from siop import bulk, remembering
from siop.catalog.models import Location, Parameter
from siop.reading import not_repeatable, once, one_reading
from siop.remembering import remembered
from siop.web import table_changes
from siop.web.models import TableChange

pytestmark = pytest.mark.django_db(transaction=True)
Asked = list[str]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    remembering.forget_all()
    yield
    remembering.forget_all()


def _parameters(asked: Asked) -> int:
    """A request's question: how many parameters there are; `asked` notes that the database was."""

    def ask() -> int:
        asked.append("parameters")
        return Parameter.objects.count()

    with one_reading():
        return remembered("parameters", ask)


def test_an_answer_is_kept_until_its_table_is_written() -> None:
    asked: Asked = []
    assert [_parameters(asked), _parameters(asked), len(asked)] == [0, 0, 1]
    Location.objects.create(code="UK")
    assert [_parameters(asked), len(asked)] == [0, 1]
    Parameter.objects.create(name="currency", value="CHF")
    assert [_parameters(asked), _parameters(asked), len(asked)] == [1, 1, 2]


@pytest.mark.parametrize(
    "write",
    [
        lambda: Parameter.objects.filter(name="margin_pct").update(value="12"),
        lambda: Parameter.objects.all().delete(),
        lambda: bulk.execute("UPDATE catalog_parameter SET value = '7'"),
        lambda: bulk.copy_in(Parameter, {"name": ["a", "b"], "value": ["1", "2"]}),
        lambda: bulk.execute("TRUNCATE catalog_parameter"),
    ],
    ids=["update", "delete", "raw", "copy", "truncate"],
)
def test_any_way_to_write_is_seen(write: Callable[[], Any]) -> None:
    Parameter.objects.create(name="margin_pct", value="30")
    asked: Asked = []
    _parameters(asked)
    write()
    _parameters(asked)
    assert len(asked) == 2


def test_what_commits_late_is_seen_though_its_number_is_low() -> None:
    """The other transaction writes first and commits last; between them somebody writes, commits and reads."""
    other = psycopg2.connect(**connection.get_connection_params())
    asked: Asked = []
    try:
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO catalog_parameter (name, value) VALUES ('late', '1')")
        Parameter.objects.create(name="early", value="1")
        assert [_parameters(asked), _parameters(asked), len(asked)] == [1, 1, 1]
        other.commit()
        assert [_parameters(asked), len(asked)] == [2, 2]
    finally:
        other.close()


def test_what_is_rolled_back_is_no_change() -> None:
    asked: Asked = []
    _parameters(asked)
    with transaction.atomic():
        Parameter.objects.create(name="currency", value="CHF")
        assert _parameters(asked) == 1  # a transaction sees its own
        transaction.set_rollback(True)
    assert [_parameters(asked), len(asked)] == [0, 2]


def test_an_answer_falls_with_the_answers_it_was_made_of() -> None:
    def outer() -> int:
        with one_reading():
            known = once("locations", Location.objects.count)
            return (
                remembered(
                    "outer", lambda: once("locations", Location.objects.count) + remembered("inner", inner)
                )
                + 0 * known
            )

    def inner() -> int:
        return Parameter.objects.count()

    assert [outer(), outer()] == [0, 0]
    Parameter.objects.create(name="currency", value="CHF")
    assert outer() == 1
    Location.objects.create(code="UK")
    assert outer() == 2


def test_arrays_read_by_copy_count_as_read() -> None:
    def largest() -> int:
        with one_reading():
            return int(
                remembered(
                    "copy", lambda: bulk.copy_out("SELECT count(*) FROM catalog_parameter", columns="i")[0][0]
                )
            )

    assert largest() == 0
    Parameter.objects.create(name="currency", value="CHF")
    assert largest() == 1


@pytest.mark.parametrize(
    "spoil", [not_repeatable, lambda: bulk.execute("UPDATE catalog_location SET description = ''")]
)
def test_what_writes_or_says_so_is_asked_each_time(spoil: Callable[[], Any]) -> None:
    asked: Asked = []

    def ask() -> None:
        asked.append("")
        spoil()

    for _ in range(2):
        with one_reading():
            remembered("spoilt", ask)
    assert len(asked) == 2


def test_the_oldest_answer_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "ANSWERS_KEPT", 1)
    asked: Asked = []
    _parameters(asked)
    with one_reading():
        remembered("another", lambda: 1)
    _parameters(asked)
    assert len(asked) == 2


def test_threads_that_read_while_others_write_never_fall_behind() -> None:
    def write(number: int) -> bool:
        try:
            Parameter.objects.create(name=f"p{number}", value="1")
            with one_reading():
                seen = remembered("names", lambda: set(Parameter.objects.values_list("name", flat=True)))
            return f"p{number}" in seen
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(write, range(40)))


def test_every_table_of_ours_is_watched_and_changes_are_forgotten_after_hours() -> None:
    (watched,) = bulk.lists_out(
        "SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'siop_note_change' "
        "AND t.tgenabled = 'A'"
    )
    assert sorted(watched) == table_changes.watched()
    Parameter.objects.create(name="currency", value="CHF")
    table_changes.forget_old()
    assert TableChange.objects.filter(table="catalog_parameter").exists()
    bulk.execute("UPDATE web_tablechange SET at = at - interval '3 hours'")
    table_changes.forget_old()
    assert not TableChange.objects.exists()
