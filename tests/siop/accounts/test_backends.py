"""Each request reads its session and its person by two short statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from siop.accounts.access import active_grants, roles_of
from siop.accounts.backends import PersonBackend
from siop.accounts.enums import Role
from siop.accounts.models import Person, RoleGrant
from siop.accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_a_person_comes_with_the_roles_that_hold_today(
    dana: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    today = timezone.localdate()
    for role, expires in ((Role.GUEST, today), (Role.EXECUTIVE, today + timedelta(days=1))):
        RoleGrant.objects.create(person=dana, role=role, expires=expires)
    expected = sorted(active_grants(dana).values_list("pk", "role", "expires"))
    with django_assert_num_queries(1):
        found = PersonBackend().get_user(dana.pk)
        assert found == dana
        assert found.email == dana.email
        assert sorted((one.pk, one.role, one.expires) for one in roles_of(found)) == expected
    assert Role.GUEST not in {one.role for one in roles_of(found)}


def test_somebody_without_a_role_is_still_somebody(dana: Person) -> None:
    dana.grants.all().delete()
    found = PersonBackend().get_user(dana.pk)
    assert found == dana
    assert roles_of(found) == []


def test_nobody_is_found_who_was_deactivated_or_never_was(dana: Person) -> None:
    Person.objects.filter(pk=dana.pk).update(is_active=False)
    assert PersonBackend().get_user(dana.pk) is None
    assert PersonBackend().get_user(dana.pk + 1_000_000) is None


def test_a_session_is_read_until_it_expires(client: Client, dana: Any) -> None:
    client.force_login(dana)
    key = client.session.session_key
    assert SessionStore(key).get("_auth_user_id") == str(dana.pk)
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    ended = SessionStore(key)
    assert ended.get("_auth_user_id") is None
    assert ended.session_key is None
