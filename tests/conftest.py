"""The cast and what all tests share. Servers are started by `manage.py test` before pytest reads settings."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import TransactionTestCase
from emptying import empty_tables

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
    from siop.accounts.enums import Role
    from siop.accounts.models import Department, Person, RoleGrant

    def make(name: str, role: str | None = None, *, department: str | None = None, **grant: Any) -> Person:
        someone = Person.objects.filter(email=f"{name}@example.com").first() or Person.objects.create_person(
            email=f"{name}@example.com", name=name.title(), password="a long password"
        )
        if role:
            where = (
                Department.objects.get_or_create(code=department, defaults={"name": department.title()})[0]
                if department
                else None
            )
            RoleGrant.objects.create(person=someone, role=Role(role), department=where, **grant)
        return someone

    return make


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


@pytest.fixture
def clock_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`clock_off(days)`: this machine's clock is ahead of the database's by so many days, until the test ends."""
    from django.utils import timezone

    real = timezone.now
    return lambda days: monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=days))
