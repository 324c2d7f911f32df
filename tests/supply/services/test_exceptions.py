"""Exceptions that people put off."""

from datetime import date
from typing import Any

from factories import company, live_plan, plan_exception

from siop.plans import freezing
from supply.models import PlanException
from supply.services.exceptions import reopen, snooze, snooze_chosen, take_back, token_of


def test_what_was_put_off_in_the_cycles_plan_is_put_off_in_the_live_one_that_takes_over(
    db: None, sam: Any
) -> None:
    """Snoozed in the supply review; once the plan is published the pages show the live plan, which was made before."""
    live = live_plan(company(), parameters={"planning_date": "2026-12-01"})
    plan_exception(live)
    draft = freezing.freeze(live, name="December cycle")
    waits = PlanException.objects.get(plan=draft)
    snoozed = snooze(
        person=sam, exception_id=waits.pk, version=waits.version, until=date(2026, 12, 20), reason="the ship sails"
    )  # fmt: skip
    said = PlanException.objects.values_list("status", "snoozed_until", "note", "person")
    assert list(said) == [("snoozed", date(2026, 12, 20), "the ship sails", sam.pk)] * 2
    reopen(person=sam, exception_id=waits.pk, version=snoozed.version)
    assert set(PlanException.objects.values_list("status", flat=True)) == {"open"}


def test_what_was_chosen_is_put_off_and_taken_back_in_both_plans_and_counts_once(db: None, sam: Any) -> None:
    live = live_plan(company(), parameters={"planning_date": "2026-12-01"})
    plan_exception(live)
    draft = freezing.freeze(live, name="December cycle")
    PlanException.objects.filter(plan=live).update(rank=9)
    until, reason = date(2026, 12, 20), "the ship sails"
    waits = PlanException.objects.get(plan=draft)
    found = snooze_chosen(person=sam, exception_ids=[waits.pk], until=until, reason=reason)
    assert set(PlanException.objects.values_list("status", flat=True)) == {"snoozed"}
    assert take_back(person=sam, token=token_of(found, until=until, reason=reason)) == 1
    assert set(PlanException.objects.values_list("status", flat=True)) == {"open"}
