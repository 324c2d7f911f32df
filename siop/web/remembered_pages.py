"""A page asked for again is sent again, while nothing that it rests on has been written (`siop.remembering`).

Each person has pages of their own. A page that wrote something, set a cookie or carries a message is made each time,
and so are fragments and the grid's windows, which are made of little.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token

from siop.accounts.access import person_of, roles_of
from siop.reading import not_repeatable
from siop.remembering import remembered

TOKEN = "siop.csrf_token"  # noqa: S105 - where it stands in META
PLACE_OF_TOKEN = b"\0"  # no text that the database keeps holds one
REPEATED_TYPES = ("text/html", "text/csv")
LARGEST = 2**20


class RememberedPagesMiddleware:
    """Stands inside of sessions, people and messages, around all that makes the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_page(request):
            return self.get_response(request)
        made: list[HttpResponse] = []

        def make() -> _Page | None:
            made.append(self.get_response(request))
            return _page_of(request, made[0])

        page = remembered(_key(request), make)
        return made[0] if made or page is None else page.response(request)


def csrf_token(request: HttpRequest) -> str:
    """One text within a request, so that it is found again in a page that is kept."""
    if TOKEN not in request.META:
        request.META[TOKEN] = get_token(request)
    return str(request.META[TOKEN])


@dataclass(frozen=True)
class _Page:
    """What is sent, but for the token that each answer has anew."""

    content: bytes
    headers: dict[str, str]

    def response(self, request: HttpRequest) -> HttpResponse:
        content = self.content
        if PLACE_OF_TOKEN in content:
            content = content.replace(PLACE_OF_TOKEN, csrf_token(request).encode())
        return HttpResponse(content, headers=self.headers)


def _is_page(request: HttpRequest) -> bool:
    """Whether a person looks at a whole page, with nothing to be told on it."""
    part = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    return (
        request.method == "GET"
        and not part
        and request.user.is_authenticated
        and not len(get_messages(request))
    )


def _key(request: HttpRequest) -> Hashable:
    person = person_of(request)
    grants = [(g.role, g.department_id, g.category_id, g.location_id, g.expires) for g in roles_of(person)]
    hx = sorted((name, value) for name, value in request.headers.items() if name.lower().startswith("hx-"))
    return (
        "page",
        person.pk,
        str(person),
        tuple(grants),
        request.get_host(),
        request.get_full_path(),
        tuple(hx),
    )


def _page_of(request: HttpRequest, response: HttpResponseBase) -> _Page | None:
    if not isinstance(response, HttpResponse) or not _is_repeatable(request, response):
        not_repeatable()
        return None
    content = response.content
    if TOKEN in request.META:
        content = content.replace(csrf_token(request).encode(), PLACE_OF_TOKEN)
    return _Page(content, dict(response.headers))


def _is_repeatable(request: HttpRequest, response: HttpResponse) -> bool:
    plain = (
        response.status_code == HTTPStatus.OK and not response.cookies and len(response.content) <= LARGEST
    )
    told = len(get_messages(request))
    return (
        plain
        and not told
        and not request.session.modified
        and response["Content-Type"].startswith(REPEATED_TYPES)
    )
