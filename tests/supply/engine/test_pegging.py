"""FIFO pegging: every unit once, late pegs sum to the shortage, each with a cause; and up to own demand."""

import numpy as np
import pytest
from supply_networks import bom, day, even, lanes, months, problem, random_network

from supply.engine import Cause, Kind, late_quantity, peg, peg_to_demand, plan_supply
from supply.engine.pegging import DEMAND, DEPENDENT, ON_HAND, ORDER


@pytest.mark.parametrize("seed", range(20))
def test_late_pegs_sum_to_the_shortage_and_each_has_a_cause(seed: int) -> None:
    inputs = random_network(seed)
    plan = plan_supply(inputs)
    pegs = peg(inputs, plan)
    shape = inputs.demand.shape
    assert late_quantity(inputs.calendar, pegs, shape=shape) == pytest.approx(
        plan.projection.shortage, abs=1e-5
    )
    assert (pegs.cause[pegs.days_late > 0] != Cause.NONE).all()


@pytest.mark.parametrize("seed", range(10))
def test_pegs_cover_every_requirement_exactly(seed: int) -> None:
    inputs = random_network(seed)
    plan = plan_supply(inputs)
    pegs = peg(inputs, plan)
    own = pegs.use == DEMAND
    met = np.zeros(inputs.demand.shape)
    np.add.at(met, (pegs.use_ref[own], pegs.item[own]), pegs.quantity[own])
    assert met == pytest.approx(inputs.demand)
    above = pegs.use == DEPENDENT
    passed = np.bincount(
        pegs.use_ref[above], weights=pegs.quantity[above], minlength=len(plan.dependent.item)
    )
    inside = plan.dependent.day < inputs.calendar.edges[-1]
    assert passed[inside] == pytest.approx(plan.dependent.quantity[inside])


def test_a_neighbour_of_billions_makes_nothing_of_an_item_late() -> None:
    """14 on hand cover 5.6, 3.2 and 3.3 a month on their days, behind items of five billions a month."""
    calendar = months(3)
    small = np.array([5.600727112525884, 3.1555663290218376, 3.345713163006409])
    demand = np.column_stack([np.full((3, 6), 5_000_000_000.3), small])
    inputs = problem(demand, calendar=calendar, on_hand=[15_100_000_000.7] * 6 + [14.0])
    pegs = peg(inputs, plan_supply(inputs))
    own = (pegs.item == 6) & (pegs.use == DEMAND)
    assert pegs.need_day[own].tolist() == calendar.edges[:-1].tolist()
    assert pegs.quantity[own] == pytest.approx(small, abs=1e-6)
    assert not pegs.days_late.any()


def test_a_peg_is_cut_where_lateness_ends() -> None:
    calendar = months(3)
    inputs = problem(even(10, calendar), calendar=calendar, lanes=lanes({"lead_time_days": 12}))
    pegs = peg(inputs, plan_supply(inputs))
    january = (pegs.use == DEMAND) & (pegs.use_ref == 0)
    late = january & (pegs.days_late > 0)
    assert pegs.quantity[late].sum() == pytest.approx(120)
    assert pegs.quantity[january & ~late].sum() == pytest.approx(190)


def test_a_component_is_followed_up_to_the_demand_it_ends_in() -> None:
    calendar = months(3)
    demand = np.zeros((3, 2))
    demand[1, 0], demand[2, 0] = 100, 50
    inputs = problem(
        demand, calendar=calendar, on_hand=[20, 60], bom=bom((0, 1, 2.0)),
        lanes=lanes({"kind": Kind.MAKE, "lead_time_days": 2}, {"item": 1, "lead_time_days": 5}),
    )  # fmt: skip
    plan = plan_supply(inputs)
    pegs = peg_to_demand(inputs, plan, peg(inputs, plan))
    component = pegs.level == 1
    assert set(pegs.item[component].tolist()) == {0}
    assert pegs.supply_quantity[component].sum() == pytest.approx(2 * 130)
    assert pegs.quantity[component].sum() == pytest.approx(130)
    stock = component & (pegs.supply == ON_HAND)
    assert pegs.supply_quantity[stock].sum() == pytest.approx(60)
    assert (pegs.supply[component & ~stock] == ORDER).all()
    assert day(0) <= plan.orders.order_by.min()


def test_what_a_part_feeds_is_as_late_as_the_demand_above_that_waits_for_it() -> None:
    calendar = months(3)
    demand = np.zeros((3, 2))
    demand[0, 0], demand[2, 0] = 310, 50
    inputs = problem(
        demand, calendar=calendar, bom=bom((0, 1, 2.0)),
        lanes=lanes({"kind": Kind.MAKE, "lead_time_days": 2}, {"item": 1, "lead_time_days": 20}),
    )  # fmt: skip
    plan = plan_supply(inputs)
    pegs = peg_to_demand(inputs, plan, peg(inputs, plan))
    january, parts = pegs.bucket == 0, pegs.level == 1
    late = january & parts & (pegs.days_late > 0)
    assert pegs.quantity[late].sum() == pytest.approx(220)  # ten a day until it is there on day 22
    assert pegs.days_late[late].max() == 22
    assert set(zip(pegs.cause[late].tolist(), pegs.cause_ref[late].tolist(), strict=True)) == {
        (Cause.COMPONENT, 1)
    }
    assert not pegs.days_late[parts & ~january].any()
