"""The same data for scripts: a token per person, the same rights, the same columns as the files."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import may
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.gather import reports
from siop.gather.enums import BatchState
from siop.gather.errors import UnusableFile
from siop.gather.parts import Options, read_parts
from siop.gather.profiles import find_profile
from siop.gather.services import load

from . import audit, exports

ApiView = Callable[..., HttpResponseBase]


def person_with_token(request: HttpRequest) -> Person | None:
    """Who holds the token of the Authorization header; only its digest is stored."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    digest = hashlib.sha256(token.strip().encode()).hexdigest()
    return Person.objects.filter(token_digest=digest, is_active=True).first()


def with_token(permission: Permission) -> Callable[[ApiView], ApiView]:
    """A view for holders of a token whose person has the permission. No cookie is read, so none can be forged."""

    def decorate(view: ApiView) -> ApiView:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            person = person_with_token(request)
            if person is None:
                answer = _error(
                    "Send your token: Authorization: Bearer TOKEN (Settings, my token).", status=401
                )
                answer["WWW-Authenticate"] = "Bearer"
                return answer
            if not may(person, permission):
                return _error(f"{person} may not: {permission.label.lower()}.", status=403)
            request.user = person
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.by_token = True  # type: ignore[attr-defined]
        return guarded

    return decorate


@with_token(Permission.VIEW)
@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """`?version=` as for export_data, `?format=json|csv|xlsx`."""
    format = request.GET.get("format", "json")
    if format not in exports.FORMATS:
        return _error(f"There is no format {format!r}; give one of {', '.join(exports.FORMATS)}.", status=400)
    person = request.user
    assert isinstance(person, Person)  # noqa: S101 - with_token put it there
    try:
        found = exports.extract(kind, person=person, version=request.GET.get("version", ""))
    except exports.ExportError as error:
        return _error(str(error), status=404)
    except PermissionDenied as error:
        return _error(str(error), status=403)
    return exports.as_file(found, format=format)


@with_token(Permission.VIEW)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The kinds there are, with their columns."""
    listed = [
        {"kind": e.kind, "label": e.label, "columns": [*e.columns, *exports.CLOSING_COLUMNS]}
        for e in exports.kinds()
    ]
    return JsonResponse({"exports": listed})


@with_token(Permission.IMPORT_DATA)
@require_POST
def imports(request: HttpRequest) -> HttpResponse:
    """One file as the form field `file`, with `table`, `profile`, `valid_rows_only`, `replace` and `dry_run`."""
    file = request.FILES.get("file")
    if file is None:
        return _error("Send the file as multipart form data in the field `file`.", status=400)
    person = request.user
    assert isinstance(person, Person)  # noqa: S101 - with_token put it there
    given = {name: request.POST.get(name, "") for name in ("table", "profile")}
    options = Options(
        valid_rows_only=_chosen(request, "valid_rows_only"),
        replace=_chosen(request, "replace"),
        dry_run=_chosen(request, "dry_run"),
    )
    try:
        profile = find_profile(given["profile"]) if given["profile"] else None
        parts = read_parts(file, file_name=file.name or "upload", table=given["table"], profile=profile)
        with audit.acting(person.pk, reason=f"import of {file.name}"[:300]):
            outcomes = load(parts, person=person, options=options)
    except UnusableFile as error:
        return JsonResponse(reports.unusable_json(error), status=400)
    rejected = any(outcome.batch.state == BatchState.REJECTED for outcome in outcomes)
    return JsonResponse(
        json.loads(json.dumps(reports.as_json(outcomes), default=str)), status=422 if rejected else 200
    )


def _chosen(request: HttpRequest, name: str) -> bool:
    return request.POST.get(name, "").lower() in ("1", "true", "on")


def _error(text: str, *, status: int) -> HttpResponse:
    return JsonResponse({"error": text}, status=status)


app_name = "api"
urlpatterns = [
    path("", index, name="index"),
    path("imports", imports, name="imports"),
    path("<slug:kind>", export, name="export"),
]
