from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from chain import kept
from second_cycle import second_cycle

from forecasting.selectors.demand_cube import forget_all


@pytest.fixture(scope="module")
def second_cycle_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Lived through once for all tests of a module."""
    with kept(django_db_blocker):
        yield second_cycle()


@pytest.fixture
def world(second_cycle_once: Any, db: None) -> Any:
    """A company in its second cycle, whatever the tests before did to it."""
    forget_all()
    return deepcopy(second_cycle_once)
