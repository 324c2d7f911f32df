"""What the command palette finds."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission

from ..search import search


@requires(Permission.VIEW)
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Items, suppliers, orders and more for the command palette."""
    return JsonResponse({"results": search(person_of(request), request.GET.get("q", "")[:100])})
