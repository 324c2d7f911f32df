"""80, 150 and 60 on a line of 100 a month: 20 of February's are made in January, and 30 wait for March."""

import numpy as np
import pytest
from supply_networks import lanes, months, problem

from supply.engine import Capacities, Kind, plan_supply
from supply.engine.ahead import begun_early_for, made_ahead


@pytest.mark.parametrize(("kind", "early"), [(Kind.MAKE, [-1, 0, -1]), (Kind.BUY, [-1, -1, -1])])
def test_what_is_made_before_its_month_is_told_by_month_and_by_order(kind: Kind, early: list[int]) -> None:
    inputs = problem(
        np.array([[80.0], [150.0], [60.0]]),
        calendar=months(3),
        lanes=lanes({"item": 0, "kind": int(kind)}),
        capacities=Capacities(
            available=np.full((3, 1), 100.0),
            lane=np.array([0]),
            capacity=np.array([0]),
            per_unit=np.array([1.0]),
        ),
    )
    plan = plan_supply(inputs)
    assert plan.orders.quantity.tolist() == [80, 120, 90]
    assert plan.load.ravel().tolist() == [100, 100, 90]
    assert made_ahead(inputs, plan).ravel().tolist() == [20, 0, 0]
    assert begun_early_for(inputs, plan).tolist() == early
