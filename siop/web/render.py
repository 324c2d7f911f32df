"""One way to answer with a page: whole, or the named partial that htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def is_for_a_part(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of the page: not so for boosted links and history."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, partial: str | None = None
) -> HttpResponse:
    """The partial for htmx requests; the whole page for people, boosted links and history."""
    part = partial if is_for_a_part(request) else None
    return render(request, f"{template}#{part}" if part else template, context or {})
