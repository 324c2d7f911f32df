"""Dates and owners of stages changed by hand: what follows moves along, and who owns a stage is told."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from factories import company, live_plan, open_cycle

from meetings.enums import StageKind
from meetings.errors import CycleError
from meetings.selectors.cycles import running_cycle, stages_of
from meetings.services import schedule
from siop.catalog.models import Closure
from siop.web.models import AuditEvent, Notification


@pytest.fixture
def cycle(db, ada):
    """December 2026: gather 1 to 3, demand review 4 to 9, supply review 10 to 15."""
    live_plan(company(), parameters={"planning_date": "2026-12-01"})
    return open_cycle(ada)


def change(person, **given):
    wanted = {
        "cycle": running_cycle(), "kind": StageKind.GATHER, "due": date(2026, 12, 7), "owner": None,
        "reason": "late feeds",
    }  # fmt: skip
    return schedule.change_stage(person=person, **wanted | given)


def days(cycle):
    return {stage.kind: (stage.start.day, stage.due.day) for stage in stages_of(cycle)}


def test_later_stages_move_by_as_many_working_days(cycle, ada):
    assert change(ada) == 2
    assert days(cycle)["gather"] == (1, 7)
    assert days(cycle)["demand_review"] == (8, 11)
    assert days(cycle)["executive_meeting"] == (22, 22)


def test_an_earlier_date_pulls_them_forward(cycle, ada):
    assert change(ada, due=date(2026, 12, 2)) == -1
    assert days(cycle)["demand_review"] == (3, 8)


def test_closures_are_no_working_days(cycle, ada):
    Closure.objects.create(calendar="company", date=date(2026, 12, 4))
    assert change(ada) == 1
    with pytest.raises(CycleError, match="no working day"):
        change(ada, due=date(2026, 12, 12))


def test_a_new_owner_is_told_and_the_reason_kept(cycle, ada, dana):
    change(ada, due=date(2026, 12, 3), owner=dana)
    assert stages_of(cycle)[0].owner == dana
    assert Notification.objects.filter(person=dana, text__contains="is yours now, due").exists()
    assert AuditEvent.objects.filter(table="meetings_stage", reason="schedule: late feeds").exists()


def test_without_a_reason_or_the_right_nothing_moves(cycle, ada, omar):
    with pytest.raises(CycleError, match="Say why"):
        change(ada, reason=" ")
    with pytest.raises(PermissionDenied):
        change(omar)
    with pytest.raises(CycleError, match="cannot be due before"):
        change(ada, due=date(2026, 11, 30))
    assert days(cycle)["gather"] == (1, 3)


def test_the_page_says_what_is_wrong_beside_the_form(cycle, ada, client):
    client.force_login(ada)
    answer = client.post("/cycle/stage/", {"kind": "gather", "due": "2026-12-12", "reason": "x"})
    assert answer.status_code == 422
    assert "no working day" in answer.content.decode()
    client.post("/cycle/stage/", {"kind": "gather", "due": "2026-12-07", "reason": "late feeds"})
    assert days(cycle)["gather"] == (1, 7)
