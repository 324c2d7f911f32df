"""The demand plan: the page around the grid, and what stands beside it of the row or cell in focus."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from forecasting.explanations import grid as grid_explanations
from forecasting.grid import Row
from forecasting.selectors import demand_figures
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import YEAR, Shown
from forecasting.selectors.notes import notes_at
from forecasting.services import overrides
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.web import explanations, grid, saved_views
from siop.web.plan_choice import plan_label, plan_shown
from siop.web.render import render_page

from .demand_grid import answered, headlines, shown_in, window

NAME_WIDTHS = (158, 280)
FROZEN = [
    {"key": "description", "label": "Description", "width": 184},
    {"key": "place", "label": "Place", "width": 104},
]
TOTAL = {"key": "total", "label": "12 months", "number": True}
TOTAL_WIDTH = 82  # its label
FIRST_ROWS = 100
NOTES = 12
CHIPS = [
    ("all", "All"),
    ("overrides", "Overrides"),
    ("exceptions", "Outside range"),
    ("comments", "Comments"),
    ("unexplained", "No reason"),
]
VIEWED = saved_views.ViewedPage(
    name="demand",
    label="Demand plan",
    url_name="forecasting:demand_plan",
    filters=("q", "family", "location", "segment", "only", "group"),
)
saved_views.register(VIEWED)


@requires(Permission.VIEW)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    plan = plan_shown(request)
    if plan is None:
        return render_page(
            request, "forecasting/demand_plan.html", {"page_title": "Demand plan", "plan": None}
        )
    views = saved_views.panel(request, VIEWED)
    if views.first_url:
        return redirect(views.first_url)
    query = grid.parse_query(request.GET)
    shown = Shown(cube_of(plan), query, person_of(request))
    context = {
        "page_title": "Demand plan",
        "views": views,
        "plan": plan,
        "plan_label": plan_label(plan),
        "query": query,
        "kpis": headlines(shown),
        "families": [c for c, p in zip(shown.cube.tree.codes, shown.cube.tree.parent, strict=True) if p < 0],
        "locations": sorted(shown.cube.location_codes.values()),
        "segments": sorted(shown.cube.segment_codes.values()),
        "chips": CHIPS,
        "empty": shown.cube.leaves == 0,
        "read_only": _read_only(request, plan),
        "config": _config(request, plan, shown),
    }
    return render_page(request, "forecasting/demand_plan.html", context)


def _config(request: HttpRequest, plan: PlanVersion, shown: Shown) -> dict[str, Any]:
    names = {
        "rows": "grid_rows", "edits": "grid_edits", "rectangle": "grid_rectangle", "undo": "grid_undo", "follow": "grid_follow",
        "reason": "grid_reason", "comments": "grid_comment", "dock": "grid_dock", "why": "grid_why",
        "export": "grid_export",
    }  # fmt: skip
    width = _width(_shown_quantity(shown).sum(axis=1).max(initial=0.0))
    return {
        "label": "Demand plan by item and month, units",
        "texts": [
            _names(shown),
            *FROZEN,
            TOTAL | {"width": max(TOTAL_WIDTH, _width(_shown_quantity(shown)[:YEAR].sum()))},
        ],
        "columns": [
            {"label": f"{month:%b %y}", "month": month.isoformat(), "width": width}
            for month in shown.cube.months
        ],
        "urls": {key: reverse(f"forecasting:{name}") for key, name in names.items()},
        "query": shown.query.as_params() | {"plan": str(plan.pk)},
        "readonly": _read_only(request, plan),
        "first": window(shown, 0, FIRST_ROWS),
    }


def _shown_quantity(shown: Shown) -> Any:
    return shown.cube.quantity if shown.selection.whole else shown.cube.quantity[:, shown.selection.leaves]


def _names(shown: Shown) -> dict[str, Any]:
    """The column of items and categories, as wide as the longest name asks for, stepped in."""
    tree = shown.cube.tree
    sold = [
        len(code) for code, start, end in zip(tree.codes, tree.start, tree.end, strict=True) if end > start
    ]
    longest = max(shown.cube.items.longest_code, *sold, 0)
    return {"key": "code", "label": "Item", "width": int(np.clip(60 + 7 * longest, *NAME_WIDTHS))}


def _width(largest: float) -> int:
    """Pixels that the largest number of a column needs, with room to grow, so that none is ever cut."""
    return max(66, 26 + 8 * len(f"{largest * 1.2:,.0f}"))


def _read_only(request: HttpRequest, plan: PlanVersion) -> str:
    """Why this person cannot edit this plan now, empty where they can."""
    if not may(request.user, Permission.EDIT_DEMAND):
        signs = "; you sign them in the meeting" if may(request.user, Permission.APPROVE) else ""
        return f"Demand planners change these numbers{signs}. To ask about one, press Shift+C on it."
    try:
        overrides.editable_plans(plan)
    except overrides.NotEditable as error:
        return str(error)
    return locks.closed_because(PlanPart.DEMAND)


@requires(Permission.VIEW)
@require_GET
@answered
def dock(request: HttpRequest) -> HttpResponse:
    """Chart, comparisons and notes of the row that is active in the grid."""
    shown = shown_in(request)
    row = shown.named(request.GET.get("id", "all"))
    context = {
        "chart": {
            "id": "demand-chart",
            "title": demand_figures.title(shown, row),
            "spec": demand_figures.chart(shown, row),
        },
        "deltas": demand_figures.deltas(shown, row),
        "label": shown.full_label(row),
        "notes": notes_at(shown.cube, row.node, NOTES) if row.node else [],
    }
    return render_page(request, "forecasting/demand_dock.html", context)


@requires(Permission.VIEW)
@require_GET
@answered
def why(request: HttpRequest) -> HttpResponse:
    """The explanation of a cell, of a row's twelve months (`col=year`) or of a `figure` of the strip."""
    shown = shown_in(request)
    if "figure" in request.GET:
        found = grid_explanations.figure(shown, request.GET["figure"])
    else:
        found = _why_row(shown, shown.named(request.GET.get("id", "")), request.GET.get("col", ""))
    found.check()
    return render_page(request, "components/why.html", {"why": found.context()})


def _why_row(shown: Shown, row: Row, column: str) -> explanations.Explanation:
    if column == "year":
        return grid_explanations.year(shown, row)
    if not column.isdigit() or int(column) >= shown.cube.columns:
        raise Http404("There is no such month in the plan.")
    if row.node is None:
        return grid_explanations.cell(shown, row, int(column))
    month = shown.cube.months[int(column)].isoformat()
    plan = str(shown.cube.plan_id)
    return explanations.explain(shown.person, "consensus", plan, grid_explanations.node_key(row), month)
