"""Exceptions: ranked by what can be avoided, grouped by root cause, each with its next best action."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.accounts.selectors import names_of_those_who_may
from siop.plans.locks import PartLocked
from siop.plans.selectors import working_plan
from siop.web import explanations, list_pages, saved_views
from siop.web.headlines import Headline
from siop.web.kept_pages import kept_page
from siop.web.lists import choice, heads, page_of, query_with, query_without, shown_columns
from siop.web.requests import own_address
from siop.web.saved_views import Panel, View
from siop.web.selectors import places_talked_of
from siop.web.templatetags.siop import day, many, money, number
from siop.web.undo import saved_with_undo

from ..comment_places import of_threat
from ..enums import ExceptionKind, ExceptionStatus
from ..errors import SupplyError
from ..forms import SnoozeForm, VersionedForm, WaitForm
from ..list_pages import exceptions as exception_list
from ..models import PlanException
from ..selectors.pages import exceptions as selectors
from ..selectors.pages.exceptions import Standing
from ..services import exceptions as services
from .common import Shown, no_plan, shown

TITLE = "Exceptions"
ACTION_DAYS = timedelta(days=14)
CHOSEN_IDS = "chosen_%s"  # the form of one exception stands on the same page
ASKED = {"expedite": "ask for", "defer": "put off", "cancel": "cancel"}  # what only a supplier can do


@requires(Permission.VIEW)
@require_GET
@kept_page(
    "supply/exceptions.html",
    partial="work",
    of_person=lambda person: saved_views.views_of(person, exception_list.LIST),
    own={"dialogs": ("owners", "chosen", "action_due")},
)
def exceptions(request: HttpRequest, found_views: Sequence[View]) -> dict[str, Any] | HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    views = Panel(exception_list.LIST, person, request.GET, found_views)
    if views.first_url:
        return redirect(views.first_url)
    standing = selectors.standing(person, page.plan, day=page.day)
    state = exception_list.state_in(request.GET)
    rows, cause = exception_list.found(person, page.plan, request.GET)
    grouped = cause is None and request.GET.get("each") != "1"
    listed = page_of(request.GET, selectors.by_root_cause(rows) if grouped else rows)
    lines = _grouped(request, rows, listed) if grouped else _each(request, listed)
    sums = selectors.totals(rows)
    talked_of = places_talked_of(of_threat(line["row"]["exception"].key) for line in lines)
    for line in lines:
        line["talked_of"] = of_threat(line["row"]["exception"].key) in talked_of
    columns = shown_columns(request.GET, exception_list.COLUMNS)
    context = page.context(
        page_title=TITLE,
        views=views,
        state=state,
        kpis=_kpis(standing, page),
        states=_states(request, state, _waiting(request, person, page, standing)),
        groupings=_groupings(request, grouped=grouped),
        cause=cause,
        all_causes=query_with(request.GET, cause=None, exception=None),
        kinds=_kinds(request),
        page=listed,
        query=query_without(request.GET, "page"),
        totals=sums,
        grouped=grouped,
        lines=lines,
        columns=heads(request.GET, columns, sort="", currency=page.currency),
        shown=[column.key for column in columns],
        foot=list_pages.foot(
            exception_list.LIST,
            exception_list.totals(sums),
            count=sums.count,
            plan=page.plan,
            given=request.GET,
        ),
        text=request.GET.get("q", "")[:80],
        may_snooze=state == "open" and may(person, Permission.EDIT_SUPPLY),
        wait_form=WaitForm(auto_id=CHOSEN_IDS),
        filter=list_pages.kept_query(exception_list.LIST, request.GET),
        **_chosen(request, person, page, [line["row"]["exception"] for line in lines]),
    )
    return context


def _grouped(request: HttpRequest, rows: Any, found: Page[Any]) -> list[dict[str, Any]]:
    """One line a root cause: an exception of its own, or as many as share the cause, with the sum of their money."""
    lines = list(found.object_list)
    firsts = selectors.first_of_lines(rows, lines)
    return [
        line
        | {
            "row": _row(request, firsts[line["line"]]),
            "url": query_with(request.GET, cause=line["cause"], exception=None),
            "place": place,
            "others": line["count"] - 1,
            "chance": line["expected"] / float(line["loss"])
            if line["loss"]
            else firsts[line["line"]].probability,
        }
        for place, line in enumerate(lines, found.start_index())
        if line["line"] in firsts
    ]


def _each(request: HttpRequest, found: Page[Any]) -> list[dict[str, Any]]:
    """One line an exception, at its rank."""
    return [
        {
            "row": _row(request, one),
            "place": one.rank,
            "others": 0,
            "loss": one.money_at_risk,
            "chance": one.probability,
            "cost": one.action_cost,
            "avoidable": one.avoidable_loss,
            "act_by": one.last_responsible_date,
        }
        for one in found.object_list
    ]


def _groupings(request: HttpRequest, *, grouped: bool) -> list[dict[str, Any]]:
    rest = query_with(request.GET, each=None, cause=None, exception=None)
    each = query_with(request.GET, each="1", cause=None, exception=None)
    return [
        {"label": "By root cause", "count": None, "url": rest, "on": grouped},
        {"label": "Each exception", "count": None, "url": each, "on": not grouped},
    ]


def _kpis(standing: Standing, page: Shown) -> list[Headline]:
    sums, late = standing.open, standing.soon
    return [
        page.open_loss(sums),
        Headline(
            label=f"Expected loss, {page.currency}",
            value=money(sums.expected_loss),
            definition="Probability × loss if nothing is done.",
            note="if nothing is done",
            why=page.why("expected_loss"),
        ),
        Headline(
            label=f"Cost of acting, {page.currency}",
            value=money(sums.action_cost),
            definition="What the suggested actions cost together.",
            note="if all suggestions are taken",
            why=page.why("action_cost"),
        ),
        Headline(
            label="To decide within a week",
            value=number(late),
            definition="Open exceptions whose last responsible day is at most seven days away.",
            note="last responsible day",
            tone="bad" if late else "",
            why=explanations.url("count", page.plan.pk, "soon"),
        ),
        Headline(
            label="Snoozed",
            value=number(standing.snoozed),
            definition="Put off until a day, with a reason.",
            note="come back by themselves",
            why=explanations.url("count", page.plan.pk, "snoozed"),
        ),
    ]


def _waiting(request: HttpRequest, person: Person, page: Shown, standing: Standing) -> dict[str, int]:
    """How many are open and how many snoozed, of those that words and kind leave."""
    if not (request.GET.get("q") or request.GET.get("kind")):
        return {"open": standing.open.count, "snoozed": standing.snoozed}
    return {
        state: exception_list.narrowed(person, page.plan, request.GET, state=state).count()
        for state in ("open", "snoozed")
    }


def _states(request: HttpRequest, chosen: str, waiting: dict[str, int]) -> list[dict[str, Any]]:
    found = {
        "open": ("Open", waiting["open"]),
        "snoozed": ("Snoozed", waiting["snoozed"]),
        "resolved": ("Resolved", None),
    }
    return [
        {
            "label": label,
            "count": None if count is None else number(count),
            "url": query_with(request.GET, state=key if key != "open" else None, exception=None, cause=None),
            "on": key == chosen,
        }
        for key, (label, count) in found.items()
    ]


def _kinds(request: HttpRequest) -> list[dict[str, Any]]:
    chosen = choice(request.GET, "kind", ExceptionKind.values)
    return [{"value": kind.value, "label": kind.label, "on": kind.value == chosen} for kind in ExceptionKind]


def _row(request: HttpRequest, one: PlanException) -> dict[str, Any]:
    return {
        "exception": one,
        "url": query_with(request.GET, exception=str(one.pk)),
        "why": explanations.url("exception", one.pk),
        "expected": float(one.money_at_risk) * one.probability,
    }


def _chosen(request: HttpRequest, person: Person, page: Shown, listed: Any) -> dict[str, Any]:
    """The exception in the panel: the one in the address, else the first of the list."""
    key = request.GET.get("exception", "")
    found = selectors.visible_exceptions(person).filter(pk=key).first() if key.isdecimal() else None
    gone = bool(key) and found is None
    found = found or next(iter(listed), None)
    if found is None:
        return {"chosen": None, "gone": gone}
    expected = float(found.money_at_risk) * found.probability
    return {
        "chosen": found,
        "gone": gone,
        "chosen_why": explanations.url("exception", found.pk),
        "expected": expected,
        "lost_anyway": max(expected - float(found.action_cost) - float(found.avoidable_loss), 0.0),
        "snooze_form": SnoozeForm(initial={"version": found.version}),
        "back": request.path + query_with(request.GET, exception=None),
        "may_edit": may(person, Permission.EDIT_SUPPLY),
        "may_try": may(person, Permission.EDIT_SCENARIO),
        "owners": names_of_those_who_may(Permission.EDIT_ACTION)
        if may(person, Permission.EDIT_ACTION)
        else [],
        "action_due": max(found.last_responsible_date or page.day + ACTION_DAYS, page.day),
        "place": of_threat(found.key),
        "snoozed": found.status == ExceptionStatus.SNOOZED,
        "step": _step(request, person, found),
    }


def _step(request: HttpRequest, person: Person, found: PlanException) -> dict[str, Any]:
    """What the button beside the next best action does: release the order, open it, or ask its supplier."""
    order = selectors.order_of(person, found)
    if order is None:
        return {"ask": ASKED.get(found.action, "") if found.order else ""}
    if found.action == "order_now" and may(person, Permission.RELEASE_ORDERS):
        return {"release": order, "next": request.get_full_path()}
    return {"open": order}


@requires(Permission.EDIT_SUPPLY)
@require_POST
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = _found(request, pk)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return _again(request, found, form, status=428 if "version" in form.errors else 422)
    try:
        services.snooze(
            person=person,
            exception_id=found.pk,
            version=form.cleaned_data["version"],
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
        )
    except (SupplyError, PartLocked) as error:
        form.add_error("until", str(error))
        return _again(request, found, form, status=422)
    _said(request, f"“{found.title}” is", [found], form)
    return _back(request)


@requires(Permission.EDIT_SUPPLY)
@require_POST
def snooze_chosen(request: HttpRequest) -> HttpResponse:
    """The chosen exceptions, and all of the chosen root causes, wait until a day; all or none."""
    form = WaitForm(request.POST, auto_id=CHOSEN_IDS)
    if not form.is_valid():
        return _chosen_again(request, form)
    try:
        made = services.snooze_chosen(
            person=person_of(request),
            exception_ids=_picked(request),
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
        )
    except (SupplyError, PartLocked) as error:
        form.add_error(None, str(error))
        return _chosen_again(request, form)
    _said(request, f"{many(len(made), 'exception')} {'is' if len(made) == 1 else 'are'}", made, form)
    return _back(request)


def _picked(request: HttpRequest) -> list[int]:
    """Ids of what was chosen on the list as it was filtered; raises SupplyError where that is not there any more.

    A root cause is named with how many exceptions it had on the page: `25:Tariff rises`.
    """
    plan = working_plan()
    if plan is None:
        raise SupplyError(services.MADE_AGAIN)
    waiting, _ = exception_list.found(
        person_of(request), plan, QueryDict(request.POST.get("filter", "")[:2000])
    )
    keys = set(request.POST.getlist("exception"))
    causes = dict(cause.partition(":")[::2] for cause in request.POST.getlist("cause"))
    counts = {name: int(count) for count, name in causes.items() if count.isdecimal()}
    found = list(waiting.filter(Q(key__in=keys) | Q(root_cause__in=counts)).values_list("pk", flat=True))
    if len(found) != len(keys) + sum(counts.values()):
        raise SupplyError(services.MADE_AGAIN)
    return found


@requires(Permission.EDIT_SUPPLY)
@require_POST
def undo_snooze(request: HttpRequest) -> HttpResponse:
    """Open again what a token names."""
    try:
        count = services.take_back(person=person_of(request), token=request.POST.get("token", ""))
    except SupplyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Taken back: {many(count, 'exception')} open again.")
    return _back(request)


def _said(request: HttpRequest, who: str, found: list[PlanException], form: WaitForm) -> None:
    until, reason = form.cleaned_data["until"], form.cleaned_data["reason"]
    saved_with_undo(
        request,
        f"{who} out of sight until {day(until)}.",
        url=reverse("supply:undo_snooze"),
        token=services.token_of(found, until=until, reason=reason),
        back=request.POST.get("next", ""),
    )


@requires(Permission.EDIT_SUPPLY)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_object_or_404(selectors.visible_exceptions(person), pk=pk)
    form = VersionedForm(request.POST)
    if not form.is_valid():
        return HttpResponse("Reload the page and try again.", status=428, content_type="text/plain")
    try:
        services.reopen(person=person, exception_id=pk, version=form.cleaned_data["version"])
    except SupplyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{found.title}” is open again.")
    return _back(request)


def _found(request: HttpRequest, pk: int) -> PlanException:
    """The exception; where the plan was made again since the page was read, the same threat in it."""
    mine = selectors.visible_exceptions(person_of(request))
    found = mine.filter(pk=pk).first()
    return found or get_object_or_404(mine, plan=working_plan(), key=request.POST.get("key", "")[:120])


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was filtered, without the exception that has left it."""
    address = own_address(request, request.POST.get("next", ""), default=reverse("supply:exceptions"))
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _chosen_again(request: HttpRequest, form: WaitForm) -> HttpResponse:
    """The form with what is wrong; where it comes as a page of its own it still knows what was chosen."""
    partial = "HX-Request" in request.headers
    context = {
        "wait_form": form,
        "filter": request.POST.get("filter", ""),
        "back": request.POST.get("next", ""),
        "page_title": "Snooze",
        "picked": [] if partial else [
            (name, value) for name in ("exception", "cause") for value in request.POST.getlist(name)
        ],
    }  # fmt: skip
    template = "supply/_snooze_chosen.html" if partial else "supply/snooze_chosen.html"
    return render(request, template, context, status=422)


def _again(request: HttpRequest, found: PlanException, form: SnoozeForm, *, status: int) -> HttpResponse:
    template = "supply/_snooze_form.html" if "HX-Request" in request.headers else "supply/snooze.html"
    context = {"chosen": found, "snooze_form": form, "page_title": "Snooze", "may_edit": True}
    context["back"] = request.POST.get("next", "")
    return render(request, template, context, status=status)
