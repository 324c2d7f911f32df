"""What the command palette finds."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission

from ..search import lately, search


@requires(Permission.VIEW)
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Items, suppliers, orders and more for the command palette; without words what was looked at last."""
    person, text = person_of(request), request.GET.get("q", "")[:100]
    return JsonResponse({"results": search(person, text) if text else lately(person, request.session)})
