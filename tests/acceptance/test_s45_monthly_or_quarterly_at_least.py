"""S45: the next cycle opens by itself; a missed one raises an alarm."""

from datetime import date

import pytest
from factories import company, live_plan, open_cycle

from meetings.models import Cycle
from meetings.services import cadence
from siop.catalog.models import Closure, Parameter
from siop.web.models import Notification


@pytest.fixture
def first(db, ada, erin):
    live_plan(company())
    return open_cycle(ada)


def close(cycle):
    cycle.stage, cycle.closed = "closed", cycle.opened
    cycle.save()


def test_the_next_cycle_opens_on_its_first_day(first):
    close(first)
    assert cadence.keep(today=date(2026, 12, 31)) is None
    opened = cadence.keep(today=date(2027, 1, 1))
    assert (opened.period, opened.previous) == (date(2027, 1, 1), first)
    assert cadence.keep(today=date(2027, 1, 1)) is None
    assert Cycle.objects.count() == 2


def test_a_missed_cycle_raises_an_alarm_once(first, erin, ada, client):
    assert cadence.keep(today=date(2027, 1, 4)) is None
    assert cadence.keep(today=date(2027, 1, 5)) is None
    told = Notification.objects.filter(key="missed:2027-01-01")
    assert {note.person for note in told} == {erin, ada}
    assert "December 2026 still stands in gather" in told[0].text
    assert "due on 1 Jan, but" in told[0].text
    assert "is missed: December 2026 is not published (1 period behind)" in cadence.missed(
        today=date(2027, 1, 4)
    )


def test_nothing_opens_before_a_person_opened_the_first(db):
    live_plan(company())
    assert cadence.keep(today=date(2027, 1, 1)) is None
    assert not Cycle.objects.exists()


def test_a_quarterly_cycle_opens_three_months_on_and_its_dates_pass_over_closed_days(first):
    Parameter.objects.create(name="cadence", value="quarterly")
    Closure.objects.create(calendar="company", date=date(2027, 3, 2))
    close(first)
    assert cadence.keep(today=date(2027, 2, 28)) is None
    opened = cadence.keep(today=date(2027, 3, 1))
    assert opened.period == date(2027, 3, 1)
    gather = opened.stages.get(kind="gather")
    assert (gather.start, gather.due) == (date(2027, 3, 1), date(2027, 3, 4)), (
        "three working days, one closed"
    )
