"""What was decided, on which plan, and what came of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.web.render import render_page

from ..models import Decision, DecisionEffect
from ..selectors import actions, cycles, kpis, trends
from .common import Shown, require_whole_company


@requires(Permission.VIEW)
@require_GET
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision: options, reasons, the plan it was made on, and what came of it."""
    person = person_of(request)
    require_whole_company(person)
    found = get_object_or_404(Decision.objects.select_related("cycle", "plan", "approver"), pk=pk)
    page = Shown(person, found.cycle)
    effects = [_effect(row) for row in found.effects.all() if row.kpi in kpis.BY_NAME]
    context = {
        "page_title": "Decision",
        "decision": found,
        "effects": effects,
        "actions": [(row, actions.days_late(row)) for row in found.actions.select_related("owner")],
    }
    return render_page(request, "meetings/decision.html", page.context(**context))


def _effect(row: DecisionEffect) -> dict[str, str]:
    """What a decision was to move, in the words of its figure."""
    kpi = kpis.BY_NAME[row.kpi]
    return {
        "label": kpi.label,
        "definition": kpi.definition,
        "node": ", ".join(row.node.values()),
        "baseline": trends.shown(row.kpi, row.baseline),
        "expected": trends.shown(row.kpi, row.expected),
        "outcome": trends.shown(row.kpi, row.outcome) if row.measured else "not yet",
    }


@requires(Permission.VIEW)
@require_GET
def decision_log(request: HttpRequest) -> HttpResponse:
    """Every decision with its outcome, newest first."""
    person = person_of(request)
    require_whole_company(person)
    rows = (
        Decision.objects.select_related("cycle", "approver")
        .prefetch_related("effects")
        .order_by("-decided")[:200]
    )
    page = Shown(person, cycles.current_cycle())
    shown = [
        {"row": row, "effects": [_effect(one) for one in row.effects.all() if one.kpi in kpis.BY_NAME]}
        for row in rows
    ]
    return render_page(request, "meetings/decisions.html", page.context(page_title="Decisions", rows=shown))
