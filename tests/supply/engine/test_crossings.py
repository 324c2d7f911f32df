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
    assert faults(crossed_network(seed)) == []


@pytest.mark.parametrize("seed", [0, 1, 2, 32, 47])  # in two a joint lot arrives on both sides of closed days
def test_so_it_is_where_all_are_of_one_priority(seed: int) -> None:
    inputs = crossed_network(seed)
    assert faults(replace(inputs, priority=np.ones(inputs.count, np.int64))) == []


def faults(inputs: PlanInputs) -> list[str]:
    """What the checker finds in the plan, late units without a cause, and months whose late pegs miss its shortage."""
    plan = plan_supply(inputs)
    pegs = peg(inputs, plan)
    late = late_quantity(inputs.calendar, pegs, shape=inputs.demand.shape)
    missed = np.argwhere(np.abs(late - plan.projection.shortage) > 1e-3).tolist()
    unexplained = np.flatnonzero((pegs.days_late > 0) & (pegs.cause == Cause.NONE)).tolist()
    return [
        *(str(violation) for violation in check_plan(inputs, plan)),
        *(f"peg {p} is late without a cause" for p in unexplained),
        *(f"late pegs do not sum to the shortage of bucket, item {cell}" for cell in missed),
    ]
