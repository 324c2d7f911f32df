"""Why a month of an item-location is what it is: what others take from it, what is due, what expires."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from planning import Planned, months, planned

from siop.web.explanations import explain
from supply.models import BomLine, PlanLine, PlannedOrder, ReturnRule, ScheduledReceipt


@pytest.fixture
def made(dana: Any) -> Planned:
    made = planned(dana, items=2)
    PlannedOrder.objects.all().delete()
    ScheduledReceipt.objects.all().delete()
    return made


def _why(person: Any, made: Planned, kind: str, *, h: int = 1, **values: float) -> list[tuple[str, float]]:
    """Parts of the first item-location's month, whose arrays hold these values there."""
    line = made.lines[0]
    for name, value in values.items():
        PlanLine.objects.filter(pk=line.pk).update(**{name: [value] * len(line.closing)})
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id), months()[h].isoformat())
    return [(part.label, float(part.value)) for part in explain(person, kind, *keys).parts]


def _order(made: Planned, **fields: Any) -> PlannedOrder:
    line, begins = made.lines[0], months()[1] + timedelta(days=3)
    given: dict[str, Any] = {
        "number": "P-1", "item": line.item, "location": line.location, "quantity": Decimal(100), "kind": "make",
        "need_date": begins, "order_by": begins, "ship_date": begins, "due_date": begins,
    }  # fmt: skip
    return PlannedOrder.objects.create(plan=made.plan, **given | fields)


def test_what_is_made_from_it_names_each_order_with_its_scrap(sam: Any, made: Planned) -> None:
    """An order of 100 with two in one of which a fifth is lost takes 250, as the plan took them."""
    parent, part = made.items[1], made.lines[0].item
    BomLine.objects.create(parent=parent, component=part, quantity_per=2, scrap_pct=20)
    order = _order(made, item=parent)
    found = _why(sam, made, "dependent_demand", dependent_demand=250.0)
    assert found == [(f"Order {order.number} of {parent.code}", 250)]
    whole = _why(sam, made, "gross_requirements", demand=40.0)
    assert whole == [("Demand", 40), (f"Order {order.number} of {parent.code}", 250)]
    assert _why(sam, made, "dependent_demand", h=2, dependent_demand=0.0) == [("No order takes from it", 0)]


def test_what_an_order_takes_of_a_part_counts_its_scrap_as_the_plan_does(sam: Any, made: Planned) -> None:
    from supply.selectors.pages.orders import pegs_to_parts

    BomLine.objects.create(parent=made.items[1], component=made.lines[0].item, quantity_per=2, scrap_pct=20)
    (part,) = pegs_to_parts(sam, _order(made, item=made.items[1]))
    assert part["quantity"] == 250


def test_open_orders_of_a_month_are_named_and_what_comes_back_stands_apart(sam: Any, made: Planned) -> None:
    line = made.lines[0]
    ScheduledReceipt.objects.create(
        order="PO-9", line="1", item=line.item, location=line.location, quantity=60, due_date=months()[1]
    )
    assert _why(sam, made, "scheduled_receipts", scheduled_receipts=75.0) == [
        ("Open order PO-9/1", 60), ("Changed since the plan was made", 15),
    ]  # fmt: skip
    ReturnRule.objects.create(
        item=made.items[1], returns_as=line.item, location=line.location, rate=0.5, lag_days=30
    )
    assert _why(sam, made, "scheduled_receipts")[1] == ("Comes back from customers", 15)
    _order(made, quantity=Decimal(25))
    told = _why(sam, made, "receipts", planned_receipts=25.0)
    assert [value for _, value in told] == [60, 15, 25]


def test_a_month_begins_with_what_the_one_before_left(sam: Any, made: Planned) -> None:
    assert _why(sam, made, "opening", opening=33.0) == [("Stock at the start", 33)]
    assert (
        _why(
            sam,
            made,
            "opening",
            h=0,
            opening=33.0,
        )[0][0]
        == "On hand"
    )


def test_stock_that_expires_unsold_is_its_lots_less_what_is_sold_of_them(sam: Any, made: Planned) -> None:
    from inventory.models import StockOnHand

    line, ends = made.lines[0], months()[1] + timedelta(days=20)
    StockOnHand.objects.filter(item=line.item, location=line.location).update(expiry_date=ends, quantity=90)
    found = _why(sam, made, "expires_unsold", expiring_by_period=30.0)
    assert [value for _, value in found] == [90, -60]
    assert found[1][0] == "Sold or used in time"
