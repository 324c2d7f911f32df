import pytest
from django.apps import apps
from factories import company, live_plan, plan_exception

from forecasting.models import ConsensusLine
from siop.plans import hashing
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.freezing import COPIED, FreezingError, freeze, refresh
from siop.plans.models import PlanVersion
from siop.plans.publishing import PublishingError, publish, published_plan


@pytest.fixture
def live(db):
    plan = live_plan(company())
    plan_exception(plan)
    return plan


def test_frozen_plan_holds_the_same_as_the_live_plan(live):
    plan = freeze(live, name="December")
    assert (plan.kind, plan.status, plan.base) == (PlanKind.CYCLE, PlanStatus.DRAFT, live)
    assert hashing.content(plan).digests == hashing.content(live).digests
    for label in COPIED:
        model = apps.get_model(label)
        assert model.objects.filter(plan=plan).count() == model.objects.filter(plan=live).count(), label


def test_every_table_beneath_plans_is_copied_or_said_not_to_be():
    beneath = {
        f"{model._meta.app_label}.{model.__name__}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.many_to_one and field.related_model is PlanVersion
        and field.name == "plan" and not model._meta.app_label.startswith(("meetings", "jobs"))
    }  # fmt: skip
    own = {"plans.PlanDigest", "forecasting.EditBatch", "forecasting.AccuracyLine"}
    assert beneath - own == set(COPIED)


def test_live_plan_moves_on_while_the_cycle_plan_stands(live):
    plan = freeze(live, name="December")
    before = hashing.content(plan)
    ConsensusLine.objects.filter(plan=live).update(quantity=[5.0] * 12)
    assert hashing.content(plan) == before


def test_refresh_takes_over_what_is_live_now(live):
    plan = freeze(live, name="December")
    ConsensusLine.objects.filter(plan=live).update(quantity=[5.0] * 12)
    refresh(plan, live)
    assert hashing.content(plan).digests == hashing.content(live).digests


def test_only_computed_live_plans_are_frozen(live):
    live.status = PlanStatus.COMPUTING
    with pytest.raises(FreezingError, match="wait until it is computed"):
        freeze(live, name="December")


def test_publishing_supersedes_the_plan_before(live):
    first = freeze(live, name="November")
    publish(first, signed={"Sales": hashing.content(first).content_hash})
    second = freeze(live, name="December")
    publish(second, signed={"Sales": hashing.content(second).content_hash})
    first.refresh_from_db()
    assert first.status == PlanStatus.SUPERSEDED
    assert published_plan() == second
    with pytest.raises(FreezingError, match="only a draft"):
        refresh(second, live)


def test_one_cell_changed_after_signing_stops_publication(live):
    plan = freeze(live, name="December")
    signed = {"Sales": hashing.content(plan).content_hash, "Finance": hashing.content(plan).content_hash}
    line = ConsensusLine.objects.filter(plan=plan).first()
    line.quantity[3] += 1
    line.save()
    with pytest.raises(PublishingError, match="Finance, Sales"):
        publish(plan, signed=signed)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.DRAFT


def test_a_live_plan_is_never_published(live):
    with pytest.raises(PublishingError, match="only a draft cycle plan"):
        publish(live, signed={})


def test_no_cycle_plan_is_published_twice(live):
    plan = freeze(live, name="December")
    signed = {"Sales": hashing.content(plan).content_hash}
    publish(plan, signed=signed)
    with pytest.raises(PublishingError, match="is published; only a draft cycle plan"):
        publish(plan, signed=signed)
