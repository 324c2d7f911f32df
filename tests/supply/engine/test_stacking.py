"""Problems planned side by side give what each gives alone."""

from dataclasses import replace

import numpy as np
import pytest
from supply_networks import random_network

from supply.engine import PlanInputs, plan_supply
from supply.engine.stacking import stacked


def variants(seed: int) -> list[PlanInputs]:
    """A network, the same with twice the demand, the same without stock."""
    base = random_network(seed)
    return [base, replace(base, demand=2 * base.demand), replace(base, on_hand=0 * base.on_hand)]


@pytest.mark.parametrize("seed", range(6))
def test_a_stack_of_problems_is_planned_as_each_alone(seed: int) -> None:
    problems = variants(seed)
    together = plan_supply(stacked(problems))
    first = 0
    for problem in problems:
        alone = plan_supply(problem)
        columns = slice(first, first + problem.count)
        np.testing.assert_allclose(together.projection.closing[:, columns], alone.projection.closing)
        np.testing.assert_allclose(together.projection.shortage[:, columns], alone.projection.shortage)
        mine = (together.orders.item >= columns.start) & (together.orders.item < columns.stop)
        np.testing.assert_array_equal(together.orders.order_by[mine], alone.orders.order_by)
        np.testing.assert_allclose(together.orders.quantity[mine], alone.orders.quantity)
        first += problem.count
