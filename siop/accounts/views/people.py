"""People: who there is, what they may do, and switching an account off."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siop.web.requests import yes_or_no

from .. import selectors, services
from ..access import requires
from ..enums import Permission
from ..errors import AccountError
from ..forms import PersonForm, RoleForm
from ..models import Person, RoleGrant
from .common import settings_page


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    return _people(request, PersonForm())


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def add_person(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST)
    if form.is_valid():
        try:
            person = services.create_person(**form.cleaned_data)
        except AccountError as error:
            form.add_error("email" if "already" in str(error) else "password", str(error))
        else:
            messages.success(request, f"{person} can sign in; give them a role next.")
            return redirect("accounts:person", pk=person.pk)
    return _people(request, form)


def _people(request: HttpRequest, form: PersonForm) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    shown = request.GET.get("show", "all")
    found = selectors.people_like(words, shown=shown)
    context = {"people": found, "form": form, "words": words, "show": shown, "states": selectors.STATES}
    return settings_page(request, "accounts/people.html", context, form=form)


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: roles with scope, adding one, and switching the account off."""
    somebody = get_object_or_404(selectors.people(), pk=pk)
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            form.grant(somebody)
        except AccountError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{somebody} has the role now.")
            return redirect("accounts:person", pk=pk)
    return settings_page(request, "accounts/person.html", {"person": somebody, "form": form}, form=form)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def revoke(request: HttpRequest, pk: int, grant_pk: int) -> HttpResponse:
    grant = get_object_or_404(RoleGrant, pk=grant_pk, person_id=pk)
    _try(request, lambda: services.revoke_role(grant), done=f"{grant} is revoked.")
    return redirect("accounts:person", pk=pk)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    somebody = get_object_or_404(Person, pk=pk)
    active = yes_or_no(request, "active")
    done = f"{somebody} can sign in again." if active else f"{somebody} is signed out everywhere."
    _try(request, lambda: services.set_active(somebody, active=active), done=done)
    return redirect("accounts:person", pk=pk)


def _try(request: HttpRequest, change: Any, *, done: str) -> None:
    try:
        change()
    except AccountError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
