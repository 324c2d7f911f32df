"""Around every request: what a page may load, what no text may hold, and who works for the database to know."""

from collections.abc import Callable
from http import HTTPStatus

from csp.constants import HEADER
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template import loader

from siop.reading import one_reading

from . import audit

SAFE = {"GET", "HEAD", "OPTIONS"}


class ContentPolicyMiddleware:
    """django-csp's policy, written once: it is the same for every answer, and none has a nonce."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response, self.policy = get_response, build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response


class FormAddressMiddleware:
    """The address of a form stands in the browser after an error in it; who opens it anew is led back to pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        refused = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET"
        if refused and not response.content and not request.path.startswith("/api/"):
            response.content = loader.render_to_string("405.html").encode()
        return response


class NulMiddleware:
    """PostgreSQL keeps no NUL in a text, and no person types one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path or _nul_in_body(request):
            return HttpResponseBadRequest("A text holds the character NUL; remove it and send again.")
        return self.get_response(request)


def _nul_in_body(request: HttpRequest) -> bool:
    if request.method in SAFE:
        return False
    if request.content_type == "application/json":
        return b"\\u0000" in request.body or b"\0" in request.body
    return any("\0" in value for values in request.POST.lists() for value in values[1])


class ReadingMiddleware:
    """A request that only reads asks each question once, whichever parts of the page want the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE:
            return self.get_response(request)
        with one_reading():
            return self.get_response(request)


class AuditMiddleware:
    """Its audit triggers write down who made a change, and why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or not request.user.is_authenticated:
            return self.get_response(request)
        with audit.acting(request.user.pk, reason=request.POST.get("reason", "")):
            return self.get_response(request)
