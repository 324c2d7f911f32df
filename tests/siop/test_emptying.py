"""After a test that commits nothing of it is left, neither rows nor what was kept of them."""

import pytest
from emptying import empty_tables

from siop.catalog.models import Category, Item
from siop.web import marks
from siop.web.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_commits_another_does_not_find(turn: int) -> None:
    assert not Item.objects.exists()
    assert not AuditEvent.objects.exists()
    Item.objects.create(code="A", category=Category.objects.create(code="B"))


def test_tables_that_were_emptied_are_marked_as_written() -> None:
    Category.objects.create(code="B")
    before = marks.read()
    empty_tables()
    after = marks.read()
    assert before.keys() == after.keys()
    assert not set(before.items()) & set(after.items())
