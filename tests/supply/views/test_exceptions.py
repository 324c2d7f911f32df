"""Exceptions from their page: snoozed, grouped by cause, done about."""

import re
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from planning import Planned

from siop.web.plan_choice import looking_day
from supply.enums import LoneCause
from supply.models import PlanException

ITEMS = 1


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


def test_a_link_to_an_exception_that_is_settled_says_so(sams: Any, made: Planned) -> None:
    found = made.exceptions[0]
    said = "What you followed is settled"
    assert said not in sams.get(f"/supply/exceptions/?exception={found.pk}").content.decode()
    found.delete()
    assert said in sams.get(f"/supply/exceptions/?exception={found.pk}").content.decode()


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
