"""The cast and what all tests share. Servers are started by `manage.py test` before pytest reads settings."""

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import TransactionTestCase
from emptying import empty_tables
from factories import somebody

if "DATABASE_URL" not in os.environ:
    raise pytest.UsageError(
        "Start tests with `python3 manage.py test`: it brings PostgreSQL and Redis along."
    )


@pytest.fixture(scope="session", autouse=True)
def _emptied_in_one_statement() -> Iterator[None]:
    """What a test has committed is taken away by `empty_tables` instead of Django's flush."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
        yield


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """`person("dana", "demand_planner")` makes a person with a role; `department="finance"` for heads."""
    return somebody


@pytest.fixture
def dana(person: Callable[..., Any]) -> Any:
    return person("dana", "demand_planner")


@pytest.fixture
def sam(person: Callable[..., Any]) -> Any:
    return person("sam", "supply_planner")


@pytest.fixture
def erin(person: Callable[..., Any]) -> Any:
    return person("erin", "executive")


@pytest.fixture
def ada(person: Callable[..., Any]) -> Any:
    return person("ada", "administrator")


@pytest.fixture
def omar(person: Callable[..., Any]) -> Any:
    """An outsider: a person without any role."""
    return person("omar")


@pytest.fixture(scope="module")
def kept_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What fixtures of a module write stands before all its tests, each of which takes back its own; then it is gone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def planned_once(request: pytest.FixtureRequest, kept_rows: None) -> Any:
    """The company of `planned`, made by Dana once for all tests of a module, with `ITEMS` items of a category."""
    from planning import planned

    return planned(somebody("dana", "demand_planner"), items=request.module.ITEMS)


@pytest.fixture
def made(planned_once: Any, dana: Any) -> Any:
    """That company as it was made, whatever the tests before did to it."""
    from forecasting.selectors.demand_cube import forget_all

    forget_all()
    return deepcopy(planned_once)


@pytest.fixture
def clock_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`clock_off(days)`: this machine's clock is ahead of the database's by so many days, until the test ends."""
    from django.utils import timezone

    real = timezone.now
    return lambda days: monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
