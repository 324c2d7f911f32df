"""Stages, gates, locks, carry-over: a cycle from gather to closed."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from factories import AS_OF, company, cycle_in, heads, live_plan, open_cycle, override

from forecasting.models import ConsensusLine, SalesLine
from meetings.enums import ActionStatus, StageKind, Verdict
from meetings.errors import CycleError, GateClosed
from meetings.models import ActionItem, Approval, Cycle, KpiValue
from meetings.selectors import approvals as signed
from meetings.selectors.cycles import stages_of, top_bar
from meetings.selectors.gates import gates
from meetings.services import actions, approvals, cycles, reviews
from siop.catalog.models import Closure, Parameter
from siop.plans import hashing, locks
from siop.plans.enums import PlanPart
from siop.plans.services import create_live_plan
from siop.web import audit
from siop.web.models import AuditEvent, Notification


@pytest.fixture
def live(db):
    return live_plan(company(), parameters={"planning_date": "2026-12-01"})


def test_stages_follow_working_days(live, ada):
    """December 2026: gather 1 to 3, demand review 4 to 9, supply review 10 to 15, as drawn."""
    cycle = open_cycle(ada)
    found = {stage.kind: (stage.start.day, stage.due.day, stage.due.month) for stage in stages_of(cycle)}
    assert found == {
        "gather": (1, 3, 12),
        "demand_review": (4, 9, 12),
        "supply_review": (10, 15, 12),
        "reconciliation": (16, 17, 12),
        "executive_meeting": (18, 18, 12),
        "implementation": (21, 8, 1),
        "closed": (11, 11, 1),
    }


def test_a_cycle_opened_late_is_not_late_on_its_first_day(live, ada):
    """Opened on Saturday 12 December: gather 14 to 16, the meeting 31 December."""
    cycle = cycles.open_cycle(person=ada, period=date(2026, 12, 1), today=date(2026, 12, 12))
    days = {stage.kind: (stage.start, stage.due) for stage in stages_of(cycle)}
    assert days["gather"] == (date(2026, 12, 14), date(2026, 12, 16))
    assert days["executive_meeting"] == (date(2026, 12, 31), date(2026, 12, 31))


def test_closures_of_the_company_move_due_dates(live, ada):
    Closure.objects.create(calendar="company", date=date(2026, 12, 2))
    assert stages_of(open_cycle(ada))[0].due == date(2026, 12, 4)


def test_template_changes_days_and_leaves_stages_out(live, ada, dana):
    Parameter.objects.create(name="stage_days_gather", value="5")
    Parameter.objects.create(name="stage_days_reconciliation", value="0")
    Parameter.objects.create(name="stage_owner_gather", value=dana.email)
    stages = stages_of(open_cycle(ada))
    assert stages[0].due == date(2026, 12, 7)
    assert stages[0].owner == dana
    assert "reconciliation" not in {stage.kind for stage in stages}


def test_owners_come_from_roles(live, ada, dana, sam, erin):
    owners = {stage.kind: stage.owner for stage in stages_of(open_cycle(ada))}
    assert owners["gather"] == ada
    assert owners["demand_review"] == dana
    assert owners["supply_review"] == sam
    assert owners["executive_meeting"] == erin


def test_a_stage_without_owner_gets_one_when_it_starts(live, ada, person):
    """A new company opens its first cycle before everybody has a role."""
    cycle = open_cycle(ada)
    assert cycle.stages.get(kind="demand_review").owner is None
    dora = person("dora", "demand_planner")
    cycles.advance(person=ada, force=True, reason="a test moves it")
    assert cycle.stages.get(kind="demand_review").owner == dora
    assert Notification.objects.filter(person=dora, text__contains="is yours").exists()


def test_only_those_who_may_open_and_advance(live, omar, ada, person):
    with pytest.raises(PermissionDenied):
        open_cycle(omar)
    open_cycle(ada)
    with pytest.raises(PermissionDenied):
        cycles.advance(person=person("gus", "guest"))


def test_the_owner_of_a_stage_closes_it_whatever_the_role_but_does_not_force_it(live, ada, person):
    team = heads(person)
    cycle = cycle_in("reconciliation", ada)
    assert stages_of(cycle)[3].owner == team["finance"]
    with pytest.raises(PermissionDenied):
        cycles.advance(person=team["sales"])
    with pytest.raises(PermissionDenied):
        cycles.advance(person=team["finance"], force=True, reason="it is late")
    assert cycles.advance(person=team["finance"]).stage == StageKind.EXECUTIVE_MEETING


def test_an_older_cycle_is_closed_while_the_next_is_planned(live, ada, erin, person):
    team = heads(person)
    first = cycle_in("executive_meeting", ada)
    for head in team.values():
        approvals.approve(person=head)
    approvals.publish(person=erin)
    cycles.advance(person=erin, force=True, reason="a test moves it")
    second = open_cycle(ada, period=date(2027, 1, 1))
    assert cycles.advance(person=erin, of_cycle=first).closed is not None
    second.refresh_from_db()
    assert second.stage == StageKind.GATHER


def test_one_cycle_plans_at_a_time(live, ada):
    open_cycle(ada)
    with pytest.raises(CycleError, match="still in gather"):
        open_cycle(ada, period=date(2027, 1, 1))


def test_closing_gather_freezes_the_live_plan(live, ada):
    open_cycle(ada)
    cycle = cycles.advance(person=ada)
    assert cycle.stage == StageKind.DEMAND_REVIEW
    assert hashing.content(cycle.plan).digests == hashing.content(live).digests
    assert cycle.plan.content_hash
    assert KpiValue.objects.filter(cycle=cycle).exists()


def test_gather_waits_for_a_plan_that_starts_with_the_cycle(live, ada):
    open_cycle(ada, period=date(2027, 1, 1))
    with pytest.raises(GateClosed, match="starts on 1 Dec 2026, the cycle on 1 Jan 2027"):
        cycles.advance(person=ada)


def test_forcing_needs_a_reason_and_keeps_it(live, ada, dana):
    cycle = cycle_in("demand_review", ada)
    with pytest.raises(GateClosed, match="2 of 2 families unreviewed"):
        cycles.advance(person=dana)
    with pytest.raises(CycleError, match="needs a reason"):
        cycles.advance(person=dana, force=True, reason=" ")
    cycles.advance(person=dana, force=True, reason="sales is away")
    assert cycle.stages.get(kind="demand_review").forced_reason == "sales is away"
    assert AuditEvent.objects.filter(table="meetings_stage", reason__contains="sales is away").exists()


@pytest.mark.parametrize("stage", [StageKind.IMPLEMENTATION, StageKind.CLOSED])
@pytest.mark.parametrize(
    ("sold", "begins"),
    [(None, AS_OF), (date(2026, 11, 30), AS_OF), (date(2026, 12, 9), AS_OF), (date(2027, 1, 4), date(2027, 1, 1))],
    ids=["no sales", "the month before", "the month itself", "the month after"],
)  # fmt: skip
def test_a_published_month_is_not_planned_back_from_the_one_before(live, ada, stage, sold, begins):
    """Gather of December closed on November's sales; a stock file of the twentieth goes on from December."""
    cycle = open_cycle(ada)
    Cycle.objects.filter(pk=cycle.pk).update(stage=stage)
    SalesLine.objects.all().delete()
    if sold:
        series = live.consensus_lines.first().series
        SalesLine.objects.create(
            date=sold, item=series.item, location=series.location, segment=series.segment, quantity=5
        )
    assert create_live_plan(data_version=2).as_of == begins


def test_reviewed_families_open_the_gate(live, ada, dana):
    cycle_in("demand_review", ada)
    reviews.review(person=dana, family="Bottles")
    reviews.review(person=dana, family="capsules")
    assert cycles.advance(person=dana).stage == StageKind.SUPPLY_REVIEW


def test_a_changed_number_voids_the_review_of_its_family_only(live, ada, dana):
    cycle = cycle_in("demand_review", ada)
    reviews.review(person=dana, family="all")
    ConsensusLine.objects.filter(plan=cycle.plan, series__item__code="BOT-1").update(quantity=[1.0] * 12)
    gate = gates(cycle, StageKind.DEMAND_REVIEW)[0]
    assert not gate.met
    assert "Bottles" in gate.detail
    assert "Capsules" not in gate.detail


def test_unknown_family_is_named_with_those_there_are(live, ada, dana):
    cycle_in("demand_review", ada)
    with pytest.raises(CycleError, match="choose one of Bottles, Capsules"):
        reviews.review(person=dana, family="Cups")


def test_families_outside_ones_categories_are_refused(live, ada, person):
    from siop.catalog.models import Category

    cycle_in("demand_review", ada)
    bob = person("bob", "demand_planner", category=Category.objects.get(code="Bottles"))
    reviews.review(person=bob, family="Bottles")
    with pytest.raises(CycleError, match="outside your categories"):
        reviews.review(person=bob, family="Capsules")


@pytest.mark.parametrize(
    ("stage", "closed"),
    [
        ("gather", set()),
        ("demand_review", set()),
        ("supply_review", {PlanPart.DEMAND}),
        ("reconciliation", set(PlanPart)),
        ("executive_meeting", set(PlanPart)),
    ],
)
def test_starting_a_stage_locks_what_the_one_before_decided(live, ada, stage, closed):
    cycle_in(stage, ada)
    assert {part for part in PlanPart if not locks.is_open(part)} == closed
    for part in closed:
        with pytest.raises(locks.PartLocked, match="read-only"):
            locks.require_open(part)


def test_reopening_unlocks_voids_and_says_so(live, ada, person):
    team = heads(person)
    cycle_in("reconciliation", ada)
    approvals.approve(person=team["sales"])
    approvals.approve(person=team["finance"])
    voided = cycles.reopen(person=ada, kind=StageKind.SUPPLY_REVIEW, reason="a supplier moved")
    assert voided == ["Finance", "Sales"]
    assert locks.is_open(PlanPart.SUPPLY)
    assert not locks.is_open(PlanPart.DEMAND)
    assert Approval.objects.filter(verdict=Verdict.VOIDED, reason__contains="a supplier moved").count() == 2
    assert Notification.objects.filter(person=team["sales"], text__contains="voided").exists()


def test_only_started_stages_are_reopened(live, ada):
    cycle_in("demand_review", ada)
    with pytest.raises(CycleError, match="only a stage it has started"):
        cycles.reopen(person=ada, kind=StageKind.RECONCILIATION, reason="x")


def test_refresh_lists_differences_and_voids_approvals(live, ada, person):
    team = heads(person)
    cycle = cycle_in("reconciliation", ada)
    approvals.approve(person=team["sales"])
    ConsensusLine.objects.filter(plan=live, series__item__code="BOT-1").update(quantity=[150.0] * 12)
    found = cycles.refresh(person=ada)
    assert [(row.what, row.unit, row.change) for row in found.differences] == [
        ("Demand of Bottles", "units", 600.0),
        ("Demand of Bottles", "money", 18000.0),
    ]
    assert found.voided == ["Sales"]
    cycle.refresh_from_db()
    assert hashing.content(cycle.plan).digests == hashing.content(live).digests


@pytest.mark.parametrize("days", [-1, 1])
def test_who_edits_right_after_opening_is_known_though_the_web_servers_clock_is_a_day_off(
    live, ada, dana, clock_off, days
):
    clock_off(days)
    cycle = open_cycle(ada)
    cycle.refresh_from_db()
    with audit.acting(dana.pk):
        override(dana)
    assert signed.editors(since=cycle.opened) == {dana.pk}


def test_new_data_alone_voids_nothing(live, ada, person):
    team = heads(person)
    cycle = cycle_in("reconciliation", ada)
    approvals.approve(person=team["sales"])
    ConsensusLine.objects.filter(plan=live).update(quantity=[150.0] * 12)
    assert [s.state for s in signed.signatures(cycle) if s.department.code == "sales"] == ["approved"]


def test_next_cycle_carries_over_what_is_open(live, ada, erin, person):
    first = cycle_in("reconciliation", ada)
    sam = person("sam", "supply_planner")
    kept = actions.create(person=ada, cycle=first, title="Second source", owner=sam, due=date(2026, 12, 20))
    done = actions.create(person=ada, cycle=first, title="Clean data", owner=sam, due=date(2026, 12, 20))
    actions.move(person=sam, pk=done.pk, version=1, status=ActionStatus.DONE)
    first.stage, first.closed = StageKind.CLOSED, first.opened
    first.save()
    second = cycles.open_cycle(person=erin)
    assert second.period == date(2027, 1, 1)
    assert second.previous == first
    kept.refresh_from_db()
    assert (kept.cycle, kept.carried_over) == (second, 1)
    assert ActionItem.objects.get(pk=done.pk).cycle == first


def test_top_bar_says_where_the_cycle_stands(live, ada):
    assert top_bar() is None
    cycle_in("supply_review", ada)
    bar = top_bar()
    assert bar.label == "December 2026 cycle"
    assert bar.steps[:4] == (
        ("Gather", "done"),
        ("Demand review", "done"),
        ("Supply review", "now"),
        ("Reconciliation", "next"),
    )


def test_quarterly_cadence_opens_every_third_period(live, ada):
    Parameter.objects.create(name="cadence", value="quarterly")
    cycle = open_cycle(ada)
    cycle.stage, cycle.closed = StageKind.CLOSED, cycle.opened
    cycle.save()
    assert cycles.next_period() == date(2027, 3, 1)
    assert cycle.period == AS_OF


def test_signing_starts_with_reconciliation(live, ada, person):
    team = heads(person)
    cycle_in("supply_review", ada)
    with pytest.raises(CycleError, match="departments sign from reconciliation on"):
        approvals.approve(person=team["sales"])
