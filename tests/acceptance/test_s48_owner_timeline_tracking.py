"""S48: no owner or no due date: not saved; one day late: reminder sent, first item in the pack."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from factories import company, cycle_in, heads, live_plan, plan_exception

from meetings.errors import CycleError
from meetings.models import ActionItem
from meetings.services import actions, packs, telling


@pytest.fixture
def cycle(db, ada, person):
    heads(person)
    live = live_plan(company())
    plan_exception(live)
    return cycle_in("executive_meeting", ada)


def test_without_owner_or_due_date_it_is_not_saved(cycle, ada, sam):
    with pytest.raises(CycleError, match="Name an owner"):
        actions.create(person=ada, cycle=cycle, title="Book", owner=None, due=timezone.localdate())
    with pytest.raises(CycleError, match="Name a due date"):
        actions.create(person=ada, cycle=cycle, title="Book", owner=sam, due=None)
    assert not ActionItem.objects.exists()


def test_one_day_late_reminds_by_mail_and_in_my_work(cycle, ada, sam, client, settings):
    settings.SITE_URL = "http://siop.example"
    due = timezone.localdate()
    item = actions.create(person=ada, cycle=cycle, title="Book 4,800 by air", owner=sam, due=due)
    telling.mail_notifications()
    mail.outbox.clear()
    assert actions.remind(today=due + timedelta(days=1)) == 1
    assert actions.remind(today=due + timedelta(days=1)) == 0
    telling.mail_notifications()
    assert [(message.to, "1 day late" in message.subject) for message in mail.outbox] == [([sam.email], True)]
    assert "http://siop.example/actions/" in str(mail.outbox[0].body)
    assert telling.mail_notifications() == 0
    client.force_login(sam)
    assert f"{item.code} is 1 day late" in client.get("/my-work/").content.decode()


def test_overdue_actions_come_first_in_the_pack(cycle, ada, sam):
    due = timezone.localdate() - timedelta(days=1)
    item = actions.create(person=ada, cycle=cycle, title="Book 4,800 by air", owner=sam, due=due)
    actions.create(person=ada, cycle=cycle, title="Later", owner=sam, due=due + timedelta(days=9))
    body = packs.generate(person=ada, cycle=cycle).body
    assert body["sections"][0]["key"] == "actions"
    assert body["sections"][0]["rows"][0][0] == item.code
    assert body["sections"][0]["rows"][0][4] == 1
    assert body["findings"][0]["strong"] == "1 action is overdue."
    assert cycle.agenda.first().key == "overdue"
