"""People, what they may do, and how they get in."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from siop.catalog.models import Category, Location, Parameter
from siop.jobs.services import raise_data_version, request_recomputation
from siop.web import audit

from .enums import Role
from .errors import AccountError
from .models import Department, Person, RoleGrant

Named = TypeVar("Named", Category, Location)
ATTEMPTS, WINDOW_S = 8, 300


@transaction.atomic
def create_person(*, email: str, name: str = "", password: str | None = None) -> Person:
    """A person without any role yet; without a password they cannot sign in until one is set."""
    if Person.objects.filter(email__iexact=email).exists():
        raise AccountError(f"{email} is there already.")
    try:
        validate_email(email)
        if password:
            validate_password(password)
    except ValidationError as error:
        raise AccountError(f"{email}: {' '.join(error.messages)}") from None
    return Person.objects.create_person(email=email, name=name or _name_in(email), password=password)


def _name_in(email: str) -> str:
    """Demand Planner of demand_planner@..., where nobody gave a name."""
    return " ".join(re.split(r"[._+-]+", email.split("@")[0])).strip().title() or email


def grant_role(
    person: Person,
    role: Role,
    *,
    department: str | None = None,
    category: str | None = None,
    location: str | None = None,
    expires: date | None = None,
) -> RoleGrant:
    """Codes are resolved here, so that an unknown one is named in the error."""
    if role == Role.DEPARTMENT_HEAD and not department:
        raise AccountError("A department head needs a department: give --department, such as finance.")
    if role == Role.GUEST and not expires:
        raise AccountError("A guest needs a last day: give an expiry date.")
    if expires and expires <= timezone.localdate():
        raise AccountError(f"Access that ends on {expires} has ended already; give a later day.")
    department_row = None
    if department:
        department_row, _ = Department.objects.get_or_create(
            code=department, defaults={"name": department.replace("_", " ").capitalize()}
        )
    try:
        with transaction.atomic():
            return RoleGrant.objects.create(
                person=person,
                role=role,
                department=department_row,
                category=_known(Category, category),
                location=_known(Location, location),
                expires=expires,
            )
    except IntegrityError:
        raise AccountError(f"{person} is {role.label.lower()} there already.") from None


def _known(model: type[Named], code: str | None) -> Named | None:
    if not code:
        return None
    found = model.objects.filter(code=code).first()
    if found is None:
        raise AccountError(f"There is no {model._meta.verbose_name} {code}.")
    return found


def revoke_role(grant: RoleGrant) -> None:
    if grant.role == Role.ADMINISTRATOR and _other_administrators(grant.person) == 0:
        raise AccountError("This is the last administrator; name another one first.")
    grant.delete()


def set_active(person: Person, *, active: bool) -> None:
    """Deactivation ends every session and token at once: each request reads `is_active` afresh."""
    if (
        not active
        and person.grants.filter(role=Role.ADMINISTRATOR).exists()
        and not _other_administrators(person)
    ):
        raise AccountError("This is the last administrator; name another one first.")
    person.is_active = active
    person.save(update_fields=["is_active"])


def _other_administrators(person: Person) -> int:
    grants = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, person__is_active=True).exclude(person=person)
    return grants.count()


def add_department(*, code: str, name: str, signs: bool) -> Department:
    if Department.objects.filter(code__iexact=code).exists():
        raise AccountError(f"A department {code} is there already.")
    return Department.objects.create(code=code.lower(), name=name, signs=signs)


def set_signing(department: Department, *, signs: bool) -> None:
    """Whether its head signs the plan; approvals that were given stay as they are."""
    department.signs = signs
    department.save(update_fields=["signs"])


@transaction.atomic
def set_parameters(values: Mapping[str, str], *, person: Person, reason: str) -> None:
    """Store parameters, take away those without a value, and have the plan follow."""
    if not values:
        return
    with audit.acting(person.pk, reason=reason):
        Parameter.objects.filter(name__in=[name for name, value in values.items() if not value]).delete()
        Parameter.objects.bulk_create(
            [Parameter(name=name, value=value) for name, value in values.items() if value],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["value"],
        )
    raise_data_version()
    request_recomputation(person=person)


def end_token(person: Person) -> None:
    person.token_digest = ""
    person.save(update_fields=["token_digest"])


def new_token(person: Person) -> str:
    """A new API token; the old one ends. Only its digest is kept."""
    token = secrets.token_urlsafe(32)
    person.token_digest = digest(token)
    person.save(update_fields=["token_digest"])
    return token


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def person_of_token(token: str) -> Person | None:
    return Person.objects.filter(token_digest=digest(token), is_active=True).first() if token else None


def too_many_attempts(email: str) -> bool:
    return int(cache.get(_attempts_key(email), 0)) >= ATTEMPTS


def count_failed_attempt(email: str) -> None:
    cache.add(_attempts_key(email), 0, WINDOW_S)
    cache.incr(_attempts_key(email))


def forget_failed_attempts(email: str) -> None:
    cache.delete(_attempts_key(email))


def _attempts_key(email: str) -> str:
    return "attempts:" + hashlib.sha256(email.strip().lower().encode()).hexdigest()
