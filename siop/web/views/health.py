from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import public


@public
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database and Redis answer; what supervisors and load balancers ask."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache.get("healthz")
    return JsonResponse({"status": "ok"})
