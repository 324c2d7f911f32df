"""Signatures by part, inventory targets, hard policies, and what each refusal says."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.utils import timezone
from factories import company, cycle_in, heads, live_plan, somebody

from inventory.models import InventoryTarget
from meetings.enums import StageKind
from meetings.errors import CycleError, StaleContent
from meetings.selectors import approvals as signed
from meetings.selectors import gates, work
from meetings.services import approvals, cycles, decisions
from siop.accounts.models import Department, Person, RoleGrant
from siop.plans import hashing
from siop.plans.enums import PlanPart
from siop.web.models import Notification


def word_of(cycle, code):
    return next(row for row in signed.signatures(cycle) if row.department.code == code)


@pytest.fixture(scope="module")
def world_once(kept_rows):
    live_plan(company())
    team = heads(somebody)
    return cycle_in("executive_meeting", somebody("ada", "administrator")), team


@pytest.fixture
def world(world_once, db):
    return deepcopy(world_once)


def test_a_cycle_cannot_publish_without_approved_inventory_targets(world, erin):
    """S19: inventory is never left out."""
    _, team = world
    for head in team.values():
        approvals.approve(person=head, part="demand")
        approvals.approve(person=head, part="supply")
    with pytest.raises(CycleError, match="inventory targets are not approved"):
        approvals.publish(person=erin)
    approvals.approve(person=team["operations"], part="inventory")
    assert approvals.publish(person=erin).published is not None


def test_a_plan_without_targets_is_not_published(world, erin):
    cycle, team = world
    InventoryTarget.objects.filter(plan=cycle.plan).delete()
    for head in team.values():
        approvals.approve(person=head)
    with pytest.raises(CycleError, match="Inventory is never left out"):
        approvals.publish(person=erin)


def test_a_part_is_voided_by_its_own_numbers_only(world):
    cycle, team = world
    approvals.approve(person=team["sales"], part="demand")
    InventoryTarget.objects.filter(plan=cycle.plan).update(safety_stock=99)
    sales = word_of(cycle, "sales")
    assert (sales.state, set(sales.parts)) == ("partly", {PlanPart.DEMAND})


def test_what_was_signed_in_parts_is_named(world):
    cycle, team = world
    approvals.approve(person=team["sales"], part="demand")
    approvals.approve(person=team["sales"], part="inventory")
    sales = word_of(cycle, "sales")
    assert (sales.state, sales.note) == ("partly", "signed consensus demand, inventory targets only")
    approvals.approve(person=team["sales"], part="supply")
    assert word_of(cycle, "sales").complete


def test_a_signed_part_that_changed_says_which_content_was_signed(world):
    cycle, team = world
    (given,) = approvals.approve(person=team["sales"], part="inventory")
    InventoryTarget.objects.filter(plan=cycle.plan).update(safety_stock=99)
    sales = word_of(cycle, "sales")
    assert (sales.state, sales.note) == ("voided", f"signed {given.content_hash[:8]}, changed since")


def test_what_was_not_what_is_cannot_be_signed(world):
    cycle, team = world
    now = hashing.content(cycle.plan).content_hash
    with pytest.raises(StaleContent, match="has changed since you looked at it"):
        approvals.approve(person=team["sales"], seen="0" * 64)
    assert word_of(cycle, "sales").state == "waiting"
    approvals.approve(person=team["sales"], seen=now)
    assert word_of(cycle, "sales").complete


@pytest.mark.parametrize(("ends_in", "counts"), [(-1, False), (0, False), (1, True)])
def test_a_head_counts_until_the_role_has_ended(world, ends_in, counts):
    cycle, team = world
    ends = timezone.localdate() + timedelta(days=ends_in)
    RoleGrant.objects.filter(person=team["sales"]).update(expires=ends)
    assert (team["sales"].pk in signed.can_sign()) is counts
    assert word_of(cycle, "sales").heads == (("Sales.Head",) if counts else ())
    assert word_of(cycle, "finance").heads == ("Finance.Head",)
    assert team["finance"].pk in signed.can_sign()


def test_who_plans_or_heads_what_does_not_sign_cannot_sign(world, sam, person):
    _, team = world
    Department.objects.create(code="legal", name="Legal", signs=False)
    lawyer = person("lawyer", "department_head", department="legal")
    assert signed.can_sign() == {head.pk for head in team.values()}
    assert not {sam.pk, lawyer.pk} & signed.can_sign()


def test_missing_signatures_are_named(world, erin):
    _, team = world
    approvals.approve(person=team["sales"])
    with pytest.raises(CycleError, match=r"not approved by Finance .*Operations .*Purchasing .*Quality"):
        approvals.publish(person=erin)


def test_a_department_without_head_is_named(world, erin):
    _, team = world
    for code, head in team.items():
        if code != "quality":
            approvals.approve(person=head)
    team["quality"].is_active = False
    team["quality"].save()
    with pytest.raises(CycleError, match="Quality \\(nobody heads it"):
        approvals.publish(person=erin)


def test_a_hard_policy_that_does_not_hold_needs_a_named_exception(world, erin):
    cycle, team = world
    InventoryTarget.objects.filter(plan=cycle.plan).update(
        service_policy="never_run_out", service_target=0.999, simulated_risk=0.004
    )
    three_named = r"4 never-run-out targets do not hold: ([^,%]+ \(0\.40 %\)(, |\.)){3} Bring"
    with pytest.raises(CycleError, match=three_named):
        approvals.approve(person=team["sales"])
    from meetings.services import agenda

    agenda.build(cycle)
    item = cycle.agenda.get(key="never_run_out")
    decisions.decide(
        person=erin,
        cycle=cycle,
        question=item.title,
        options=item.facts["options"],
        chosen=1,
        agenda_item=item,
    )
    assert approvals.approve(person=team["sales"])
    decisions.decide(
        person=erin,
        cycle=cycle,
        question=item.title,
        options=item.facts["options"],
        chosen=0,
        agenda_item=item,
    )
    assert gates.accepted_breaches(cycle) == set()  # the word said last counts
    with pytest.raises(CycleError, match="stands in supply review"):  # stock brought forward is planned anew
        approvals.approve(person=team["finance"])


def test_foreign_departments_are_refused(world):
    _, team = world
    with pytest.raises(CycleError, match=r"heads no department 'finance' that signs \(heads: sales\)"):
        approvals.approve(person=team["sales"], department="finance")
    Department.objects.filter(code="sales").update(signs=False)
    with pytest.raises(CycleError, match=r"'sales' that signs \(heads: none\)"):
        approvals.approve(person=Person.objects.get(pk=team["sales"].pk), department="sales")


def test_nothing_is_signed_twice_after_publication(world, erin):
    _, team = world
    for head in team.values():
        approvals.approve(person=head)
    approvals.publish(person=erin)
    with pytest.raises(CycleError, match="published already"):
        approvals.approve(person=team["sales"])


def test_a_rejection_reaches_who_owns_the_reopened_stage_and_stands_there_until_it_is_signed(world, ada, sam):
    cycle, team = world
    cycle.stages.filter(kind="supply_review").update(owner=sam)
    approvals.reject(person=team["quality"], reason="the certificate is missing", part="supply")
    told = Notification.objects.get(person=sam, text__contains="is yours again")
    assert "Quality rejected the plan: the certificate is missing" in told.text
    cycle.refresh_from_db()
    said = [gate.says for gate in gates.gates(cycle, StageKind.SUPPLY_REVIEW) if not gate.met]
    assert said[-1] == "objections are answered: Quality: the certificate is missing"
    task = next(task for task in work.my_work(sam) if task.kind == "Stage")
    assert "Quality: the certificate is missing" in task.detail
    cycles.advance(person=ada, force=True, reason="the certificate came by mail")
    approvals.approve(person=team["quality"])
    cycle.refresh_from_db()
    assert all(gate.met for gate in gates.gates(cycle, StageKind.RECONCILIATION) if "bjection" in gate.label)


def test_everybody_who_plans_or_signs_hears_of_the_published_plan(world, erin, sam, person):
    _, team = world
    guest = person("gus", "guest")
    for head in team.values():
        approvals.approve(person=head)
    plan = approvals.publish(person=erin)
    told = {row.person for row in Notification.objects.filter(key=f"published:{plan.pk}")}
    assert {sam, *team.values()} <= told
    assert not {erin, guest} & told
