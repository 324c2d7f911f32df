"""The cycle: stages, gates, locks, reviews; and what starts, forces, reopens and refreshes it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.plans import hashing
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.reading import one_reading
from siop.statements import rows_of
from siop.web.render import render_page
from siop.web.seen import Difference

from ..enums import StageKind
from ..errors import CycleError
from ..explanations.meeting import cell_urls
from ..forms import PeriodForm, StageForm
from ..models import Cycle, Stage
from ..selectors import approvals, comparisons, cycles, differences, gates, home, stock
from ..selectors.first_steps import first_steps, next_step
from ..selectors.reviews import family_reviews
from ..services import cycles as services
from ..services import reviews, schedule
from ..words import day, listed, many
from .common import Shown, done, sees_everything

BACK = "meetings:cycle"
PAST = 24  # cycles that are listed


@requires(Permission.VIEW)
@require_GET
def cycle_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@one_reading()
def _page(
    request: HttpRequest,
    *,
    notice: str = "",
    status: int = 200,
    stage_form: StageForm | None = None,
    conflict: Sequence[Difference] = (),
) -> HttpResponse:
    person, live = person_of(request), current_live_plan()
    page = Shown(person, _named(request) or cycles.current_cycle())
    context: dict[str, Any] = {
        "page_title": "Cycle",
        "notice": notice,
        "form": PeriodForm(),
        "past": rows_of(Cycle, "ORDER BY t.period DESC LIMIT %s", [PAST], joined=("plan",)),
        "live": live,
        "first": next_step(first_steps(person)) if live is None else None,
        "allowed": permissions_of(person),
    }
    if cycles.open_cycle() is None:
        context["next_period"] = _next_period()
    if page.cycle is not None:
        context |= _state(page, page.cycle)
        context |= {"stage_form": stage_form or StageForm(page.cycle), "conflict": conflict}
    response = render_page(request, "meetings/cycle.html", page.context(**context))
    response.status_code = status
    return response


def _next_period() -> str:
    """Month of the cycle that would be opened; nothing before there is a plan."""
    try:
        return f"{services.next_period():%B %Y}"
    except CycleError:
        return ""


def _named(request: HttpRequest) -> Cycle | None:
    """The cycle that the address or a form names; none where it is left to the product."""
    name = request.POST.get("cycle", "") or request.GET.get("cycle", "")
    return Cycle.objects.select_related("plan").filter(pk=name).first() if name.isdecimal() else None


def _state(page: Shown, cycle: Cycle) -> dict[str, Any]:
    title, note = home.headline(cycle)
    stage = StageKind(cycle.stage)
    following = cycles.next_stage(cycle) if cycle.closed is None else None
    closing = cycles.may_close(page.person, cycles.current_stage(cycle))
    return {
        "stages": home.track(cycle),
        "rows": cycles.stages_of(cycle),
        "title": title,
        "title_note": note,
        "gates": gates.gates(cycle, stage),
        "stage_label": stage.label,
        "next_step": _step_to(cycle, following) if following and closing else "",
        "is_last": following is not None and following.kind == StageKind.CLOSED,
        "open_gates": gates.open_gates(cycle, stage),
        "is_open": cycle.closed is None,
        "may_open": cycles.open_cycle() is None,
        "reviews": _reviews(page, cycle, stage),
        "seen_all": _seen_all(cycle, stage),
        "reviewing": stage if stage in cycles.REVIEWED_PARTS else "",
        "locks": [(part.label, cycles.closed_because(part)) for part in PlanPart],
        "reopenable": [row for row in cycles.stages_of(cycle) if row.started and row.kind != StageKind.GATHER]
        if not cycles.is_published(cycle) and cycle.closed is None else [],
        "signatures": approvals.signatures(cycle),
        "published": cycles.is_published(cycle),
        "content_hash": _content(cycle),
        "newer": _newer(cycle),
    }  # fmt: skip


def _step_to(cycle: Cycle, following: Stage) -> str:
    """What the button says that starts the next stage."""
    if following.kind == StageKind.CLOSED:
        return f"Close {cycle.name}"
    return f"Start {following.get_kind_display().lower()}"


def _content(cycle: Cycle) -> str:
    if cycle.plan is None:
        return ""
    return cycle.plan.content_hash if cycle.plan.published else hashing.current(cycle.plan).content_hash


def _reviews(page: Shown, cycle: Cycle, stage: StageKind) -> list[dict[str, Any]]:
    """Families that a person may see, each with what its review is about: demand beside others, or stock and orders."""
    if cycle.plan is None or page.comparison is None or stage not in cycles.REVIEWED_PARTS:
        return []
    digests, whole = hashing.current(cycle.plan).digests, sees_everything(page.person)
    about = (
        _demand(page.comparison, cycle.plan)
        if stage == StageKind.DEMAND_REVIEW
        else _supply(page, cycle.plan)
    )
    return [
        {
            "row": row,
            "seen": reviews.seen_digest(digests, [row.family], stage),
            **about.get(row.family, {}),
        }
        for row in family_reviews(cycle, stage)
        if whole or row.family in about
    ]


def _seen_all(cycle: Cycle, stage: StageKind) -> str:
    """What Review all was looked at on."""
    if cycle.plan is None or stage not in cycles.REVIEWED_PARTS:
        return ""
    families = [row.family for row in family_reviews(cycle, stage)]
    return reviews.seen_digest(hashing.current(cycle.plan).digests, families, stage)


def _demand(found: comparisons.Comparison, plan: PlanVersion) -> dict[str, dict[str, Any]]:
    """What a family asks for, and that less last cycle, statistical, last year and budget; each opens why."""
    return {
        family: {
            "plan": found.of_family(family, comparisons.PLAN),
            "why": cell_urls(plan, comparisons.STATISTICAL, family=family)["plan_money"],
            "others": _others(found, plan, family),
        }
        for family in found.families
    }


def _supply(page: Shown, plan: PlanVersion) -> dict[str, dict[str, Any]]:
    """What a family holds beside its targets, and what is ordered for it beside last cycle."""
    now, before = stock.ordered_by_family(plan), stock.ordered_by_family(page.last_plan)
    return {
        row.family: {
            "stock": row,
            "ordered": now.get(row.family, 0.0),
            "change": now.get(row.family, 0.0) - before.get(row.family, 0.0) if page.last_plan else None,
        }
        for row in stock.by_family(plan, scope=comparisons.scope_of(page.person))
    }


def _others(
    found: comparisons.Comparison, version: PlanVersion, family: str
) -> list[tuple[float | None, str]]:
    """Money of the plan less each comparison, and the address of its why; None where there is none."""
    gaps: list[tuple[float | None, str]] = []
    for name in (comparisons.LAST_CYCLE, comparisons.STATISTICAL, comparisons.LAST_YEAR, comparisons.BUDGET):
        held = found.beside(name)
        plan, other = held.of_family(family, comparisons.PLAN), held.of_family(family, name)
        known = plan is not None and other is not None
        why = cell_urls(version, name, family=family)["gap_money"] if known else ""
        gaps.append((plan[1] - other[1] if plan and other else None, why))
    return gaps


def _newer(cycle: Cycle) -> list[differences.Difference] | None:
    """What a refresh would change; None where the live plan is not newer."""
    live = current_live_plan()
    if cycle.plan is None or live is None or cycles.is_published(cycle) or cycle.closed is not None:
        return None
    if live.pk == cycle.plan.base_id or live.as_of != cycle.plan.as_of:
        return None
    return differences.differences(cycle.plan, live)


@requires(Permission.RUN_CYCLE)
@require_POST
def open_one(request: HttpRequest) -> HttpResponse:
    form = PeriodForm(request.POST)
    period = form.cleaned_data["period"] if form.is_valid() else None
    if form.errors:
        return _page(
            request, notice="Enter the period as a date such as 2026-12-01, or leave it empty.", status=422
        )
    return done(
        request,
        lambda: f"Opened the {services.open_cycle(person=person_of(request), period=period).name} cycle.",
        back=BACK,
    )


@requires(Permission.EDIT_ACTION)
@require_POST
def advance(request: HttpRequest) -> HttpResponse:
    """Start the next stage, as its owner or who runs the cycle; with `force` and a reason past open gates."""
    force, reason = request.POST.get("force") == "1", request.POST.get("reason", "")

    def work() -> str:
        cycle = services.advance(
            person=person_of(request), force=force, reason=reason, of_cycle=_named(request)
        )
        if cycle.closed is not None:
            return f"{cycle.name} is closed."
        return f"{StageKind(cycle.stage).label} of {cycle.name} has started."

    return done(request, work, back=BACK)


@requires(Permission.RUN_CYCLE)
@require_POST
def reopen(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("stage", "")
    if kind not in StageKind.values:
        return _page(request, notice="Choose the stage that is to be reopened.", status=422)

    def work() -> str:
        voided = services.reopen(
            person=person_of(request), kind=StageKind(kind), reason=request.POST.get("reason", "")
        )
        said = f"Voided: {listed(voided, 5)}." if voided else "No approval had to be voided."
        return f"{StageKind(kind).label} is open again. {said}"

    return done(request, work, back=BACK)


@requires(Permission.RUN_CYCLE)
@require_POST
def change_stage(request: HttpRequest) -> HttpResponse:
    """Another due date or owner for a stage that is not closed yet; base, mine and theirs where somebody was first."""
    cycle = _named(request) or cycles.running_or_none()
    form = StageForm(cycle, request.POST)
    if cycle is None or not form.is_valid():
        return _page(request, stage_form=form, status=422)
    if found := form.conflict():
        return _page(request, stage_form=form.on_what_stands(), conflict=found, status=409)
    given = form.cleaned_data
    try:
        moved = schedule.change_stage(
            person=person_of(request), cycle=cycle, kind=StageKind(given["kind"]), due=given["due"],
            owner=given["owner"], reason=given["reason"],
        )  # fmt: skip
    except CycleError as error:
        form.add_error("due", str(error))
        return _page(request, stage_form=form, status=422)
    later = f"; what follows moves by {many(abs(moved), 'working day')}" if moved else ""
    messages.success(request, f"{StageKind(given['kind']).label} is due {day(given['due'])}{later}.")
    return redirect(BACK)


@requires(Permission.RUN_CYCLE)
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    def work() -> str:
        found = services.refresh(person=person_of(request))
        voided = f" Voided: {listed(found.voided, 5)}." if found.voided else ""
        return (
            f"The cycle plan holds the newest data now; {many(len(found.differences), 'difference')}.{voided}"
        )

    return done(request, work, back=BACK)


@requires(Permission.REVIEW_FAMILY)
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    def work() -> str:
        made = reviews.review(
            person=person_of(request),
            family=request.POST.get("family", ""),
            note=request.POST.get("note", ""),
            seen=request.POST.get("seen", ""),
        )
        return f"Reviewed {listed(sorted({row.family for row in made}))}."

    return done(request, work, back=BACK, stale=lambda why: _page(request, notice=why, status=409))
