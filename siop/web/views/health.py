import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import public

_broker = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)


@public
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while pages can be served, for supervisors and load balancers; "waiting" where recomputations stand still
    because Redis is away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok" if _broker_answers() else "waiting"})


def _broker_answers() -> bool:
    try:
        return bool(_broker.ping())
    except redis.RedisError:
        return False
