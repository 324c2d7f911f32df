"""The guide of one's own role, and those of the others."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, roles_of, signed_in

from .. import guides
from ..render import render_page


@signed_in
@require_GET
def own_guide(request: HttpRequest) -> HttpResponse:
    """To the guide of one's first role."""
    return redirect("web:guide", guides.own_guide([grant.role for grant in roles_of(person_of(request))]))


@signed_in
@require_GET
def guide(request: HttpRequest, name: str) -> HttpResponse:
    try:
        found = guides.guide(name)
    except KeyError:
        raise Http404(f"There is no guide {name!r}.") from None
    return render_page(
        request, "web/guide.html", {"page_title": "Guide", "guide": found, "guides": guides.guides()}
    )
