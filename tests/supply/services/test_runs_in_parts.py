"""A run of 250 on a line of 100 a month: one promise in three parts, firmed, let go and released together."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from chain import demand_rows, plan_now

from forecasting.selectors.demand_cube import forget_all
from siop.gather.services import load_tables
from siop.plans.models import PlanVersion
from supply.models import PlannedOrder, ScheduledReceipt
from supply.services.orders import due_orders, firm_order, let_go, release_orders

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def plan_once(kept_rows: None) -> PlanVersion:
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": "NJ"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0, "moq": 250}
            ],
            "policies": [{"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}],
            "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": 100}],
            "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
            "demand": demand_rows("CAP", "NJ", date(2026, 1, 1), [50, 50, 50]),
        }
    )  # fmt: skip
    return plan_now(as_of=date(2026, 1, 1))


@pytest.fixture
def plan(plan_once: PlanVersion, db: None) -> PlanVersion:
    forget_all()
    return PlanVersion.objects.get(pk=plan_once.pk)


def _run(plan: PlanVersion) -> list[PlannedOrder]:
    return list(plan.orders.order_by("due_date")[:3])


def test_each_part_of_a_run_says_which_it_is(plan: PlanVersion) -> None:
    parts = _run(plan)
    assert [part.quantity for part in parts] == [100, 100, 50]
    assert {part.run for part in parts} == {parts[0].number}
    assert [part.reason for part in parts] == [
        "50 needed, 50 overhang; part 1 of 3 of a run of 250, received as it is made",
        "0 needed, 100 overhang; part 2 of 3 of a run of 250, received as it is made",
        "0 needed, 50 overhang; part 3 of 3 of a run of 250, received as it is made",
    ]


def test_firming_a_part_keeps_the_other_parts_as_they_stand(sam: Any, plan: PlanVersion) -> None:
    first, *others = _run(plan)
    firm_order(
        person=sam, order_id=first.pk, version=first.version, quantity=Decimal(90), reason="Mould is cleaned"
    )
    kept = _run(plan)
    assert [(part.status, part.quantity) for part in kept] == [("firm", 90), ("firm", 100), ("firm", 50)]
    assert [part.pk for part in kept[1:]] == [part.pk for part in others]
    assert {(part.reason, part.person) for part in kept} == {("Mould is cleaned", sam)}


def test_letting_a_part_go_lets_its_whole_run_go(sam: Any, plan: PlanVersion) -> None:
    first = _run(plan)[0]
    firm = firm_order(
        person=sam, order_id=first.pk, version=first.version, quantity=Decimal(90), reason="Mould is cleaned"
    )
    let_go(person=sam, order_id=firm.pk, version=firm.version)
    assert [(part.status, part.quantity) for part in _run(plan)] == [
        ("planned", 100),
        ("planned", 100),
        ("planned", 50),
    ]


def test_a_run_goes_out_whole(sam: Any, plan: PlanVersion) -> None:
    """Only its first part is due to leave; each part is an open order with its own day of receipt."""
    assert [order.quantity for order in due_orders(plan)] == [100]
    release_orders(person=sam, orders=due_orders(plan))
    receipts = ScheduledReceipt.objects.order_by("due_date")
    assert [receipt.quantity for receipt in receipts] == [100, 100, 50]
    assert len({receipt.due_date.month for receipt in receipts}) == 3


def test_the_page_of_orders_says_which_part_each_is(client: Any, sam: Any, plan: PlanVersion) -> None:
    client.force_login(sam)
    page = client.get("/supply/?show=all").content.decode()
    assert [page.count(f"part {part} of 3 of a run of 250") > 0 for part in (1, 2, 3)] == [True] * 3
