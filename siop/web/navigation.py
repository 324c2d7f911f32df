"""The rail: every app registers its pages in apps.py, in groups that never change their order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from siop.accounts.access import permissions_of
from siop.accounts.enums import Permission
from siop.remembering import remembered

GROUPS = ["", "Plan", "Decide", "Measure", "Set up"]


@dataclass(frozen=True)
class Page:
    group: str
    label: str
    url_name: str
    position: int
    permission: Permission = Permission.VIEW
    badge: Callable[[Any], int] | None = None

    @cached_property
    def url(self) -> str:
        return reverse(self.url_name)

    def count(self, person: Any) -> int:
        """What waits behind the page, for this person."""
        if self.badge is None:
            return 0
        badge = self.badge
        return remembered(("badge", self.url_name, person.pk), lambda: badge(person))


_pages: list[Page] = []


def register(*pages: Page) -> None:
    _pages.extend(pages)


def rail(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of pages that this person may open, the current one marked by the longest matching path."""
    granted = permissions_of(request.user)
    visible = [page for page in _pages if page.permission.value in granted]
    within = [page for page in visible if _within(request.path, page.url)]
    current = max(within, key=lambda p: len(p.url), default=None)
    groups = []
    for group in GROUPS:
        items = [
            {
                "label": page.label,
                "url": page.url,
                "current": page is current,
                "badge": page.count(request.user),
            }
            for page in sorted(visible, key=lambda p: p.position)
            if page.group == group
        ]
        if items:
            groups.append({"label": group, "items": items})
    return groups


def _within(path: str, url: str) -> bool:
    """A page holds the addresses below its own; Home at the root holds none but its own."""
    return path == url or (url != "/" and path.startswith(url))
