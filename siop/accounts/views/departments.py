"""Departments: which there are, who heads them and which of them sign the plan."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from siop.web.requests import yes_or_no

from .. import selectors, services
from ..access import requires
from ..enums import Permission
from ..errors import AccountError
from ..forms import DepartmentForm
from ..models import Department
from .common import settings_page


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def departments(request: HttpRequest) -> HttpResponse:
    form = DepartmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = services.add_department(**form.cleaned_data)
        except AccountError as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, f"{added} is there; give somebody the role of its head next.")
            return redirect("accounts:departments")
    context = {"departments": selectors.departments(), "form": form}
    return settings_page(request, "accounts/departments.html", context, form=form)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def set_signing(request: HttpRequest, pk: int) -> HttpResponse:
    department = get_object_or_404(Department, pk=pk)
    signs = yes_or_no(request, "signs")
    services.set_signing(department, signs=signs)
    word = "signs the plan of each cycle" if signs else "no longer signs"
    messages.success(request, f"{department} {word}.")
    return redirect("accounts:departments")
