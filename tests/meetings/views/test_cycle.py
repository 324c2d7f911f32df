"""The cycle in the browser's words: who may start what, two people at one date, what a closed cycle still says."""

from datetime import date

import pytest
from django.urls import reverse

from forecasting.models import ConsensusLine
from meetings.selectors import stock
from meetings.services import approvals, cycles, schedule
from siop.web.explanations import explain
from siop.web.models import AuditEvent
from supply.models import PlannedOrder


def page(client, who, **query):
    client.force_login(who)
    return client.get(reverse("meetings:cycle"), query)


def post(client, who, name, **data):
    client.force_login(who)
    return client.post(reverse(f"meetings:{name}"), data)


def publish(world):
    for head in world.team.values():
        approvals.approve(person=head)
    approvals.publish(person=world.erin)


def test_owners_and_who_runs_the_cycle_are_offered_the_next_stage(client, world, person):
    world.cycle.stages.filter(kind="executive_meeting").update(owner=world.team["finance"])
    assert page(client, world.team["finance"]).context["next_step"] == "Start implementation"
    assert page(client, world.ada).context["next_step"] == "Start implementation"
    assert page(client, world.team["sales"]).context["next_step"] == ""
    assert post(client, world.team["sales"], "advance").status_code == 403
    assert post(client, person("gus", "guest"), "advance").status_code == 403


def test_force_is_offered_only_where_a_gate_is_open(client, world):
    assert 'name="force"' in page(client, world.erin).content.decode()
    world.cycle.agenda.update(done=True)
    publish(world)
    text = page(client, world.erin).content.decode()
    assert 'name="force"' not in text
    assert "Nothing holds it up." in text
    assert "The published plan stays as it is" in text


def test_the_last_cycle_is_closed_on_its_own_page_while_this_one_is_planned(client, world):
    shown = page(client, world.erin, cycle=world.first.pk)
    assert shown.context["next_step"] == "Close November 2026"
    post(client, world.erin, "advance", cycle=world.first.pk)
    world.first.refresh_from_db()
    assert world.first.closed is not None
    world.cycle.refresh_from_db()
    assert world.cycle.stage == "executive_meeting"


def test_the_next_cycle_is_opened_while_this_one_is_implemented(client, world):
    assert not page(client, world.ada).context["may_open"]
    publish(world)
    cycles.advance(person=world.erin, force=True, reason="a test moves it")
    assert page(client, world.ada).context["may_open"]
    post(client, world.ada, "open_cycle", period="2027-01-01")
    assert page(client, world.ada).context["the_cycle"].name == "January 2027"


def test_a_date_that_somebody_moved_meanwhile_shows_base_mine_and_theirs(client, world):
    form = page(client, world.ada).context["stage_form"]
    wanted = {
        "cycle": world.cycle.pk, "kind": "implementation", "due": "2027-01-13", "reason": "the line moves",
        "seen": form.initial["seen"],
    }  # fmt: skip
    schedule.change_stage(
        person=world.erin, cycle=world.cycle, kind="implementation", due=date(2027, 1, 11), owner=None,
        reason="holidays",
    )  # fmt: skip
    answer = post(client, world.ada, "change_stage", **wanted)
    assert answer.status_code == 409
    (found,) = answer.context["conflict"]
    assert (found.label, found.base, found.mine, found.theirs) == (
        "Due",
        "8 Jan 2027",
        "13 Jan 2027",
        "11 Jan 2027",
    )
    again = post(
        client, world.ada, "change_stage", **wanted | {"seen": answer.context["stage_form"]["seen"].value()}
    )
    assert again.status_code == 302
    assert world.cycle.stages.get(kind="implementation").due == date(2027, 1, 13)
    assert AuditEvent.objects.filter(reason__contains="the line moves").exists()


def test_a_stage_that_nobody_else_touched_is_changed_although_another_was(client, world):
    seen = page(client, world.ada).context["stage_form"].initial["seen"]
    world.cycle.stages.filter(kind="implementation").update(owner=world.sam)
    answer = post(
        client, world.ada, "change_stage", cycle=world.cycle.pk, kind="executive_meeting", due="2026-12-21",
        reason="the room is taken", seen=seen,
    )  # fmt: skip
    assert answer.status_code == 302
    assert world.cycle.stages.get(kind="executive_meeting").due == date(2026, 12, 21)


def test_the_supply_review_shows_stock_and_orders_of_each_family(client, world):
    world.cycle.stage = "supply_review"
    world.cycle.save()
    shown = page(client, world.sam)
    families = {entry["row"].family: entry for entry in shown.context["reviews"]}
    held = {row.family: row for row in stock.by_family(world.plan)}
    orders = PlannedOrder.objects.filter(plan=world.plan, item__category__code="Kits")
    assert families["Kits"]["stock"] == held["Kits"]
    assert families["Kits"]["ordered"] == sum(float(row.quantity * row.unit_landed_cost) for row in orders)
    assert "Below target" in shown.content.decode()


def test_who_sees_one_family_reviews_the_supply_of_that_family(client, world, person):
    world.cycle.stage = "supply_review"
    world.cycle.save()
    bob = person("bob", "supply_planner", category=world.company.categories["Bottles"])
    assert [entry["row"].family for entry in page(client, bob).context["reviews"]] == ["Bottles"]


def test_review_all_is_bound_to_what_was_looked_at(client, world):
    world.cycle.stage = "demand_review"
    world.cycle.save()
    seen = page(client, world.dana).context["seen_all"]
    ConsensusLine.objects.filter(plan=world.plan, series__item__code="BOT-1").update(quantity=[1.0] * 12)
    refused = post(client, world.dana, "review", family="all", seen=seen)
    assert refused.status_code == 409
    assert "A family has changed since you looked at it" in refused.content.decode()
    assert (
        post(client, world.dana, "review", family="all", seen=refused.context["seen_all"]).status_code == 302
    )


def test_each_figure_of_a_family_opens_what_it_is_made_of(client, world):
    cycles.reopen(person=world.erin, kind="demand_review", reason="The campaign moved.")
    entry = page(client, world.dana).context["reviews"][0]
    kind, *keys = entry["why"].removeprefix("/web/why/").split("/")
    assert float(explain(world.dana, kind, *keys).total) == pytest.approx(entry["plan"][1])
    known = [(gap, why) for gap, why in entry["others"] if gap is not None]
    assert known
    for gap, why in known:
        kind, *keys = why.removeprefix("/web/why/").split("/")
        assert float(explain(world.dana, kind, *keys).total) == pytest.approx(gap)
