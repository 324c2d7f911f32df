"""A day is the company's own, from its midnight to its midnight: 23 or 25 hours where summer time begins or ends."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import company, live_plan, open_cycle

from meetings.selectors.actions import days_late
from meetings.services import actions
from siop.web.models import AuditEvent

SECOND = timedelta(seconds=1)
# Zone, day, its first instant and the first of the day after, both in UTC.
DAYS = {
    "of 23 hours": ("America/New_York", "2026-03-08", "2026-03-08T05:00", "2026-03-09T04:00"),
    "of 25 hours": ("America/New_York", "2026-11-01", "2026-11-01T04:00", "2026-11-02T05:00"),
    "that begins at one o'clock": ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00", "2026-04-24T21:00"),
    "behind the date line": ("Pacific/Auckland", "2026-09-27", "2026-09-26T12:00", "2026-09-27T11:00"),
    "of half an hour's offset": ("Asia/Kolkata", "2026-11-29", "2026-11-28T18:30", "2026-11-29T18:30"),
    "of no offset": ("UTC", "2026-11-29", "2026-11-29T00:00", "2026-11-30T00:00"),
}


@pytest.mark.parametrize("name", DAYS)
def test_the_audit_of_a_day_holds_all_of_it_and_no_more(
    client: Any, ada: Any, settings: Any, name: str
) -> None:
    settings.TIME_ZONE, day, *ends = DAYS[name]
    begins, ends_at = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in ends)
    for at in (begins - SECOND, begins, ends_at - SECOND, ends_at):
        AuditEvent.objects.create(
            at=at, person_id=ada.pk, table="catalog_parameter", key="1", action="update", changes={}
        )
    client.force_login(ada)
    shown = client.get("/web/audit/", {"table": "catalog_parameter", "since": day, "until": day})
    assert [line.at for line in shown.context["lines"]] == [ends_at - SECOND, begins]
    assert f"{timezone.localtime(begins):%H:%M:%S}</time>" in shown.content.decode()


@pytest.mark.parametrize(
    ("zone", "due"), [("America/Los_Angeles", date(2026, 10, 31)), ("Asia/Kuala_Lumpur", date(2026, 11, 1))]
)
def test_what_is_due_today_is_late_after_our_midnight(
    ada: Any, settings: Any, at_instant: Callable[[datetime], None], zone: str, due: date
) -> None:
    """2026-11-01 03:00 UTC is an evening in California and a forenoon in Malaysia."""
    live_plan(company())
    item = actions.create(person=ada, cycle=open_cycle(ada), title="Book the boat", owner=ada, due=due)
    settings.TIME_ZONE = zone
    at_instant(datetime(2026, 11, 1, 3, tzinfo=UTC))
    assert days_late(item) == 0
    midnight = timezone.make_aware(datetime.combine(due + timedelta(days=1), datetime.min.time()))
    at_instant(midnight - SECOND)
    assert days_late(item) == 0
    at_instant(midnight)
    assert days_late(item) == 1


@pytest.fixture
def at_instant(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    return lambda instant: monkeypatch.setattr(timezone, "now", lambda: instant)
