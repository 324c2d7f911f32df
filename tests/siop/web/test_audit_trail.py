"""The Audit page: who changed what, from what to what and why, with names instead of ids."""

from typing import Any

import pytest

from siop.accounts.enums import Role
from siop.accounts.models import Department
from siop.accounts.services import grant_role
from siop.catalog.models import Parameter
from siop.web import audit


@pytest.fixture
def changed(ada: Any, dana: Any) -> None:
    with audit.acting(ada.pk, reason="the bank raised its rate"):
        row = Parameter.objects.create(name="capital_cost_pct", value="10")
        row.value = "14"
        row.save()
    with audit.acting(None):
        Department.objects.create(code="legal", name="Legal")


def _lines(client: Any, **query: Any) -> list[Any]:
    return client.get("/web/audit/", query).context["lines"]


def test_a_change_is_told_in_names(client: Any, ada: Any, changed: None) -> None:
    client.force_login(ada)
    line = _lines(client, table="catalog_parameter")[0]
    assert (line.who, line.what, line.table, line.row) == (
        "Ada",
        "Changed",
        "Parameter",
        "capital_cost_pct = 14",
    )
    assert [(one.column, one.old, one.new) for one in line.changes] == [("value", "10", "14")]
    assert line.reason == "the bank raised its rate"


def test_a_reference_is_shown_by_the_name_of_what_it_points_to(client: Any, ada: Any, dana: Any) -> None:
    with audit.acting(ada.pk, reason="new head"):
        grant_role(dana, Role.DEPARTMENT_HEAD, department="finance")
    client.force_login(ada)
    line = next(one for one in _lines(client, person=ada.pk) if one.table == "Role grant")
    assert {("department", "Finance"), ("person", "Dana")} <= {(one.column, one.new) for one in line.changes}


def test_it_is_filtered_by_person_words_and_date(client: Any, ada: Any, dana: Any, changed: None) -> None:
    client.force_login(ada)
    assert _lines(client, person=dana.pk) == []
    assert len(_lines(client, q="bank rate")) == 2
    assert _lines(client, q="bank nonsense") == []
    assert _lines(client, until="2001-01-01") == []


def test_what_the_system_did_is_shown_only_where_asked_for(client: Any, ada: Any, changed: None) -> None:
    client.force_login(ada)
    assert "Department" not in {line.table for line in _lines(client)}
    assert "Department" in {line.table for line in _lines(client, system="on")}


def test_a_date_that_cannot_be_read_is_said_and_filters_nothing(client: Any, ada: Any, changed: None) -> None:
    client.force_login(ada)
    answer = client.get("/web/audit/", {"since": "yesterday"})
    assert answer.status_code == 200
    assert "From: Enter a valid date" in answer.content.decode()
    assert answer.context["lines"]


def test_names_cost_one_query_a_table(client: Any, ada: Any, django_assert_max_num_queries: Any) -> None:
    with audit.acting(ada.pk):
        for number in range(40):
            Parameter.objects.create(name=f"p{number}", value="1")
    client.force_login(ada)
    with django_assert_max_num_queries(30):
        client.get("/web/audit/")
