"""Every feature may meet every other: whatever the network, the plan is sound and what is late is explained."""

from dataclasses import replace

import numpy as np
import pytest
from supply_crossings import crossed_network

from supply.engine import Cause, PlanInputs, late_quantity, peg, plan_supply
from supply.engine.checker import check_plan

JOINT_AND_FULL = (44, 49, 85, 120, 323, 394)  # a member of a joint minimum meets a full capacity


@pytest.mark.parametrize("seed", [*range(16), *JOINT_AND_FULL])
def test_a_network_of_all_features_is_planned_soundly_and_its_late_units_are_explained(seed: int) -> None:
    sound_and_explained(crossed_network(seed))


@pytest.mark.parametrize("seed", [0, 1, 2, 32, 47])  # in two a joint lot arrives on both sides of closed days
def test_so_it_is_where_all_are_of_one_priority(seed: int) -> None:
    inputs = crossed_network(seed)
    sound_and_explained(replace(inputs, priority=np.ones(inputs.count, np.int64)))


def sound_and_explained(inputs: PlanInputs) -> None:
    plan = plan_supply(inputs)
    assert [str(violation) for violation in check_plan(inputs, plan)] == []
    pegs = peg(inputs, plan)
    assert (pegs.cause[pegs.days_late > 0] != Cause.NONE).all()
    late = late_quantity(inputs.calendar, pegs, shape=inputs.demand.shape)
    assert np.allclose(late, plan.projection.shortage, atol=1e-3)
