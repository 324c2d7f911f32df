"""S42: five heads sign; quality rejects and the stage reopens; any change of a number voids earlier approvals."""

import io
import json
from copy import deepcopy

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from factories import company, cycle_in, heads, live_plan, somebody

from inventory.models import InventoryTarget
from meetings.services import cycles


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def states():
    return {row["department"]: row["state"] for row in run("cycle_status")["approvals"]}


@pytest.fixture(scope="module")
def world_once(kept_rows):
    live_plan(company())
    team = heads(somebody)
    return cycle_in("executive_meeting", somebody("ada", "administrator")), team


@pytest.fixture
def world(world_once, ada, erin):
    return deepcopy(world_once)


def test_five_heads_sign_and_the_plan_is_published(world, erin):
    cycle, team = world
    for head in team.values():
        run("approve", "--as", head.email)
    assert set(states().values()) == {"approved"}
    answer = run("publish", "--as", erin.email)
    assert answer["version"] == cycle.plan_id
    assert len(answer["content_hash"]) == 64


def test_quality_rejects_and_the_stage_reopens(world):
    cycle, team = world
    run("approve", "--as", team["sales"].email)
    assert run(
        "reject", "--reason", "certificate is missing", "--part", "supply", "--as", team["quality"].email
    ) == {
        "ok": True,
        "reopened": "supply_review",
    }
    cycle.refresh_from_db()
    assert cycle.stage == "supply_review"
    found = states()
    assert (found["quality"], found["sales"], found["finance"]) == ("rejected", "voided", "waiting")


def test_any_change_of_a_number_voids_earlier_approvals(world, erin):
    cycle, team = world
    for head in team.values():
        run("approve", "--as", head.email)
    target = InventoryTarget.objects.filter(plan=cycle.plan).first()
    target.safety_stock += 1
    target.save()
    assert set(states().values()) == {"voided"}
    with pytest.raises(CommandError):
        run("publish", "--as", erin.email)


def test_rejecting_needs_a_reason(world):
    with pytest.raises(CommandError):
        run("reject", "--as", world[1]["quality"].email)


def test_only_heads_sign(world, dana):
    with pytest.raises(CommandError):
        run("approve", "--as", dana.email)


def test_reopening_says_whose_approval_it_voids(world, ada):
    _, team = world
    run("approve", "--as", team["finance"].email)
    assert cycles.reopen(person=ada, kind="supply_review", reason="a late order") == ["Finance"]
