"""Who may what: by the roles that count today, of people who may sign in."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from siop.accounts.access import holders, may, permissions_of, require
from siop.accounts.enums import Permission, Role
from siop.accounts.models import Person, RoleGrant

EDIT = Permission.EDIT_DEMAND


def again(who):
    """The same person as a new request reads them."""
    return Person.objects.get(pk=who.pk)


def test_a_role_grants_what_it_says_and_nothing_else(dana):
    assert may(dana, EDIT) is True
    assert may(dana, Permission.MANAGE_PEOPLE) is False
    assert permissions_of(dana) >= {EDIT.value}


def test_without_a_role_nobody_may_anything(omar):
    assert not any(may(omar, permission) for permission in Permission)
    assert permissions_of(omar) == set()


def test_who_is_not_signed_in_may_nothing():
    assert may(AnonymousUser(), EDIT) is False
    assert may(None, EDIT) is False
    assert permissions_of(AnonymousUser()) == set()


def test_who_was_deactivated_may_nothing_though_the_role_remains(dana):
    Person.objects.filter(pk=dana.pk).update(is_active=False)
    assert may(again(dana), EDIT) is False
    assert dana not in holders(EDIT)


@pytest.mark.parametrize(("ends_in", "counts"), [(-1, False), (0, False), (1, True), (None, True)])
def test_a_role_counts_until_its_last_day(dana, ends_in, counts):
    ends = None if ends_in is None else timezone.localdate() + timedelta(days=ends_in)
    RoleGrant.objects.filter(person=dana).update(expires=ends)
    assert may(again(dana), EDIT) is counts
    assert (dana in holders(EDIT)) is counts


def test_holders_of_two_roles_are_told_once_in_the_order_they_came(dana, sam):
    RoleGrant.objects.create(person=dana, role=Role.ADMINISTRATOR)
    assert [one for one in holders(Permission.VIEW) if one in (dana, sam)] == [dana, sam]


def test_what_one_may_not_is_refused_by_name(omar):
    with pytest.raises(PermissionDenied, match=r"Omar.* may not "):
        require(omar, EDIT)
