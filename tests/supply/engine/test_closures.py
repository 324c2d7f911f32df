"""Days on which a supplier or a location is closed move order, ship and receipt days."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from supply_networks import AS_OF, day, even, lanes, months, problem, random_network

from supply.engine import Lanes, PlanInputs, plan_supply
from supply.engine.checker import check_plan
from supply.engine.closures import Closures

DAYS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40)), max_size=20)


@given(closed=DAYS, calendar=st.integers(-1, 1), start=st.integers(0, 60))
def test_open_days_are_those_of_a_plain_walk(
    closed: list[tuple[int, int]], calendar: int, start: int
) -> None:
    shut = Closures(
        calendar=np.array([c for c, _ in closed], np.int64), day=np.array([d for _, d in closed], np.int64)
    )
    off = {d for c, d in closed if c == calendar}
    one, at = np.array([calendar]), np.array([start])
    following = next(d for d in range(start, 200) if d not in off)
    assert shut.next_open(one, at)[0] == following
    assert shut.open_days_before(one, at)[0] == sum(d not in off for d in range(start))
    assert shut.open_day(one, shut.open_days_before(one, np.array([following])))[0] == following


def closing(own: Lanes, *, source: list[int] = [], receiver: list[int] = []) -> Lanes:  # noqa: B006
    """The same lanes with days (from the planning date) on which all sources or all receivers are closed."""
    return replace(
        own,
        closures=Closures(
            calendar=np.array([0] * len(source) + [1] * len(receiver), np.int64),
            day=np.array([day(d) for d in (*source, *receiver)], np.int64),
        ),
        source_calendar=np.zeros(own.count, np.int64),
        receiving_calendar=np.ones(own.count, np.int64),
    )


def one_order(own: Lanes, need: date) -> tuple[int, int, int]:
    """(order by, ship, due) of one need of 100, counted from the planning date."""
    calendar = months(6)
    bucket = int(calendar.bucket_of(np.array(need.toordinal())))
    demand = even(0, calendar)
    demand[bucket] = 100
    inputs = problem(demand, calendar=calendar, lanes=own)
    plan = plan_supply(inputs)
    assert check_plan(inputs, plan) == []
    first = AS_OF.toordinal()
    orders = plan.orders
    return int(orders.order_by[0]) - first, int(orders.ship_day[0]) - first, int(orders.due_day[0]) - first


@pytest.mark.parametrize(
    ("source", "receiver", "expected"),
    [
        ([], [], (40, 70, 90)),
        ([40], [], (39, 70, 90)),  # it takes no order on a closed day
        ([50, 51, 52], [], (37, 70, 90)),  # nor does it work for us
        ([70], [], (39, 69, 90)),  # or ship
        ([80], [], (40, 70, 90)),  # but the vessel sails on
        ([], [90], (39, 69, 89)),  # what cannot be received on the day comes before it
    ],
)
def test_closed_days_move_the_dates(
    source: list[int], receiver: list[int], expected: tuple[int, int, int]
) -> None:
    own = lanes({"item": 0, "lead_time_days": 50, "transit_days": 20})
    assert one_order(closing(own, source=source, receiver=receiver), date(2026, 4, 1)) == expected


def test_what_is_late_is_received_on_the_next_open_day() -> None:
    own = lanes({"item": 0, "lead_time_days": 50, "transit_days": 20})
    assert one_order(closing(own, source=[0, 1], receiver=[52, 53]), date(2026, 1, 1)) == (2, 34, 54)


@pytest.mark.parametrize("seed", range(6))
def test_every_random_plan_with_closures_passes_the_checker(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs: PlanInputs = random_network(seed)
    shut = closing(
        inputs.lanes,
        source=rng.integers(0, 240, 30).tolist(),
        receiver=rng.integers(0, 240, 30).tolist(),
    )
    inputs = replace(inputs, lanes=shut)
    assert [str(violation) for violation in check_plan(inputs, plan_supply(inputs))] == []
