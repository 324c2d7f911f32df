"""A request that only reads asks each question once; whoever writes asks anew."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from siop.catalog import calendar, parameters
from siop.catalog.models import Parameter
from siop.reading import once, one_reading


def test_answer_is_kept_until_the_reading_ends():
    asked: list[int] = []
    with one_reading():
        assert [once("key", lambda: len(asked)) for _ in (asked.append(1), asked.append(2))] == [2, 2]
        asked.append(3)
        assert once("key", lambda: len(asked)) == 2
        assert once("other", lambda: len(asked)) == 3
    assert once("key", lambda: len(asked)) == 3


def test_reading_within_a_reading_shares_its_answers():
    with one_reading():
        once("key", lambda: 1)
        with one_reading():
            assert once("key", lambda: 2) == 1
        assert once("key", lambda: 3) == 1


@pytest.mark.django_db
def test_parameters_written_outside_a_reading_are_seen_at_once():
    before = parameters.load().currency
    Parameter.objects.create(name="currency", value="CHF")
    assert (before, parameters.load().currency) == ("EUR", "CHF")
    with one_reading():
        Parameter.objects.filter(name="currency").update(value="USD")
        assert parameters.text("currency") == "USD"
    Parameter.objects.all().delete()
    assert parameters.text("currency", "none") == "none"


@pytest.mark.django_db
def test_a_page_asks_for_parameters_and_calendar_once(client, ada):
    client.force_login(ada)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("meetings:home"))
        client.get(reverse("meetings:cycle"))
    tables = [query["sql"] for query in asked]
    assert sum("catalog_parameter" in sql for sql in tables) == 2
    assert sum('FROM "catalog_period"' in sql for sql in tables) <= 2


@pytest.mark.django_db
def test_calendar_follows_the_bucket_from_one_request_to_the_next():
    with one_reading():
        assert calendar.load().bucket == "month"
    Parameter.objects.create(name="bucket", value="week")
    with one_reading():
        assert calendar.load().bucket == "week"
