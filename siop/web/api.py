"""The same data for scripts: a token per person, the same rights, the same columns as the files."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from siop.accounts.access import for_holders, may
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.accounts.services import person_of_token
from siop.gather import downloads, reports, tables
from siop.gather.enums import BatchState
from siop.gather.errors import UnusableFile
from siop.gather.forms import ImportForm
from siop.gather.parts import read_named
from siop.gather.services import load

from . import audit, exports

ApiView = Callable[..., HttpResponseBase]
ANSWERED = {"GET": ("GET", "HEAD"), "POST": ("POST",)}  # who answers GET answers HEAD
EXPORT_WORDS, TABLE_WORDS = ("version", "format"), ("format",)


def person_with_token(request: HttpRequest) -> Person | None:
    """Who holds the token of the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return person_of_token(token.strip()) if scheme.lower() == "bearer" else None


def with_token(permission: Permission, *, method: str = "GET") -> Callable[[ApiView], ApiView]:
    """A view for holders of a token whose person has the permission. No cookie is read, so none can be forged."""

    def decorate(view: ApiView) -> ApiView:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            person = person_with_token(request)
            if person is None:
                text = "Send your token: Authorization: Bearer TOKEN (Settings, my token)."
                return _error(text, status=401, headers={"WWW-Authenticate": "Bearer"})
            if not may(person, permission):
                return _error(f"{person} may not {permission.label.lower()}.", status=403)
            if request.method not in (answered := ANSWERED[method]):
                allowed = ", ".join(answered)
                text = f"{request.path} answers {allowed}, not {request.method}."
                return _error(text, status=405, headers={"Allow": allowed})
            request.user = person
            return view(request, *args, **kwargs)

        vars(guarded)["by_token"] = True
        return for_holders(guarded, permission)

    return decorate


@with_token(Permission.VIEW)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """`?version=` as for export_data, `?format=json|csv|xlsx`."""
    version = request.GET.get("version", "")

    def find(person: Person, format: str) -> HttpResponseBase:
        return exports.as_file(exports.extract(kind, person=person, version=version), format=format)

    return _file(request, find, words=EXPORT_WORDS)


@with_token(Permission.IMPORT_DATA)
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """A table as it stands, to be loaded again; `?format=` as for the kinds."""
    return _file(
        request,
        lambda person, format: downloads.as_file(name, person=person, format=format),
        words=TABLE_WORDS,
    )


def _file(
    request: HttpRequest, find: Callable[[Person, str], HttpResponseBase], *, words: tuple[str, ...]
) -> HttpResponseBase:
    """A word of the query that means nothing is refused: who misspells `version` would read another plan."""
    format, person = request.GET.get("format", "json"), request.user
    assert isinstance(person, Person)  # noqa: S101 - with_token put it there
    if unknown := sorted({*request.GET} - {*words}):
        return _error(f"There is no parameter {unknown[0]!r}; there are {', '.join(words)}.", status=400)
    if format not in exports.FORMATS:
        return _error(f"There is no format {format!r}; give one of {', '.join(exports.FORMATS)}.", status=400)
    try:
        return find(person, format)
    except exports.ExportError as error:
        return _error(str(error), status=404)
    except PermissionDenied as error:
        return _error(str(error), status=403)


@with_token(Permission.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """The kinds and tables that go out, with the columns of the kinds, and the fields of an import."""
    listed = [
        {"kind": e.kind, "label": e.label, "columns": [*e.columns, *exports.CLOSING_COLUMNS]}
        for e in exports.kinds()
    ]
    names = [f"tables/{name}" for name in tables.names()]
    return JsonResponse({"exports": listed, "tables": names, "imports": [*ImportForm.base_fields]})


@with_token(Permission.IMPORT_DATA, method="POST")
def imports(request: HttpRequest) -> HttpResponse:
    """One or more files as the form field `file`, loaded together; ImportForm names the other fields, which the
    query may hold as well."""
    form = ImportForm({**request.GET.dict(), **request.POST.dict()}, request.FILES)
    if not form.is_valid():
        return _error(form.complaint(), status=400)
    person, files = request.user, form.chosen_files()
    assert isinstance(person, Person)  # noqa: S101 - with_token put it there
    try:
        parts = [part for file in files for part in read_named(file, file_name=file.name, **form.reading())]
        with audit.acting(person.pk, reason=f"import of {', '.join(file.name for file in files)}"[:300]):
            outcomes = load(parts, person=person, options=form.options())
    except UnusableFile as error:
        return JsonResponse({"error": error.reason, **reports.unusable_json(error)}, status=400)
    rejected = any(outcome.batch.state == BatchState.REJECTED for outcome in outcomes)
    facts = reports.as_json(outcomes, dry_run=form.cleaned_data["dry_run"])
    return JsonResponse(facts, status=422 if rejected else 200)


@with_token(Permission.VIEW)
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Where there is nothing, scripts are told so in JSON as well."""
    return _error(f"There is nothing at {request.path}; GET /api/v1/ lists what there is.", status=404)


def _error(text: str, *, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse({"error": text}, status=status, headers=headers)


app_name = "api"
urlpatterns = [
    path("", index, name="index"),
    path("imports", imports, name="imports"),
    path("tables/<slug:name>", table, name="table"),
    path("<slug:kind>", export, name="export"),
    path("<path:rest>", nothing, name="nothing"),
]
