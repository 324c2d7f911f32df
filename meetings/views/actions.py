"""Action items: board and list, one item with its evidence, moved by mouse, by key or by form."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siop.accounts.access import permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.reading import one_reading
from siop.web import explanations
from siop.web.headlines import Headline
from siop.web.kept_pages import kept_page
from siop.web.render import render_page
from siop.web.requests import own_address
from siop.web.seen import Difference, conflict, made_on, sealed
from siop.web.templatetags.siop import number
from siop.web.undo import TooOld, kept, note, opened, read, saved_with_undo

from ..addresses import address
from ..enums import ActionKind, ActionStatus
from ..errors import CycleError, StaleContent
from ..forms import ActionChangeForm, ActionForm, MoveForm, action_texts
from ..models import ActionItem
from ..selectors import actions as selectors
from ..selectors import cycles, trends
from ..services import actions as services
from ..words import day, many, percent
from .common import Shown

BACK = "meetings:actions"
SHOWN = {"all": "All", "mine": "Mine", "overdue": "Overdue", "systemic": "Systemic"}
EDITED = ("title", "owner", "due", "kind", "root_cause", "effect_value", "status", "evidence", "version")
KEPT = ("title", "owner_id", "due", "kind", "root_cause", "effect_value", "status", "evidence", "closed")
COLUMNS = [ActionStatus.OPEN, ActionStatus.DOING, ActionStatus.WAITING, ActionStatus.DONE]


@requires(Permission.VIEW)
@require_GET
@kept_page(
    "meetings/actions.html",
    partial="board",
    of_person=selectors.owner,
    own={"dialogs": ("due", "allowed", "statuses")},
)
def board(request: HttpRequest, owner: int | None) -> dict[str, Any]:
    return _context(request, owner)


@one_reading()
def _refused(request: HttpRequest, form: ActionForm) -> HttpResponse:
    """The page with a new action as it was typed, and why it is not taken."""
    context = _context(request, person_of(request).pk) | {"form": form}
    response = render_page(request, "meetings/actions.html", context)
    response.status_code = 422
    return response


def _context(request: HttpRequest, owner: int | None) -> dict[str, Any]:
    """`owner` is who looks, where actions are theirs."""
    person = person_of(request)
    page = Shown(person, cycles.current_cycle())
    rows = selectors.of_cycle(page.cycle) if page.cycle else selectors.action_items()
    chosen = request.GET.get("show", "all")
    words = request.GET.get("q", "").strip()
    found = [_card(row) for row in _narrowed(rows, chosen, words, owner)]
    return page.context(
        page_title="Actions",
        columns=[
            (column, column.label, [card for card in found if card["row"].status == column])
            for column in COLUMNS
        ],
        cards=found,
        count=len(rows),
        chips=_chips(rows, chosen, words, owner),
        words=words,
        show=chosen,
        layout=request.GET.get("layout", "both"),
        kpis=_kpis(page, rows),
        due=services.default_due(page.cycle) if page.cycle else None,
        allowed=permissions_of(person),
        statuses=list(enumerate(ActionStatus.choices, start=1)),
    )


def _narrowed(rows: list[ActionItem], chosen: str, words: str, owner: int | None) -> list[ActionItem]:
    tests: dict[str, Callable[[ActionItem], bool]] = {
        "mine": lambda row: row.owner_id == owner,
        "overdue": lambda row: selectors.days_late(row) > 0,
        "systemic": lambda row: row.kind == ActionKind.SYSTEMIC,
    }
    kept = [row for row in rows if chosen not in tests or tests[chosen](row)]
    return [
        row for row in kept if words.lower() in f"{row.code} {row.title} {row.owner} {row.root_cause}".lower()
    ]


def _chips(rows: list[ActionItem], chosen: str, words: str, owner: int | None) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "count": len(_narrowed(rows, name, words, owner)),
            "url": address(BACK, **({"show": name} | ({"q": words} if words else {}))),
            "on": chosen == name or (name == "all" and chosen not in SHOWN),
        }
        for name, label in SHOWN.items()
    ]


def _card(row: ActionItem) -> dict[str, Any]:
    late = selectors.days_late(row)
    return {"row": row, "late": late, "late_words": f"{many(late, 'day')} late" if late else ""}


def _kpis(page: Shown, rows: list[ActionItem]) -> list[Headline]:
    found = selectors.standing(page.cycle, rows)
    oldest = max(map(selectors.days_late, found.overdue), default=0)
    causes = selectors.returning_causes(page.cycle) if page.cycle else []
    needed = sum(not cause.systemic for cause in causes)

    def why(name: str) -> str:
        return explanations.url("actions", name)

    return [
        Headline(
            label="Open actions",
            value=number(len(found.open)),
            note=f"of {number(len(rows))} in this cycle",
            why=why("open"),
            definition="Actions that are not done, of any cycle.",
        ),
        Headline(
            label="Overdue",
            value=number(len(found.overdue)),
            delta=f"oldest {many(oldest, 'day')}" if oldest else "",
            tone="bad",
            note="" if oldest else "none is late",
            why=why("overdue"),
            definition="Open actions past their due date.",
        ),
        Headline(
            label=f"Due by {day(found.until)}",
            value=number(len(found.soon)),
            why=why("soon"),
            note="before the meeting" if found.is_meeting else "within a week",
            definition="Open actions due from today on.",
        ),
        _on_time(page),
        Headline(
            label="Same cause three cycles running",
            value=number(len(causes)),
            why=why("returning"),
            note=f"{needed} without systemic action"
            if needed
            else "each has a systemic action"
            if causes
            else "none comes back",
            definition="Root causes of open actions that came up in three cycles in a row.",
        ),
    ]


def _on_time(page: Shown) -> Headline:
    if page.plan is None:
        return Headline(label="Done on time", value=percent(None), note="no data yet")
    found = trends.headline("actions_on_time", page.cycle, page.plan, label="Done on time, 3 periods")
    known = found.value != percent(None)
    return replace(found, why=explanations.url("actions_on_time", page.plan.pk)) if known else found


@requires(Permission.EDIT_ACTION)
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    form, cycle = ActionForm(request.POST), cycles.current_cycle()
    if form.is_valid() and cycle is not None:
        try:
            item = services.create(person=person_of(request), cycle=cycle, **form.cleaned_data)
        except CycleError as error:
            form.add_error(None, str(error))
        else:
            back = own_address(request, request.POST.get("next", ""), default=address(BACK))
            say_made(request, item, back=back)
            return redirect(back)
    if cycle is None:
        form.add_error(None, "Actions belong to a cycle: open one first.")
    return _refused(request, form)


def say_made(request: HttpRequest, item: ActionItem, *, back: str) -> None:
    """Say that an action is there, with an Undo that leads back to where it was made."""
    own = address("meetings:action", item.pk)
    said = format_html('<a href="{}">{}</a> is {}’s, due {}.', own, item.code, item.owner, day(item.due))
    token = note("new_action", {"pk": item.pk, "version": item.version})
    saved_with_undo(request, said, url=address("meetings:undo_new_action"), token=token, back=back)


@requires(Permission.EDIT_ACTION)
@require_POST
def undo_new(request: HttpRequest) -> HttpResponse:
    """Remove the action that a note names, as long as nobody worked on it."""
    try:
        found = opened("new_action", request.POST.get("token", ""))
        code = services.take_back(person=person_of(request), pk=found["pk"], version=found["version"])
    except (TooOld, CycleError) as error:
        messages.error(request, str(error), extra_tags="error")
    else:
        messages.success(request, f"Taken back: {code} is gone.")
    return redirect(own_address(request, request.POST.get("next", ""), default=address(BACK)))


@requires(Permission.VIEW)
@require_GET
def against(request: HttpRequest) -> HttpResponse:
    """What is being done already about a root cause, or by a title: open actions, for the panel of an exception."""
    found = selectors.against(
        root_cause=request.GET.get("cause", "")[:120], title=request.GET.get("title", "")[:300]
    )
    return render(request, "meetings/_actions_against.html", {"actions": [_card(row) for row in found]})


@requires(Permission.VIEW)
@require_http_methods(["GET", "POST"])
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action: read by everybody, changed by its owner and those who run the cycle."""
    person, item = (
        person_of(request),
        get_object_or_404(ActionItem.objects.select_related("owner", "cycle", "decision"), pk=pk),
    )
    form, status, differences = ActionChangeForm(initial=_initial(item)), 200, list[Difference]()
    if request.method == "POST":
        form = ActionChangeForm(_given(request))
        status = 422
        if form.is_valid():
            answer = _change(request, person, item, form)
            if answer is not None:
                return answer
            if form.has_error("version"):
                status, differences = 409, _met_others(form, item)
    page = Shown(person, item.cycle)
    context = {
        "page_title": item.code,
        "item": item,
        "form": form,
        "conflict": differences,
        "late": selectors.days_late(item),
        "causes": selectors.cycles_with_cause(item.root_cause, item.cycle),
        "allowed": permissions_of(person),
    }
    response = render_page(request, "meetings/action.html", page.context(**context))
    response.status_code = status
    return response


def _given(request: HttpRequest) -> QueryDict:
    """What was typed; the button Done says so whatever the list of states shows."""
    given = request.POST.copy()
    if "done" in given:
        given["status"] = ActionStatus.DONE
    return given


def _stored(item: ActionItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in EDITED}


def _initial(item: ActionItem) -> dict[str, Any]:
    values, effect = _stored(item), item.effect_value
    shown = None if effect is None else f"{effect:.2f}"
    return values | {"effect_value": shown, "seen": sealed(action_texts(values))}


def _met_others(form: ActionChangeForm, item: ActionItem) -> list[Difference]:
    """Base, mine and theirs; the form is made on what is stored now, so that sent again it puts mine in its place."""
    theirs = action_texts(_stored(item))
    found = conflict(form.cleaned_data["seen"], mine=action_texts(form.cleaned_data), theirs=theirs)
    made_on(form, theirs, version=item.version)
    return found


def _change(
    request: HttpRequest, person: Person, item: ActionItem, form: ActionChangeForm
) -> HttpResponse | None:
    """Saved and back to the board; None with the reason on the form where it was refused."""
    try:
        changed = services.change(
            person=person, pk=item.pk, **{name: form.cleaned_data[name] for name in EDITED}
        )
    except StaleContent as error:
        form.add_error("version", str(error))
        if not form.cleaned_data["seen"]:
            form.add_error(None, str(error))
    except CycleError as error:
        form.add_error(None, str(error))
    else:
        _saved(request, f"{item.code} is saved.", before=item, after=changed)
        return redirect(BACK)
    return None


def _saved(request: HttpRequest, text: str, *, before: ActionItem, after: ActionItem) -> None:
    """Said with an Undo, unless the action was handed on and is another's now."""
    if not services.may_change(person_of(request), after):
        messages.success(request, text)
        return
    token = note("action", {"pk": after.pk, "version": after.version, "before": kept(before, KEPT)})
    saved_with_undo(request, text, url=address("meetings:undo_action"), token=token)


@requires(Permission.EDIT_ACTION)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """An action as it was before the change that a note names."""
    try:
        found = opened("action", request.POST.get("token", ""))
        item = services.change(
            person=person_of(request),
            pk=found["pk"],
            version=found["version"],
            **read(ActionItem, found["before"]),
        )
    except (TooOld, CycleError) as error:
        messages.error(request, str(error), extra_tags="error")
    else:
        messages.success(request, f"Taken back: {item.code} is as it was.")
    return redirect(BACK)


@requires(Permission.EDIT_ACTION)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another column. A script gets the new version, or the reason as text; a form goes back to the board."""
    before = get_object_or_404(ActionItem, pk=pk)
    script, form = request.headers.get("X-Requested-With") == "board", MoveForm(request.POST)
    if not form.is_valid():
        return HttpResponse(
            "The board lacks what it was opened with; reload it.", status=428, content_type="text/plain"
        )
    try:
        item = services.move(person=person_of(request), pk=pk, **form.cleaned_data)
    except CycleError as error:
        code = 409 if isinstance(error, StaleContent) else 422
        if script:
            return HttpResponse(str(error), status=code, content_type="text/plain; charset=utf-8")
        messages.error(request, str(error), extra_tags="error")
        return redirect("meetings:action", pk=pk)
    if script:
        return HttpResponse(str(item.version), content_type="text/plain")
    _saved(request, f"{item.code} is {item.get_status_display().lower()}.", before=before, after=item)
    return redirect("meetings:my_work" if request.POST.get("from") == "my_work" else BACK)


@requires(Permission.RUN_CYCLE)
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    count = services.remind_owners(person=person_of(request))
    messages.success(
        request, f"Reminded the owners of {many(count, 'late action')}." if count else "No action is late."
    )
    return redirect(BACK)
