"""Cleansed months: what history is not demand, what stands in for it, and a person's last word on each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.enums import MarkKind
from forecasting.errors import DemandError, StaleRow
from forecasting.explanations.cleansing import mark_url
from forecasting.forms import MarkForm
from forecasting.models import DemandSeries
from forecasting.selectors import driver_pages as selectors
from forecasting.services import driver_edits as services
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.visibility import visible
from siop.web.lists import choice, page_of, query_with, query_without
from siop.web.render import render_page
from siop.web.requests import own_address
from siop.web.seen import Difference, conflict, made_on, sealed

from .drivers import FOLLOWS, shared

NOTHING_SAID = sealed(services.mark_texts(None, ""))


@requires(Permission.VIEW)
@require_GET
def cleansing(request: HttpRequest) -> HttpResponse:
    return _page(request, form=None)


def _page(
    request: HttpRequest,
    *,
    form: MarkForm | None,
    differences: Sequence[Difference] = (),
    status: int = 200,
) -> HttpResponse:
    person = person_of(request)
    every = selectors.marks(person)
    item = request.GET.get("item", "").strip()[:120]
    kind = choice(request.GET, "kind", MarkKind.values)
    state = choice(request.GET, "state", ["undone"])
    rows = every.filter(series__item__code=item) if item else every
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(undone=True) if state else rows
    listed = page_of(request.GET, rows)
    series = visible(DemandSeries.objects.all(), person).filter(item__code=item) if item else []
    context: dict[str, Any] = {
        "page_title": "Drivers",
        "item": item,
        "page": listed,
        "marks": [(mark, mark_url(mark)) for mark in listed.object_list],
        "query": query_without(request.GET, "page"),
        "kinds": [
            chip
            for chip in (
                *(
                    _chip(request, "kind", value, label, every.filter(kind=value).count(), on=value == kind)
                    for value, label in MarkKind.choices
                ),
                _chip(request, "state", "undone", "Taken back", every.filter(undone=True).count(), on=bool(state)),
            )
            if chip["count"] or chip["on"]
        ],
        "series": [(one.pk, f"{one.item} · {one.location} · {one.segment}") for one in series],
        "form": form or MarkForm(initial={"seen": NOTHING_SAID}),
        "conflict": differences,
        **shared(request, "cleansing"),
    }  # fmt: skip
    response = render_page(request, "forecasting/cleansing.html", context)
    response.status_code = status
    return response


def _chip(request: HttpRequest, name: str, value: str, label: str, count: int, *, on: bool) -> dict[str, Any]:
    """A filter that a second click takes away."""
    return {
        "label": label,
        "count": count,
        "on": on,
        "url": query_with(request.GET, **{name: None if on else value}),
    }


@requires(Permission.EDIT_DEMAND)
@require_POST
def set_undone(request: HttpRequest, pk: int) -> HttpResponse:
    """`undone=1` brings the sale back, `undone=0` lets the mark count again; `version` is that of the mark seen."""
    version = request.POST.get("version", "")
    if not version.isdigit():
        return _page(request, form=None, status=428)
    try:
        mark = services.set_undone(
            person=person_of(request),
            pk=pk,
            version=int(version),
            undone=request.POST.get("undone") == "1",
            reason=request.POST.get("reason", "").strip(),
        )
    except StaleRow as error:
        messages.error(request, str(error), extra_tags="error")
        return _page(request, form=None, status=409)
    except DemandError as error:
        messages.error(request, str(error), extra_tags="error")
        return _page(request, form=None, status=404)
    word = "counts as sold" if mark.undone else "is replaced again"
    messages.success(request, f"{mark.month:%B %Y} of {mark.series.item.code} {word}. {FOLLOWS}")
    page = reverse("forecasting:cleansing")
    return redirect(own_address(request, request.POST.get("next", ""), default=page))


@requires(Permission.EDIT_DEMAND)
@require_POST
def mark_month(request: HttpRequest) -> HttpResponse:
    form = MarkForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    given = form.cleaned_data
    series = get_object_or_404(visible(DemandSeries.objects.all(), person_of(request)), pk=given["series"])
    mine, theirs = (
        services.mark_texts(given["imputed"], given["reason"]),
        services.mark_as_read(series, given["month"]),
    )
    if found := conflict(given["seen"], mine=mine, theirs=theirs):
        made_on(form, theirs)
        return _page(request, form=form, differences=found, status=409)
    try:
        mark = services.mark_month(
            person=person_of(request),
            series=series,
            month=given["month"],
            imputed=given["imputed"],
            reason=given["reason"],
        )
    except DemandError as error:
        form.add_error("month", str(error))
        return _page(request, form=form, status=422)
    messages.success(request, f"{mark.month:%B %Y} of {series.item.code} is replaced. {FOLLOWS}")
    return redirect(f"{reverse('forecasting:cleansing')}?item={series.item.code}")
