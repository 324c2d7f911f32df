"""What base.html needs on every page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from siop.accounts.access import permissions_of, rights_of, roles_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person

from . import navigation
from .kept import kept
from .selectors import page_frame

FRAME_BYTES = 1_000


@dataclass(frozen=True)
class CycleBar:
    """Where the cycle stands: what it is called, and its steps as (label, state)."""

    label: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Me:
    name: str
    role: str


@dataclass(frozen=True)
class _Told:
    """What the frame tells a person of rows."""

    badges: navigation.Badges
    cycle: CycleBar | None
    data_as_of: datetime | None
    unread: int


_cycle_context: list[Callable[[], CycleBar | None]] = []


def register_cycle(function: Callable[[], CycleBar | None]) -> None:
    """`meetings` tells the top bar where the cycle stands."""
    _cycle_context[:] = [function]


def page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if (
        user is None
        or not user.is_authenticated
        or (request.headers.get("HX-Request") and not _boosted(request))
    ):
        return allowed(user)
    key = ("frame", user.pk, rights_of(user), timezone.localdate())
    told = kept(key, lambda: _told(user), size=lambda _: FRAME_BYTES)
    return allowed(user) | {
        "nav": navigation.rail(frozenset(permissions_of(user)), request.path, told.badges),
        "me": _Me(user.name, ", ".join(str(g.get_role_display()) for g in roles_of(user))),
        "cycle": told.cycle,
        "data_as_of": told.data_as_of,
        "search_url": reverse("web:search"),
        "unread_count": told.unread,
    }


def _told(person: Person) -> _Told:
    cycle = _cycle_context[0]() if _cycle_context else None
    return _Told(navigation.badges(person), cycle, *page_frame(person))


def allowed(user: Any) -> dict[str, Any]:
    """What the person may do; where data comes in, as the next step of an empty page, empty for whom it would refuse."""
    may = permissions_of(user) if user else set()
    return {"may": may, "import_url": reverse("gather:index") if Permission.IMPORT_DATA in may else ""}


def _boosted(request: HttpRequest) -> bool:
    return "HX-Boosted" in request.headers or "HX-History-Restore-Request" in request.headers
