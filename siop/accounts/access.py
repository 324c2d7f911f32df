"""What roles grant, and the one decorator that views use. Permission is asked here, visibility by selectors."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from .enums import Permission, Role
from .models import Person, RoleGrant

P = Permission
READS = frozenset({P.VIEW, P.COMMENT})
PLANS = READS | {
    P.IMPORT_DATA, P.REVIEW_FAMILY, P.EDIT_SCENARIO, P.EDIT_ACTION, P.RUN_CYCLE, P.SHARE_VIEW, P.SEE_AUDIT,
}  # fmt: skip
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: READS
    | {P.IMPORT_DATA, P.RUN_CYCLE, P.EDIT_ACTION, P.MANAGE_PEOPLE, P.SHARE_VIEW, P.SEE_AUDIT, P.SET_CLASSES},
    Role.DEMAND_PLANNER: PLANS | {P.EDIT_DEMAND},
    Role.SUPPLY_PLANNER: PLANS | {P.EDIT_SUPPLY, P.RELEASE_ORDERS, P.SET_CLASSES},
    Role.DEPARTMENT_HEAD: READS | {P.REVIEW_FAMILY, P.APPROVE, P.EDIT_ACTION, P.EDIT_SCENARIO, P.SHARE_VIEW},
    Role.EXECUTIVE: READS
    | {P.DECIDE, P.RUN_CYCLE, P.EDIT_ACTION, P.EDIT_SCENARIO, P.SHARE_VIEW, P.SEE_AUDIT},
    Role.ACTION_OWNER: READS | {P.EDIT_ACTION},
    Role.GUEST: READS,
}

View = Callable[..., HttpResponseBase]


def active_grants(person: Person, *, today: date | None = None) -> QuerySet[RoleGrant]:
    """Grants that have not expired; a guest's last day is the day before `expires`."""
    day = today or timezone.localdate()
    return person.grants.filter(Q(expires__isnull=True) | Q(expires__gt=day))


def roles_of(person: Person) -> list[RoleGrant]:
    """Active grants, read once for each person object."""
    cached: list[RoleGrant] | None = getattr(person, "_grants", None)
    return remember_roles(person, list(active_grants(person))) if cached is None else cached


def rights_of(person: Person) -> frozenset[tuple[Any, ...]]:
    """Roles and within what they hold, (role, department, category, location): those who hold the same see the same."""
    return frozenset(
        (grant.role, grant.department_id, grant.category_id, grant.location_id) for grant in roles_of(person)
    )


def remember_roles(person: Person, grants: list[RoleGrant]) -> list[RoleGrant]:
    """Keep active grants that were read together with the person."""
    person._grants = grants  # type: ignore[attr-defined]
    return grants


def person_of(request: HttpRequest) -> Person:
    """Who asks, in a view that is guarded by one of the decorators below."""
    if not isinstance(request.user, Person):
        raise PermissionDenied("Sign in first.")
    return request.user


def may(person: Any, permission: Permission) -> bool:
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return False
    return any(permission in GRANTS[Role(grant.role)] for grant in roles_of(person))


def permissions_of(person: Any) -> set[str]:
    if not getattr(person, "is_authenticated", False):
        return set()
    return {permission.value for grant in roles_of(person) for permission in GRANTS[Role(grant.role)]}


def holders(permission: Permission) -> list[Person]:
    """Active people with a role that grants the permission today, by id."""
    roles = [role for role, granted in GRANTS.items() if permission in granted]
    today = timezone.localdate()
    current = Q(grants__expires__isnull=True) | Q(grants__expires__gt=today)
    return list(
        Person.objects.filter(current, grants__role__in=roles, is_active=True).order_by("id").distinct()
    )


def require(person: Any, permission: Permission) -> None:
    """For services and commands: the same rights as on pages."""
    if not may(person, permission):
        raise PermissionDenied(f"{person} may not {permission.label.lower()}.")


def requires(permission: Permission) -> Callable[[View], View]:
    """A view for people who hold `permission`; others sign in first or get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            require(request.user, permission)
            return view(request, *args, **kwargs)

        return for_holders(guarded, permission)

    return decorate


def for_holders(view: View, permission: str) -> View:
    """A view that says whom it is for; the role matrix reads it."""
    vars(view)["permission"] = permission
    return view


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back to the page one was on: what was sent meanwhile is not sent again."""
    seen = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    page = urlsplit(seen)._replace(scheme="", netloc="").geturl() or "/"
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(page).url})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else page)


def signed_in(view: View) -> View:
    """A view for everybody who has signed in, whatever their roles; the role matrix lists it so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        return view(request, *args, **kwargs)

    return for_holders(guarded, "signed in")


def public(view: View) -> View:
    """A view that needs no sign-in; the role matrix lists it as such."""
    return for_holders(view, "public")


def scopes_of(person: Person, permission: Permission) -> tuple[set[int] | None, set[int] | None]:
    """Categories and locations (ids) within which `permission` holds; None means everywhere.

    Several grants add up; one without a category opens all categories. Categories below are included by the
    selectors that know the tree.
    """
    grants = [g for g in roles_of(person) if permission in GRANTS[Role(g.role)]]
    categories = {g.category_id for g in grants}
    locations = {g.location_id for g in grants}
    return (
        None if None in categories else {c for c in categories if c is not None},
        None if None in locations else {x for x in locations if x is not None},
    )


def holds_everywhere(person: Person, permission: Permission) -> bool:
    """Whether `permission` holds for the whole company: in all categories and at all locations."""
    return scopes_of(person, permission) == (None, None)
