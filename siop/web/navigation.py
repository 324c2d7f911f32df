"""The rail: every app registers its pages in apps.py, in groups that never change their order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

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


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool
    badge: int


@dataclass(frozen=True)
class Group:
    label: str
    links: tuple[Link, ...]


Badges = tuple[tuple[str, int], ...]  # by the name of a page's address
_pages: list[Page] = []


def register(*pages: Page) -> None:
    _pages.extend(pages)


def badges(person: Any) -> Badges:
    """What the rail counts beside the pages that this person may open."""
    granted = permissions_of(person)
    return tuple(
        (page.url_name, page.badge(person))
        for page in _pages
        if page.badge and page.permission.value in granted
    )


@lru_cache(maxsize=1024)
def rail(granted: frozenset[str], path: str, counts: Badges) -> tuple[Group, ...]:
    """Groups of pages that one with these permissions may open, the current one marked by the longest matching path."""
    visible = sorted((page for page in _pages if page.permission.value in granted), key=lambda p: p.position)
    matching = [page for page in visible if _within(path, _address(page.url_name))]
    current = max(matching, key=lambda p: len(_address(p.url_name)), default=None)
    count = dict(counts)
    groups = (
        Group(
            group,
            tuple(
                Link(page.label, _address(page.url_name), page is current, count.get(page.url_name, 0))
                for page in visible
                if page.group == group
            ),
        )
        for group in GROUPS
    )
    return tuple(group for group in groups if group.links)


@cache
def _address(url_name: str) -> str:
    """Found once: where a page lives does not change while the product runs."""
    return reverse(url_name)


def _within(path: str, url: str) -> bool:
    """A page holds the addresses below its own; Home at the root holds none but its own."""
    return path == url or (url != "/" and path.startswith(url))
