"""What the optimiser weighs a shortage at: a part of an urgent product above a part of one that can wait."""

import numpy as np
import pytest
from supply_networks import bom, lanes, months, problem

from supply.engine import Kind, plan_supply
from supply.engine.sourcing import plan_costs


@pytest.mark.parametrize("first", [0, 1])
def test_a_part_weighs_by_the_products_that_it_serves(first: int) -> None:
    """Of products 0 and 1 one is of the first priority; of parts 2 and 3, of one priority and price, 10 are owed each."""
    priority = np.array([3, 3, 2, 2])
    priority[first] = 1
    inputs = problem(
        [[100.0, 100.0, 0.0, 0.0]],
        calendar=months(1),
        on_hand=[0.0, 0.0, -10.0, -10.0],
        priority=priority,
        margin=np.full(4, 5.0),
        lanes=lanes(*({"item": n, "kind": Kind.MAKE} for n in (0, 1))),
        bom=bom((0, 2, 1.0), (1, 3, 1.0)),
    )
    plan = plan_supply(inputs)
    assert plan.projection.shortage[0, 2:].tolist() == [10, 10]
    costs = plan_costs(inputs, plan)
    assert costs.short[2 + first] > costs.short[3 - first]
