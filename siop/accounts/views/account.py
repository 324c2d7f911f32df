"""Signing in and out, and one's own account."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from .. import selectors, services
from ..access import person_of, public, signed_in
from ..forms import SignInForm


class SignIn(auth.LoginView):
    authentication_form = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            demo_people=selectors.demonstration_people(),
            nobody_yet=not selectors.people().exists(),
            command_options=settings.COMMAND_OPTIONS,
            **kwargs,
        )


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
