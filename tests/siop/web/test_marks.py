"""A table's marks change with whatever writes to it, when that is committed and not before; no writer waits for another."""

import threading
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection, transaction

from siop import bulk
from siop.catalog.models import Segment
from siop.web import marks

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = Segment._meta.db_table


def _elsewhere(work: Callable[[], object]) -> None:
    """Run it on a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive(), "it waits for somebody"


WRITINGS: dict[str, Callable[[], object]] = {
    "insert": lambda: Segment.objects.create(code="new"),
    "update": lambda: Segment.objects.update(description="changed"),
    "delete": lambda: Segment.objects.all().delete(),
    "copy": lambda: bulk.copy_in(Segment, {"code": ["copied"]}),
    "truncate": lambda: bulk.execute(f"TRUNCATE {TABLE} CASCADE"),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_way_of_writing_leaves_a_mark(writing: str) -> None:
    Segment.objects.create(code="there")
    before = marks.read()
    WRITINGS[writing]()
    after = marks.read()
    assert after[TABLE] != before[TABLE]
    assert after["supply_peg"] == before["supply_peg"] or writing == "truncate"


def test_a_mark_is_seen_when_the_transaction_has_ended() -> None:
    seen: list[marks.Marks] = []
    before = marks.read()
    with transaction.atomic():
        Segment.objects.create(code="new")
        _elsewhere(lambda: seen.append(marks.read()))
    assert seen == [before]
    assert marks.read()[TABLE] != before[TABLE]


def test_what_was_rolled_back_leaves_no_mark() -> None:
    before = marks.read()
    with transaction.atomic():
        Segment.objects.create(code="new")
        transaction.set_rollback(True)
    assert marks.read() == before


def test_writers_of_one_table_do_not_wait_and_each_leaves_its_mark() -> None:
    seen = [marks.read()[TABLE]]
    with transaction.atomic():
        Segment.objects.create(code="first")
        _elsewhere(lambda: Segment.objects.create(code="second"))
        _elsewhere(lambda: seen.append(marks.read()[TABLE]))
    seen.append(marks.read()[TABLE])
    assert len(set(seen)) == 3


def test_every_table_is_marked_but_those_that_are_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'siop_mark'")
        marked = {name.strip('"') for (name,) in cursor.fetchall()}
    assert marked == marks.tables() - marks.UNMARKED
    assert {model._meta.db_table for model in apps.get_models()} > marks.UNMARKED


def test_a_migration_or_a_restore_marks_all_tables_anew() -> None:
    before = marks.read()
    marks.install()
    after = marks.read()
    assert after.keys() == marks.tables() - marks.UNMARKED
    assert not before.items() & after.items()
