"""The trail is written by the database: which columns of which rows, whatever they hold, sealed in a chain."""

import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction

from siop.catalog.models import Parameter
from siop.gather.models import MappingProfile
from siop.web import audit
from siop.web.models import AuditEvent

AWKWARD = 'a "quoted" text, {braces}, 100 % é\n\\'


@pytest.fixture
def everything(transactional_db: None) -> None:
    """Events of other connections are seen here, so the test commits."""


def _told(action: str) -> list[dict[str, Any]]:
    return [one.changes for one in AuditEvent.objects.filter(action=action).order_by("id")]


def test_a_new_row_is_told_by_its_filled_columns(db: None) -> None:
    row = Parameter.objects.create(name="note", value=AWKWARD)
    assert _told("insert") == [{"id": [None, row.pk], "name": [None, "note"], "value": [None, AWKWARD]}]


def test_a_change_is_told_by_the_columns_that_differ(db: None) -> None:
    Parameter.objects.create(name="first", value="1")
    Parameter.objects.create(name="second", value="2")
    Parameter.objects.update(value="2")
    assert _told("update") == [{"value": ["1", "2"]}]


def test_what_stays_as_it_was_is_no_event(db: None) -> None:
    Parameter.objects.create(name="first", value="1").save()
    assert not _told("update")


def test_a_removed_row_is_told_with_what_it_held(db: None) -> None:
    row = Parameter.objects.create(name="first", value=AWKWARD)
    pk = row.pk
    row.delete()
    assert _told("delete") == [{"id": [pk, None], "name": ["first", None], "value": [AWKWARD, None]}]


def test_a_column_of_json_stays_json(db: None) -> None:
    mapping = {"columns": {"StockCode": "item", "none": None}, "list": [1, None, {"a": None}]}
    MappingProfile.objects.create(name="mine", table="sales", definition=mapping)
    assert _told("insert")[0]["definition"] == [None, mapping]


def test_secrets_are_never_written_down(dana: Any) -> None:
    dana.set_password("another long password")
    dana.save()
    assert not any("password" in changes for changes in [*_told("insert"), *_told("update")])


def test_many_rows_at_once_are_an_event_each(db: None) -> None:
    Parameter.objects.bulk_create(Parameter(name=f"p{number}", value=str(number)) for number in range(50))
    assert sorted(int(one["value"][1]) for one in _told("insert")) == list(range(50))


def test_a_changed_event_breaks_the_seal_over_it(db: None) -> None:
    Parameter.objects.create(name="first", value="1")
    assert audit.seal() is not None
    Parameter.objects.create(name="second", value="2")
    second = audit.seal()
    assert second is not None
    assert audit.broken_seals() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE web_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE web_auditevent SET reason = 'never' WHERE id = %s", [second.last_event])
        cursor.execute("ALTER TABLE web_auditevent ENABLE TRIGGER USER")
    assert audit.broken_seals() == [second]


def test_nothing_new_is_no_seal(db: None) -> None:
    Parameter.objects.create(name="first", value="1")
    assert audit.seal() is not None
    assert audit.seal() is None


def test_an_edit_that_commits_after_later_ones_does_not_break_the_chain(
    everything: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SEAL_PATIENCE_S", 0.2)
    written, finish = threading.Event(), threading.Event()

    def slow_edit() -> None:
        with transaction.atomic():
            Parameter.objects.create(name="slow", value="1")
            written.set()
            finish.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow_edit)
    thread.start()
    written.wait(10)
    Parameter.objects.create(name="quick", value="2")
    assert audit.seal() is None  # the slow edit's event is older and not there yet
    finish.set()
    thread.join()
    assert audit.seal() is not None
    assert audit.broken_seals() == []
    assert AuditEvent.objects.count() == 2
