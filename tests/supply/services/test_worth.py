"""What more of a capacity is worth, behind an edit: LINE makes 10,000 a month where 10,800 are asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from chain import demand_rows, plan_now, work_all, work_until
from django.db import connection, transaction
from django.db.models.functions import Now

from forecasting.models import EditBatch, Override
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import Shown
from forecasting.services import following, overrides
from forecasting.services.override_changes import Typed
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.jobs import services as jobs
from siop.jobs.enums import JobState
from siop.jobs.models import Job
from siop.jobs.services import request_recomputation
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.web.grid import GridQuery
from supply.models import CapacityLoad
from supply.services import capacity, planning, worth

AS_OF = date(2026, 1, 1)
PRICED = ("missing", "tried", "value_of_one_more", "worth_of_missing")


@pytest.fixture
def plan(db: None) -> PlanVersion:
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": "NJ"}],
            "sourcing": [{"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}],
            "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": 10000}],
            "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
            "demand": demand_rows("CAP", "NJ", AS_OF, [10800]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    found = current_live_plan()
    assert found is not None
    return found


def prices(plan: PlanVersion) -> np.ndarray:
    load = CapacityLoad.objects.get(plan=plan, code="LINE")
    return np.array([getattr(load, name) for name in PRICED])


def test_an_edit_stores_what_waits_and_the_workers_price_it_as_a_recomputation_does(
    plan: PlanVersion,
) -> None:
    priced = prices(plan)
    assert priced[0, 0] == 800
    assert priced[3, 0] == 14400
    items = list(Item.objects.values_list("id", flat=True))
    planning.recompute_items(plan=plan, item_ids=items)
    behind = prices(plan)
    assert behind[0].tolist() == priced[0].tolist()
    assert not behind[1:].any()
    assert Job.objects.get(kind=capacity.KIND).parameters["items"] == items
    worth.price(plan=plan, item_ids=items)
    assert prices(plan).tolist() == priced.tolist()


def test_where_nothing_waits_nobody_is_asked(plan: PlanVersion) -> None:
    load_tables({"resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": 10800}]})
    planning.recompute_items(plan=plan, item_ids=Item.objects.values_list("id", flat=True))
    assert not Job.objects.filter(kind=capacity.KIND).exists()
    assert not prices(plan).any()


def test_edits_that_follow_each_other_are_priced_once_after_the_last(plan: PlanVersion) -> None:
    priced = prices(plan)
    for _ in range(3):
        planning.recompute_items(plan=plan, item_ids=Item.objects.values_list("id", flat=True))
    work_all(background=True)
    asked = Job.objects.filter(kind=capacity.KIND).order_by("id")
    assert [job.total for job in asked] == [1]
    assert prices(plan).tolist() == priced.tolist()


def type_again(plan: PlanVersion, person: Any) -> None:
    shown = Shown(cube_of(plan), GridQuery(), person)
    row = shown.named(f"i{Item.objects.get(code='CAP').pk}")
    typed = Typed(row, int(shown.cube.version[row.leaves].sum()), {0: Decimal(10900)}, {})
    overrides.record(plan=plan, cube=shown.cube, person=person, key=uuid4(), typed=[typed], reason="more")


def type_beside(plan: PlanVersion, person: Any) -> None:
    try:
        type_again(plan, person)
    finally:
        connection.close()


def test_while_what_follows_from_edits_is_to_be_planned_pricing_waits_ten_minutes_at_most(
    plan: PlanVersion, dana: Any
) -> None:
    planning.recompute_items(plan=plan, item_ids=Item.objects.values_list("id", flat=True))
    asked = Job.objects.get(kind=capacity.KIND)
    type_again(plan, dana)
    assert jobs.start(asked.pk) is None
    asked.refresh_from_db()
    assert asked.state == JobState.QUEUED
    Job.objects.filter(pk=asked.pk).update(created=Now() - capacity.PATIENCE)
    assert jobs.start(asked.pk) is not None


def test_pricing_waits_no_longer_than_what_follows(plan: PlanVersion, dana: Any) -> None:
    type_again(plan, dana)
    following.follow(person=dana, batch_ids=list(EditBatch.objects.values_list("pk", flat=True)))
    assert jobs.start(Job.objects.get(kind=capacity.KIND).pk) is not None


@pytest.mark.django_db(transaction=True)
def test_edits_go_on_while_a_worth_is_stored(plan: PlanVersion, dana: Any) -> None:
    items = list(Item.objects.values_list("id", flat=True))
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        worth.price(plan=plan, item_ids=items)
        pool.submit(type_beside, plan, dana).result(timeout=10)
    assert Override.objects.count() == 1


def test_a_worth_of_demand_that_has_moved_is_left_to_what_follows_from_the_edit(
    plan: PlanVersion, dana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_meanwhile(*planned: Any) -> Any:
        values = priced(*planned)
        type_again(plan, dana)
        return values

    before, priced = prices(plan), capacity.priced
    monkeypatch.setattr(capacity, "priced", and_meanwhile)
    worth.price(plan=plan, item_ids=list(Item.objects.values_list("id", flat=True)))
    assert prices(plan).tolist() == before.tolist()
    monkeypatch.setattr(capacity, "priced", priced)
    following.follow(person=dana, batch_ids=list(EditBatch.objects.values_list("pk", flat=True)))
    work_all(background=True)
    assert prices(plan)[0, 0] == 900


def test_a_live_plan_is_not_priced_while_a_newer_one_is_computed_which_is_priced_as_it_is_made(
    plan: PlanVersion,
) -> None:
    priced = prices(plan)
    request_recomputation(as_of=AS_OF.isoformat(), why="again")
    work_until("supply_plan")
    planning.recompute_items(plan=plan, item_ids=Item.objects.values_list("id", flat=True))
    job = jobs.start(Job.objects.get(kind=capacity.KIND).pk)
    assert job is not None
    assert job.total == 0
    work_all()
    newer = current_live_plan()
    assert newer is not None
    assert newer.pk > plan.pk
    assert prices(newer).tolist() == priced.tolist()
