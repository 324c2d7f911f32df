"""The demand plan out to Excel and in again, with what would change shown first."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from uuid import uuid4

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.enums import EditKind
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import Shown
from forecasting.services import overrides, workbooks
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.gather.errors import UnusableFile
from siop.plans import locks
from siop.web import grid
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.render import render_page

KEPT_SECONDS = 3600
SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(Permission.VIEW)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    query = grid.parse_query(request.GET)
    plan = readable_plan(query.plan)
    try:
        content = workbooks.write(Shown(cube_of(plan), query, person_of(request)))
    except UnusableFile as error:
        messages.error(request, str(error))
        return redirect("forecasting:demand_plan")
    name = f"demand-plan-{plan.as_of:%Y-%m}-v{plan.pk}.xlsx"
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@requires(Permission.EDIT_DEMAND)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """What a workbook would change; nothing is applied yet."""
    plan = readable_plan(request.POST.get("plan", ""))
    shown = Shown(cube_of(plan), grid.GridQuery(), person_of(request))
    file = request.FILES.get("file")
    try:
        if file is None:
            raise UnusableFile("No file was chosen; choose the workbook to bring back.")
        changes, problems = workbooks.read(shown, file)
    except UnusableFile as error:
        messages.error(request, str(error))
        return redirect("forecasting:demand_plan")
    key = str(uuid4())
    kept = {"plan": plan.pk, "reason": request.POST.get("reason", "").strip()}
    cache.set(
        _cache_key(request, key), kept | {"changes": [asdict(change) for change in changes]}, KEPT_SECONDS
    )
    context = {
        "page_title": "Workbook",
        "plan": plan,
        "plan_label": plan_label(plan),
        "key": key,
        "changes": changes[:SHOWN],
        "count": len(changes),
        "rows": len({change.series for change in changes}),
        "conflicts": sum(change.conflict for change in changes),
        "problems": problems[:SHOWN],
        "problem_count": len(problems),
    }
    return render_page(request, "forecasting/workbook.html", context)


@requires(Permission.EDIT_DEMAND)
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    key = request.POST.get("key", "")
    kept = cache.get(_cache_key(request, key))
    if kept is None:
        messages.error(request, "That workbook was read more than an hour ago; bring it back once more.")
        return redirect("forecasting:demand_plan")
    plan = readable_plan(str(kept["plan"]))
    shown = Shown(cube_of(plan), grid.GridQuery(), person_of(request))
    changes = [workbooks.Change(**change) for change in kept["changes"]]
    if "theirs" in request.POST:
        changes = [change for change in changes if not change.conflict]
    try:
        outcome = overrides.save(
            plan=plan, cube=shown.cube, person=person_of(request), key=grid.parse_key({"key": key}),
            typed=workbooks.typed_rows(shown, changes), reason=kept["reason"], confirm=True, kind=EditKind.IMPORT,
            permitted=shown.permitted(Permission.EDIT_DEMAND),
        )  # fmt: skip
    except (locks.PartLocked, overrides.NotEditable, overrides.Refused) as error:
        messages.error(request, f"Nothing was applied: {error}")
    except overrides.Stale:
        messages.error(
            request,
            "Nothing was applied: somebody changed these rows just now. Bring the workbook back once more.",
        )
    else:
        if isinstance(outcome, overrides.Saved):
            messages.success(request, f"{outcome.message} from the workbook.")
    return redirect(f"{reverse('forecasting:demand_plan')}?only=overrides")


def _cache_key(request: HttpRequest, key: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()  # whatever a request sends is a fit key
    return f"demand-workbook:{person_of(request).pk}:{digest}"
