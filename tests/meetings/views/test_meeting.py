"""The meeting in the browser's words: sign what was looked at, decide, minute, publish."""

import re
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from forecasting.models import ConsensusLine
from inventory.models import InventoryTarget
from meetings.models import ActionItem, Approval, Decision, Minute
from meetings.selectors import approvals
from meetings.selectors.cycles import today
from meetings.selectors.pack import cycle_sections
from siop.plans import hashing
from siop.web.exports import extract
from siop.web.templatetags.siop import short_day


def post(client, who, name, *args, **data):
    client.force_login(who)
    return client.post(reverse(f"meetings:{name}", args=args), data)


def items(world):
    return {item.key: item for item in world.cycle.agenda.all()}


def test_approval_is_bound_to_what_was_looked_at(client, world):
    head = world.team["sales"]
    client.force_login(head)
    seen = client.get(reverse("meetings:meeting")).context["content_hash"]
    ConsensusLine.objects.filter(plan=world.plan, series__item__code="BOT-1").update(quantity=[1.0] * 12)
    answer = post(client, head, "approve", seen=seen)
    assert answer.status_code == 409
    assert "has changed since you looked at it" in answer.content.decode()
    assert not Approval.objects.filter(plan=world.plan).exists()


def test_heads_sign_and_an_executive_publishes(client, world):
    seen = hashing.content(world.plan).content_hash
    for head in world.team.values():
        assert post(client, head, "approve", seen=seen).status_code == 302
    assert all(row.complete for row in approvals.signatures(world.cycle))
    assert post(client, world.team["sales"], "publish").status_code == 403
    post(client, world.erin, "publish")
    world.plan.refresh_from_db()
    assert world.plan.content_hash == seen
    assert world.plan.published is not None
    text = client.get(reverse("meetings:meeting")).content.decode()
    assert f"Plan v{world.plan.pk} is published, content {seen[:8]}" in text


def test_who_approves_with_a_reservation_is_read_by_all(client, world):
    said = "The launch of mint is too early, " + "as the shops have told us since spring " * 20 + "and it is"
    head = world.team["sales"]
    answer = post(
        client, head, "approve", seen=hashing.content(world.plan).content_hash, reservation=f" {said} "
    )
    assert answer.status_code == 302
    sales = next(row for row in approvals.signatures(world.cycle) if row.department.code == "sales")
    assert (sales.complete, sales.reservation) == (True, said)
    client.force_login(world.team["finance"])
    for page in ("meeting", "cycle"):
        assert f"Reservation: “{said}”" in client.get(reverse(f"meetings:{page}")).text
    assert f"with a reservation: “{said}”." in world.cycle.minutes.last().text
    packed = cycle_sections.signatures(world.cycle)
    assert any(said in row for row in packed["rows"])
    exported = extract("approvals", person=world.erin)
    assert exported.columns[8] == "remark"
    rows = exported.rows()
    assert [row[2:5] for row in rows if row[8] == said] == [("sales", "", "approved")]


def test_nobody_is_asked_to_sign_what_cannot_be_signed_yet(client, world):
    head = world.team["sales"]
    client.force_login(head)
    assert 'form="approval"' in client.get(reverse("meetings:meeting")).text
    InventoryTarget.objects.filter(plan=world.plan).update(
        service_policy="never_run_out", service_target=0.999, simulated_risk=0.004
    )
    text = client.get(reverse("meetings:meeting")).text
    assert "Nobody can sign yet" in text
    assert "let an executive accept the exception" in text
    assert 'id="approval"' not in text
    assert 'form="approval"' not in text
    assert "Object instead" in text
    home = client.get("/").text
    assert f"Plan v{world.plan.pk} cannot be signed yet" in home
    assert reverse("meetings:approve") not in home


def test_what_was_reserved_is_still_there_where_the_plan_has_changed_meanwhile(client, world):
    answer = post(client, world.team["sales"], "approve", seen="0" * 64, reservation="Too early")
    assert answer.status_code == 409
    assert 'name="reservation" value="Too early"' in answer.text


def test_a_reservation_falls_with_the_signature_that_it_came_with(client, world):
    head = world.team["sales"]
    post(client, head, "approve", seen=hashing.content(world.plan).content_hash, reservation="Too early")
    ConsensusLine.objects.filter(plan=world.plan, series__item__code="BOT-1").update(quantity=[1.0] * 12)
    sales = next(row for row in approvals.signatures(world.cycle) if row.department.code == "sales")
    assert (sales.complete, sales.reservation) == (False, "")


def test_who_publishes_reads_the_reservations_first(client, world):
    for item in world.cycle.agenda.exclude(key="approve"):
        post(client, world.erin, "decide", item.pk, chosen="0", text="agreed", version=item.version)
    seen = hashing.content(world.plan).content_hash
    post(client, world.team["sales"], "approve", seen=seen, reservation="Too early")
    client.force_login(world.erin)
    text = client.get(reverse("meetings:meeting")).text
    assert "has a reservation: “Too early”" in text[text.index('<dialog id="publish"') :]


def test_decision_keeps_options_choice_dissent_and_plan(client, world):
    item = items(world)["exception:shortage:1"]
    answer = post(
        client, world.erin, "decide", item.pk, chosen="1", text="Fly 4,800", dissent="One late flight is a stock-out",
        dissenter="Operations",
    )  # fmt: skip
    assert answer.status_code == 302
    assert "Recorded: Option 2, Fly 4,800 bottles; Fly 4,800." in client.get(answer.url).text
    decision = Decision.objects.get()
    assert (decision.chosen, decision.options[1]["title"]) == (1, "Fly 4,800 bottles")
    assert decision.plan == world.plan
    assert decision.effects.get().kpi == "avoidable_loss"
    item.refresh_from_db()
    assert item.done
    assert Minute.objects.filter(text__contains="Option 2, Fly 4,800 bottles").exists()
    page = client.get(reverse("meetings:decision", args=[decision.pk])).content.decode()
    assert "One late flight is a stock-out" in page


def test_a_decision_says_how_far_its_actions_are(client, world):
    post(client, world.erin, "decide", items(world)["exception:shortage:1"].pk, chosen="1", text="Fly 4,800")
    decision = Decision.objects.get()
    for days, status in ((-2, "open"), (5, "waiting"), (-9, "done")):
        ActionItem.objects.create(
            cycle=world.cycle, decision=decision, code=f"A-{days}", title="Book", owner=world.erin, status=status,
            due=today() + timedelta(days=days), closed=timezone.now() if status == "done" else None,
        )  # fmt: skip
    client.force_login(world.erin)
    page = client.get(reverse("meetings:decision", args=[decision.pk])).content.decode()
    assert all(words in page for words in ("▲ 2 days late", ">Waiting<", "✓ Done"))


def test_refused_decision_keeps_what_was_typed(client, world):
    item = items(world)["exception:shortage:1"]
    answer = post(client, world.erin, "decide", item.pk, chosen="1", text="Fly them all", dissent="No")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Name who dissents" in text
    assert "Fly them all" in text
    assert not Decision.objects.exists()


def test_action_without_owner_is_not_saved(client, world):
    item = items(world)["exception:shortage:1"]
    answer = post(
        client,
        world.erin,
        "add_meeting_action",
        item.pk,
        title="Book by air",
        due="2026-12-20",
        kind="corrective",
    )
    assert answer.status_code == 422
    assert "Name an owner: an action without one is not saved." in answer.content.decode()
    assert ActionItem.objects.count() == 1


def test_action_from_an_item_stands_beside_it(client, world):
    item = items(world)["exception:shortage:1"]
    post(
        client, world.erin, "add_meeting_action", item.pk, title="Book 4,800 by air", due="2026-12-20",
        kind="corrective", owner=world.sam.pk,
    )  # fmt: skip
    action = item.actions.get()
    assert (action.owner, action.due) == (world.sam, date(2026, 12, 20))
    text = client.get(reverse("meetings:meeting"), {"item": item.pk}).content.decode()
    assert "Book 4,800 by air" in text
    sent = dict(re.findall(r'<input type="hidden" name="(token|next)" value="([^"]+)">', text))
    undone = post(client, world.erin, "undo_new_action", **sent)
    assert undone.url == f"{reverse('meetings:meeting')}?item={item.pk}"
    assert not item.actions.exists()


def test_rejection_reopens_and_needs_a_reason(client, world):
    head = world.team["quality"]
    post(client, head, "reject", reason="")
    world.cycle.refresh_from_db()
    assert world.cycle.stage == "executive_meeting"
    post(client, head, "reject", reason="certificate missing", part="supply")
    world.cycle.refresh_from_db()
    assert world.cycle.stage == "supply_review"


def test_guests_write_minutes_and_nothing_else(client, world, person):
    guest = person("gus", "guest")
    assert post(client, guest, "add_minute", text="The supplier can do it").status_code == 302
    assert Minute.objects.filter(person=guest).exists()
    item = items(world)["exception:shortage:1"]
    assert post(client, guest, "decide", item.pk, chosen="0").status_code == 403
    assert post(client, guest, "approve").status_code == 403
    assert post(client, guest, "create_action", title="x").status_code == 403


def test_items_of_other_cycles_are_not_touched(client, world):
    foreign = world.first.agenda.first()
    assert post(client, world.erin, "agenda_done", foreign.pk, version=1, done="1").status_code == 404


def test_what_people_type_is_shown_as_text(client, world):
    post(client, world.erin, "add_minute", text="<script>alert(1)</script>")
    text = client.get(reverse("meetings:meeting")).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_what_is_missing_is_said_where_it_is_typed(client, world):
    item = items(world)["overdue"]
    answer = post(client, world.erin, "decide", item.pk, text=" ", dissent="No")
    assert answer.status_code == 422
    errors = answer.context["decision_form"].errors
    assert errors == {
        "text": ["Say what was decided."],
        "dissenter": ["Name who dissents: an objection is kept with its name."],
    }
    text = answer.content.decode()
    assert text.index("Say what was decided.") > text.index('id="id_text"')


def test_the_one_button_decides_then_goes_on_then_publishes(client, world):
    client.force_login(world.erin)
    steps = []
    for item in world.cycle.agenda.filter(dropped=False):
        steps.append(client.get(reverse("meetings:meeting"), {"item": item.pk}).context["step"])
        if item.key != "approve":
            post(client, world.erin, "decide", item.pk, chosen="0", text="agreed")
            steps.append(client.get(reverse("meetings:meeting"), {"item": item.pk}).context["step"])
    asked = world.cycle.agenda.filter(dropped=False).count() - 1
    assert steps == ["decide", "go_on"] * (asked - 1) + ["decide", "publish", "publish"]


def test_outside_the_meeting_nobody_is_offered_to_decide(client, world):
    world.cycle.stage = "reconciliation"
    world.cycle.save()
    client.force_login(world.erin)
    text = client.get(reverse("meetings:meeting"), {"item": items(world)["overdue"].pk}).content.decode()
    assert 'name="dissent"' not in text


def test_a_head_is_told_from_which_day_on_to_sign(client, world):
    reconciliation = world.cycle.stages.get(kind="reconciliation")
    client.force_login(world.team["sales"])
    said = f"You sign from {short_day(reconciliation.start)} on"
    assert said not in client.get(reverse("meetings:meeting")).content.decode()
    world.cycle.stage = "demand_review"
    world.cycle.save()
    assert said in client.get(reverse("meetings:meeting")).content.decode()


def test_who_has_signed_is_not_asked_again_but_may_object(client, world):
    head = world.team["sales"]
    post(client, head, "approve", seen=hashing.content(world.plan).content_hash)
    text = client.get(reverse("meetings:meeting")).content.decode()
    assert "You have approved it." in text
    assert 'form="approval"' not in text
    assert "Reject and reopen" in text


def test_each_field_has_its_own_name_on_the_page(client, world):
    client.force_login(world.erin)
    found = client.get(reverse("meetings:meeting")).content.decode()
    ids = re.findall(r'\bid="([^"]+)"', found)
    assert sorted(ids) == sorted(set(ids))


def test_publishing_says_what_it_does_and_asks_once(client, world):
    for item in world.cycle.agenda.exclude(key="approve"):
        post(client, world.erin, "decide", item.pk, chosen="0", text="agreed", version=item.version)
    client.force_login(world.erin)
    text = client.get(reverse("meetings:meeting")).text
    assert re.search(r'<button type="button" class="btn pri" data-dialog="publish"', text)
    dialog = text[text.index('<dialog id="publish"') :]
    assert "It cannot be taken back" in dialog
    assert f"becomes the plan of {world.cycle.name}" in dialog
    assert "is told in your name" in dialog
    assert (
        "▲ Open: every department has approved (missing: " in dialog
    )  # what is open is said before anybody presses


def test_of_two_who_decide_on_one_item_the_second_sees_both_words_and_records_nothing(client, world):
    item = items(world)["exception:shortage:1"]
    first = {"chosen": "0", "text": "Accepted", "version": item.version}
    second = {"chosen": "1", "text": "Fly them at once", "version": item.version}
    assert post(client, world.erin, "decide", item.pk, **first).status_code == 302
    answer = post(client, world.erin, "decide", item.pk, **second)
    assert answer.status_code == 409
    assert "Erin has decided it since you opened the item" in answer.text
    assert "Option 2, Fly 4,800 bottles; Fly them at once" in answer.text
    assert "Save again" not in answer.text
    assert Decision.objects.get().text == "Accepted"


def test_the_key_of_the_next_step_goes_to_the_decision_and_does_not_make_it(client, world):
    client.force_login(world.erin)
    item = items(world)["exception:shortage:1"]
    page = client.get(reverse("meetings:meeting"), {"item": item.pk}).content.decode()
    step = re.search(r'<button form="decision"[^>]*>', page)
    assert step
    assert 'data-key="n" data-signs' in step.group()
    assert "<kbd>N</kbd> next step" in page
    world.cycle.stage = "demand_review"
    world.cycle.save()
    assert "next step" not in client.get(reverse("meetings:meeting")).content.decode()


def test_an_item_that_was_opened_again_is_decided_anew_and_both_words_stand_in_the_minutes(client, world):
    item = items(world)["exception:shortage:1"]
    first = {"chosen": "0", "text": "Wait for the tender", "version": item.version}
    post(client, world.erin, "decide", item.pk, **first)
    item.refresh_from_db()
    post(client, world.erin, "agenda_done", item.pk, version=item.version, done="0")
    item.refresh_from_db()
    assert not item.done
    page = client.get(f"{reverse('meetings:meeting')}?item={item.pk}").content.decode()
    assert '<form id="decision"' in page
    assert "Wait for the tender" in page
    post(client, world.erin, "decide", item.pk, **first | {"text": "Not any more", "version": item.version})
    assert [one.text for one in Decision.objects.order_by("pk")] == ["Wait for the tender", "Not any more"]
    assert "Not any more" in client.get(f"{reverse('meetings:meeting')}?item={item.pk}").content.decode()
