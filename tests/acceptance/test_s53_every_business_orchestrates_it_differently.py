"""S53: two people share five departments; what A edited needs B's signature; alone: a logged self-approval."""

import pytest
from factories import DEPARTMENTS, company, cycle_in, live_plan, override

from meetings.errors import CycleError
from meetings.services import approvals
from siop.accounts.models import Person, RoleGrant
from siop.catalog.models import Parameter
from siop.web import audit
from siop.web.models import AuditEvent


def head_all(person, name):
    """Somebody who heads all five departments and plans demand besides."""
    for code in DEPARTMENTS:
        someone = person(name, "department_head", department=code)
    person(name, "demand_planner")
    person(name, "executive")
    return Person.objects.get(pk=someone.pk)


def edit(who):
    with audit.acting(who.pk, reason="a chain lists the bottle"):
        override(who, reason="chain")


@pytest.fixture
def cycle(db, ada):
    live_plan(company())
    cycle = cycle_in("demand_review", ada)
    return cycle


def to_the_meeting(ada):
    from meetings.services import cycles

    cycle = cycles.advance(person=ada, force=True, reason="a test moves it")
    while cycle.stage != "executive_meeting":
        cycle = cycles.advance(person=ada, force=True, reason="a test moves it")
    return cycle


def test_what_a_edited_needs_the_signature_of_b(cycle, ada, person):
    anna, bert = head_all(person, "anna"), head_all(person, "bert")
    edit(anna)
    to_the_meeting(ada)
    given = approvals.approve(person=anna)
    assert [row.self_approval for row in given] == [False] * 5
    with pytest.raises(CycleError, match="Anna edited this plan and alone signed it"):
        approvals.publish(person=bert)
    approvals.approve(person=bert, department="finance")
    assert approvals.publish(person=bert).published is not None


def test_who_did_not_edit_signs_for_five_departments(cycle, ada, person):
    anna, bert = head_all(person, "anna"), head_all(person, "bert")
    edit(anna)
    to_the_meeting(ada)
    assert len(approvals.approve(person=bert)) == 5
    assert approvals.publish(person=anna).published is not None


def test_alone_it_is_a_logged_self_approval(cycle, ada, person):
    anna = head_all(person, "anna")
    edit(anna)
    to_the_meeting(ada)
    given = approvals.approve(person=anna)
    assert all(row.self_approval for row in given)
    assert AuditEvent.objects.filter(table="meetings_approval", reason__contains="self-approval").count() == 5
    assert approvals.publish(person=anna).published is not None


def test_one_person_holds_several_roles(cycle, person):
    anna = head_all(person, "anna")
    assert RoleGrant.objects.filter(person=anna).count() == 7


def test_the_template_leaves_stages_out_and_names_owners(db, ada, person):
    live_plan(company())
    Parameter.objects.create(name="stage_days_reconciliation", value="0")
    Parameter.objects.create(name="stage_days_demand_review", value="2")
    from factories import open_cycle

    kinds = {stage.kind: (stage.due - stage.start).days for stage in open_cycle(ada).stages.all()}
    assert "reconciliation" not in kinds
    assert kinds["demand_review"] <= 3
