"""Tells the database who works, so that its audit triggers can write it down."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from . import audit

SAFE = {"GET", "HEAD", "OPTIONS"}


class AuditMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or not request.user.is_authenticated:
            return self.get_response(request)
        with audit.acting(request.user.pk, reason=request.POST.get("reason", "")[:500]):
            return self.get_response(request)
