"""Lot sizes, newsvendor, (r, Q) and (s, S) systems: textbook answers, and what must be true of any."""

import numpy as np
import pytest

from inventory.bench.textbook import textbook_results
from inventory.engine.lot_sizes import (
    DisruptedSupply,
    all_units_discount_lot,
    economic_order_quantity,
    incremental_discount_lot,
    joint_replenishment,
    lot_cost,
)
from inventory.engine.newsvendor import (
    counted_demand,
    newsvendor_cost,
    newsvendor_level,
    normal_demand,
    poisson_demand,
)
from inventory.engine.reorder_systems import (
    NormalSystem,
    PoissonSystem,
    best_periodic_system,
    periodic_system_cost,
)
from tests.shared_data import shared


def test_every_published_case_comes_out_within_a_millionth():
    results = textbook_results(shared("planning"))
    assert len(results) >= 100
    assert [result for result in results if result.distance > 1e-6] == []


def test_economic_lot_of_snyder_and_shen_example_3_1():
    best = economic_order_quantity(order_cost=8, holding_cost=0.225, demand_rate=1300)
    assert best.quantity == pytest.approx(304.0467800264368, abs=1e-6)
    assert best.cost == pytest.approx(68.41052550594827, abs=1e-6)


def test_no_other_lot_costs_less():
    costs = {"order_cost": 8.0, "holding_cost": 0.225, "demand_rate": 1300.0}
    best = economic_order_quantity(**costs)
    assert (lot_cost(np.linspace(50, 900, 300), **costs) >= best.cost - 1e-9).all()


def test_price_breaks_for_all_units_and_for_those_beyond():
    breaks = {"min_quantity": np.array([0.0, 400, 800]), "unit_cost": np.array([0.75, 0.72, 0.68])}
    costs = {"order_cost": 8.0, "holding_share": 0.3, "demand_rate": 1300.0}
    everything = all_units_discount_lot(**costs, **breaks)
    beyond = incremental_discount_lot(**costs, **breaks)
    assert (everything.quantity, everything.price_break) == (800.0, 2)
    assert beyond.quantity == pytest.approx(304.0467800264368)
    assert beyond.cost == pytest.approx(1043.4105255059483)


def test_items_ordered_together_share_a_cycle():
    best = joint_replenishment(
        joint_cost=600,
        item_cost=np.array([120.0, 840, 300]),
        holding_cost=np.array([160.0, 20, 50]),
        demand_rate=np.ones(3),
    )
    assert best.every.tolist() == [1.0, 3.0, 1.0]
    assert best.cost == pytest.approx(837.8544026261366)


def test_supplier_that_fails_wants_larger_lots():
    supply = DisruptedSupply(
        order_cost=8,
        holding_cost=0.225,
        stockout_cost=5,
        demand_rate=1300,
        disruption_rate=1.5,
        recovery_rate=14,
    )
    assert supply.quantity() == pytest.approx(772.8110739983106, rel=1e-5)
    assert supply.cost(supply.quantity()) <= supply.cost(supply.approximate_quantity())


def test_newsvendor_of_snyder_and_shen_example_4_3():
    demand = normal_demand(mean=50, sd=8)
    prices = {"holding_cost": 0.18, "stockout_cost": 0.7}
    level = newsvendor_level(demand, **prices)
    assert level == pytest.approx(56.60395592743389)
    assert newsvendor_cost(level, demand, **prices) == pytest.approx(1.9976051931766445)


def test_counted_demand_must_be_a_distribution():
    with pytest.raises(ValueError, match=r"probability sums to 0\.9; give shares"):
        counted_demand(np.array([0.5, 0.4]))


def test_best_reorder_point_costs_no_more_than_its_neighbours():
    system = NormalSystem(
        holding_cost=0.225, stockout_cost=7.5, order_cost=8, demand_mean=1300, demand_sd=150, lead_time=1 / 12
    )
    best = system.best_reorder_point(318)
    assert best == pytest.approx(127.78803486696552, rel=1e-6)
    assert system.cost(best, 318) <= min(system.cost(best - 1, 318), system.cost(best + 1, 318))


def test_whole_systems_cost_no_more_than_any_nearby():
    system = PoissonSystem(holding_cost=20, stockout_cost=150, order_cost=100, demand_mean=1.5, lead_time=2)
    point, lot, cost = system.best()
    assert (point, lot) == (3, 5)
    near = [system.cost(r, q) for r in range(1, 7) for q in range(2, 9)]
    assert cost == pytest.approx(min(near))


def test_periodic_system_is_the_cheapest_of_all():
    demand = poisson_demand(4)
    prices = {"holding_cost": 40.0, "stockout_cost": 125.0, "order_cost": 150.0}
    point, up_to, cost = best_periodic_system(demand, **prices)
    every = [periodic_system_cost(s, top, demand, **prices) for s in range(0, 6) for top in range(s + 1, 12)]
    assert (point, up_to) == (2, 7)
    assert cost == pytest.approx(min(every))


def test_normal_demand_has_no_periodic_system():
    with pytest.raises(ValueError, match="needs counted or Poisson demand"):
        periodic_system_cost(1, 5, normal_demand(mean=4, sd=1), holding_cost=1, stockout_cost=2, order_cost=3)
