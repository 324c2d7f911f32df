"""Why a supplier's figures are what they are, as worked examples."""

from datetime import date, timedelta
from typing import Any

import pytest
from planning import Planned, months

from siop.web.explanations import explain
from supply.models import PlannedOrder, ScheduledReceipt, Supplier, SupplierRisk

ITEMS = 2


def _parts(told: Any) -> dict[str, float]:
    return {part.label: float(part.value) for part in told.parts}


def _receipt(made: Planned, supplier: Supplier, number: int, **fields: Any) -> ScheduledReceipt:
    asked = date(2026, 4, 1) + timedelta(days=number)
    given = {
        "order_date": asked - timedelta(days=30), "requested_date": asked, "due_date": asked,
        "received_date": asked, "received_quantity": 10, "status": "received", "quantity": 10,
    }  # fmt: skip
    return ScheduledReceipt.objects.create(
        order=f"L-{number}", line="1", item=made.items[0], location=made.locations[0], supplier=supplier,
        **given | fields,
    )  # fmt: skip


def test_orders_are_told_by_how_they_came(sam: Any, made: Planned) -> None:
    """Two on time and whole, one late, one in part, one that has not come though its day has passed."""
    whose = Supplier.objects.create(code="FIVE")
    for number in range(2):
        _receipt(made, whose, number)
    _receipt(made, whose, 2, received_date=date(2026, 4, 9))
    _receipt(made, whose, 3, received_quantity=4)
    _receipt(made, whose, 4, received_date=None, received_quantity=None, status="open")
    told = explain(sam, "supplier_orders", str(made.plan.pk), str(whose.pk))
    assert told.total == 5
    assert list(_parts(told).values()) == [2, 1, 1, 1]


def test_days_asked_for_are_the_mean_of_the_orders_that_came(sam: Any, made: Planned) -> None:
    """Asked for after 30, 30 and 45 days: 35, of which 15, 10 and 10."""
    whose = Supplier.objects.create(code="THREE")
    for number, days in enumerate((30, 30, 45)):
        asked = date(2026, 4, 1) + timedelta(days=number)
        _receipt(made, whose, number, order_date=asked - timedelta(days=days))
    told = explain(sam, "supplier_asked", str(made.plan.pk), str(whose.pk))
    assert told.total == 35
    assert [round(float(part.value), 6) for part in told.parts] == [15, 10, 10]


def test_money_planned_at_a_supplier_is_told_by_item(sam: Any, made: Planned) -> None:
    whose = made.suppliers[0]
    orders = PlannedOrder.objects.filter(plan=made.plan, source=whose.code)
    told = explain(sam, "supplier_planned", str(made.plan.pk), str(whose.pk))
    assert told.total == pytest.approx(sum(float(o.quantity * (o.unit_landed_cost or 0)) for o in orders))
    assert set(_parts(told)) == {order.item.code for order in orders}


def test_what_a_supplier_is_asked_for_in_a_month_names_each_order(sam: Any, made: Planned) -> None:
    """An open order of 40 that is overdue, and a planned one of 150: 190 in the first month, with their days."""
    ScheduledReceipt.objects.all().delete()
    PlannedOrder.objects.all().delete()
    whose, item, place = made.suppliers[0], made.items[0], made.locations[0]
    order = made.orders[0]
    order.pk, order.item, order.location, order.source = None, item, place, whose.code
    order.quantity, order.due_date = 150, months()[0] + timedelta(days=9)
    order.save(force_insert=True)
    _receipt(made, whose, 1, quantity=40, received_date=None, received_quantity=None, status="open")
    keys = (str(made.plan.pk), str(whose.pk), str(item.pk))
    told = explain(sam, "supplier_asked_for", *keys, months()[0].isoformat())
    assert list(_parts(told).values()) == [150, 40]
    assert told.parts[0].url.endswith(f"/order/{order.pk}")
    assert explain(sam, "supplier_asked_for", *keys, months()[1].isoformat()).total == 0
    assert explain(sam, "supplier_asked_for", *keys, "all").total == 190


def test_volume_beside_a_price_break_names_each_order_of_twelve_months(sam: Any, made: Planned) -> None:
    """150 in the first month and 70 in the twelfth count, 1,000 in the thirteenth do not."""
    PlannedOrder.objects.all().delete()
    whose, item, order = made.suppliers[0], made.items[0], made.orders[0]
    for h, quantity in ((0, 150), (11, 70), (12, 1000)):
        order.pk, order.number, order.item, order.source = None, f"P-{h}", item, whose.code
        order.location, order.kind = made.locations[0], "buy"
        order.quantity, order.due_date = quantity, months(13)[h] + timedelta(days=9)
        order.save(force_insert=True)
    told = explain(sam, "supplier_volume", str(made.plan.pk), str(whose.pk), str(item.pk))
    assert _parts(told) == {"Order P-0, planned": 150, "Order P-11, planned": 70}
    assert told.total == 220


def test_a_failure_is_told_from_survival_and_recovery(sam: Any, made: Planned) -> None:
    """Stock lasts 22 days, the supplier is back after 35: 13 days without."""
    keys = (str(made.plan.pk), str(made.suppliers[0].pk))
    told = {kind: explain(sam, f"supplier_{kind}", *keys) for kind in ("survive", "recover", "gap")}
    assert {kind: one.total for kind, one in told.items()} == {"survive": 22, "recover": 35, "gap": 13}
    assert list(_parts(told["gap"]).values()) == [35, -22]


@pytest.mark.parametrize(
    ("lasts", "told"),
    [
        (35, "it is back, and nothing is short that would not be anyway"),
        (540, "the horizon ends, and nothing is short that would not be anyway"),
    ],
)
def test_a_failure_that_harms_nobody_says_why(sam: Any, made: Planned, lasts: int, told: str) -> None:
    risks = SupplierRisk.objects.filter(plan=made.plan, supplier=made.suppliers[0])
    risks.update(survive_days=lasts, recover_days=34.5, gap_days=0, first_short_item=None)
    answer = explain(sam, "supplier_survive", str(made.plan.pk), str(made.suppliers[0].pk))
    assert [part.note for part in answer.parts] == [told]
