from copy import deepcopy
from typing import Any

import pytest
from second_cycle import second_cycle

from forecasting.selectors.demand_cube import forget_all


@pytest.fixture(scope="module")
def second_cycle_once(kept_rows: None) -> Any:
    """Lived through once for all tests of a module."""
    return second_cycle()


@pytest.fixture
def world(second_cycle_once: Any, db: None) -> Any:
    """A company in its second cycle, whatever the tests before did to it."""
    forget_all()
    return deepcopy(second_cycle_once)
