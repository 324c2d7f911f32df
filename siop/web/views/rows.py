"""The rows behind a number, on one page for all kinds."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.models import Category, Item, Location, Segment

from .. import rows
from ..lists import query_without
from ..render import render_page
from ..templatetags.siop import month

PAGE_SIZE = 100
NAMED = {"item": Item, "category": Category, "location": Location, "segment": Segment}


@requires(Permission.VIEW)
@require_GET
def row_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The rows behind a number, with the filters that chose them."""
    listed = rows.get(kind)
    filters = rows.read_filters(request.GET)
    found = listed.rows(person_of(request), filters)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_title": listed.label,
        "page": page,
        "query": query_without(request.GET, "page"),
        "chosen": _chosen(filters),
        "total": listed.total(found) if listed.total else "",
        "table": _table(listed, page.object_list),
    }
    return render_page(request, "web/rows.html", context)


def _chosen(filters: rows.Filters) -> list[str]:
    words = [rows.named(model, filters[name]) for name, model in NAMED.items() if name in filters]
    return [*words, month(filters["month"])] if "month" in filters else words


def _table(listed: rows.RowList, found: Iterable[Any]) -> dict[str, Any]:
    return {
        "caption": listed.label,
        "css": "edge stick",
        "columns": [{"label": column.label, "num": column.number} for column in listed.columns],
        "rows": [
            {
                "cells": [
                    {"text": column.value(row), "css": "n" if column.number else ""}
                    for column in listed.columns
                ]
            }
            for row in found
        ],
        "empty": {
            "title": f"No {listed.label.lower()} here",
            "text": "Nothing has been imported for this choice, or it lies outside what you may see.",
        },
    }
