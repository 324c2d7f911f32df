"""The executive meeting: agenda, the open item with chart, options, decision and dissent, approvals, minutes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans import hashing
from siop.plans.enums import PlanKind
from siop.plans.models import PlanVersion
from siop.reading import one_reading
from siop.web.render import render_page
from siop.web.seen import Difference

from ..addresses import address
from ..enums import StageKind
from ..errors import CycleError, StaleContent
from ..forms import ActionForm, AgendaForm, DecisionForm, MinuteForm
from ..models import AgendaItem, Cycle, Decision
from ..selectors import approvals, cycles, gates
from ..selectors.options import chart_of, offered, options_of, to_offer
from ..services import actions as action_services
from ..services import agenda, decisions
from ..words import many
from .actions import say_made
from .common import REFUSALS, Shown, done, require_whole_company
from .meeting_headlines import headlines

BACK = "meetings:meeting"
SHORT = 12


@requires(Permission.VIEW)
@require_GET
def meeting(request: HttpRequest) -> HttpResponse:
    return meeting_page(request, pk=_number(request.GET.get("item", "")))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


@one_reading()
def meeting_page(
    request: HttpRequest, *, pk: int | None = None, notice: str = "", status: int = 200, **forms: Any
) -> HttpResponse:
    person = person_of(request)
    require_whole_company(person)
    page = Shown(person, cycles.current_cycle())
    context: dict[str, Any] = {"page_title": "Meeting", "notice": notice, "allowed": permissions_of(person)}
    if page.cycle is not None and page.cycle.plan is not None:
        context |= _meeting(page, page.cycle, page.cycle.plan, pk)
    context |= {
        "minute_form": MinuteForm(),
        "agenda_form": AgendaForm(auto_id="agenda_%s"),
        "action_form": ActionForm(
            auto_id="action_%s",
            initial={"due": action_services.default_due(page.cycle)} if page.cycle else None,
        ),
    }
    context.setdefault("decision_form", DecisionForm())
    response = render_page(request, "meetings/meeting.html", page.context(**context | forms))
    response.status_code = status
    return response


def _meeting(page: Shown, cycle: Cycle, plan: PlanVersion, pk: int | None) -> dict[str, Any]:
    items = list(cycle.agenda.filter(dropped=False))
    item = _open_item(items, pk)
    given = approvals.signatures(cycle)
    content = plan.content_hash if plan.published else hashing.current(plan).content_hash
    own = {department.pk for department in approvals.departments_of(page.person)}
    mine = [row for row in given if row.department.pk in own]
    at = items.index(item) if item is not None else 0
    in_meeting, published = cycle.stage == StageKind.EXECUTIVE_MEETING, cycles.is_published(cycle)
    can_sign = cycle.stage in approvals.SIGNED_IN and not published
    return {
        "items": items,
        "minutes_total": sum(one.minutes for one in items),
        "item": item,
        "number": at + 1,
        "previous_item": items[at - 1] if at > 0 else None,
        "next_item": items[at + 1] if at + 1 < len(items) else None,
        **(_item(item) if item is not None else {}),
        "step": _step(items, item) if in_meeting and not published else "",
        "waiting_item": next((one for one in items if not one.done and one != item), None),
        "gates": gates.before_publishing(cycle),
        "signatures": given,
        "mine": mine,
        "to_sign": [row for row in mine if not row.complete],
        "can_sign": can_sign,
        "held_up": gates.signing_held_up(cycle) if mine and can_sign else "",
        "signing_begins": cycles.signing_begins(cycle) if mine and not can_sign else None,
        "in_meeting": in_meeting,
        "published": published,
        "content_hash": content,
        "minutes": list(cycle.minutes.select_related("person")),
        "attendees": cycle.attendees.order_by("name"),
        "people": Person.objects.filter(is_active=True).order_by("name"),
        "kpis": headlines(page, items, given),
        "stage_label": StageKind(cycle.stage).label,
    }


def _open_item(items: list[AgendaItem], pk: int | None) -> AgendaItem | None:
    """The one asked for, else the first that waits, else the first."""
    asked = [item for item in items if item.pk == pk]
    waiting = [item for item in items if not item.done]
    return next(iter(asked or waiting or items), None)


def _step(items: list[AgendaItem], item: AgendaItem | None) -> str:
    """What an executive does next: decide the item, go on to one that waits, publish when none does."""
    if item is not None and not item.done and item.key != cycles.APPROVE:
        return "decide"
    waiting = [one for one in items if not one.done and one.key != cycles.APPROVE]
    return "publish" if not waiting or (item is not None and item.key == cycles.APPROVE) else "go_on"


def _item(item: AgendaItem) -> dict[str, Any]:
    chart = chart_of(item)
    decision = item.decisions.select_related("approver").order_by("-id").first()
    settled = decision if item.done else None  # one opened again is decided anew, among the options of now
    options = settled.options if settled and settled.options else options_of(item)
    chosen = decision.chosen if decision else item.facts.get("proposed")
    return {
        "chart": {"id": f"item-{item.pk}", "height": 200, **chart} if chart else None,
        "options": options,
        "chosen": chosen,
        "proposed": item.facts.get("proposed"),
        "offered": [] if settled else offered(item),
        "to_offer": [] if settled else to_offer(item),
        "table": _table(item.facts.get("table")),
        "decision": decision,
        "chosen_option": _chosen_option(options, chosen) if decision else None,
        "item_actions": item.actions.select_related("owner"),
        "decision_form": DecisionForm(initial={"text": decision.text if decision else ""}),
    }


def _chosen_option(options: list[dict[str, Any]], chosen: int | None) -> dict[str, Any] | None:
    return options[chosen] if chosen is not None and chosen < len(options) else None


def _table(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    if not facts:
        return None
    return {
        "caption": "What the item is about",
        "columns": [{"label": label} for label in facts["columns"]],
        "rows": [{"cells": [{"text": text, "css": _wraps(text)} for text in row]} for row in facts["rows"]],
        "empty": {"title": "Nothing"},
    }


def _wraps(text: str) -> str:
    """Names and sentences break; codes, days and figures stay on their line."""
    return "wrap-cell" if len(text) > SHORT else ""


def _own_item(pk: int) -> AgendaItem:
    """An item of the cycle that is shown; others are not touched from this page."""
    return get_object_or_404(AgendaItem, pk=pk, cycle=cycles.current_cycle())


def _back_to(item: AgendaItem) -> HttpResponseRedirect:
    return redirect(f"{address(BACK)}?item={item.pk}")


@requires(Permission.RUN_CYCLE)
@require_POST
def build(request: HttpRequest) -> HttpResponse:
    return done(
        request,
        lambda: f"The agenda has {many(len(agenda.rebuild(person=person_of(request))), 'item')}.",
        back=BACK,
    )


@requires(Permission.RUN_CYCLE)
@require_POST
def add_item(request: HttpRequest) -> HttpResponse:
    form = AgendaForm(request.POST, auto_id="agenda_%s")
    if not form.is_valid():
        return meeting_page(request, agenda_form=form, notice="The item was not added.", status=422)
    return done(
        request,
        lambda: f"Added {agenda.add(person=person_of(request), **form.cleaned_data).title}.",
        back=BACK,
    )


@requires(Permission.RUN_CYCLE)
@require_POST
def set_done(request: HttpRequest, pk: int) -> HttpResponse:
    item, version = _own_item(pk), _number(request.POST.get("version", "")) or 0
    wanted = request.POST.get("done") == "1"

    def work() -> str:
        agenda.set_done(person=person_of(request), pk=pk, version=version, done=wanted)
        return f"{item.title} is {'done' if wanted else 'open again'}."

    return done(
        request, work, back=BACK, stale=lambda why: meeting_page(request, pk=pk, notice=why, status=409)
    )


@requires(Permission.DECIDE)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the decision on an item, with its options as they stood and who dissents."""
    item = _own_item(pk)
    options = options_of(item)
    form = DecisionForm(request.POST, options=len(options))
    if not form.is_valid():
        chosen = form.cleaned_data.get("chosen")
        return meeting_page(request, pk=pk, decision_form=form, chosen=chosen, status=422)
    given, effect = form.cleaned_data, item.facts.get("effect")
    try:
        decision = decisions.decide(
            person=person_of(request),
            cycle=item.cycle,
            question=item.title,
            options=options,
            agenda_item=item,
            effects=[effect] if effect else [],
            version=_number(request.POST.get("version", "")),
            **given,
        )
    except StaleContent as error:
        differs = _two_decisions(item, given, options)
        return meeting_page(request, pk=pk, conflict=differs, notice=str(error), status=409)
    except REFUSALS as error:
        return meeting_page(
            request, pk=pk, decision_form=form, chosen=given["chosen"], notice=str(error), status=422
        )
    messages.success(request, f"Recorded: {decision.said}.")
    return _back_to(item)


def _two_decisions(
    item: AgendaItem, given: dict[str, Any], options: list[dict[str, Any]]
) -> list[Difference]:
    """What was typed beside what stands on the item now, so that nothing typed is lost."""
    theirs = item.decisions.last()
    mine = Decision(options=options, chosen=given["chosen"], text=given["text"])
    return [
        Difference("Decision", "not decided", mine.said, theirs.said if theirs else "not decided"),
        Difference("Dissent", "", given["dissent"], theirs.dissent if theirs else ""),
    ]


@requires(Permission.EDIT_SCENARIO)
@require_POST
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a scenario beside the options of an item, or take it away (`withdraw`)."""
    item, person = _own_item(pk), person_of(request)
    scenario = get_object_or_404(
        PlanVersion, pk=_number(request.POST.get("scenario", "")), kind=PlanKind.SCENARIO
    )
    try:
        if request.POST.get("withdraw"):
            agenda.withdraw(person=person, item=item, scenario_id=scenario.pk)
        else:
            agenda.offer(person=person, item=item, scenario=scenario)
    except CycleError as error:
        return meeting_page(request, pk=pk, notice=str(error), status=422)
    return _back_to(item)


@requires(Permission.EDIT_ACTION)
@require_POST
def add_action(request: HttpRequest, pk: int) -> HttpResponse:
    """An action that comes out of an item."""
    item, form = _own_item(pk), ActionForm(request.POST, auto_id="action_%s")
    if not form.is_valid():
        return meeting_page(request, pk=pk, action_form=form, open_dialog="action", status=422)
    try:
        made = action_services.create(
            person=person_of(request),
            cycle=item.cycle,
            agenda_item=item,
            decision=item.decisions.last(),
            **form.cleaned_data,
        )
    except CycleError as error:
        form.add_error(None, str(error))
        return meeting_page(request, pk=pk, action_form=form, open_dialog="action", status=422)
    back = _back_to(item)
    say_made(request, made, back=back.url)
    return back


@requires(Permission.COMMENT)
@require_POST
def add_minute(request: HttpRequest) -> HttpResponse:
    person, cycle, form = person_of(request), cycles.current_cycle(), MinuteForm(request.POST)
    require_whole_company(person)
    if cycle is None or not form.is_valid():
        return meeting_page(
            request, minute_form=form, notice="Write what was said, then save the line.", status=422
        )
    agenda.add_minute(person=person, cycle=cycle, text=form.cleaned_data["text"])
    item = _number(request.POST.get("item", ""))
    return redirect(f"{address(BACK)}?item={item}" if item else BACK)


@requires(Permission.RUN_CYCLE)
@require_POST
def present(request: HttpRequest) -> HttpResponse:
    """Who is in the room."""
    cycle = cycles.current_cycle()
    if cycle is not None:
        ids = [int(text) for text in request.POST.getlist("person") if text.isdecimal()]
        agenda.set_present(person=person_of(request), cycle=cycle, people=ids)
    return redirect(BACK)
