"""The Audit page: who changed what, from what to what and why, with names instead of ids."""

from datetime import date
from typing import Any

import pytest
from factories import company, live_plan, open_cycle, override, plan_version

from inventory.models import Policy
from meetings.models import AgendaItem, Stage
from siop.accounts.enums import Role
from siop.accounts.models import Department
from siop.accounts.services import grant_role
from siop.catalog.models import Parameter
from siop.web import audit, audit_trail
from siop.web.models import AuditEvent
from supply.models import ScenarioChange


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


def test_rows_of_a_plan_are_named_by_the_item_and_place_they_are_about(
    client: Any, ada: Any, dana: Any
) -> None:
    made = company()
    live_plan(made)
    item, place = made.items[0], made.location
    with audit.acting(dana.pk, reason="the fair"):
        override(dana, item=item, location=place, month=date(2026, 10, 1))
        override(dana, category=item.category, month=date(2026, 11, 1))
        Policy.objects.create(item=item, location=place, service_policy="fill_rate", service_target=0.98)
    client.force_login(ada)
    named = {(line.table, line.row) for line in _lines(client, person=dana.pk)}
    assert named >= {
        ("Override", f"{item} at {place}, October 2026"),
        ("Override", f"{item.category}, November 2026"),
        ("Policy", f"{item} at {place}"),
    }


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


def test_a_value_made_of_others_is_told_by_what_differs_in_it_and_content_by_its_first_signs() -> None:
    facts = {"place": [1, 2], "options": [{"title": "Accept it"}]}
    row = AuditEvent(
        changes={
            "facts": [facts, facts | {"place": [1, 3], "scenarios": [7]}],
            "closed": [None, "2026-11-29T17:17:12.661549+00:00"],
            "content_hash": ["a" * 64, "b" * 64],
            "parts": [[], [{"label": "Level"}, {"label": "Trend"}]],
        }
    )
    told = [(one.column, one.old, one.new) for one in audit_trail.changes(row, None, {})]
    assert told == [
        ("closed", "-", "29 Nov 2026, 17:17"),
        ("content hash", "aaaaaaaa…", "bbbbbbbb…"),
        ("facts, place", "1, 2", "1, 3"),
        ("facts, scenarios", "-", "7"),
        ("parts", "-", "2 entries"),
    ]


def test_scenarios_of_an_agenda_item_are_told_by_name_and_days_as_people_write_them(
    client: Any, ada: Any, sam: Any
) -> None:
    plan = live_plan(company())
    tried = plan_version(kind="scenario", name="Fly 4,800", base=plan)
    with audit.acting(sam.pk):
        topic = AgendaItem.objects.create(
            cycle=open_cycle(ada), key="x", title="Shortage", position=1, minutes=5
        )
        topic.facts = {"scenarios": [tried.pk]}
        topic.save()
        Stage.objects.filter(cycle=topic.cycle).update(due=date(2026, 4, 1))
    client.force_login(ada)
    told = {(one.column, one.new) for line in _lines(client, person=sam.pk) for one in line.changes}
    assert {("facts, scenarios", "Scenario “Fly 4,800”"), ("due", "1 Apr 2026")} <= told


def test_a_change_of_a_scenario_is_named_by_its_months_as_people_write_them() -> None:
    target = {"item": "BTL-700", "first": "2027-04-01", "last": "2027-04-01"}
    assert str(ScenarioChange(kind="demand", target=target)) == "Demand: BTL-700, Apr 2027"
