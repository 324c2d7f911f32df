"""Packs: the list, one as pages to print, and as a workbook."""

from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.web.render import render_page

from ..models import Pack
from ..selectors import cycles
from ..services import packs as services
from ..words import day
from .common import REFUSALS, Shown, require_whole_company
from .pack_pages import front_page, pages

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(Permission.VIEW)
@require_GET
def pack_list(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    require_whole_company(person)
    page = Shown(person, cycles.current_cycle())
    rows = list(Pack.objects.select_related("cycle", "plan", "person")[:60])
    context = {
        "page_title": "Packs",
        "rows": rows,
        "latest": rows[0] if rows else None,
        "outdated": _outdated(rows),
        "allowed": permissions_of(person),
    }
    return render_page(request, "meetings/packs.html", page.context(**context))


def _outdated(rows: list[Pack]) -> set[int]:
    """Packs of a content that was replaced by a newer pack of the same cycle."""
    return {
        old.pk
        for new, old in pairwise(rows)
        if new.cycle_id == old.cycle_id and new.content_hash != old.content_hash
    }


@requires(Permission.RUN_CYCLE)
@require_POST
def generate(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    require_whole_company(person)
    try:
        found = services.generate(person=person, cycle=cycles.required_shown())
    except REFUSALS as error:
        messages.error(request, str(error), extra_tags="error")
        return redirect("meetings:packs")
    return redirect("meetings:pack", found.pk)


@requires(Permission.VIEW)
@require_GET
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The pack as A4 pages in landscape, as it was generated."""
    require_whole_company(person_of(request))
    found = get_object_or_404(Pack.objects.select_related("cycle", "person"), pk=pk)
    context: dict[str, Any] = {
        "pack": found,
        "body": found.body,
        "front": front_page(found.body),
        "pages": pages(found.body),
    }
    context["page_count"] = len(context["pages"]) + 1
    return render(request, "meetings/pack.html", context)


@requires(Permission.VIEW)
@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    require_whole_company(person_of(request))
    found = get_object_or_404(Pack.objects.select_related("cycle"), pk=pk)
    response = HttpResponse(services.workbook(found), content_type=XLSX)
    made = day(timezone.localdate(found.created)).replace(" ", "-")
    name = f"pack-{found.cycle.period:%Y-%m}-v{found.plan_id}-{made}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
