"""What the grid asks of the server: rows, edits, undo, reasons and comments. A refusal is JSON that the grid acts on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.grid import UnknownRow
from forecasting.selectors import demand_figures
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import Shown
from forecasting.selectors.notes import last_editor
from forecasting.services import following, overrides
from forecasting.services import grid_edits as services
from forecasting.services.override_changes import Typed
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.plans import locks
from siop.plans.models import PlanVersion
from siop.reading import one_reading
from siop.web import grid
from siop.web.headlines import Headline
from siop.web.plan_choice import readable_plan
from siop.web.services import add_comment
from siop.web.templatetags import ui
from siop.web.templatetags.siop import many

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


@dataclass(frozen=True)
class _Posted:
    """What the grid sent, and the plan as the person saw it under the query that came along."""

    body: dict[str, Any]
    plan: PlanVersion
    shown: Shown

    def again(self) -> Shown:
        """The same query on the plan as it is by now."""
        return Shown(cube_of(self.plan), self.shown.query, self.shown.person)


def _posted(request: HttpRequest) -> _Posted:
    body = grid.read_body(request)
    query = grid.parse_query(body.get("query") or {})
    plan = readable_plan(query.plan)
    return _Posted(body, plan, Shown(cube_of(plan), query, person_of(request)))


def shown_in(request: HttpRequest) -> Shown:
    """What the query in an address shows of the plan it names."""
    query = grid.parse_query(request.GET)
    return Shown(cube_of(readable_plan(query.plan)), query, person_of(request))


@requires(Permission.VIEW)
@require_GET
@answered
def rows(request: HttpRequest) -> HttpResponse:
    first, count = grid.parse_window(request.GET)
    shown = shown_in(request)
    found = window(shown, first, count)
    if first == 0 and "figures" in request.GET:
        found["kpis"] = _drawn(shown)
    return JsonResponse(found)


def window(shown: Shown, first: int, count: int) -> dict[str, Any]:
    """Rows `first` to `first + count`, with how many there are and when the plan was read."""
    return {
        "total": shown.view.total,
        "series": len(shown.selection.leaves),
        "from": first,
        "seen": str(shown.cube.horizon_mark),
        "rows": shown.window(first, count),
    }


def headlines(shown: Shown) -> list[Headline]:
    """The figures over the grid, each with the address of its explanation over the same rows."""
    asked = shown.query.as_params() | {"plan": str(shown.cube.plan_id)}
    address = reverse("forecasting:grid_why")
    return [
        replace(one, why=f"{address}?{urlencode(asked | {'figure': one.name})}") if one.name else one
        for one in demand_figures.headlines(shown)
    ]


def _drawn(shown: Shown) -> str:
    return ui.headlines(headlines(shown))


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def edits(request: HttpRequest) -> HttpResponse:
    posted = _posted(request)
    edit = grid.parse_edit(posted.body, columns=posted.shown.cube.columns)
    typed = services.typed_rows(posted.shown, edit)
    return _recorded(posted, edit, typed, mode=edit.mode, named=[row.id for row in edit.rows])


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def rectangle(request: HttpRequest) -> HttpResponse:
    posted = _posted(request)
    asked = grid.parse_rectangle(posted.body, columns=posted.shown.cube.columns)
    return _recorded(posted, asked, services.rectangle_rows(posted.shown, asked))


def _recorded(
    posted: _Posted,
    asked: grid.Change,
    typed: Sequence[Typed],
    *,
    mode: str = "set",
    named: Sequence[str] = (),
) -> JsonResponse:
    shown = posted.shown
    try:
        outcome = overrides.record(
            plan=posted.plan, cube=shown.cube, person=shown.person, key=asked.key, typed=typed, mode=mode,
            reason=asked.reason, expires=asked.expires, confirm=asked.confirm,
            permitted=shown.permitted(Permission.EDIT_DEMAND),
        )  # fmt: skip
    except overrides.Stale as error:
        return _conflict(posted.again(), error)
    except overrides.Refused as error:
        return _refused(error)
    return _answer(posted.again(), outcome, visible=asked.visible, named=named)


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def undo(request: HttpRequest) -> HttpResponse:
    posted = _posted(request)
    batch = grid.parse_key({"key": posted.body.get("batch")})
    outcome = overrides.take_back(
        plan=posted.plan, person=posted.shown.person, key=grid.parse_key(posted.body), batch_id=batch
    )
    return _answer(posted.again(), outcome, visible=grid.parse_visible(posted.body))


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def follow(request: HttpRequest) -> HttpResponse:
    """Stock, orders and exceptions behind edits; the grid asks for it when typing rests.

    `spread`: demand of other items moved, too, so that the grid shows rows that have come or changed.
    """
    named = grid.read_body(request).get("batches")
    batches = [grid.parse_key({"key": one}) for one in named] if isinstance(named, list) else []
    spread = following.follow(person=person_of(request), batch_ids=batches)
    return JsonResponse({"followed": len(batches), "spread": spread})


@requires(Permission.EDIT_DEMAND)
@require_POST
@answered
def reason(request: HttpRequest) -> HttpResponse:
    """A reason and an expiry date for overrides that stand."""
    posted = _posted(request)
    body = posted.body
    text = grid.parse_reason(body)
    if not text:
        raise grid.GridError(422, {"error": "Say why, in a few words: the reason stays with the number."})
    cells = services.cells_of(posted.shown, body)
    expires = grid.parse_day(body.get("expires"))
    count = overrides.explain(person=posted.shown.person, cells=cells, reason=text, expires=expires)
    if not count:
        raise grid.GridError(422, {"error": "There is no override in these cells; type a number first."})
    ids = [str(row.get("id")) for row in body.get("rows", [])]
    message = f"Reason kept with {many(count, 'override')}"
    return JsonResponse({"saved": count, "message": message, "rows": posted.again().of_ids(ids)})


@requires(Permission.COMMENT)
@require_POST
@answered
def comment(request: HttpRequest) -> HttpResponse:
    posted = _posted(request)
    shown, column = posted.shown, posted.body.get("col")
    row = shown.named(str(posted.body.get("id")))
    if row.node is None or not isinstance(column, int) or not 0 <= column < shown.cube.columns:
        raise grid.GridError(
            422, {"error": "A row that shows only part of its items takes no comment; clear the filter."}
        )
    text = str(posted.body.get("text") or "").strip()[:4000]
    if not text:
        raise grid.GridError(422, {"error": "The comment is empty; write what others should know."})
    add_comment(person=shown.person, place=row.node.place, month=shown.cube.months[column], text=text)
    return JsonResponse({"message": "Comment added", "rows": posted.again().of_ids([row.id])})


@one_reading()
def _answer(
    fresh: Shown,
    outcome: overrides.Saved | overrides.Preview,
    *,
    visible: Sequence[str],
    named: Sequence[str] = (),
) -> JsonResponse:
    if isinstance(outcome, overrides.Preview):
        return JsonResponse({"preview": services.preview_payload(fresh, outcome)})
    ids = services.rows_to_send(fresh, outcome, named=named, visible=visible)
    return JsonResponse(
        {
            "saved": outcome.cells,
            "batch": str(outcome.batch),
            "message": outcome.message,
            "rows": fresh.of_ids(ids),
            "stale": outcome.wide,
            "kpis": _drawn(fresh),
        }
    )


def _conflict(fresh: Shown, error: overrides.Stale) -> JsonResponse:
    conflicts = services.conflicts(fresh, error.rows, editor=last_editor)
    return JsonResponse(
        {"conflicts": conflicts, "rows": fresh.of_ids(one.row.id for one in error.rows)}, status=409
    )


def _refused(error: overrides.Refused) -> JsonResponse:
    errors = [{"id": row, "col": column, "reason": why} for row, column, why in error.errors]
    return JsonResponse({"errors": errors}, status=422)
