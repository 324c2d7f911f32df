from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siop.catalog.models import Parameter
from siop.web import audit

from . import selectors, services
from .access import person_of, public, requires, signed_in
from .enums import Permission
from .errors import AccountError
from .forms import ParameterForm, PersonForm, RoleForm, SignInForm
from .models import Person, RoleGrant


class SignIn(auth.LoginView):
    authentication_form = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(demo_people=selectors.demonstration_people(), **kwargs)


sign_in = public(SignIn.as_view())
sign_out = public(auth.LogoutView.as_view())


@signed_in
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own page: roles, and an API token, shown once when it is made."""
    person = person_of(request)
    token = services.new_token(person) if request.method == "POST" else ""
    grants = person.grants.select_related("department", "category", "location")
    return render(
        request, "accounts/account.html", {"page_title": "My account", "token": token, "grants": grants}
    )


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/people.html", _people_context())


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
    return render(request, "accounts/people.html", _people_context(form=form), status=422)


def _people_context(**more: Any) -> dict[str, Any]:
    return {
        "page_title": "Settings",
        "people": selectors.people(),
        "form": PersonForm(),
        "tab": "people",
    } | more


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
    status = 422 if form.is_bound else 200
    context = {"page_title": "Settings", "person": somebody, "form": form, "tab": "people"}
    return render(request, "accounts/person.html", context, status=status)


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
    active = request.POST.get("active") == "yes"
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


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def parameters(request: HttpRequest) -> HttpResponse:
    """Thresholds and company-wide figures, each with its meaning."""
    form = ParameterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with audit.acting(request.user.pk, reason="settings page"):
            Parameter.objects.update_or_create(
                name=form.cleaned_data["name"], defaults={"value": form.cleaned_data["value"]}
            )
        messages.success(
            request, f"{form.cleaned_data['name']} is {form.cleaned_data['value']} from the next run on."
        )
        return redirect("accounts:parameters")
    context = {
        "page_title": "Settings",
        "parameters": Parameter.objects.all(),
        "form": form,
        "tab": "parameters",
    }
    return render(request, "accounts/parameters.html", context, status=422 if form.is_bound else 200)
