"""What holds a stage up, and what is only said."""

from datetime import date

import pytest
from django.utils import timezone
from factories import company, cycle_in, heads, live_plan, plan_exception, plan_version

from meetings.enums import StageKind
from meetings.models import Cycle
from meetings.selectors.gates import gates, open_gates
from supply.models import PlannedOrder


@pytest.fixture
def cycle(db, ada, person):
    heads(person)
    live = live_plan(company())
    plan_exception(live, last_responsible_date=date(2026, 11, 1))
    return cycle_in("supply_review", ada)


def by_label(cycle, stage):
    return {gate.label: gate for gate in gates(cycle, stage)}


def test_supply_review_waits_for_families_and_targets(cycle):
    found = by_label(cycle, StageKind.SUPPLY_REVIEW)
    assert not found["Every family is reviewed"].met
    assert found["Every planned item-location has an inventory target"].met
    cycle.plan.targets.first().delete()
    missing = by_label(cycle, StageKind.SUPPLY_REVIEW)["Every planned item-location has an inventory target"]
    assert (missing.met, missing.detail) == (False, "1 without")


def test_late_exceptions_are_said_and_hold_nothing_up(cycle):
    gate = by_label(cycle, StageKind.SUPPLY_REVIEW)["Losses that can be avoided are acted on in time"]
    assert (gate.met, gate.required, gate.detail) == (False, False, "1 past their last responsible day")
    assert gate not in open_gates(cycle, StageKind.SUPPLY_REVIEW)


def test_orders_of_a_plan_wait_until_a_later_one_is_published(cycle, ada):
    """What waits in December waits for nobody once January's plan is published: its orders are to be released now."""
    PlannedOrder.objects.filter(plan=cycle.plan).update(order_by=date(2026, 11, 1))
    due = by_label(cycle, StageKind.IMPLEMENTATION)["Orders that are due are released"]
    assert not due.met
    published = plan_version(
        kind="cycle", status="published", published=timezone.now(), content_hash="0" * 64
    )
    later = Cycle.objects.create(
        name="Later", period=date(2027, 1, 1), plan=published, stage="implementation"
    )
    now = by_label(cycle, StageKind.IMPLEMENTATION)["Orders that are due are released"]
    assert (now.met, now.detail) == (True, f"the plan of {later.name} counts now")


def test_the_meeting_waits_for_signatures_and_publication(cycle):
    waiting = [gate.label for gate in open_gates(cycle, StageKind.EXECUTIVE_MEETING)]
    assert waiting == ["Every department has approved", "The plan is published"]
