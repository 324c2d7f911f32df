"""Views of a page: saved under a name, opened first, deleted and brought back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission

from .. import saved_views
from ..forms import SavedViewForm
from ..requests import own_address
from ..undo import TooOld, note, opened, saved_with_undo


@requires(Permission.VIEW)
@require_POST
def save(request: HttpRequest, name: str) -> HttpResponse:
    """The address that the page stood at, under a name; `view` says which one it is from now on, else a new one."""
    page, form = saved_views.page_named(name), SavedViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _back(request, name)
    given = form.cleaned_data
    try:
        view = saved_views.save(
            person=person_of(request), page=page, name=given["name"], given=given["query"], shared=given["shared"],
            of=given["of"],
        )  # fmt: skip
    except saved_views.ViewError as error:
        messages.error(request, str(error))
        return _back(request, name)
    messages.success(request, f"The view “{view.name}” is saved{' for everybody' if view.shared else ''}.")
    found = next(one for one in saved_views.views_of(person_of(request), page) if one.pk == view.pk)
    return redirect(saved_views.address(page, found.url))


@requires(Permission.VIEW)
@require_POST
def open_first(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Whether this view opens where one goes to the page."""
    page = saved_views.page_named(name)
    view = saved_views.open_first(person=person_of(request), page=page, pk=pk)
    said = (
        f"{page.label} opens with “{view.name}” for you." if view else f"{page.label} opens with everything."
    )
    messages.success(request, said)
    return _back(request, name)


@requires(Permission.VIEW)
@require_POST
def delete(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    page = saved_views.page_named(name)
    row = saved_views.delete(person=person_of(request), pk=pk)
    url = reverse("web:undo_view", args=[page.name])
    saved_with_undo(request, f"The view “{row['name']}” is deleted.", url=url, token=note("view", row))
    return redirect(saved_views.address(page, saved_views.NO_VIEW))


@requires(Permission.VIEW)
@require_POST
def undo(request: HttpRequest, name: str) -> HttpResponse:
    """Bring back what was just deleted."""
    page = saved_views.page_named(name)
    try:
        view = saved_views.bring_back(opened("view", request.POST.get("token", "")))
    except (TooOld, saved_views.ViewError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The view “{view.name}” is back.")
    return redirect(saved_views.address(page, saved_views.NO_VIEW))


def _back(request: HttpRequest, name: str) -> HttpResponse:
    default = reverse(saved_views.page_named(name).url_name)
    return redirect(own_address(request, request.POST.get("next", ""), default=default))
