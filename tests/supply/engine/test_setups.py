"""Set-ups searched without a solver: moved where that saves, never at the cost of overtime, and never a plan worse."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supply.engine.capacitated import CapacitatedLots, overtime_needed, plan_cost
from supply.engine.lotsizing import wagner_whitin
from supply.engine.setups import improved
from supply.engine.smoothing import rank

TWO_ITEMS = CapacitatedLots(
    demand=np.array([[40.0, 30], [40, 30], [40, 60]]), capacity=np.full(3, 120.0), unit_time=np.ones(2),
    setup_time=np.full(2, 10.0), setup_cost=np.array([100.0, 100]), holding=np.array([1.0, 3]),
)  # fmt: skip


def batches(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is not None


def test_a_lot_is_joined_with_the_one_before_where_that_is_cheaper_than_a_set_up() -> None:
    # first item: March with February, 40 held a month at 1 against a set-up of 100; with January there is no room.
    # Second item: February with January, 30 at 3 against 100; never the 60 of March
    lots = improved(TWO_ITEMS, TWO_ITEMS.demand, go_on=batches(40))
    assert lots.tolist() == [[40, 60], [80, 0], [0, 60]]
    assert plan_cost(TWO_ITEMS, lots) == 4 * 100 + 40 + 90
    assert overtime_needed(TWO_ITEMS, lots).sum() == 0


def test_each_better_plan_is_told_and_the_last_is_the_answer() -> None:
    told: list[float] = []
    lots = improved(
        TWO_ITEMS,
        TWO_ITEMS.demand,
        go_on=batches(40),
        told=lambda better: told.append(plan_cost(TWO_ITEMS, better)),
    )
    assert told == sorted(told, reverse=True)
    assert told[-1] == plan_cost(TWO_ITEMS, lots) < told[0]


def test_without_a_limit_the_search_ends_at_wagner_whitin() -> None:
    free = replace(TWO_ITEMS, capacity=np.full(3, 1e6))
    exact = sum(
        wagner_whitin(
            demand=free.demand[:, n], setup=np.full(3, 100.0), holding=np.full(3, free.holding[n])
        ).cost
        for n in range(2)
    )
    assert plan_cost(free, improved(free, free.demand, go_on=batches(40))) == pytest.approx(exact)


def test_units_that_need_no_time_are_made_when_they_are_needed() -> None:
    timeless = replace(TWO_ITEMS, unit_time=np.array([1.0, 0]), capacity=np.full(3, 60.0))
    lots = improved(timeless, timeless.demand, go_on=batches(5))
    assert overtime_needed(timeless, lots).sum() == 0
    assert plan_cost(timeless, lots) <= plan_cost(timeless, timeless.demand)


@settings(max_examples=25, deadline=None)
@given(
    demand=st.lists(st.lists(st.integers(0, 60), min_size=2, max_size=2), min_size=1, max_size=5),
    room=st.floats(0.3, 2.0),
)
def test_a_plan_is_complete_and_never_worse_than_the_one_it_came_from(
    demand: list[list[int]], room: float
) -> None:
    table = np.array(demand, float)
    problem = replace(TWO_ITEMS, demand=table, capacity=np.full(len(table), 100.0 * room))
    lots = improved(problem, table, go_on=batches(6))
    assert (lots >= 0).all()
    assert np.isfinite(plan_cost(problem, lots))
    assert rank(problem, lots) <= rank(problem, table)
