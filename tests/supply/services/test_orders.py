"""Firm, let go and release planned orders."""

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from planning import Planned

from siop.jobs.models import Job
from siop.plans import locks
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from supply.enums import OrderStatus
from supply.errors import StaleRow, SupplyError
from supply.models import PlannedOrder, ScheduledReceipt
from supply.services.orders import firm_order, let_go, release_orders

ITEMS = 1


def _firm(sam: Any, order: Any, quantity: str, **more: Any) -> Any:
    given = {"version": order.version, "reason": "Customer promised"} | more
    return firm_order(person=sam, order_id=order.pk, quantity=Decimal(quantity), **given)


def test_firm_order_keeps_what_the_run_proposed_beside_it(sam: Any, made: Planned) -> None:
    """S55: 10,000 firmed at 12,000 with reason shows +2,000 and its cost."""
    order = made.orders[0]
    PlannedOrder.objects.filter(pk=order.pk).update(quantity=10000)
    firm = _firm(sam, order, "12000")
    assert (firm.status, firm.quantity, firm.computed_quantity) == ("firm", 12000, 10000)
    assert (firm.reason, firm.person, firm.version) == ("Customer promised", sam, order.version + 1)
    assert Job.objects.filter(person=sam, state="queued").exists()


def test_firm_order_explains_itself_with_the_change(sam: Any, made: Planned) -> None:
    from siop.web import explanations

    order = made.orders[0]
    firm = _firm(sam, order, str(order.quantity + 50))
    found = explanations.explain(sam, "order", str(firm.pk))
    assert float(found.total) == float(order.quantity + 50)
    assert found.parts[-1].label == "Firmed by a person"
    assert float(found.parts[-1].value) == 50


def test_letting_go_returns_to_the_plan(sam: Any, made: Planned) -> None:
    order = made.orders[0]
    firm = _firm(sam, order, str(order.quantity + 50))
    again = let_go(person=sam, order_id=firm.pk, version=firm.version)
    assert (again.status, again.quantity, again.computed_quantity) == ("planned", order.quantity, None)


def test_second_editor_is_told_what_stands_there(sam: Any, made: Planned) -> None:
    order = made.orders[0]
    _firm(sam, order, "60")
    with pytest.raises(StaleRow, match="Sam changed order P-000001 to 60 meanwhile") as found:
        _firm(sam, order, "70")
    assert found.value.version == order.version + 1
    assert found.value.theirs["quantity"] == "60"


@pytest.mark.parametrize(
    ("quantity", "reason", "says"),
    [
        ("0", "why", "enter more than 0"),
        ("-5", "why", "enter more than 0"),
        ("10.3", "why", "comes in steps of"),
        ("10", " ", "Say why"),
    ],
)
def test_wrong_quantities_are_refused_with_the_reason(
    sam: Any, made: Planned, quantity: str, reason: str, says: str
) -> None:
    with pytest.raises(SupplyError, match=says):
        _firm(sam, made.orders[0], quantity, reason=reason)
    assert not PlannedOrder.objects.exclude(status="planned").exists()


def test_demand_planner_may_not_firm(dana: Any, made: Planned) -> None:
    with pytest.raises(PermissionDenied):
        _firm(dana, made.orders[0], "60")


def test_planner_of_another_place_may_not_firm(person: Any, made: Planned) -> None:
    order = made.orders[0]
    elsewhere = next(place for place in made.locations if place.pk != order.location_id)
    with pytest.raises(SupplyError, match="outside what you may edit"):
        _firm(person("lou", "supply_planner", location=elsewhere), order, "60")


def test_decided_plan_is_read_only(sam: Any, made: Planned, monkeypatch: Any) -> None:
    monkeypatch.setattr(locks, "_closed", [lambda part: "Supply is decided since reconciliation."])
    with pytest.raises(locks.PartLocked, match="decided"):
        _firm(sam, made.orders[0], "60")


def test_released_order_is_a_scheduled_receipt_at_once(sam: Any, made: Planned) -> None:
    order = made.orders[0]
    (receipt,) = release_orders(person=sam, orders=[order])
    stored = ScheduledReceipt.objects.get(order=receipt.order)
    order.refresh_from_db()
    assert (order.status, stored.item, stored.location, stored.quantity) == (
        "released",
        order.item,
        order.location,
        order.quantity,
    )
    assert stored.order == f"P-000001/v{made.plan.pk}"
    assert stored.supplier == order.lane.supplier


def test_an_order_goes_out_once(sam: Any, made: Planned) -> None:
    order = made.orders[0]
    release_orders(person=sam, orders=[order])
    with pytest.raises(SupplyError, match="an order goes out once"):
        release_orders(person=sam, orders=[order])
    assert ScheduledReceipt.objects.filter(order__startswith="P-000001/").count() == 1


def _in_a_cycle_plan(order: PlannedOrder) -> PlannedOrder:
    """The same order in a cycle plan that is frozen now."""
    plan = PlanVersion.objects.get(pk=order.plan_id)
    plan.pk, plan.kind, plan.status = None, PlanKind.CYCLE, PlanStatus.DRAFT
    plan.save()
    copy = PlannedOrder.objects.get(pk=order.pk)
    copy.pk, copy.plan, copy.status, copy.released = None, plan, OrderStatus.PLANNED, None
    copy.save()
    return copy


def test_an_order_that_stands_in_two_plans_goes_out_once(sam: Any, made: Planned) -> None:
    frozen = _in_a_cycle_plan(made.orders[0])
    release_orders(person=sam, orders=[made.orders[0]])
    with pytest.raises(SupplyError, match="already released from Live plan"):
        release_orders(person=sam, orders=[frozen])


def test_what_a_plan_made_after_a_release_asks_for_on_the_same_day_comes_on_top(
    sam: Any, made: Planned
) -> None:
    release_orders(person=sam, orders=[made.orders[0]])
    release_orders(person=sam, orders=[_in_a_cycle_plan(made.orders[0])])
    assert ScheduledReceipt.objects.filter(order__startswith="P-000001/").count() == 2


def test_release_is_all_or_nothing(sam: Any, made: Planned) -> None:
    release_orders(person=sam, orders=made.orders[:1])
    before = ScheduledReceipt.objects.count()
    with pytest.raises(SupplyError, match="P-000001"):
        release_orders(person=sam, orders=made.orders[:3])
    assert ScheduledReceipt.objects.count() == before


def test_command_releases_by_number_and_writes_the_file(made: Planned, sam: Any, tmp_path: Any) -> None:
    out, file = StringIO(), tmp_path / "orders.csv"
    call_command("release_orders", "P-000001", "P-000002", email=sam.email, json=True, out=file, stdout=out)
    rows = json.loads(out.getvalue())["released"]
    assert [row["order"] for row in rows] == [f"P-00000{n}/v{made.plan.pk}" for n in (1, 2)]
    assert len(file.read_text().splitlines()) == 3


def test_command_says_why_it_refuses(made: Planned, dana: Any) -> None:
    with pytest.raises(CommandError, match="No planned order P-999999"):
        call_command("release_orders", "P-999999", stdout=StringIO())
    with pytest.raises(CommandError, match="may not"):
        call_command("release_orders", "P-000001", email=dana.email, stdout=StringIO())
    call_command("release_orders", "P-000001", stdout=StringIO())
    with pytest.raises(CommandError, match="goes out once"):
        call_command("release_orders", "P-000001", stdout=StringIO())


def test_firming_moves_the_projection_at_once(sam: Any, made: Planned) -> None:
    """What is firmed arrives: the plan holds it before the page answers, and explains it."""
    from siop.web import explanations
    from supply.models import PlanLine

    order = made.orders[0]
    firm = _firm(sam, order, "5000")
    line = PlanLine.objects.get(plan=made.plan, item=order.item, location=order.location)
    assert sum(line.planned_receipts) >= 5000
    keys = (
        str(made.plan.pk),
        str(order.item_id),
        str(order.location_id),
        firm.due_date.replace(day=1).isoformat(),
    )
    assert float(explanations.explain(sam, "closing", *keys).total) >= 0
