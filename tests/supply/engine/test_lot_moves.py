"""Lots moved one at a time: cheaper, whole, within capacity, and nobody shorter than before."""

from dataclasses import replace

import numpy as np
import pytest

from supply.bench.instances import sourcing_network
from supply.engine import plan_supply
from supply.engine.lot_moves import moved_lots
from supply.engine.shapes import Array
from supply.engine.sourcing import SourcingProblem, lots_cost, slots_of, sourcing_problem, within_capacity


def one_item(*, spare_of_cheap: float = 1_000.0) -> SourcingProblem:
    """10 units needed in the last of three buckets; slot 0 costs 1 each by 100 and more, slot 1 costs 2 by 10 and more."""
    one, nothing = np.ones((3, 1)), np.zeros((3, 1))
    return SourcingProblem(
        item=np.zeros(2, np.int64), bucket=np.array([2, 2]), lane=np.arange(2), due_day=np.zeros(2, np.int64),
        cost=np.array([1.0, 2.0]), order_cost=np.array([5.0, 5.0]), moq=np.array([100.0, 10.0]), multiple=np.array([0.0, 4.0]),
        most=np.full(2, np.inf),
        opening=np.zeros(1), demand=np.array([[0.0], [0.0], [10.0]]), received=nothing, target=nothing,
        holding=0.1 * one, short=20.0 * one, below=2.0 * one,
        capacity=np.array([[0.0, 0.0], [0.0, 0.0], [spare_of_cheap, 1_000.0]]),
        use_slot=np.array([0, 1]), use_row=np.array([4, 5]), use_per=np.ones(2),
    )  # fmt: skip


def short_by_item(problem: SourcingProblem, lots: Array) -> Array:
    received = np.zeros_like(problem.demand)
    np.add.at(received, (problem.bucket, problem.item), lots)
    net = problem.opening + np.cumsum(problem.received + received - problem.demand, axis=0)
    return np.asarray(np.maximum(-net, 0.0).sum(axis=0))


def test_a_lot_too_large_for_its_need_gives_way_to_a_small_one_of_the_dearer_lane() -> None:
    problem = one_item()  # 100 cost 105 and 9 to hold; 12, a whole multiple of 4, cost 29 and .2
    lots = moved_lots(problem, np.array([100.0, 0.0]), go_on=lambda: True)
    assert lots.tolist() == [0.0, 12.0]
    assert lots_cost(problem, lots) == pytest.approx(29.2)


def test_what_is_missing_is_bought_where_it_fits() -> None:
    cheap_units = replace(one_item(spare_of_cheap=30.0), moq=np.zeros(2))
    lots = moved_lots(cheap_units, np.zeros(2), go_on=lambda: True)
    assert lots.tolist() == [10.0, 0.0]
    full = replace(one_item(spare_of_cheap=6.0), moq=np.zeros(2))
    moved = moved_lots(full, np.zeros(2), go_on=lambda: True)
    assert within_capacity(full, moved)
    assert moved.sum() >= 10.0


def test_no_lot_is_larger_than_what_sells_before_it_expires() -> None:
    """30 and 30 more: one lot of 60 saves an order of 50; where 40 sell in a life, two lots come."""
    demand, buckets = np.array([[30.0], [30.0], [0.0]]), np.array([0, 1])
    apart = replace(
        one_item(), bucket=buckets, demand=demand, cost=np.ones(2), order_cost=np.full(2, 50.0), moq=np.zeros(2),
        multiple=np.zeros(2), capacity=np.zeros((3, 0)), use_slot=np.zeros(0, np.int64),
        use_row=np.zeros(0, np.int64), use_per=np.zeros(0),
    )  # fmt: skip
    assert moved_lots(apart, np.zeros(2), go_on=lambda: True).tolist() == [60.0, 0.0]
    short_lived = replace(apart, most=np.full(2, 40.0))
    lots = moved_lots(short_lived, np.zeros(2), go_on=lambda: True)
    assert (lots.max(), lots.sum()) == (40.0, 60.0)


def test_a_stopped_search_leaves_the_lots() -> None:
    assert moved_lots(one_item(), np.array([100.0, 0.0]), go_on=lambda: False).tolist() == [100.0, 0.0]


@pytest.mark.parametrize(("seed", "stock"), [(1, 1.0), (3, 0.3)])
def test_many_items_under_shared_capacity_cost_less_and_none_is_shorter(seed: int, stock: float) -> None:
    inputs = sourcing_network(items=20, buckets=18, seed=seed)
    inputs = replace(inputs, on_hand=stock * inputs.on_hand)
    plan = plan_supply(inputs)
    problem = sourcing_problem(inputs, plan, items=np.arange(inputs.count))
    before = slots_of(problem, plan)
    lots = moved_lots(problem, before, go_on=lambda: True)
    used = lots > 0
    assert lots_cost(problem, lots) < 0.97 * lots_cost(problem, before)
    assert within_capacity(problem, lots)
    assert (lots[used] >= problem.moq[used] - 1e-6).all()
    assert np.allclose(lots[used] % problem.multiple[used], 0.0)
    assert (short_by_item(problem, lots) <= short_by_item(problem, before) + 1e-6).all()
