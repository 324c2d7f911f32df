"""One way to answer with a page: whole, or the named partial that htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, partial: str | None = None
) -> HttpResponse:
    """The partial for htmx requests; the whole page for people, boosted links and history."""
    htmx = getattr(request, "htmx", None)
    part = partial if partial and htmx and not htmx.boosted and not htmx.history_restore_request else None
    return render(request, f"{template}#{part}" if part else template, context or {})
