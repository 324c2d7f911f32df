"""The stored plan improved by cost: what is stored, what people typed meanwhile, and how it is stopped."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chain import demand_rows, plan_now, work_all

from forecasting.selectors.demand_cube import forget_all
from siop.gather.services import load_tables
from siop.jobs.enums import JobState
from siop.jobs.models import Job
from siop.jobs.services import run_now
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.web import explanations
from supply.engine.improving import improve_plan
from supply.models import PlannedOrder, SourcingLane
from supply.selectors.money import plan_cost
from supply.services import improving, orders, planning

AS_OF = date(2026, 1, 1)
pytestmark = pytest.mark.django_db


def lane(source: str, *, lead: int, cost: str, order_cost: str) -> dict[str, Any]:
    return {
        "item": "CAP", "location": "NJ", "source": source, "kind": "buy", "lead_time_days": lead, "unit_cost": cost,
        "order_cost": order_cost,
    }  # fmt: skip


@pytest.fixture(scope="module")
def plan_once(kept_rows: None) -> PlanVersion:
    """The greedy plan orders each month; at 400 an order and 2 a unit, several months together cost less."""
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": "2", "unit_price": "5"}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "NEAR"}, {"supplier": "FAR"}],
            "sourcing": [
                lane("NEAR", lead=5, cost="2.2", order_cost="400"),
                lane("FAR", lead=40, cost="2", order_cost="400"),
            ],
            "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": 400}],
            "demand": demand_rows("CAP", "NJ", AS_OF, [100] * 18),
        }
    )
    return plan_now(as_of=AS_OF)


@pytest.fixture
def plan(plan_once: PlanVersion, db: None) -> PlanVersion:
    forget_all()
    return PlanVersion.objects.get(pk=plan_once.pk)


def improve(plan: PlanVersion, sam: Any, *, seconds: int = 3) -> None:
    plan.parameters |= {"plan_improvement_seconds": seconds}
    plan.save(update_fields=["parameters"])
    improving.ask(person=sam, plan=plan)
    work_all(background=True)
    plan.refresh_from_db()


def test_fewer_and_cheaper_lots_are_stored_with_their_cost_and_bound(plan: PlanVersion, sam: Any) -> None:
    before = PlannedOrder.objects.filter(plan=plan).count()
    improve(plan, sam)
    cost = plan_cost(plan)
    assert cost is not None
    assert cost.saved > 1000
    assert 0 < cost.bound <= cost.total
    assert PlannedOrder.objects.filter(plan=plan).count() < before
    assert "cheapest way" in PlannedOrder.objects.filter(plan=plan, improved=True)[0].reason


def test_an_edit_elsewhere_keeps_the_lots_and_an_edit_of_the_item_plans_them_anew(
    plan: PlanVersion, sam: Any
) -> None:
    improve(plan, sam)
    item = SourcingLane.objects.all()[0].item_id
    lots = list(PlannedOrder.objects.filter(plan=plan, improved=True).values_list("due_date", "quantity"))
    planning.recompute_items(plan=plan, item_ids=[])
    assert (
        list(PlannedOrder.objects.filter(plan=plan, improved=True).values_list("due_date", "quantity"))
        == lots
    )
    planning.recompute_items(plan=plan, item_ids=[item])
    assert not PlannedOrder.objects.filter(plan=plan, improved=True).exists()


def test_what_is_typed_while_it_computes_stands(
    plan: PlanVersion, sam: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed_meanwhile(*args: Any, **more: Any) -> Any:
        monkeypatch.undo()
        found = improve_plan(*args, **more)
        order = PlannedOrder.objects.filter(plan=plan).order_by("order_by")[0]
        orders.firm_order(
            person=sam,
            order_id=order.pk,
            version=order.version,
            quantity=Decimal(777),
            reason="agreed by phone",
        )
        return found

    monkeypatch.setattr(improving, "improve_plan", typed_meanwhile)
    improving.ask(person=sam, plan=plan)
    asked = Job.objects.get(kind=improving.KIND, parameters__has_key="seconds")
    run_now(asked.pk)
    plan.refresh_from_db()
    assert PlannedOrder.objects.get(plan=plan, status="firm").quantity == 777
    assert not PlannedOrder.objects.filter(plan=plan, improved=True).exists()
    cost = plan_cost(plan)
    assert cost is not None
    assert cost.saved == 0


def test_a_stopped_search_stores_nothing(plan: PlanVersion, sam: Any) -> None:
    improving.ask(person=sam, plan=plan)
    improving.stop(person=sam, plan=plan)
    work_all(background=True)
    asked = Job.objects.get(kind=improving.KIND, parameters__has_key="seconds")
    assert (asked.state, asked.message) == (JobState.CANCELLED, "stopped")
    assert not PlannedOrder.objects.filter(plan=plan, improved=True).exists()


def test_every_recomputation_measures_the_plan_and_leaves_it(plan: PlanVersion) -> None:
    orders_before = list(PlannedOrder.objects.filter(plan=plan).values_list("number", "quantity", "due_date"))
    work_all(background=True)
    plan.refresh_from_db()
    cost = plan_cost(plan)
    assert cost is not None
    assert 0 < cost.bound < cost.total
    assert (
        list(PlannedOrder.objects.filter(plan=plan).values_list("number", "quantity", "due_date"))
        == orders_before
    )


def test_the_page_offers_it_shows_it_and_explains_it(plan: PlanVersion, sam: Any, client: Any) -> None:
    client.force_login(sam)
    assert "Improve by cost" in client.get("/supply/").content.decode()
    assert client.post("/supply/improving/start/").status_code == 302
    page = client.get("/supply/").content.decode()
    assert "Looking for cheaper lots" in page
    assert client.get("/supply/improving/").status_code == 200
    assert client.post("/supply/improving/stop/").status_code == 302
    assert client.get("/supply/improving/").status_code == 286
    improve(plan, sam)
    page = client.get("/supply/").content.decode()
    assert "Over the least cost" in page
    why = client.get(explanations.url("kpi", current_live_plan().pk, "least_cost"))
    said = why.content.decode()
    assert "no orders cost less than" in said
    assert "What lots chosen by cost save" in said
    cost = plan_cost(plan)
    assert cost is not None
    assert cost.change is not None
    assert sum(cost.change.saved.values()) == pytest.approx(cost.saved)
    assert f"{cost.change.orders_before} orders became {cost.change.orders_after}" in said
    assert cost.change.orders_after == PlannedOrder.objects.filter(plan=plan).count()
    assert cost.change.orders_after < cost.change.orders_before
