"""Why a number is what it is: beside the work, or as a page."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission

from .. import explanations

log = logging.getLogger(__name__)


@requires(Permission.VIEW)
@require_GET
def why(request: HttpRequest, kind: str, keys: str) -> HttpResponse:
    """The panel beside the work for htmx, a page of its own for a link."""
    try:
        explanation = explanations.explain(person_of(request), kind, *keys.split("/"))
    except explanations.DoesNotAddUp as error:
        log.error("explanation does not add up: %s", error)
        text = f"The parts of this number do not sum to it: {error} Reload; if it stays so, report it."
        return HttpResponse(text, status=409, content_type="text/plain")
    except explanations.CannotExplain as error:
        return HttpResponse(str(error), status=422, content_type="text/plain")
    context = {"why": explanation.context() | {"link": request.path}, "page_title": explanation.title}
    in_place = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    return render(request, "components/why.html" if in_place else "web/why.html", context)
