"""S46: options with money, choice, approver, dissent, plan version; on day 90 the outcome fills in by itself."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from factories import company, cycle_in, heads, live_plan, plan_exception

from meetings.errors import CycleError
from meetings.models import DecisionEffect
from meetings.services import decisions
from siop.jobs.minutely import run_each
from siop.web import exports
from supply.models import PlanException


@pytest.fixture
def cycle(db, ada, person):
    heads(person)
    live = live_plan(company())
    plan_exception(live)
    return cycle_in("executive_meeting", ada)


def decide(person, cycle, **fields):
    item = cycle.agenda.get(key="exception:shortage:1")
    given = {
        "question": item.title, "options": item.facts["options"], "chosen": 1, "agenda_item": item,
        "effects": [item.facts["effect"]],
    }  # fmt: skip
    return decisions.decide(person=person, cycle=cycle, **given | fields)


def test_a_decision_keeps_everything(cycle, erin):
    decision = decide(erin, cycle, dissent="One late flight is a stock-out", dissenter="Head of operations")
    assert [option["money"] for option in decision.options] == [0.0, 69348.0]
    assert (decision.chosen, decision.approver, decision.plan) == (1, erin, cycle.plan)
    assert decision.content_hash == cycle.plan.content_hash
    assert decision.review_date == timezone.localdate() + timedelta(days=90)
    effect = decision.effects.get()
    assert (effect.kpi, effect.baseline, effect.expected) == ("avoidable_loss", 69348.0, 0.0)


def test_the_outcome_fills_in_on_day_ninety_by_the_same_selector(cycle, erin):
    decision = decide(erin, cycle)
    PlanException.objects.filter(plan__kind="live").update(avoidable_loss=1200)
    day = timezone.localdate()
    assert decisions.measure_outcomes(today=day + timedelta(days=89)) == 0
    assert decisions.measure_outcomes(today=day + timedelta(days=90)) == 1
    assert DecisionEffect.objects.get(decision=decision).outcome == 1200.0
    assert decisions.measure_outcomes(today=day + timedelta(days=91)) == 0
    row = next(iter(exports.extract("decisions", person=erin, version="cycle").rows()))
    assert tuple(row[:2]) == (decision.pk, "December 2026")
    assert row[10] == 1200.0


@pytest.mark.parametrize(("days", "outcome"), [(89, None), (90, 1200.0)])
def test_the_minute_that_day_ninety_begins_with_fills_it_in(cycle, erin, clock_off, days, outcome):
    decision = decide(erin, cycle)
    PlanException.objects.filter(plan__kind="live").update(avoidable_loss=1200)
    clock_off(days)
    run_each()
    assert DecisionEffect.objects.get(decision=decision).outcome == outcome


def test_only_an_executive_decides_and_an_objection_has_a_name(cycle, erin, dana):
    with pytest.raises(PermissionDenied):
        decide(dana, cycle)
    with pytest.raises(CycleError, match="Name who dissents"):
        decide(erin, cycle, dissent="No")
    with pytest.raises(CycleError, match="Choose one of the options"):
        decide(erin, cycle, chosen=7)
