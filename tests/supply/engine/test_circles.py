"""Two sites that are each other's second source: one of the two ways is left out, and the rest is planned."""

from typing import Any

import numpy as np
import pytest
from supply_networks import bom, day, even, lanes, months, problem

from supply.engine import FirmOrders, Kind, SupplyCycleError, plan_supply
from supply.engine.checker import check_plan
from supply.engine.circles import closing_lanes, without_lanes
from supply.engine.shapes import Lanes

NEW_JERSEY, MALAYSIA = 0, 1
NO_BOM = bom()


def sites(*rows: dict[str, Any]) -> Lanes:
    return lanes(*({"item": NEW_JERSEY, "kind": Kind.BUY, **row} for row in rows))


EACH_THE_OTHERS_SECOND = sites(
    {"priority": 1},
    {"kind": Kind.TRANSFER, "source": MALAYSIA, "priority": 2},
    {"item": MALAYSIA, "priority": 1},
    {"item": MALAYSIA, "kind": Kind.TRANSFER, "source": NEW_JERSEY, "priority": 3},
)


def test_of_two_second_sources_the_one_with_the_lower_priority_is_left_out() -> None:
    assert closing_lanes(2, EACH_THE_OTHERS_SECOND, bom=NO_BOM, firm=FirmOrders()).tolist() == [3]


def test_a_firm_order_keeps_its_lane_and_the_other_is_left_out() -> None:
    firm = FirmOrders(lane=np.array([3]), quantity=np.array([5.0]), due_day=np.array([day(40)]))
    assert closing_lanes(2, EACH_THE_OTHERS_SECOND, bom=NO_BOM, firm=firm).tolist() == [1]


def test_what_the_other_site_gets_first_is_no_second_source_for_it() -> None:
    hub = sites(
        {"kind": Kind.TRANSFER, "source": MALAYSIA, "priority": 1},
        {"item": MALAYSIA, "kind": Kind.TRANSFER, "source": NEW_JERSEY, "priority": 1},
        {"item": MALAYSIA, "priority": 2},
    )
    assert closing_lanes(2, hub, bom=NO_BOM, firm=FirmOrders()).tolist() == []  # a person must decide


def test_a_circle_through_a_third_site_is_found_and_lanes_outside_of_it_stay() -> None:
    ring = sites(
        {"kind": Kind.TRANSFER, "source": 1},
        {"item": 1, "kind": Kind.TRANSFER, "source": 2},
        {"item": 2, "priority": 1},
        {"item": 2, "kind": Kind.TRANSFER, "source": 0, "priority": 2},
        {"item": 2, "kind": Kind.TRANSFER, "source": 3, "priority": 3},
        {"item": 3},
    )
    assert closing_lanes(4, ring, bom=NO_BOM, firm=FirmOrders()).tolist() == [3]


def test_where_nothing_goes_round_nothing_is_left_out() -> None:
    chain = sites({"kind": Kind.TRANSFER, "source": 1}, {"item": 1, "kind": Kind.MAKE})
    assert closing_lanes(3, chain, bom=bom((1, 2, 1.0)), firm=FirmOrders()).tolist() == []


def test_the_rest_is_planned_and_the_checker_finds_nothing() -> None:
    calendar = months(4)
    demand = np.hstack([even(10, calendar), even(4, calendar)])
    given = problem(demand, calendar=calendar, lanes=EACH_THE_OTHERS_SECOND)
    with pytest.raises(SupplyCycleError):
        plan_supply(given)
    opened = problem(demand, calendar=calendar, lanes=without_lanes(EACH_THE_OTHERS_SECOND, np.array([3])))
    plan = plan_supply(opened)
    assert check_plan(opened, plan) == []
    assert plan.projection.shortage[-1].tolist() == [0, 0]
    assert 3 not in plan.orders.lane
