"""Supply follows an edit of the demand plan at once, and no edit is lost while a plan is computed."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from chain import consensus_of, demand_rows, exported, plan_now, work_all, work_until
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from forecasting.selectors.demand_cube import cube_of, forget_all
from forecasting.selectors.demand_plan import Shown
from forecasting.services import overrides
from forecasting.services.override_changes import Typed
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.jobs import services as jobs
from siop.jobs.services import request_recomputation
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.web.grid import GridQuery
from supply.enums import OrderStatus
from supply.models import PlannedOrder
from supply.services import following, planning
from supply.services.orders import firm_order

AS_OF = date(2026, 1, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> PlanVersion:
    forget_all()
    load_tables(
        {
            "items": [
                {"item": "CAP", "unit_cost": "2", "unit_price": "5"},
                {"item": "LID", "unit_cost": "1"},
            ],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "bom": [{"parent": "CAP", "component": "LID", "quantity_per": 2}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0},
                {"item": "LID", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 0},
            ],
            "demand": demand_rows("CAP", "NJ", AS_OF, [100] * 18),
        }
    )
    return plan_now(as_of=AS_OF)


def set_to(plan: PlanVersion, person: Any, *, month: int, units: int) -> None:
    shown = Shown(cube_of(plan), GridQuery(), person)
    row = shown.named(f"i{Item.objects.get(code='CAP').pk}")
    typed = Typed(row, int(shown.cube.version[row.leaves].sum()), {month: Decimal(units)}, {})
    overrides.save(plan=plan, cube=shown.cube, person=person, key=uuid4(), typed=[typed], reason="more")


def dependent(item: str) -> list[float]:
    return [row["dependent_demand"] for row in exported("projection") if row["item"] == item]


def test_an_edit_moves_stock_orders_and_components_with_it(plan: PlanVersion, dana: Any) -> None:
    assert dependent("LID")[2] == 200
    set_to(plan, dana, month=2, units=500)
    assert dependent("LID")[2] == 1000
    assert [row["quantity"] for row in exported("planned_orders") if row["item"] == "CAP"][2] == 500


def test_planning_an_item_again_asks_for_each_setting_once(plan: PlanVersion) -> None:
    with CaptureQueriesContext(connection) as asked:
        planning.recompute_items(plan=plan, item_ids=[Item.objects.get(code="CAP").pk])
    texts = [query["sql"] for query in asked.captured_queries]
    settings = [text for text in texts if "catalog_parameter" in text or "catalog_period" in text]
    assert settings
    assert len(settings) == len(set(settings))


def test_an_edit_during_a_computation_is_in_the_plan_that_comes_out(plan: PlanVersion, dana: Any) -> None:
    request_recomputation(as_of=AS_OF.isoformat(), why="again")
    work_until("supply_plan")
    set_to(plan, dana, month=3, units=700)  # the new plan has its consensus already
    work_all()

    newer = current_live_plan()
    assert newer is not None
    assert newer.pk > plan.pk
    assert consensus_of(newer)["CAP"][3] == 700
    assert dependent("LID")[3] == 1400


def test_an_edit_made_while_edits_are_caught_up_is_in_the_plan_and_its_supply_follows(
    plan: PlanVersion, dana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def and_meanwhile(new: PlanVersion) -> int:
        moved = catch_up(new)
        set_to(plan, dana, month=4, units=800)
        return moved

    catch_up = following.catch_up
    monkeypatch.setattr(following, "catch_up", and_meanwhile)
    request_recomputation(as_of=AS_OF.isoformat(), why="again")
    work_until("supply_plan")
    set_to(plan, dana, month=3, units=700)
    work_all()

    newer = current_live_plan()
    assert newer is not None
    assert newer.pk > plan.pk
    assert [consensus_of(newer)["CAP"][month] for month in (3, 4)] == [700, 800]
    assert [dependent("LID")[month] for month in (3, 4)] == [1400, 1600]


def test_a_firm_order_comes_along_once_where_an_edit_is_caught_up(
    plan: PlanVersion, dana: Any, sam: Any
) -> None:
    order = PlannedOrder.objects.filter(plan=plan, item__code="CAP").order_by("due_date")[2]
    firm_order(person=sam, order_id=order.pk, version=order.version, quantity=Decimal(250), reason="Promised")
    request_recomputation(as_of=AS_OF.isoformat(), why="again")
    work_until("supply_plan")
    set_to(plan, dana, month=3, units=700)
    work_all()

    newer = current_live_plan()
    assert newer is not None
    assert newer.pk > plan.pk
    assert PlannedOrder.objects.get(plan=newer, status=OrderStatus.FIRM).quantity == 250


def test_an_edit_made_while_the_workers_follow_the_one_before_is_followed_too(
    plan: PlanVersion, dana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 0)  # as if it moved hundreds of items
    set_to(plan, dana, month=2, units=500)
    first = jobs.start(jobs.open_jobs().get(kind=following.KIND).pk)
    for chunk in jobs.claim(first.pk, limit=1):
        jobs.work(chunk)
    set_to(plan, dana, month=2, units=600)
    jobs.close(first.pk)
    work_all()
    assert dependent("LID")[2] == 1200


def plan_again(plan: PlanVersion) -> list[int]:
    try:
        return planning.recompute_items(plan=plan, item_ids=[Item.objects.get(code="CAP").pk])
    finally:
        connection.close()


def until_somebody_waits() -> None:
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("the second edit did not wait for the first")


@pytest.mark.django_db(transaction=True)
def test_two_edits_at_once_are_planned_one_after_the_other(plan: PlanVersion) -> None:
    item = Item.objects.get(code="CAP").pk
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first = planning.recompute_items(plan=plan, item_ids=[item])
            second = pool.submit(plan_again, plan)
            until_somebody_waits()
        assert second.result(timeout=30) == first
    assert dependent("LID")[2] == 200
