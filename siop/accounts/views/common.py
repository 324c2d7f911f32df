"""What the pages of Settings share."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ..tabs import tabs


def settings_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, form: Any = None
) -> HttpResponse:
    """A page of Settings under its tabs; a form that came back with errors answers 422, one that somebody was faster
    than 409."""
    refused = form is not None and form.is_bound and not form.is_valid()
    status = 409 if getattr(form, "clashed", False) else 422 if refused else 200
    found = {"page_title": "Settings", "tabs": tabs(request)} | context
    return render(request, template, found, status=status)
