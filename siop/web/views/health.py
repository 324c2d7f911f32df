"""Whether pages can be served, for supervisors and load balancers."""

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import public
from siop.web import clock

_broker = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)


@public
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while pages can be served, for supervisors and load balancers; "waiting" where recomputations stand still
    because Redis is away, "wrong clock" where this machine's is not the database's."""
    clock_is_right = clock.is_right()
    if not _broker_answers():
        return JsonResponse({"status": "waiting"})
    return JsonResponse({"status": "ok" if clock_is_right else "wrong clock"})


def _broker_answers() -> bool:
    try:
        return bool(_broker.ping())
    except redis.RedisError:
        return False
