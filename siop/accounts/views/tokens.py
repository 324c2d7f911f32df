"""API tokens: who has one, and taking it away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from .. import selectors, services
from ..access import requires
from ..enums import Permission
from ..models import Person
from .common import settings_page


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    return settings_page(request, "accounts/tokens.html", {"holders": selectors.token_holders()})


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def end_token(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(Person, pk=pk)
    services.end_token(person)
    messages.success(request, f"The token of {person} no longer opens anything.")
    return redirect("accounts:tokens")
