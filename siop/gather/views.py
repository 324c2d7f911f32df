"""The data page: bring a file, see what it would do, load it, follow the recomputation, take it back."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.gather import downloads, presenters, profiles, selectors, tables, uploads
from siop.gather.enums import UploadState
from siop.gather.errors import UnusableFile
from siop.gather.forms import MappingForm, UploadForm
from siop.gather.models import ImportBatch, Upload
from siop.gather.parsing.formulas import escape_formula
from siop.gather.undo import UndoRefused, undo_import
from siop.web import exports
from siop.web.render import render_page

STOP_POLLING = 286
INDEX = "gather:index"
ERRORS_ON_PAGE = 100
WAITING_ON_PAGE = 40
ERROR_COLUMNS = ("row", "column", "value", "reason", "suggestion")


@require_GET
@requires(Permission.IMPORT_DATA)
def index(request: HttpRequest) -> HttpResponse:
    return render_page(request, "gather/index.html", _index_context(request, UploadForm()))


@require_POST
@requires(Permission.IMPORT_DATA)
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_page(request, "gather/index.html", _index_context(request, form))
    try:
        profile = (
            profiles.find_profile(form.cleaned_data["profile"]) if form.cleaned_data["profile"] else None
        )
        received = uploads.receive(
            form.cleaned_data["file"],
            person=person_of(request),
            table=form.cleaned_data["table"],
            profile=profile,
        )
    except UnusableFile as error:
        form.add_error("file", error.reason)
        return render_page(request, "gather/index.html", _index_context(request, form))
    return redirect("gather:upload_detail", pk=received[0].pk) if len(received) == 1 else redirect(INDEX)


@require_POST
@requires(Permission.IMPORT_DATA)
def load_waiting(request: HttpRequest) -> HttpResponse:
    """Load each waiting file without an error; the others stay, with their reasons."""
    loaded = uploads.load_waiting(person_of(request))
    messages.success(request, presenters.files_sentence(loaded))
    return redirect(INDEX)


@require_GET
@requires(Permission.IMPORT_DATA)
def upload_detail(request: HttpRequest, pk: int) -> HttpResponse:
    received = _upload(request, pk)
    if received.state == UploadState.LOADED and received.batches:
        return _gone_to(request, reverse("gather:import_detail", args=[received.batches[0]]))
    context = presenters.upload_page(received) | _beside()
    response = render_page(request, "gather/upload.html", context, partial="working")
    if getattr(request, "htmx", None) and received.state not in (UploadState.CHECKING, UploadState.LOADING):
        response["HX-Redirect"] = reverse("gather:upload_detail", args=[pk])
        response.status_code = STOP_POLLING
    return response


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_DATA)
def mapping(request: HttpRequest, pk: int) -> HttpResponse:
    received = _upload(request, pk)
    table = _chosen_table(request, received)
    form = MappingForm(received, table, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _remap(request, received, form)
    context = {"upload": received, "form": form, "table": table, "tables": tables.all_tables()}
    return render_page(request, "gather/mapping.html", context)


@require_POST
@requires(Permission.IMPORT_DATA)
def load(request: HttpRequest, pk: int) -> HttpResponse:
    received = _upload(request, pk)
    try:
        uploads.begin_load(received, valid_rows_only=bool(request.POST.get("valid_rows_only")))
    except uploads.UploadClosed as closed:
        messages.error(request, str(closed))
        return redirect("gather:upload_detail", pk=pk)
    if received.state == UploadState.LOADED:
        messages.success(request, presenters.loaded_sentence(received))
    return redirect("gather:upload_detail", pk=pk)


@require_POST
@requires(Permission.IMPORT_DATA)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    received = _upload(request, pk)
    uploads.cancel(received)
    messages.info(request, f"{received.file_name} was not loaded.")
    return redirect(INDEX)


@require_GET
@requires(Permission.IMPORT_DATA)
def upload_errors(request: HttpRequest, pk: int) -> HttpResponse:
    received = _upload(request, pk)
    errors = (error for part in received.report for error in part["errors"])
    return _errors_file(errors)


@require_GET
@requires(Permission.IMPORT_DATA)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(ImportBatch.objects.select_related("person", "undo_of"), pk=pk)
    readable = selectors.may_read_rows(batch, person_of(request))
    issues = batch.issues.all() if readable else batch.issues.none()
    page = Paginator(issues, ERRORS_ON_PAGE).get_page(request.GET.get("page"))
    context = presenters.import_page(batch, page) | _beside() | {"rows_hidden": not readable}
    return render_page(request, "gather/import.html", context)


@require_GET
@requires(Permission.IMPORT_DATA)
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(ImportBatch, pk=pk)
    if not selectors.may_read_rows(batch, person_of(request)):
        raise PermissionDenied("The rows of this import are read by whoever brought it.")
    return _errors_file(batch.issues.values(*ERROR_COLUMNS))


@require_POST
@requires(Permission.IMPORT_DATA)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        undone = undo_import(pk, person=person_of(request))
    except UndoRefused as refusal:
        messages.error(request, " ".join([f"Import {pk} was not undone.", *refusal.reasons]))
        return redirect(INDEX)
    rows = sum(batch.read_rows for batch in undone)
    messages.success(request, f"Import {pk} is undone: {rows:,} rows are as they were before.")
    return redirect(INDEX)


@require_GET
@requires(Permission.IMPORT_DATA)
def progress(request: HttpRequest) -> HttpResponse:
    """What the workers do with the newest data, polled each second until they are done."""
    running = presenters.running()
    response = render_page(request, "gather/index.html", {"progress": running}, partial="running")
    if running is None or not running["running"]:
        response.status_code = STOP_POLLING
    return response


@require_GET
@requires(Permission.IMPORT_DATA)
def template_file(request: HttpRequest, table: str) -> HttpResponse:
    """An empty CSV with the columns of a table."""
    if table not in tables.names():
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    csv.writer(response).writerow(column.name for column in tables.get(table).all_columns)
    return response


@require_GET
@requires(Permission.IMPORT_DATA)
def template_workbook(request: HttpRequest) -> HttpResponse:
    """An empty workbook with a sheet for each table: filled in, it comes in as a whole."""
    response = HttpResponse(downloads.blank_workbook(), content_type=exports.CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = 'attachment; filename="tables.xlsx"'
    return response


@require_GET
@requires(Permission.IMPORT_DATA)
def table_file(request: HttpRequest, table: str, format: str) -> HttpResponseBase:
    """A table as it stands, to be changed in a spreadsheet and brought back."""
    if format not in exports.FORMATS:
        raise Http404
    try:
        return downloads.as_file(table, person=person_of(request), format=format)
    except exports.ExportError as error:
        raise Http404(str(error)) from error


def _index_context(request: HttpRequest, form: UploadForm) -> dict[str, Any]:
    person = person_of(request)
    page = {
        "form": form,
        "waiting": presenters.waiting(selectors.waiting_uploads(person)[:WAITING_ON_PAGE]),
        "tables": tables.all_tables(),
        "may_set": may(person, Permission.MANAGE_PEOPLE),
    }
    return page | _beside()


def _beside() -> dict[str, Any]:
    """The right column of each data page: what runs, what is fresh, what came before."""
    feeds = selectors.feeds()
    return {
        "progress": presenters.running(),
        "feeds": feeds,
        "health_title": presenters.health_title(feeds),
        "past": selectors.past_imports(),
    }


def _upload(request: HttpRequest, pk: int) -> Upload:
    """One's own upload; those of others do not exist."""
    own: QuerySet[Upload] = Upload.objects.filter(person=person_of(request)).exclude(
        state=UploadState.CANCELLED
    )
    return get_object_or_404(own, pk=pk)


def _chosen_table(request: HttpRequest, received: Upload) -> tables.Table:
    saved = received.profile["table"] if received.profile else ""
    checked = received.report[0]["table"] if received.report else ""
    name = (
        request.POST.get("table") or request.GET.get("table") or received.table or saved or checked or "sales"
    )
    if name not in tables.names():
        raise Http404
    return tables.get(name)


def _remap(request: HttpRequest, received: Upload, form: MappingForm) -> HttpResponse:
    profile = form.profile()
    if profile.name:
        profiles.save_profile(profile, person=person_of(request))
    received.table, received.profile = form.table.name, profile.as_json()
    received.mode = form.cleaned_data["mode"]
    received.date_order = form.cleaned_data["date_order"]
    received.decimal_mark = form.cleaned_data["decimal_mark"]
    received.save()
    uploads.begin_check(received)
    return redirect("gather:upload_detail", pk=received.pk)


def _gone_to(request: HttpRequest, url: str) -> HttpResponse:
    if not getattr(request, "htmx", None):
        return redirect(url)
    response = HttpResponse(status=STOP_POLLING)
    response["HX-Redirect"] = url
    return response


def _errors_file(errors: Iterable[dict[str, Any]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="errors.csv"'
    writer = csv.writer(response)
    writer.writerow(ERROR_COLUMNS)
    for error in errors:
        writer.writerow([escape_formula(str(error[column])) for column in ERROR_COLUMNS])
    return response
