"""What follows from an edit is planned once, whoever went away."""

from datetime import timedelta

import pytest
from django.utils import timezone
from forecasting_plan import Desk, make_plan, row_of

from forecasting.models import EditBatch
from forecasting.services import following

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_an_edit_whose_browser_went_away_is_followed_even_after_a_weekend_and_by_any_clock(
    dana, monkeypatch, clock_off, days
):
    plan, made = make_plan()
    left, fresh = (
        Desk(plan, dana).type(row_of("s", made.series[0]), {column: 300}, follow=False).batch
        for column in (0, 1)
    )
    EditBatch.objects.filter(pk=left).update(at=timezone.now() - timedelta(days=3))
    followed = []
    monkeypatch.setattr(following, "_after_edit", [lambda person, moved: followed.append((person, moved))])
    clock_off(days)
    for _ in range(2):
        following.follow_forgotten()
    assert followed == [(dana, {plan.pk: [made.items[0].pk]})]
    assert [EditBatch.objects.get(pk=pk).images.keys() >= {"follow"} for pk in (left, fresh)] == [False, True]


def test_forgotten_edits_are_followed_together_and_one_that_cannot_be_holds_up_none(dana, monkeypatch):
    plan, made = make_plan(items=5)
    batches = [
        Desk(plan, dana).type(row_of("s", series), {0: 300}, follow=False).batch for series in made.series[:5]
    ]
    for minutes, pk in enumerate(reversed(batches), start=1):
        EditBatch.objects.filter(pk=pk).update(at=timezone.now() - timedelta(minutes=minutes))
    poison, followed = made.items[1].pk, []

    def plan_again(_, moved):
        if poison in moved[plan.pk]:
            raise ValueError("breaks the plan")
        followed.append(moved[plan.pk])

    monkeypatch.setattr(following, "_after_edit", [plan_again])
    following.follow_forgotten()
    left = EditBatch.objects.filter(images__has_key="follow").values_list("pk", flat=True)
    assert list(left) == [batches[1]]
    assert sorted(map(len, followed)) == [1, 3]


def test_what_moves_demand_behind_an_edit_is_there_once_before_anything_is_planned(dana, monkeypatch):
    plan, made = make_plan(items=5)
    for series in made.series[:3]:
        Desk(plan, dana).type(row_of("s", series), {0: 300}, follow=False)
    EditBatch.objects.update(at=timezone.now() - timedelta(minutes=1))
    behind, planned, spread, tries = made.items[4].pk, [], [], []

    def spreads(_, moved):
        spread.append(moved)
        return {plan.pk: [behind]}

    def plans_late(_, moved):
        tries.append(moved)
        if len(tries) == 1:
            raise ValueError("as if the worker had ended")
        planned.extend(moved[plan.pk])

    monkeypatch.setattr(following, "_demand_behind", [spreads])
    monkeypatch.setattr(following, "_after_edit", [plans_late])
    following.follow_forgotten()
    edited = [item.pk for item in made.items[:3]]
    assert spread == [{plan.pk: edited}]
    assert sorted(planned) == [*edited, behind]
    assert not EditBatch.objects.filter(images__has_any_keys=["follow", "spread"]).exists()


@pytest.mark.parametrize("count", [1, 40])
def test_many_forgotten_edits_cost_one_planning(dana, monkeypatch, count):
    plan, made = make_plan()
    desk = Desk(plan, dana)
    for number in range(count):
        desk.type(row_of("s", made.series[0]), {0: 300 + number}, follow=False)
    EditBatch.objects.update(at=timezone.now() - timedelta(minutes=1))
    followed = []
    monkeypatch.setattr(following, "_after_edit", [lambda _, moved: followed.append(moved)])
    following.follow_forgotten()
    assert followed == [{plan.pk: [made.items[0].pk]}]
    assert not EditBatch.objects.filter(images__has_key="follow").exists()
