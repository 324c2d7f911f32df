"""Thresholds and company-wide figures, each with its meaning and the default that holds without it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from siop.catalog.models import Parameter
from siop.web import audit

from .. import services
from ..access import person_of, requires
from ..enums import Permission
from ..forms import ParametersForm
from .common import settings_page


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def parameters(request: HttpRequest) -> HttpResponse:
    form = ParametersForm(request.POST or None)
    changed = form.changes() if request.method == "POST" and form.is_valid() else {}
    if not form.is_bound or form.errors:
        return settings_page(request, "accounts/parameters.html", {"form": form}, form=form)
    services.set_parameters(changed, person=person_of(request), reason=form.cleaned_data["reason"])
    if changed:
        words = ", ".join(form.labels(changed))
        messages.success(request, f"Changed: {words}. The plan is recomputed with it.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect("accounts:parameters")


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def drop_parameter(request: HttpRequest) -> HttpResponse:
    """Take away a parameter that stands in no book."""
    name = request.POST.get("name", "")
    with audit.acting(person_of(request).pk, reason="settings page"):
        Parameter.objects.filter(name=name).delete()
    messages.success(request, f"{name} is no longer set.")
    return redirect("accounts:parameters")
