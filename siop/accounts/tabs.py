"""The tabs of Settings: every room adds its pages from apps.py."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from .access import permissions_of
from .enums import Permission


@dataclass(frozen=True)
class Tab:
    label: str
    url_name: str
    position: int
    permission: Permission = Permission.MANAGE_PEOPLE


_tabs: list[Tab] = []


def register(*tabs: Tab) -> None:
    _tabs.extend(tab for tab in tabs if tab not in _tabs)


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Tabs that this person may open; the one whose address begins the page's is the current one."""
    granted = permissions_of(request.user)
    shown = [tab for tab in sorted(_tabs, key=lambda tab: tab.position) if tab.permission.value in granted]
    urls = [reverse(tab.url_name) for tab in shown]
    current = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        {"label": tab.label, "url": url, "current": url == current}
        for tab, url in zip(shown, urls, strict=True)
    ]
