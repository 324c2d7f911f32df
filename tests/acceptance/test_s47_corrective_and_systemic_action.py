"""S47: the same root cause in three cycles: closing as "corrective only" is refused."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from factories import company, live_plan, open_cycle

from meetings.errors import CycleError
from meetings.models import ActionItem, Cycle
from meetings.services import actions


@pytest.fixture
def cycle(db, ada):
    live_plan(company())
    cycle = open_cycle(ada)
    previous = None
    for months, name in ((2, "October"), (1, "November")):
        previous = Cycle.objects.create(
            period=date(2026, 12 - months, 1),
            name=name,
            stage="closed",
            closed=timezone.now(),
            previous=previous,
        )
        Cycle.objects.filter(pk=previous.pk).update(opened=timezone.now() - timedelta(days=30 * months))
    cycle.previous = previous
    cycle.save()
    return cycle


def action(cycle, ada, *, days_ago=0, cause="Supplier late"):
    item = actions.create(
        person=ada,
        cycle=cycle,
        title="Chase the supplier",
        owner=ada,
        due=timezone.localdate(),
        root_cause=cause,
    )
    ActionItem.objects.filter(pk=item.pk).update(created=timezone.now() - timedelta(days=days_ago))
    return item


def test_three_cycles_running_needs_a_systemic_action(cycle, ada):
    action(cycle.previous.previous, ada, days_ago=55)
    action(cycle.previous, ada, days_ago=25)
    last = action(cycle, ada)
    with pytest.raises(CycleError, match=r"came back in 3 cycles.*corrective only is refused"):
        actions.change(person=ada, pk=last.pk, version=1, status="done", evidence="called them")
    with pytest.raises(CycleError, match="closed with evidence"):
        actions.change(person=ada, pk=last.pk, version=1, status="done", kind="systemic")
    closed = actions.change(
        person=ada, pk=last.pk, version=1, status="done", kind="systemic", evidence="second source"
    )
    assert closed.closed is not None


def test_two_cycles_are_closed_as_corrective(cycle, ada):
    action(cycle.previous, ada, days_ago=25)
    last = action(cycle, ada)
    assert actions.change(person=ada, pk=last.pk, version=1, status="done").status == "done"


def test_other_causes_do_not_count(cycle, ada):
    action(cycle.previous.previous, ada, days_ago=55, cause="Capacity")
    action(cycle.previous, ada, days_ago=25)
    last = action(cycle, ada)
    assert actions.change(person=ada, pk=last.pk, version=1, status="done").status == "done"
