"""Edits from the supply pages: what is saved, what is refused, and what the refused editor sees."""

import re
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from planning import Planned

from inventory.models import Policy
from siop.plans import locks
from siop.web.models import AuditEvent
from siop.web.plan_choice import looking_day
from supply.enums import LoneCause
from supply.models import PlanException, PlannedOrder, ScheduledReceipt

ITEMS = 1


@pytest.fixture
def sams(client: Any, sam: Any) -> Any:
    client.force_login(sam)
    return client


def _policy_url(made: Planned) -> str:
    return f"/supply/policies/{made.items[0].pk}/{made.locations[0].pk}/"


VALUES = {"service_policy": "cycle_service", "service_target": "0.97", "reason": "More returns at Easter"}


def test_policy_is_saved_with_reason_and_audit(sams: Any, sam: Any, made: Planned) -> None:
    answer = sams.post(_policy_url(made), VALUES | {"version": "0"})
    policy = Policy.objects.get(item=made.items[0], location=made.locations[0])
    assert answer.status_code == 302
    assert (policy.service_policy, float(policy.service_target), policy.person) == (
        "cycle_service",
        0.97,
        sam,
    )
    event = AuditEvent.objects.get(table="inventory_policy", key=str(policy.pk))
    assert (event.person_id, event.reason) == (sam.pk, "More returns at Easter")


def _field(text: str, name: str) -> str:
    (found,) = re.findall(
        rf'<input[^>]* name="{name}".*?>|<select name="{name}".*?</select>', text, re.DOTALL
    )
    return str(found)


def test_a_policy_that_is_blank_shows_what_it_follows(sams: Any, made: Planned) -> None:
    item = made.items[0]
    text = sams.get(_policy_url(made)).text
    assert "As the item: cycle service" in _field(text, "service_policy")
    assert 'placeholder="0.95"' in _field(text, "service_target")
    item.service_policy, item.service_target = "", None
    item.save()
    for path in (_policy_url(made), _item_location(made, "policy")):
        text = sams.get(path).text
        assert "As class AX: fill rate" in _field(text, "service_policy")
        assert 'placeholder="0.98"' in _field(text, "service_target")
        assert 'placeholder="0"' in _field(text, "review_days")
    item.service_policy = "never_run_out"
    item.save()
    text = sams.get(_policy_url(made)).text
    assert "As the item: never run out" in _field(text, "service_policy")
    assert "placeholder" not in _field(text, "service_target")


def test_a_target_of_a_policy_of_its_own_follows_nobody(sams: Any, made: Planned) -> None:
    answer = sams.post(_policy_url(made), VALUES | {"version": "0", "service_target": ""})
    assert answer.status_code == 422
    assert "Cycle service needs a target." in answer.text
    assert "placeholder" not in _field(answer.text, "service_target")


def _item_location(made: Planned, tab: str) -> str:
    return f"/supply/items/{made.items[0].pk}/{made.locations[0].pk}/?tab={tab}"


def test_the_trail_of_an_item_location_speaks_as_the_audit_page_does(sams: Any, made: Planned) -> None:
    """Names of things, not numbers of rows."""
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    line = sams.get(_item_location(made, "audit")).context["lines"][0]
    assert (line.who, line.what, line.reason) == ("Sam", "Added", "More returns at Easter")
    assert made.items[0].code in line.row
    assert not [change.column for change in line.changes if change.column.endswith("_id")]


def _take_back(sams: Any, made: Planned) -> Any:
    token = re.search(r'name="token" value="([^"]+)"', sams.get(_item_location(made, "policy")).text)
    assert token is not None
    return sams.post(f"{_policy_url(made)}undo/", {"token": token[1]}, follow=True)


def test_a_policy_is_taken_back_to_what_it_was_before(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0", "min_qty": "40"})
    sams.get(_item_location(made, "policy"))  # the message of the first is read
    sams.post(_policy_url(made), VALUES | {"version": "1", "service_target": "0.99"})
    assert "is as it was" in _take_back(sams, made).text
    policy = Policy.objects.get(item=made.items[0], location=made.locations[0])
    assert (float(policy.service_target), float(policy.min_qty), policy.version) == (0.97, 40, 3)


def test_the_first_policy_taken_back_follows_the_item_again(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    _take_back(sams, made)
    policy = Policy.objects.get(item=made.items[0], location=made.locations[0])
    assert (policy.service_policy, policy.service_target, policy.lot_sizing) == ("", None, "")


def test_a_policy_that_somebody_changed_since_is_not_taken_back(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    Policy.objects.update(version=2, service_target=0.9)
    assert "changed this policy meanwhile" in _take_back(sams, made).text
    assert float(Policy.objects.get(item=made.items[0]).service_target) == 0.9


def test_a_policy_that_is_closed_cannot_be_saved_from_the_item_location(
    sams: Any, made: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Save policy" in sams.get(_item_location(made, "policy")).content.decode()
    monkeypatch.setattr(locks, "closed_because", lambda part: f"{part.label} are closed.")
    page = sams.get(_item_location(made, "policy")).content.decode()
    assert "Save policy" not in page
    assert "Inventory targets are closed." in page


def test_stale_policy_shows_what_stands_there_and_keeps_what_was_typed(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    answer = sams.post(_policy_url(made), VALUES | {"version": "0", "service_target": "0.99"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "changed this policy meanwhile" in text
    assert "Policy Cycle service · Target 0.97" in text
    assert 'value="0.99"' in text
    again = sams.post(_policy_url(made), VALUES | {"version": "1", "service_target": "0.99"})
    assert again.status_code == 302
    assert float(Policy.objects.get().service_target) == 0.99


def test_edit_without_a_version_is_refused(sams: Any, made: Planned) -> None:
    assert sams.post(_policy_url(made), VALUES).status_code == 428
    assert sams.post(f"/supply/orders/{made.orders[0].pk}/firm/", {"quantity": "5"}).status_code == 428
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": ""}, "Say why"),
        ({"service_target": ""}, "needs a target"),
        ({"service_target": "95"}, "is no share"),
        ({"min_qty": "50", "max_qty": "20"}, "At most 20 is less than at least 50"),
        ({"lot_sizing": "fixed_order_quantity"}, "needs a quantity"),
        ({"service_target": "1e400"}, "errors"),
        ({"review_days": "-1"}, "errors"),
    ],
)
def test_wrong_policies_are_told_at_the_field(
    sams: Any, made: Planned, wrong: dict[str, str], says: str
) -> None:
    answer = sams.post(_policy_url(made), VALUES | {"version": "0"} | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Policy.objects.exists()


def test_firming_from_the_page_says_what_it_costs(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    data = {"version": str(order.version), "quantity": str(order.quantity + 100), "reason": "Promised"}
    answer = sams.post(f"/supply/orders/{order.pk}/firm/", data, follow=True)
    assert PlannedOrder.objects.get(pk=order.pk).status == "firm"
    assert "+100 on the plan, +1,240 in money" in answer.content.decode()


def test_stale_firm_answers_409_and_can_be_saved_again(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    url, data = f"/supply/orders/{order.pk}/firm/", {"quantity": "60", "reason": "Promised"}
    sams.post(url, data | {"version": "1"})
    answer = sams.post(url, data | {"version": "1", "quantity": "70"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert 'name="version" value="2"' in answer.content.decode()
    assert sams.post(url, data | {"version": "2", "quantity": "70"}).status_code == 302
    assert PlannedOrder.objects.get(pk=order.pk).quantity == 70


def test_release_from_the_page(sams: Any, made: Planned) -> None:
    chosen = [str(order.pk) for order in made.orders[:2]]
    answer = sams.post("/supply/orders/release/", {"order": chosen}, follow=True)
    assert "2 orders released" in answer.content.decode()
    assert ScheduledReceipt.objects.filter(order__startswith="P-").count() == 2


def test_release_of_nothing_and_of_others_orders(client: Any, person: Any, made: Planned) -> None:
    elsewhere = next(place for place in made.locations if place.pk != made.orders[0].location_id)
    client.force_login(person("lou", "supply_planner", location=elsewhere))
    answer = client.post("/supply/orders/release/", {"order": [str(made.orders[0].pk), "x"]}, follow=True)
    assert "No order is chosen" in answer.content.decode()
    assert not PlannedOrder.objects.filter(status="released").exists()


def test_release_leads_only_to_our_own_pages(sams: Any, made: Planned) -> None:
    data = {"order": str(made.orders[0].pk), "next": "https://elsewhere.example/"}
    assert sams.post("/supply/orders/release/", data).url == "/supply/"


def test_snoozed_exception_leaves_the_list_until_its_day(sams: Any, sam: Any, made: Planned) -> None:
    found = made.exceptions[0]
    until = looking_day(made.plan) + timedelta(days=10)
    data = {"version": "1", "until": until.isoformat(), "reason": "Supplier confirmed Friday"}
    assert sams.post(f"/supply/exceptions/{found.pk}/snooze/", data).status_code == 302
    found.refresh_from_db()
    assert (found.status, found.snoozed_until, found.person, found.note) == (
        "snoozed",
        until,
        sam,
        "Supplier confirmed Friday",
    )
    listed = sams.get("/supply/exceptions/?each=1").context["page"].object_list
    assert found.pk not in [one.pk for one in listed]
    PlanException.objects.filter(pk=found.pk).update(snoozed_until=looking_day(made.plan))
    listed = sams.get("/supply/exceptions/?each=1").context["page"].object_list
    assert found.pk in [one.pk for one in listed]


def _wait(made: Planned, **chosen: Any) -> dict[str, Any]:
    until = looking_day(made.plan) + timedelta(days=10)
    return {"until": until.isoformat(), "reason": "Waits for the tender"} | chosen


def _snoozed() -> set[str]:
    return set(PlanException.objects.filter(status="snoozed").values_list("key", flat=True))


def _undo(client: Any, page: str) -> Any:
    token, back = re.findall(
        r'action="/supply/exceptions/undo-snooze/".*?name="token" value="([^"]+)".*?name="next" value="([^"]*)"',
        page,
        re.S,
    )[-1]
    return client.post("/supply/exceptions/undo-snooze/", {"token": token, "next": back}, follow=True)


def test_chosen_exceptions_wait_together_and_one_press_takes_it_back(
    sams: Any, sam: Any, made: Planned
) -> None:
    one, other, *_ = made.plan.exceptions.filter(status="open")
    sent = _wait(made, exception=[one.key, other.key], next="/supply/exceptions/?each=1")
    answer = sams.post("/supply/exceptions/snooze/", sent, follow=True).content.decode()
    assert "2 exceptions are out of sight until" in answer
    assert _snoozed() == {one.key, other.key}
    assert set(PlanException.objects.filter(status="snoozed").values_list("person", "note")) == {
        (sam.pk, "Waits for the tender")
    }
    undone = _undo(sams, answer)
    assert "Taken back: 2 exceptions open again." in undone.content.decode()
    assert undone.redirect_chain == [("/supply/exceptions/?each=1", 302)]
    assert _snoozed() == set()


def test_a_root_cause_waits_with_all_its_exceptions_of_the_list_as_it_was_filtered(
    sams: Any, made: Planned
) -> None:
    kinds = list(made.plan.exceptions.filter(status="open").values_list("kind", flat=True))
    made.plan.exceptions.update(root_cause="Tariff rises")
    mine = {one.key for one in made.plan.exceptions.filter(status="open", kind=kinds[0])}
    line = sams.get(f"/supply/exceptions/?kind={kinds[0]}").context["lines"][0]
    assert line["count"] == len(mine)
    sent = _wait(made, cause=f"{len(mine)}:Tariff rises", filter=f"kind={kinds[0]}")
    assert sams.post("/supply/exceptions/snooze/", sent).status_code == 302
    assert _snoozed() == mine


@pytest.mark.parametrize(
    "wrong",
    [
        {"exception": "gone"},
        {"cause": "99:Capacity"},
        {"exception": []},
        {"until": "2020-01-01"},
        {"reason": " "},
    ],
)
def test_what_is_not_there_any_more_or_has_no_day_and_reason_snoozes_nothing(
    sams: Any, made: Planned, wrong: dict[str, Any]
) -> None:
    one = made.plan.exceptions.filter(status="open").first()
    answer = sams.post("/supply/exceptions/snooze/", _wait(made, exception=one.key) | wrong)
    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()
    assert _snoozed() == set()


def test_an_undo_leaves_what_somebody_changed_since(sams: Any, made: Planned) -> None:
    one = made.plan.exceptions.filter(status="open").first()
    page = sams.post(
        "/supply/exceptions/snooze/", _wait(made, exception=one.key), follow=True
    ).content.decode()
    PlanException.objects.filter(key=one.key).update(note="somebody else says otherwise")
    assert "Somebody changed it since" in _undo(sams, page).content.decode()
    assert _snoozed() == {one.key}


@pytest.mark.parametrize(
    ("until", "reason"), [("", "why"), ("2020-01-01", "why"), ("2099-01-01", "why"), ("2026-12-09", "")]
)
def test_snoozing_needs_a_day_ahead_and_a_reason(sams: Any, made: Planned, until: str, reason: str) -> None:
    url = f"/supply/exceptions/{made.exceptions[0].pk}/snooze/"
    assert sams.post(url, {"version": "1", "until": until, "reason": reason}).status_code == 422
    assert not PlanException.objects.filter(status="snoozed").exists()


def test_reopened_exception_is_back(sams: Any, made: Planned) -> None:
    found = made.exceptions[0]
    PlanException.objects.filter(pk=found.pk).update(
        status="snoozed", snoozed_until=timezone.localdate() + timedelta(days=900)
    )
    assert sams.post(f"/supply/exceptions/{found.pk}/reopen/", {"version": "1"}).status_code == 302
    found.refresh_from_db()
    assert (found.status, found.snoozed_until) == ("open", None)


def test_guests_and_demand_planners_may_not_edit_supply(
    client: Any, dana: Any, person: Any, made: Planned
) -> None:
    for someone in (dana, person("gus", "guest")):
        client.force_login(someone)
        assert client.post(_policy_url(made), VALUES | {"version": "0"}).status_code == 403
        assert client.post("/supply/orders/release/", {"order": "1"}).status_code == 403
        assert client.post(f"/supply/exceptions/{made.exceptions[0].pk}/snooze/", {}).status_code == 403
        assert client.post("/supply/exceptions/snooze/", {}).status_code == 403
        assert "data-pick" not in client.get("/supply/exceptions/").content.decode()


def test_exceptions_of_one_cause_are_one_line_with_the_sum_of_their_money(sams: Any, made: Planned) -> None:
    opened = list(made.plan.exceptions.filter(status="open"))
    lines = sams.get("/supply/exceptions/").context["lines"]
    assert {line["cause"] for line in lines} == {one.root_cause for one in opened}
    for line in lines:
        mine = [one for one in opened if one.root_cause == line["cause"]]
        assert line["count"] == len(mine)
        assert line["avoidable"] == sum(one.avoidable_loss for one in mine)
    sums = [line["avoidable"] for line in lines]
    assert sums == sorted(sums, reverse=True)
    within = sams.get(lines[0]["url"].replace("?", "/supply/exceptions/?"))
    assert {line["row"]["exception"].root_cause for line in within.context["lines"]} == {lines[0]["cause"]}


def test_exceptions_whose_words_are_only_alike_stand_alone(sams: Any, made: Planned) -> None:
    made.plan.exceptions.update(root_cause=LoneCause.LEAD_TIME, status="open")
    lines = sams.get("/supply/exceptions/").context["lines"]
    assert [line["count"] for line in lines] == [1] * made.plan.exceptions.count()


@pytest.mark.parametrize(
    ("action", "said"), [("order_now", "Release P-"), ("expedite", "Open P-"), ("split_off", "Open P-")]
)
def test_the_next_step_of_an_exception_is_a_button(sams: Any, made: Planned, action: str, said: str) -> None:
    order = made.plan.orders.first()
    found = made.exceptions[0]
    type(found).objects.filter(pk=found.pk).update(order=order.number, action=action)
    page = sams.get(f"/supply/exceptions/?exception={found.pk}").content.decode()
    assert said in page.split("Next best action")[1].split("Try it as a scenario")[0]


def test_firming_is_taken_back_beside_the_message(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    url, data = f"/supply/orders/{order.pk}/firm/", {"version": "1", "quantity": "60", "reason": "Promised"}
    first = _undo_token(sams.post(url, data, follow=True))
    second = _undo_token(sams.post(url, data | {"version": "2", "quantity": "70"}, follow=True))
    unknown = sams.post("/supply/orders/undo-firm/", {"token": "x"}, follow=True).content.decode()
    assert "can no longer be taken back" in unknown
    sams.post("/supply/orders/undo-firm/", {"token": second})
    again = PlannedOrder.objects.get(pk=order.pk)
    assert (again.status, again.quantity, again.reason) == ("firm", 60, "Promised")
    refused = sams.post("/supply/orders/undo-firm/", {"token": first}, follow=True).content.decode()
    assert "changed order" in refused
    assert PlannedOrder.objects.get(pk=order.pk).quantity == 60


def _undo_token(answer: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.content.decode())
    assert found, "no Undo beside the message"
    return found[1]


def test_an_order_made_again_since_the_page_was_read_is_shown_before_it_is_firmed(
    sams: Any, made: Planned
) -> None:
    order = made.orders[0]
    url = f"/supply/orders/{order.pk}/firm/"
    data = {"version": "1", "quantity": "60", "reason": "Promised", "number": order.number}
    now = _made_again(order, quantity=90)
    answer = sams.post(url, data, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{order.number} is 90 by" in page
    assert f'action="/supply/orders/{now.pk}/firm/"' in page
    assert PlannedOrder.objects.get(number=order.number).status == "planned"
    assert sams.post(url, data | {"number": "P-gone"}).status_code == 404


def _made_again(order: PlannedOrder, **changed: Any) -> PlannedOrder:
    """As a run does it: the old row goes, a new one takes its number."""
    PlannedOrder.objects.filter(pk=order.pk).delete()
    fresh = copy(order)
    fresh.pk = None
    for name, value in changed.items():
        setattr(fresh, name, value)
    fresh.save(force_insert=True)
    return fresh


def test_an_open_order_link_outlives_a_plan_made_again(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    _made_again(order)
    assert sams.get(f"/supply/?order={order.number}").context["order"].number == order.number
    gone = sams.get("/supply/?order=P-GONE-1")
    assert gone.status_code == 200
    assert "P-GONE-1</b> is not in the plan any more" in gone.content.decode()


def test_a_link_to_an_exception_that_is_settled_says_so(sams: Any, made: Planned) -> None:
    found = made.exceptions[0]
    said = "What you followed is settled"
    assert said not in sams.get(f"/supply/exceptions/?exception={found.pk}").content.decode()
    found.delete()
    assert said in sams.get(f"/supply/exceptions/?exception={found.pk}").content.decode()


def test_release_of_orders_some_of_which_are_gone_releases_none(sams: Any, made: Planned) -> None:
    first, second = made.orders[:2]
    _made_again(second)
    answer = sams.post("/supply/orders/release/", {"order": [str(first.pk), str(second.pk)]}, follow=True)
    assert "choose again" in answer.content.decode()
    assert not ScheduledReceipt.objects.filter(order__startswith="P-").exists()


def test_snoozing_leads_back_to_the_list_and_finds_the_threat_in_a_plan_made_again(
    sams: Any, made: Planned
) -> None:
    found = made.exceptions[0]
    page = sams.get(f"/supply/exceptions/?each=1&kind={found.kind}&exception={found.pk}")
    back = page.context["back"]
    assert back == f"/supply/exceptions/?each=1&kind={found.kind}"
    PlanException.objects.filter(pk=found.pk).delete()
    again = copy(found)
    again.pk = None
    again.save(force_insert=True)
    until = looking_day(made.plan) + timedelta(days=10)
    data = {"version": "1", "until": until.isoformat(), "reason": "Waits", "key": found.key, "next": back}
    answer = sams.post(f"/supply/exceptions/{found.pk}/snooze/", data)
    assert (answer.status_code, answer.url) == (302, back)
    assert PlanException.objects.get(key=found.key).status == "snoozed"
