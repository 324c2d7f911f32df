"""The rail: every app registers its pages in apps.py, in groups that never change their order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from siop.accounts.access import permissions_of
from siop.accounts.enums import Permission

GROUPS = ["", "Plan", "Decide", "Measure", "Set up"]


@dataclass(frozen=True)
class Page:
    group: str
    label: str
    url_name: str
    position: int
    permission: Permission = Permission.VIEW
    badge: Callable[[Any], int] | None = None


_pages: list[Page] = []


def register(*pages: Page) -> None:
    _pages.extend(pages)


def rail(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of pages that this person may open, the current one marked by the longest matching path."""
    granted = permissions_of(request.user)
    visible = [page for page in _pages if page.permission.value in granted]
    urls = {page: _address(page.url_name) for page in visible}
    current = max(
        (page for page in visible if _within(request.path, urls[page])),
        key=lambda p: len(urls[p]),
        default=None,
    )
    groups = []
    for group in GROUPS:
        items = [
            {
                "label": page.label,
                "url": urls[page],
                "current": page is current,
                "badge": page.badge(request.user) if page.badge else 0,
            }
            for page in sorted(visible, key=lambda p: p.position)
            if page.group == group
        ]
        if items:
            groups.append({"label": group, "items": items})
    return groups


@cache
def _address(url_name: str) -> str:
    """Found once: where a page lives does not change while the product runs."""
    return reverse(url_name)


def _within(path: str, url: str) -> bool:
    """A page holds the addresses below its own; Home at the root holds none but its own."""
    return path == url or (url != "/" and path.startswith(url))
