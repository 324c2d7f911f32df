"""What base.html needs on every page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from siop.accounts.access import permissions_of, roles_of
from siop.accounts.enums import Permission

from . import navigation
from .selectors import page_frame

_cycle_context: list[Callable[[], dict[str, Any] | None]] = []


def register_cycle(function: Callable[[], dict[str, Any] | None]) -> None:
    """`meetings` tells the top bar where the cycle stands: {"label", "steps": [(label, state)]}."""
    _cycle_context[:] = [function]


def page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if (
        user is None
        or not user.is_authenticated
        or (request.headers.get("HX-Request") and not _boosted(request))
    ):
        return allowed(user)
    data_as_of, unread = page_frame(user)
    return allowed(user) | {
        "nav": navigation.rail(request),
        "me": {"name": user.name, "role": ", ".join(str(g.get_role_display()) for g in roles_of(user))},
        "cycle": _cycle_context[0]() if _cycle_context else None,
        "data_as_of": data_as_of,
        "search_url": reverse("web:search"),
        "unread_count": unread,
    }


def allowed(user: Any) -> dict[str, Any]:
    """What the person may do; where data comes in, as the next step of an empty page, empty for whom it would refuse."""
    may = permissions_of(user) if user else set()
    return {"may": may, "import_url": reverse("gather:index") if Permission.IMPORT_DATA in may else ""}


def _boosted(request: HttpRequest) -> bool:
    return "HX-Boosted" in request.headers or "HX-History-Restore-Request" in request.headers
