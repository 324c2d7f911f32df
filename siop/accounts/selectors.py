"""People, departments and roles as Settings and the sign-in page list them."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from siop import bulk

from .access import GRANTS, roles_of
from .enums import Permission, Role, UsualDepartment
from .models import Department, Person, RoleGrant


def people() -> QuerySet[Person]:
    return Person.objects.prefetch_related("grants__department", "grants__category", "grants__location")


NAMES = """
SELECT p.id, p.name FROM accounts_person p
WHERE p.is_active AND EXISTS (SELECT FROM accounts_rolegrant g WHERE g.person_id = p.id AND g.role = ANY(%s))
ORDER BY p.name
"""


def names_of_those_who_may(permission: Permission) -> list[tuple[int, str]]:
    """Ids and names of active people with a role that grants it, to choose from."""
    return list(zip(*bulk.lists_out(NAMES, [_roles_with(permission)]), strict=True))


def people_who_may(permission: Permission) -> QuerySet[Person]:
    """The same people as rows."""
    return (
        Person.objects.filter(is_active=True, grants__role__in=_roles_with(permission))
        .distinct()
        .order_by("name")
    )


def _roles_with(permission: Permission) -> list[Role]:
    return [role for role, granted in GRANTS.items() if permission in granted]


STATES = [("all", "All"), ("active", "Active"), ("off", "Signed out"), ("none", "Without a role")]


def people_like(words: str, *, shown: str = "all") -> QuerySet[Person]:
    """People by name or address, all of them or those in one state."""
    found = people().filter(Q(name__icontains=words) | Q(email__icontains=words)).order_by("name")
    if shown == "active":
        return found.filter(is_active=True)
    if shown == "off":
        return found.filter(is_active=False)
    return found.filter(grants__isnull=True) if shown == "none" else found


def departments() -> list[dict[str, Any]]:
    """Each department with the people who head it today."""
    heads: dict[int, list[Person]] = {}
    grants = RoleGrant.objects.filter(role=Role.DEPARTMENT_HEAD, person__is_active=True).filter(
        Q(expires__isnull=True) | Q(expires__gt=timezone.localdate())
    )
    for grant in grants.select_related("person").order_by("person__name"):
        heads.setdefault(grant.department_id or 0, []).append(grant.person)
    return [{"row": row, "heads": heads.get(row.pk, [])} for row in Department.objects.all()]


def departments_to_head() -> list[tuple[str, str]]:
    """The company's departments, then the usual ones it lacks: giving one of these a head makes it."""
    own = list(Department.objects.values_list("code", "name"))
    there = {code.lower() for code, _ in own}
    return [*own, *((code, name) for code, name in UsualDepartment.choices if code not in there)]


def role_matrix() -> dict[str, Any]:
    """What each role may do, and how many people hold it."""
    counts = dict(RoleGrant.objects.values_list("role").annotate(Count("person", distinct=True)))
    roles = [{"label": role.label, "count": counts.get(role.value, 0)} for role in Role]
    rows = [
        {"label": permission.label, "cells": [permission in GRANTS[role] for role in Role]}
        for permission in Permission
    ]
    return {"roles": roles, "rows": rows}


def token_holders() -> QuerySet[Person]:
    return people().exclude(token_digest="")


def demonstration_people() -> list[dict[str, str]]:
    """The cast that the login page of a local demonstration offers; empty everywhere else."""
    if not settings.DEMONSTRATION:
        return []
    cast = Person.objects.filter(email__endswith="@tidewell.example", is_active=True).order_by("id")
    return [
        {
            "email": person.email,
            "name": person.name,
            "password": settings.DEMONSTRATION_PASSWORD,
            "role": ", ".join(_role(grant) for grant in roles_of(person)),
        }
        for person in cast
    ]


def _role(grant: RoleGrant) -> str:
    label = grant.get_role_display()
    return f"{label}, {grant.department.name.lower()}" if grant.department else label
