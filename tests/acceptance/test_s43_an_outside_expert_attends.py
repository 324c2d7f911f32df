"""S43: a guest sees and comments, cannot edit, and expires on a date."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from factories import company, cycle_in, heads, live_plan

from meetings.models import Minute
from meetings.services import actions, approvals, cycles, decisions, reviews
from siop.accounts.models import RoleGrant


@pytest.fixture
def world(db, ada, person):
    live_plan(company())
    heads(person)
    cycle = cycle_in("executive_meeting", ada)
    guest = person("gwen", "guest", expires=timezone.localdate() + timedelta(days=1))
    return cycle, guest


def test_guest_sees_and_comments(world, client):
    _, guest = world
    client.force_login(guest)
    for page in ("home", "cycle", "reconciliation", "meeting", "actions", "packs"):
        assert client.get(reverse(f"meetings:{page}")).status_code == 200
    client.post(reverse("meetings:add_minute"), {"text": "The mould needs four months"})
    assert Minute.objects.filter(person=guest, text="The mould needs four months").exists()


def test_guest_cannot_edit(world, client):
    cycle, guest = world
    refused = [
        lambda: approvals.approve(person=guest),
        lambda: approvals.publish(person=guest),
        lambda: cycles.advance(person=guest),
        lambda: reviews.review(person=guest, family="Bottles"),
        lambda: actions.create(person=guest, cycle=cycle, title="x", owner=guest, due=timezone.localdate()),
        lambda: decisions.decide(person=guest, cycle=cycle, question="x", options=[], chosen=None, text="y"),
    ]
    for edit in refused:
        with pytest.raises(PermissionDenied):
            edit()
    client.force_login(guest)
    for page in (
        "advance",
        "reopen",
        "refresh",
        "review",
        "approve",
        "publish",
        "create_action",
        "generate_pack",
    ):
        assert client.post(reverse(f"meetings:{page}")).status_code == 403


def test_guest_expires_on_the_date(world, client):
    _, guest = world
    client.force_login(guest)
    assert client.get(reverse("meetings:home")).status_code == 200
    RoleGrant.objects.filter(person=guest).update(expires=timezone.localdate())
    assert client.get(reverse("meetings:home")).status_code in (302, 403)
