"""What is passed down: a kit holds two cups, a spare set one, each cup a rim."""

import numpy as np
import pytest
from supply_networks import bom, lanes, months

from supply.engine import Kind
from supply.engine.requirements import PassedDown, passed_down

KIT, SPARE, CUP, RIM = range(4)


def network() -> PassedDown:
    made = ({"item": item, "kind": Kind.MAKE} for item in (KIT, SPARE, CUP))
    lines = bom((KIT, CUP, 2.0), (SPARE, CUP, 1.0), (CUP, RIM, 1.0))
    return passed_down(lanes(*made, {"item": RIM}), lines, count=4, edges=months(2).edges)


def test_demand_goes_down_all_levels() -> None:
    own = np.array([[10.0, 5.0, 3.0, 0.0], [20.0, 0.0, 0.0, 1.0]])
    assert network().demand(own).tolist() == [[10, 5, 28, 28], [20, 0, 40, 41]]


@pytest.mark.parametrize(("kit", "spare", "below"), [(10, 20, 40), (10, -20, 0), (-10, 0, -20)])
def test_misses_go_down_with_their_sign(kit: float, spare: float, below: float) -> None:
    """Of three plans, each over one month: what errs the same way adds up, what errs against each other cancels."""
    own = np.zeros((3, 1, 4))
    own[1, 0, :2] = kit, spare
    found = network().misses(own)
    assert found[1, 0].tolist() == [kit, spare, below, below]
    assert not found[[0, 2]].any()


def test_variances_go_down_as_those_of_independent_errors() -> None:
    assert network().variance(np.array([[4.0, 9.0, 1.0, 0.0]])).tolist() == [[4, 9, 16 + 9 + 1, 26]]


def test_where_nothing_is_above_anything_all_is_as_it_was() -> None:
    alone = passed_down(lanes({"item": 0}), bom(), count=1, edges=months(1).edges)
    assert alone.demand(np.array([[7.0]])).tolist() == alone.misses(np.array([[7.0]])).tolist() == [[7]]
