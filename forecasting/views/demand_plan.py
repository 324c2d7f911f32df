"""The demand plan: the page around the grid, and what the grid asks of the server."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting import grid_explanations
from forecasting.grid import Row, UnknownRow
from forecasting.selectors import demand_figures
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import (
    YEAR,
    Shown,
    assumptions_of,
    last_editor,
    notes_of,
    overrides_at,
    scope_of,
)
from forecasting.services import grid_edits as services
from forecasting.services import overrides
from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.web import explanations, grid
from siop.web.plan_choice import plan_label, plan_shown, readable_plan
from siop.web.render import render_page
from siop.web.services import add_comment

FROZEN = [
    {"key": "code", "label": "Item", "width": 158},
    {"key": "description", "label": "Description", "width": 184},
    {"key": "place", "label": "Place", "width": 104},
]
TOTAL = {"key": "total", "label": "12 months", "number": True}
FIRST_ROWS = 100
NOTES = 12
View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """A request the grid can act on: refusals become the JSON that its contract names."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except grid.GridError as error:
            return error.response()
        except (locks.PartLocked, overrides.NotEditable) as error:
            return JsonResponse({"error": str(error)}, status=423)
        except UnknownRow as error:
            message = f"Row {error} is not in the plan any more; reload the page."
            return JsonResponse({"error": message}, status=404)

    return guarded


@requires(Permission.VIEW)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    plan = plan_shown(request)
    if plan is None:
        return render_page(
            request, "forecasting/demand_plan.html", {"page_title": "Demand plan", "plan": None}
        )
    query = grid.parse_query(request.GET)
    shown = _shown(request, plan, query)
    context = {
        "page_title": "Demand plan",
        "plan": plan,
        "plan_label": plan_label(plan),
        "query": query,
        "kpis": _strip(shown),
        "families": [c for c, p in zip(shown.cube.tree.codes, shown.cube.tree.parent, strict=True) if p < 0],
        "locations": sorted(shown.cube.location_codes.values()),
        "segments": sorted(shown.cube.segment_codes.values()),
        "chips": CHIPS,
        "empty": shown.cube.leaves == 0,
        "read_only": _read_only(request, plan),
        "config": _config(request, plan, shown),
    }
    return render_page(request, "forecasting/demand_plan.html", context)


CHIPS = [
    ("all", "All"),
    ("overrides", "Overrides"),
    ("exceptions", "Outside range"),
    ("comments", "Comments"),
    ("unexplained", "No reason"),
]


def _config(request: HttpRequest, plan: PlanVersion, shown: Shown) -> dict[str, Any]:
    names = {
        "rows": "grid_rows", "edits": "grid_edits", "rectangle": "grid_rectangle", "undo": "grid_undo", "follow": "grid_follow",
        "reason": "grid_reason", "comments": "grid_comment", "dock": "grid_dock", "why": "grid_why",
        "export": "grid_export",
    }  # fmt: skip
    width = _width(_shown_quantity(shown).sum(axis=1).max(initial=0.0))
    return {
        "label": "Demand plan by item and month, units",
        "texts": [*FROZEN, TOTAL | {"width": _width(_shown_quantity(shown)[:YEAR].sum())}],
        "columns": [
            {"label": f"{month:%b %y}", "month": month.isoformat(), "width": width}
            for month in shown.cube.months
        ],
        "urls": {key: reverse(f"forecasting:{name}") for key, name in names.items()},
        "query": shown.query.as_params() | {"plan": str(plan.pk)},
        "readonly": _read_only(request, plan),
        "first": _window(shown, 0, FIRST_ROWS),
    }


def _shown_quantity(shown: Shown) -> Any:
    return shown.cube.quantity if shown.selection.whole else shown.cube.quantity[:, shown.selection.leaves]


def _width(largest: float) -> int:
    """Pixels that the largest number of a column needs, with room to grow, so that none is ever cut."""
    return max(66, 26 + 8 * len(f"{largest * 1.2:,.0f}"))


def _read_only(request: HttpRequest, plan: PlanVersion) -> str:
    """Why this person cannot edit this plan now, empty where they can."""
    if not may(request.user, Permission.EDIT_DEMAND):
        return "Your role reads the demand plan; a demand planner changes it."
    try:
        overrides.editable_plans(plan)
    except overrides.NotEditable as error:
        return str(error)
    return locks.closed_because(PlanPart.DEMAND)


def _shown(request: HttpRequest, plan: PlanVersion, query: grid.GridQuery) -> Shown:
    return Shown(cube_of(plan), query, person_of(request))


def _window(shown: Shown, first: int, count: int) -> dict[str, Any]:
    return {
        "total": shown.view.total,
        "series": len(shown.selection.leaves),
        "from": first,
        "seen": str(shown.cube.horizon_mark),
        "rows": shown.window(first, count),
    }


@requires(Permission.VIEW)
@require_GET
@answered
def rows(request: HttpRequest) -> HttpResponse:
    query = grid.parse_query(request.GET)
    first, count = grid.parse_window(request.GET)
    shown = _shown(request, _plan(query), query)
    window = _window(shown, first, count)
    if first == 0 and "figures" in request.GET:
        window["kpis"] = _kpis(shown)
    return JsonResponse(window)


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def edits(request: HttpRequest) -> HttpResponse:
    body = grid.read_body(request)
    query = grid.parse_query(body.get("query") or {})
    plan = _plan(query)
    shown = _shown(request, plan, query)
    edit = grid.parse_edit(body, columns=shown.cube.columns)
    typed = services.typed_rows(shown, edit)
    try:
        outcome = overrides.record(
            plan=plan, cube=shown.cube, person=person_of(request), key=edit.key, typed=typed, mode=edit.mode,
            reason=edit.reason, expires=edit.expires, confirm=edit.confirm, permitted=_permitted(request, shown),
        )  # fmt: skip
    except overrides.Stale as error:
        return _conflict(request, plan, query, error)
    except overrides.Refused as error:
        return _refused(error)
    return _answer(request, plan, edit, outcome, [row.id for row in edit.rows])


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def rectangle(request: HttpRequest) -> HttpResponse:
    body = grid.read_body(request)
    query = grid.parse_query(body.get("query") or {})
    plan = _plan(query)
    shown = _shown(request, plan, query)
    asked = grid.parse_rectangle(body, columns=shown.cube.columns)
    typed = services.rectangle_rows(shown, asked, person=person_of(request))
    try:
        outcome = overrides.record(
            plan=plan, cube=shown.cube, person=person_of(request), key=asked.key, typed=typed, reason=asked.reason,
            expires=asked.expires, confirm=asked.confirm, permitted=_permitted(request, shown),
        )  # fmt: skip
    except overrides.Stale as error:
        return _conflict(request, plan, query, error)
    except overrides.Refused as error:
        return _refused(error)
    return _answer(request, plan, asked, outcome, [])


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def undo(request: HttpRequest) -> HttpResponse:
    body = grid.read_body(request)
    query = grid.parse_query(body.get("query") or {})
    plan = _plan(query)
    asked = services.Named(grid.parse_key(body), query, grid.parse_visible(body))
    batch = grid.parse_key({"key": body.get("batch")})
    outcome = overrides.take_back(plan=plan, person=person_of(request), key=asked.key, batch_id=batch)
    return _answer(request, plan, asked, outcome, [])


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def follow(request: HttpRequest) -> HttpResponse:
    """Stock, orders and exceptions behind edits; the grid asks for it when typing rests."""
    named = grid.read_body(request).get("batches")
    batches = [grid.parse_key({"key": one}) for one in named] if isinstance(named, list) else []
    overrides.follow(person=person_of(request), batch_ids=batches)
    return JsonResponse({"followed": len(batches)})


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def reason(request: HttpRequest) -> HttpResponse:
    """A reason and an expiry date for overrides that stand."""
    body = grid.read_body(request)
    query = grid.parse_query(body.get("query") or {})
    shown = _shown(request, _plan(query), query)
    text = str(body.get("reason") or "").strip()[:2000]
    if not text:
        raise grid.GridError(422, {"error": "Say why, in a few words: the reason stays with the number."})
    cells = services.cells_of(shown, body)
    count = overrides.explain(
        person=person_of(request), cells=cells, reason=text, expires=grid.parse_day(body.get("expires"))
    )
    if not count:
        raise grid.GridError(422, {"error": "There is no override in these cells; type a number first."})
    fresh = _shown(request, _plan(query), query)
    ids = [str(row.get("id")) for row in body.get("rows", [])]
    word = "1 override" if count == 1 else f"{count} overrides"
    return JsonResponse({"saved": count, "message": f"Reason kept with {word}", "rows": fresh.of_ids(ids)})


@requires(Permission.COMMENT)
@require_POST
@answered
def comment(request: HttpRequest) -> HttpResponse:
    body = grid.read_body(request)
    query = grid.parse_query(body.get("query") or {})
    plan = _plan(query)
    shown = _shown(request, plan, query)
    row = shown.named(str(body.get("id")))
    column = body.get("col")
    if row.node is None or not isinstance(column, int) or not 0 <= column < shown.cube.columns:
        raise grid.GridError(
            422, {"error": "A row that shows only part of its items takes no comment; clear the filter."}
        )
    text = str(body.get("text") or "").strip()[:4000]
    if not text:
        raise grid.GridError(422, {"error": "The comment is empty; write what others should know."})
    add_comment(person=person_of(request), place=row.node.place, month=shown.cube.months[column], text=text)
    fresh = _shown(request, plan, query)
    return JsonResponse({"message": "Comment added", "rows": fresh.of_ids([row.id])})


@requires(Permission.VIEW)
@require_GET
@answered
def dock(request: HttpRequest) -> HttpResponse:
    """Chart, comparisons and notes of the row that is active in the grid."""
    query = grid.parse_query(request.GET)
    plan = _plan(query)
    shown = _shown(request, plan, query)
    row = shown.named(request.GET.get("id", "all"))
    context = {
        "chart": {
            "id": "demand-chart",
            "title": demand_figures.title(shown, row),
            "spec": demand_figures.chart(shown, row),
        },
        "deltas": demand_figures.deltas(shown, row),
        "label": shown.full_label(row),
        "comments": notes_of(row.node)[:NOTES] if row.node else [],
        "overrides": overrides_at(row.node)[:NOTES] if row.node else [],
        "assumptions": assumptions_of(shown.cube, row.node)[:NOTES] if row.node else [],
    }
    return render_page(request, "forecasting/demand_dock.html", context)


@requires(Permission.VIEW)
@require_GET
@answered
def why(request: HttpRequest) -> HttpResponse:
    """The explanation of a cell, of a row's twelve months (`col=year`) or of a `figure` of the strip."""
    query = grid.parse_query(request.GET)
    plan = _plan(query)
    shown = _shown(request, plan, query)
    if "figure" in request.GET:
        found = grid_explanations.figure(shown, request.GET["figure"])
    else:
        found = _why_row(request, shown, shown.named(request.GET.get("id", "")))
    found.check()
    return render_page(request, "components/why.html", {"why": found.context()})


def _why_row(request: HttpRequest, shown: Shown, row: Row) -> explanations.Explanation:
    column = request.GET.get("col", "")
    if column == "year":
        return grid_explanations.year(shown, row)
    if not column.isdigit() or int(column) >= shown.cube.columns:
        raise Http404("There is no such month in the plan.")
    if row.node is None:
        return grid_explanations.cell(shown, row, int(column))
    month = shown.cube.months[int(column)].isoformat()
    plan = str(shown.cube.plan_id)
    return explanations.explain(person_of(request), "consensus", plan, grid_explanations.node_key(row), month)


def _plan(query: grid.GridQuery) -> PlanVersion:
    return readable_plan(query.plan)


def _permitted(request: HttpRequest, shown: Shown) -> Any:
    mask, _ = scope_of(shown.cube, person_of(request), Permission.EDIT_DEMAND)
    return None if mask is None else np.flatnonzero(mask)


def _kpis(shown: Shown) -> str:
    return render_to_string("components/kpis.html", {"kpis": _strip(shown)})


def _strip(shown: Shown) -> list[dict[str, Any]]:
    """Headline figures, each with the address of its explanation over the same rows."""
    asked = shown.query.as_params() | {"plan": str(shown.cube.plan_id)}
    address = reverse("forecasting:grid_why")
    return [
        kpi | ({"why": f"{address}?{urlencode(asked | {'figure': kpi['name']})}"} if "name" in kpi else {})
        for kpi in demand_figures.kpis(shown)
    ]


def _answer(
    request: HttpRequest,
    plan: PlanVersion,
    asked: Any,
    outcome: overrides.Saved | overrides.Preview,
    named: list[str],
) -> JsonResponse:
    fresh = _shown(request, plan, asked.query)
    if isinstance(outcome, overrides.Preview):
        return JsonResponse({"preview": services.preview_payload(fresh, outcome)})
    ids = services.rows_to_send(fresh, outcome, named=named, visible=asked.visible)
    return JsonResponse(
        {
            "saved": outcome.cells,
            "batch": str(outcome.batch),
            "message": outcome.message,
            "rows": fresh.of_ids(ids),
            "stale": outcome.wide,
            "kpis": _kpis(fresh),
        }
    )


def _conflict(
    request: HttpRequest, plan: PlanVersion, query: grid.GridQuery, error: overrides.Stale
) -> JsonResponse:
    fresh = _shown(request, plan, query)
    conflicts = services.conflicts(fresh, error.rows, editor=last_editor)
    return JsonResponse(
        {"conflicts": conflicts, "rows": fresh.of_ids(one.row.id for one in error.rows)}, status=409
    )


def _refused(error: overrides.Refused) -> JsonResponse:
    errors = [{"id": row, "col": column, "reason": why} for row, column, why in error.errors]
    return JsonResponse({"errors": errors}, status=422)
