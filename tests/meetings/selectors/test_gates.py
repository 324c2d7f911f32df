"""What holds a stage up, and what is only said."""

from datetime import date

import pytest
from factories import company, cycle_in, heads, live_plan, plan_exception

from meetings.enums import StageKind
from meetings.selectors.gates import gates, open_gates


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


def test_the_meeting_waits_for_signatures_and_publication(cycle):
    waiting = [gate.label for gate in open_gates(cycle, StageKind.EXECUTIVE_MEETING)]
    assert waiting == ["Every department has approved", "The plan is published"]
