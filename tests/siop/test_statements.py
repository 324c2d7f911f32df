"""Rows of models by written statements: the same instances as the ORM makes, with those they refer to."""

from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from siop.accounts.models import Department, Person, RoleGrant
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from siop.reading import overheard
from siop.statements import answer, answers, rows_of, spelt_out, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> PlanVersion:
    base = _plan(name="before", parameters={"currency": "EUR", "limits": [1, None]})
    return _plan(name="after", base=base, parameters={})


def _plan(**more: object) -> PlanVersion:
    return PlanVersion.objects.create(
        kind=PlanKind.CYCLE, status=PlanStatus.SUPERSEDED, data_version=1, as_of=date(2026, 6, 1),
        origin=date(2023, 6, 1), history_periods=36, horizon=18, **more,
    )  # fmt: skip


def _values(row: PlanVersion | None) -> dict[str, object]:
    return {} if row is None else {name: value for name, value in vars(row).items() if name != "_state"}


def test_a_row_has_the_values_that_the_orm_reads(plan: PlanVersion) -> None:
    assert plan.base is not None
    (read,) = rows_of(PlanVersion, "WHERE t.id = %s", [plan.base.pk])
    assert _values(read) == _values(PlanVersion.objects.get(pk=plan.base.pk))
    assert read.parameters == {"currency": "EUR", "limits": [1, None]}


def test_a_row_read_can_be_changed_and_saved(plan: PlanVersion) -> None:
    (read,) = rows_of(PlanVersion, "WHERE t.id = %(id)s", {"id": plan.pk})
    read.name = "renamed"
    read.save()
    plan.refresh_from_db()
    assert plan.name == "renamed"
    assert PlanVersion.objects.count() == 2


def test_what_rows_refer_to_is_read_with_them(plan: PlanVersion, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        rows = rows_of(PlanVersion, "ORDER BY t.id", joined=("base", "base__owner"))
        assert [row.base.name if row.base else None for row in rows] == [None, "before"]
        assert [row.base.owner if row.base else None for row in rows] == [None, None]


def test_joined_tables_are_named_by_their_path() -> None:
    head = Person.objects.create(email="head@tidewell.example", name="Head")
    for code, name in (("S", "Sales"), ("F", "Finance")):
        department = Department.objects.create(code=code, name=name)
        RoleGrant.objects.create(person=head, role="department_head", department=department)
    rows = rows_of(
        RoleGrant, "WHERE person.email LIKE 'head@%%' AND t.id > %s ORDER BY department.name", [0],
        joined=("person", "department"),
    )  # fmt: skip
    assert [(row.person.name, row.department.name) for row in rows if row.department] == [
        ("Head", "Finance"), ("Head", "Sales"),
    ]  # fmt: skip


def test_no_rows_are_an_empty_list() -> None:
    assert rows_of(PlanVersion, "WHERE t.id = %s", [0]) == []


def test_a_statement_is_planned_once_for_each_connection(plan: PlanVersion) -> None:
    text = "SELECT t.id, %(word)s::text FROM plans_planversion t WHERE t.id = %(id)s OR t.name = %(word)s"
    assert answers(text, {"id": plan.pk, "word": "none"}) == [(plan.pk, "none")]
    assert answers(text, {"id": 0, "word": "after"}) == [(plan.pk, "after")]
    held = "SELECT name FROM pg_prepared_statements WHERE statement LIKE "
    ((name,),) = answers(held + "'%OR t.name = $1'")  # a text without parameters stands as it is
    assert name.startswith("plans_planversion_")
    assert answers(held + "%s", ["%OR t.name = $1"]) == [(name,)]


def test_a_statement_is_planned_anew_on_a_new_connection(plan: PlanVersion) -> None:
    assert answer("SELECT t.name FROM plans_planversion t WHERE t.id = %s", [plan.pk]) == ("after",)
    first, other = (
        connection.connection,
        connection.copy().get_new_connection(connection.get_connection_params()),
    )
    connection.connection = other
    try:
        assert answer("SELECT t.name FROM plans_planversion t WHERE t.id = %s", [0]) is None
    finally:
        connection.connection = first
        other.close()


def test_rows_written_are_counted(plan: PlanVersion) -> None:
    rename = "UPDATE plans_planversion SET name = %s WHERE id = ANY(%s)"
    assert written(rename, ["renamed", [plan.pk]]) == 1
    assert written(rename, ["renamed", []]) == 0


def test_what_the_database_refuses_is_raised_as_everywhere() -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        answers("SELECT nothing FROM plans_planversion t WHERE t.id = %s", [1])
    assert answers("SELECT 1") == [(1,)]


def test_who_listens_hears_the_statement_and_has_the_same_answer(django_assert_num_queries) -> None:
    text = "SELECT now(), %s::int"
    with django_assert_num_queries(1), overheard() as heard:
        (listened,) = answers(text, [7])
    assert [spelt_out(one) for one in heard] == ["SELECT now(), $1::int"]
    assert answers(text, [7]) == [listened]  # one transaction, so the same instant, of the same zone
    assert listened[0].tzinfo is not None
    assert listened[0].utcoffset() == timedelta(0)


def test_a_transaction_that_is_to_be_rolled_back_is_asked_nothing_more() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            answers("SELECT 1")


def test_a_connection_found_dead_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the start of each request: the server may have been restarted since the last."""
    closed = []
    monkeypatch.setattr(connection, "close_if_health_check_failed", lambda: closed.append(True))
    assert answers("SELECT 1") == [(1,)]
    assert closed
