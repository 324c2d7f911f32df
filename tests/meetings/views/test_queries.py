"""What each page of the cycle asks the database on a second visit."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from second_cycle import second_cycle

MOST_QUERIES = {
    "home": 36, "my_work": 20, "cycle": 20, "reconciliation": 13, "meeting": 25, "decisions": 6, "actions": 3,
    "accuracy": 27, "packs": 6,
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_pages_ask_no_more_queries_than_they_did(client):
    """The committed baseline: a page that asks more has begun to ask for each row, or the same thing twice.

    Of a second visit, outside of any transaction: within one nothing is kept.
    """
    client.force_login(second_cycle().erin)
    asked = {}
    for page in MOST_QUERIES:
        client.get(reverse(f"meetings:{page}"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"meetings:{page}"))
        asked[page] = len(queries)
    assert {page: count for page, count in asked.items() if count > MOST_QUERIES[page]} == {}
