"""Figures of the supply pages against what explains them."""

from datetime import timedelta
from typing import Any

import pytest
from factories import plan_exception
from planning import Planned

from siop.web.explanations import explain
from supply.models import PlannedOrder, ScheduledReceipt

ITEMS = 2


def test_kpi_of_the_page_equals_its_explanation(sams: Any, sam: Any, made: Planned) -> None:
    from siop.web import explanations

    for path in ("/supply/", "/supply/inventory/", "/supply/exceptions/", "/supply/capacity/"):
        for kpi in sams.get(path).context["kpis"]:
            kind, *keys = kpi.why.removeprefix("/web/why/").split("/")
            found = explanations.explain(sam, kind, *keys)
            assert found.context()["total"]["value"] == kpi.value, kpi.label
            assert sams.get(kpi.why).status_code == 200


def test_a_count_names_the_most_pressing_of_what_it_counts(sams: Any, sam: Any, made: Planned) -> None:
    """Ten item-locations below their safety stock: eight by name, the emptiest first, two together."""
    from supply.models import PlanLine
    from supply.selectors.pages import inventory

    lines = list(inventory.inventory(sam, made.plan).filter(safety__gt=0)[:10])
    for part, line in enumerate(lines):
        PlanLine.objects.filter(pk=line.pk).update(on_hand=vars(line)["safety"] * (0.9 - part / 20))
    below = inventory.summary(inventory.summary_by_location(inventory.inventory(sam, made.plan)))
    found = explain(sam, "count", str(made.plan.pk), "below")
    assert float(found.total) == below["n_below"] + below["n_short"]
    assert sum(float(part.value) for part in found.parts) == float(found.total)


def test_stock_on_hand_is_the_sum_of_the_lots_that_can_be_used(sams: Any, sam: Any, made: Planned) -> None:
    """Lots of the newest count; those that expired before the plan began do not count; a later count does not either."""

    from inventory.models import StockOnHand
    from siop.plans.selectors import planning_day
    from supply.models import PlanLine

    line, today = made.lines[0], planning_day(made.plan)
    StockOnHand.objects.all().delete()
    lots = [(0, None, 40), (0, 30, 25), (0, -1, 7), (-9, None, 500), (5, None, 900)]
    for counted, expires, units in lots:
        StockOnHand.objects.create(
            item=line.item, location=line.location, date=today + timedelta(days=counted), quantity=units,
            expiry_date=None if expires is None else today + timedelta(days=expires),
        )  # fmt: skip
    PlanLine.objects.filter(pk=line.pk).update(on_hand=65)
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    assert [float(part.value) for part in explain(sam, "on_hand", *keys).parts] == [25, 40]
    PlanLine.objects.filter(pk=line.pk).update(on_hand=70)
    assert [float(part.value) for part in explain(sam, "on_hand", *keys).parts] == [25, 40, 5]
    assert sams.get(f"/web/why/on_hand/{'/'.join(keys)}").status_code == 200


def test_a_count_after_the_plans_day_is_named_with_the_way_to_plan_by_it(sam: Any, made: Planned) -> None:
    from inventory.models import StockOnHand
    from siop.plans.selectors import planning_day

    line, today = made.lines[0], planning_day(made.plan)
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    StockOnHand.objects.all().delete()
    StockOnHand.objects.create(item=line.item, location=line.location, date=today, quantity=40)
    assert explain(sam, "on_hand", *keys).note == ""
    later = today + timedelta(days=5)
    StockOnHand.objects.create(item=line.item, location=line.location, date=later, quantity=900)
    assert f"recompute --as-of {later.isoformat()}" in explain(sam, "on_hand", *keys).note


def test_a_lead_time_is_told_by_the_terms_in_force_and_adds_up(sams: Any, sam: Any, made: Planned) -> None:
    """50 days of which 30 at sea, give or take 4; from the plan's first day on it is 70, and 20 more before it ships."""
    from datetime import timedelta

    from inventory.models import InventoryTarget
    from supply.models import SourcingLane

    line = made.lines[0]
    place = {"item": line.item, "location": line.location}
    SourcingLane.objects.filter(**place).delete()
    terms = place | {"kind": "buy", "supplier": made.suppliers[0], "transit_days": 30, "lead_time_sd_days": 4}
    SourcingLane.objects.create(lead_time_days=50, **terms)
    InventoryTarget.objects.filter(plan=made.plan, **place).update(lead_time_days=50, lead_time_sd_days=4)
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    found = explain(sam, "lead_time", *keys)
    assert [(part.label, float(part.value)) for part in found.parts] == [
        ("Until it ships", 20),
        ("On the way", 30),
    ]
    assert "give or take 4, as its terms say" in "".join(text for text, _ in found.sentence)
    SourcingLane.objects.create(lead_time_days=70, valid_from=made.plan.as_of - timedelta(days=1), **terms)
    assert [float(part.value) for part in explain(sam, "lead_time", *keys).parts] == [40, 30, -20]
    assert sams.get(f"/web/why/lead_time/{'/'.join(keys)}").status_code == 200


def test_a_count_or_limit_that_does_not_exist_has_no_explanation(sams: Any, made: Planned) -> None:
    for address in (f"count/{made.plan.pk}/nonsense", f"fullest/{made.plan.pk}/nonsense", "actions/nonsense"):
        assert sams.get(f"/web/why/{address}").status_code == 404


def test_actual_lead_time_is_the_mean_of_the_orders_that_came(sams: Any, sam: Any, made: Planned) -> None:
    """30, 40 and 53 days from order to receipt: 41.0 on average, of which 10, 13.33 and 17.67."""
    from datetime import date, timedelta

    from supply.models import Supplier

    late = Supplier.objects.create(code="LATE")
    for number, days in enumerate([30, 40, 53]):
        ordered = date(2026, 4, 1) + timedelta(days=number)
        ScheduledReceipt.objects.create(
            order=f"L-{number}", line="1", item=made.items[0], location=made.locations[0], supplier=late, quantity=10,
            order_date=ordered, requested_date=ordered + timedelta(days=30), due_date=ordered + timedelta(days=30),
            received_date=ordered + timedelta(days=days), received_quantity=10, status="received",
        )  # fmt: skip
    found = explain(sam, "supplier_lead_time", str(made.plan.pk), str(late.pk))
    assert float(found.total) == 41
    assert [round(float(part.value), 2) for part in found.parts] == [17.67, 13.33, 10]


def test_money_that_was_rounded_when_it_was_stored_still_adds_up(made: Any, sam: Any) -> None:
    """39.1149859 x 5.5 % is 2.1513242; the plan keeps four decimals of it."""

    row = plan_exception(
        made.plan, money_at_risk="39.1150", probability=0.0550000062, action_cost=0, avoidable_loss="2.1513"
    )
    found = explain(sam, "exception", str(row.pk))
    assert [part.label for part in found.parts] == ["Loss if nothing is done", "Cost of acting"]
    assert float(found.total) == pytest.approx(2.1513)


def test_the_planned_orders_of_a_month_are_named_each(sam: Any, made: Planned) -> None:

    order = PlannedOrder.objects.filter(plan=made.plan).first()
    assert order is not None
    line = next(one for one in made.lines if one.item_id == order.item_id)
    h = next(k for k, units in enumerate(line.planned_receipts) if units)
    month = made.plan.as_of.replace(day=1)
    for _ in range(h):
        month = (month + timedelta(days=32)).replace(day=1)
    told = explain(
        sam,
        "planned_receipts",
        str(made.plan.pk),
        str(line.item_id),
        str(line.location_id),
        month.isoformat(),
    )
    assert told.total == line.planned_receipts[h]
    assert [part.label for part in told.parts if order.number in part.label]
