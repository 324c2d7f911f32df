"""Open orders take the capacity that they took as planned ones, until they have left."""

from dataclasses import replace

import numpy as np
import pytest
from supply_networks import day, lanes, line, months, problem, receipts

from supply.engine import FirmOrders, Kind, PlanInputs, plan_supply
from supply.engine.ahead import made_ahead
from supply.engine.checker import check_plan
from supply.engine.classic import classic_record
from supply.engine.open_orders import OWN, lanes_of_orders, open_work
from supply.engine.whatif import restrict


def two_products(**more: object) -> PlanInputs:
    """Two items made on one line of 1,000 a month; 600 and 500 are asked for in each of three months."""
    return problem(
        np.tile([600.0, 500.0], (3, 1)), calendar=months(3), on_hand=[1200, 500], priority=np.array([1, 2]),
        lanes=lanes({"item": 0, "kind": Kind.MAKE}, {"item": 1, "kind": Kind.MAKE}),
        capacities=line(np.full(3, 1000.0), (0, 1.0), (1, 1.0)), **more,
    )  # fmt: skip


def test_an_order_that_was_released_takes_of_the_line_what_it_took_as_a_firm_one() -> None:
    firm = two_products(
        firm=FirmOrders(lane=np.array([1]), quantity=np.array([500.0]), due_day=np.array([day(40)]))
    )
    released = two_products(receipts=receipts((1, 40, 500)))
    before, after = plan_supply(firm), plan_supply(released)
    assert after.load.tolist() == before.load.tolist()
    assert after.projection.closing.tolist() == before.projection.closing.tolist()
    assert check_plan(released, after) == []


def test_what_a_full_month_cannot_make_of_open_orders_is_made_the_month_before() -> None:
    inputs = two_products(receipts=receipts((0, 40, 700), (1, 45, 800)))
    plan = plan_supply(replace(inputs, demand=np.zeros((3, 2))))
    assert plan.load[:, 0].tolist() == [500, 1000, 0]
    assert made_ahead(inputs, plan)[:, 0].tolist() == [500, 0, 0]


def test_what_is_promised_beyond_what_the_line_can_make_by_then_takes_of_the_next_month() -> None:
    inputs = two_products(receipts=receipts((0, 10, 900), (1, -5, 800)))
    plan = plan_supply(replace(inputs, demand=np.zeros((3, 2))))
    assert plan.load[:, 0].tolist() == [1000, 700, 0]


@pytest.mark.parametrize(
    ("due", "afloat", "bucket"),
    [(40, False, 1), (-5, False, 0), (40, True, None), (200, False, 3)],
    ids=["due in February", "overdue: still to be made", "has left: made already", "beyond the horizon"],
)
def test_an_open_order_is_to_be_made_until_it_has_left(due: int, afloat: bool, bucket: int | None) -> None:
    ordered = replace(receipts((0, due, 100)), afloat=np.array([afloat]))
    assert open_work(two_products(receipts=ordered)).bucket.tolist() == ([] if bucket is None else [bucket])


def test_an_open_order_comes_by_its_mode_else_on_the_first_lane_of_its_supplier_or_of_own_production() -> (
    None
):
    ways = lanes(
        {"item": 0, "source": 7, "unit_cost": 5.0}, {"item": 0, "source": 7, "unit_cost": 4.0, "mode": 1},
        {"item": 0, "source": 8}, {"item": 0, "kind": Kind.MAKE, "priority": 9}, {"item": 1, "source": 9},
    )  # fmt: skip
    asked = ((0, 7, 2), (0, 7, 0), (0, 8, 1), (0, OWN, 0), (1, 7, 0), (1, OWN, 0))
    item, seller, mode = (np.array(column) for column in zip(*asked, strict=True))
    found = lanes_of_orders(ways, item=item, seller=seller, mode=mode, day=day(0))
    assert found.tolist() == [1, 0, 2, 3, -1, -1]  # nobody sells item 1 from 7, nor makes it


def test_open_orders_of_others_leave_less_and_the_record_without_limits_shows_them() -> None:
    inputs = two_products(receipts=receipts((1, 40, 500)))
    record = classic_record(replace(inputs, demand=np.zeros((3, 2))))
    assert record.load[:, 0].tolist() == [0, 500, 0]
    first_alone, _ = restrict(inputs, record, np.array([0]))
    assert first_alone.capacities.available[:, 0].tolist() == [1000, 500, 1000]
